"""Writing a placed scene: the file as it was with the moved nodes' transforms changed, or a new file of the scene."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import SceneError
from .gltf import write_glb
from .gltf.edit import edit_gltf
from .model import Array, Scene

GLTF = (".glb", ".gltf")
WRITABLE = (".glb", ".gltf", ".blend")

__all__ = ["check_output", "write_glb", "write_placed"]


def check_output(scene: Scene, out: str | Path, *, overwrite_input: bool = False) -> Path:
    """Returns ``out`` as a path that can be written for this scene.

    Raises SceneError for an ending that is not written and, unless ``overwrite_input``, for the input file itself.
    """
    target = Path(out)
    suffix = target.suffix.lower()
    if suffix not in WRITABLE:
        raise SceneError(f"'{target.name}': scenes are written as .glb, .gltf or .blend; end the name so")
    if target.is_dir():
        raise SceneError(f"'{target}' is a folder; give the name of a file in it")
    source = scene.source
    if not overwrite_input and source is not None and target.exists() and source.exists() and target.samefile(source):
        raise SceneError(f"'{target}' is the input itself; give another name, so that it stays as it was")
    if suffix == ".blend":
        from .blend import require_blender

        require_blender()
    return target


def write_placed(
    scene: Scene, deltas: Mapping[str, Array], out: str | Path, *, overwrite_input: bool = False
) -> tuple[str, ...]:
    """Writes ``scene`` (as it was loaded, not yet moved) with the named subtrees moved; returns notes for the user.

    ``deltas`` maps a subtree's root to the world-space 4x4 that moves it, applied in the given order. A glTF input
    going to glTF, and a .blend going to .blend, keep everything but those transforms; other pairs write the Scene
    anew. Raises SceneError; what was at ``out`` is then untouched.
    """
    target = check_output(scene, out, overwrite_input=overwrite_input)
    came = "" if scene.source is None else scene.source.suffix.lower()
    suffix = target.suffix.lower()
    for name in deltas:
        scene.object(name)
    if came in GLTF and suffix in GLTF and _from_file(scene, deltas):
        return edit_gltf(scene, deltas, target)
    if came == ".blend" and suffix == ".blend":
        from .blend import place_in_blend

        return place_in_blend(scene, deltas, target)
    placed = scene
    for name, delta in deltas.items():
        placed = placed.moved(name, delta)
    if suffix == ".blend":
        from .blend import write_blend

        return write_blend(placed, target)
    write_glb(placed, target)
    return ()


def _from_file(scene: Scene, deltas: Mapping[str, Array]) -> bool:
    """Whether the moved objects are nodes of the scene's file (a Scene built in memory has none)."""
    return scene.source is not None and scene.source.is_file() and all("node" in scene.object(n).source for n in deltas)
