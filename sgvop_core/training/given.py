"""Meshes that someone gives: things for training scenes beside the procedural ones, called what their files are called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..assets.registry import KINDS
from ..errors import SettingsError
from ..scene.load import READABLE, load_scene
from ..scene.model import Array, Scene, SceneObject
from .nouns import noun_of
from .split import HELD_OUT, Split

MOST_FACES = 300_000
"""Triangles of a file; a thing of more takes longer to draw than the rest of its scene."""
SIZES = (0.02, 20.0)
"""Metres, low and high, of the longest side that a thing without a noun may have of its own."""
_MARK = "given "


@dataclass(frozen=True)
class GivenMeshes:
    """Files by the kind of thing that they are: a word for files and what they are called ("given wooden stool"); several files may be
    of one kind. ``share``: of the things of a scene, those that come from files."""

    files: tuple[tuple[str, tuple[str, ...]], ...]
    share: float

    def kinds(self) -> tuple[str, ...]:
        """Returns the kinds that there are."""
        return tuple(kind for kind, _ in self.files)

    def objects(self, kind: str, seed: int) -> tuple[SceneObject, ...] | None:
        """Returns a thing's objects about the origin, the first of them above the others, as ``build_asset`` does: of files of one
        kind another seed takes another. None for a kind that no file is of."""
        found = dict(self.files).get(kind)
        return None if found is None else _standing(found[seed % len(found)])

    def usual(self, kind: str) -> float:
        """Returns the longest side in metres that a thing of a kind usually has: that of things of the same noun, else its file's."""
        noun = noun_of(kind)
        alike = [k for k in KINDS if noun is not None and noun_of(k) == noun]
        return KINDS[alike[0]].usual if alike else float(np.clip(_extent(self.objects(kind, 0) or ()), *SIZES))


def given_meshes(
    folder: Path, share: float, split: Split, notify: Callable[[str], None] = lambda line: None
) -> GivenMeshes:
    """Returns the meshes in a folder's .glb, .gltf, .obj, .ply, .stl and .blend files, each of which is one thing. Left out, with a
    line for the user, are those of kinds that only the test may show. Raises SettingsError when there are none, for a file that cannot
    be read, shows nothing or has too many triangles, and for a share that makes no sense."""
    if not 0 <= share <= 1:
        raise SettingsError(f"--given is {share:g}; give a share of things of 0 to 1")
    if not folder.is_dir():
        raise SettingsError(f"--meshes '{folder}' is no folder; name one with {', '.join(READABLE)} files")
    kept = {noun_of(kind) for kind in HELD_OUT} if split == "train" else set()
    found: dict[str, list[str]] = {}
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in READABLE):
        kind = kind_of(path)
        if noun_of(kind) in kept:
            notify(f"{path.name} is left out: a {noun_of(kind)} is kept for the test (sgvop_core/training/split.py)")
            continue
        _standing(str(path))
        found.setdefault(kind, []).append(str(path))
    if not found:
        raise SettingsError(
            f"nothing in '{folder}' can be learnt from; give {', '.join(READABLE)} files of single things"
        )
    return GivenMeshes(tuple((kind, tuple(paths)) for kind, paths in found.items()), share)


def kind_of(path: Path) -> str:
    """Returns the kind of thing that a file is: its name in words, without numbers at its end ("Wooden_stool-02.glb": "given wooden
    stool")."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", " ", path.stem).lower().split()
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return _MARK + " ".join(words)


@lru_cache(maxsize=64)
def _standing(path: str) -> tuple[SceneObject, ...]:
    """What a file shows, its middle over the origin and its lowest point on the floor. Raises SceneError and SettingsError."""
    shown = [o for o in load_scene(path).objects if o.mesh is not None and len(o.mesh.faces) and not o.hidden]
    faces = sum(len(o.mesh.faces) for o in shown if o.mesh is not None)
    if not shown or not _extent(tuple(shown)) > 0:
        raise SettingsError(f"'{path}' shows nothing; take it out of the folder")
    if faces > MOST_FACES:
        raise SettingsError(f"'{path}' has {faces:,} triangles, {MOST_FACES:,} are allowed; decimate it or take it out")
    low, high = Scene(tuple(shown)).bounds()
    shift = np.eye(4)
    shift[:3, 3] = -np.array([*(low + high)[:2] / 2, low[2]])
    return tuple(_named(o, shift @ o.matrix_world, number) for number, o in enumerate(shown))


def _named(o: SceneObject, matrix: Array, number: int) -> SceneObject:
    return SceneObject(f"given part {number}" if number else "given", matrix, o.mesh, "given" if number else None)


def _extent(objects: tuple[SceneObject, ...]) -> float:
    """Metres of the longest side."""
    return float(np.ptp(Scene(objects).bounds(), axis=0).max()) if objects else 0.0
