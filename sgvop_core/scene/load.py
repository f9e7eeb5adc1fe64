"""Reading scenes: one file, several, or a folder of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import SceneError
from .model import Scene, SceneObject
from .resources import UniqueNames

READABLE = (".glb", ".gltf", ".obj", ".ply", ".stl", ".blend")


def load_scene(paths: str | Path | Sequence[str | Path]) -> Scene:
    """Returns the scene in a .glb, .gltf, .obj, .ply, .stl or .blend file, in several of them, or in a folder of them.

    Names are unique; what was changed or left out stands in ``notes``. A folder gives all its readable files but
    those in folders below it. Raises SceneError, one line that names the file, the cause and the way out.
    """
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(p) for p in paths]
    files = [file for path in given for file in _files(path)]
    if not files:
        raise SceneError("no scene file was given; name a .glb, .gltf, .obj, .ply, .stl or .blend file")
    scenes = [_reader(file)(file) for file in files]
    if len(scenes) == 1:
        return scenes[0]
    return join_scenes(scenes, given[0])


def join_scenes(scenes: Sequence[Scene], source: Path | None = None) -> Scene:
    """Returns one scene of several; names that occur twice get a number, the first world's light is kept."""
    names = UniqueNames()
    objects, cameras, lights = [], [], []
    for scene in scenes:
        renamed = {o.name: names.take(o.name) for o in scene.objects}
        objects += [_renamed(o, renamed) for o in scene.objects]
        cameras += [replace(c, name=renamed.get(c.name) or names.take(c.name)) for c in scene.cameras]
        lights += [replace(light, name=renamed.get(light.name) or names.take(light.name)) for light in scene.lights]
    return replace(
        scenes[0],
        objects=tuple(objects),
        cameras=tuple(cameras),
        lights=tuple(lights),
        source=source,
        notes=tuple(dict.fromkeys(note for scene in scenes for note in scene.notes)),
    )


def _renamed(o: SceneObject, names: dict[str, str]) -> SceneObject:
    parent = None if o.parent is None else names.get(o.parent)
    return SceneObject(names[o.name], o.matrix_world, o.mesh, parent, o.hidden, {})


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(p for p in path.iterdir() if p.suffix.lower() in READABLE and p.is_file())
    if not files:
        raise SceneError(f"the folder '{path}' has no scene file in it; readable are {', '.join(READABLE)}")
    return files


def _reader(path: Path) -> Callable[[Path], Scene]:
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        if not path.exists():
            raise SceneError(f"no file '{path}'; check the path")
        kind = f"'{suffix}' files are" if suffix else "files without an ending are"
        raise SceneError(f"{path.name}: {kind} not read; readable are {', '.join(READABLE)}: export to .glb")
    if suffix in (".glb", ".gltf"):
        from .gltf import read_gltf

        return read_gltf
    if suffix == ".obj":
        from .obj import read_obj

        return read_obj
    if suffix == ".blend":
        from .blend import read_blend

        return read_blend
    from .plain_meshes import read_plain_mesh

    return read_plain_mesh
