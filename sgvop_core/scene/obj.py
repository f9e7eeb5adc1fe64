"""Wavefront OBJ with its materials. Y up, as nearly all exporters write it; turned to Z up here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import SceneError
from .gltf.axes import points_up
from .model import Array, Material, Mesh, Scene, SceneObject, Texture
from .obj_text import ObjText, parse_obj
from .polygons import triangulate
from .resources import BadPicture, UniqueNames, decode_picture, local_file, read_file, srgb_to_linear

MAP_OPTIONS = {"-o": 3, "-s": 3, "-t": 3, "-mm": 2, "-blendu": 1, "-blendv": 1, "-cc": 1, "-clamp": 1, "-bm": 1,
               "-boost": 1, "-texres": 1, "-imfchan": 1, "-type": 1}  # fmt: skip
"""Options of a texture statement and how many values follow (up to three for offset, scale and turbulence)."""


def read_obj(path: Path) -> Scene:
    """Returns the scene in an OBJ file: one object per ``o`` statement, else per ``g``, else one named as the file.

    Materials come from its .mtl with base colour, transparency and ``map_Kd``; missing ones leave a note. Raises
    SceneError when the geometry is damaged.
    """
    text = parse_obj(read_file(path), path.name)
    notes: list[str] = []
    materials = _Materials(path, text.libraries, notes)
    positions, owner = triangulate(text.vertices[:, :3], text.corners[:, 0], text.sizes)
    finite = np.isfinite(text.vertices[:, :3]).all(1)
    if not finite.all():
        sound = finite[text.corners[positions, 0]].all(1)
        positions, owner = positions[sound], owner[sound]
        notes.append(f"{path.name}: {int((~sound).sum())} faces with positions of NaN or infinite size are left out")
    parts = _parts(text, path.stem)
    names, objects = UniqueNames(), []
    for name, spans in parts.items():
        chosen = np.zeros(len(text.sizes), bool)
        for start, end in spans:
            chosen[start:end] = True
        rows = chosen[owner]
        if rows.any():
            mesh = _mesh(text, positions[rows], owner[rows], name, materials)
            objects.append(SceneObject(names.take(name), np.eye(4), mesh))
    if not objects:
        notes.append(f"{path.name} has vertices but no faces; there is nothing to show")
    return Scene(tuple(objects), source=path, notes=tuple(dict.fromkeys(notes)))


def _parts(text: ObjText, stem: str) -> dict[str, list[tuple[int, int]]]:
    """The polygon spans of each object name."""
    marks = text.objects or text.groups
    marks = [(start, name or stem) for start, name in marks]
    if not marks or marks[0][0] > 0:
        marks = [(0, stem), *marks]
    ends = [start for start, _ in marks[1:]] + [len(text.sizes)]
    spans: dict[str, list[tuple[int, int]]] = {}
    for (start, name), end in zip(marks, ends, strict=True):
        if end > start:
            spans.setdefault(name, []).append((start, end))
    if len(spans) == 1 and next(iter(spans)).lower() in ("default", "mesh", "(null)", "off"):
        return {stem: next(iter(spans.values()))}
    return spans


def _mesh(text: ObjText, positions: Array, owner: Array, name: str, materials: _Materials) -> Mesh:
    corners = text.corners[positions]
    used, faces = np.unique(corners[..., 0], return_inverse=True)
    uv_index, normal_index = corners[..., 1], corners[..., 2]
    uvs = normals = colours = None
    if len(text.uvs) and (uv_index >= 0).any():
        uvs = np.where(uv_index[..., None] >= 0, text.uvs[np.maximum(uv_index, 0)], 0.0).astype(np.float32)
        uvs = np.nan_to_num(uvs)
    if len(text.normals) and (normal_index >= 0).all():
        normals = np.nan_to_num(points_up(text.normals[normal_index])).astype(np.float32)
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-20)
    if text.vertices.shape[1] == 6:
        values = text.vertices[corners[..., 0], 3:]
        values = values / 255.0 if values.max(initial=0) > 1.001 else values
        linear = srgb_to_linear(np.clip(np.nan_to_num(values), 0, 1))
        colours = np.concatenate([linear, np.ones((*linear.shape[:2], 1))], -1).astype(np.float32)
    starts = [start for start, _ in text.materials]
    which = np.searchsorted(starts, owner, side="right") - 1
    ids = [materials.plain if w < 0 else materials.get(text.materials[w][1]) for w in np.unique(which)]
    distinct = list({id(m): m for m in ids}.values())
    number = {id(m): k for k, m in enumerate(distinct)}
    table = np.array([number[id(m)] for m in ids], np.int32)
    return Mesh(
        name=name,
        vertices=points_up(text.vertices[used, :3]),
        faces=faces.reshape(-1, 3).astype(np.int32),
        corner_normals=normals,
        corner_uvs=uvs,
        corner_colours=colours,
        face_materials=table[np.searchsorted(np.unique(which), which)] if len(distinct) > 1 else None,
        materials=tuple(distinct),
    )


@dataclass
class _Entry:
    colour: tuple[float, float, float] = (0.8, 0.8, 0.8)
    alpha: float = 1.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    roughness: float = 0.5
    metallic: float = 0.0
    colour_map: str | None = None
    alpha_map: str | None = None
    clamp: bool = False


class _Materials:
    """The materials of the .mtl files beside an OBJ, read when a face uses them."""

    def __init__(self, path: Path, libraries: list[str], notes: list[str]) -> None:
        self.plain = Material()
        self._folder, self._notes = path.parent, notes
        self._entries: dict[str, _Entry] = {}
        self._made: dict[str, Material] = {}
        self._pictures: dict[str, Array | None] = {}
        for library in dict.fromkeys(libraries):
            whole = self._file(library, "material file")
            for file in (
                [whole] if whole else [f for part in library.split() if (f := self._file(part, "material file"))]
            ):
                self._read(file)
            if whole is None and not self._entries:
                notes.append(f"{path.name}: material file '{library}' is missing; its objects show a plain colour")

    def get(self, name: str) -> Material:
        """Returns the material of that name; unknown ones show a plain colour and leave a note."""
        if name not in self._made:
            entry = self._entries.get(name)
            if entry is None and name and self._entries:
                self._note(f"material '{name}' is in no .mtl file; it shows a plain colour")
            self._made[name] = Material(name or "default") if entry is None else self._material(name, entry)
        return self._made[name]

    def _material(self, name: str, entry: _Entry) -> Material:
        pixels = None if entry.colour_map is None else self._picture(entry.colour_map, name)
        cut = None if entry.alpha_map is None else self._picture(entry.alpha_map, name)
        if cut is not None:
            if pixels is None:
                pixels = np.full_like(cut, 255)
            if entry.alpha_map != entry.colour_map and cut.shape == pixels.shape:
                pixels = np.concatenate([pixels[..., :3], cut[..., :1]], -1)
        wrap = ("clamp", "clamp") if entry.clamp else ("repeat", "repeat")
        texture = None if pixels is None else Texture(entry.colour_map or name, pixels, wrap)
        red, green, blue = (1.0, 1.0, 1.0) if texture is not None else entry.colour
        return Material(
            name=name,
            base_colour=(red, green, blue, entry.alpha),
            texture=texture,
            emissive=entry.emissive,
            alpha_mode="MASK" if cut is not None else "BLEND" if entry.alpha < 1 else "OPAQUE",
            metallic=entry.metallic,
            roughness=entry.roughness,
        )

    def _picture(self, reference: str, material: str) -> Array | None:
        if reference not in self._pictures:
            self._pictures[reference] = None
            file = self._file(reference, f"texture of material '{material}'")
            try:
                if file is not None:
                    self._pictures[reference] = decode_picture(read_file(file))
                else:
                    self._note(f"texture '{reference}' is missing; material '{material}' shows its plain colour")
            except (BadPicture, SceneError) as error:
                self._note(
                    f"texture '{reference}' cannot be used ({error}); material '{material}' shows its plain colour"
                )
        return self._pictures[reference]

    def _file(self, reference: str, what: str) -> Path | None:
        """The file below the OBJ's folder; a path that leads elsewhere is looked for by its last part only."""
        reference = reference.replace("\\", "/")
        last = re.split(r"[/:]", reference)[-1]
        for candidate in (reference, last):
            try:
                file = local_file(self._folder, candidate, what)
            except SceneError:
                continue
            if candidate and file.is_file():
                if candidate != reference:
                    self._note(f"'{reference}' lies elsewhere; '{last}' beside the scene is used")
                return file
        return None

    def _read(self, file: Path) -> None:
        entry = _Entry()
        for line in read_file(file).decode("utf-8", "replace").splitlines():
            key, _, rest = line.strip().partition(" ")
            value = rest.split(" #")[0].strip()
            key = key.lower()
            if key == "newmtl":
                entry = self._entries.setdefault(value, _Entry())
            elif key in ("map_kd", "map_d"):
                reference, clamp = _texture_reference(value)
                entry.clamp = entry.clamp or clamp
                if key == "map_kd":
                    entry.colour_map = reference or None
                else:
                    entry.alpha_map = reference or None
            else:
                _set_numbers(entry, key, value)

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def _set_numbers(entry: _Entry, key: str, value: str) -> None:
    try:
        numbers = [float(v) for v in value.split()]
    except ValueError:
        return
    if not numbers or not np.isfinite(numbers).all():
        return
    red, green, blue = (numbers + numbers * 2)[:3]
    share = min(max(numbers[0], 0.0), 1.0)
    if key == "kd":
        entry.colour = (red, green, blue)
    elif key == "ke":
        entry.emissive = (red, green, blue)
    elif key == "d":
        entry.alpha = share
    elif key == "tr":
        entry.alpha = 1.0 - share
    elif key == "ns":
        entry.roughness = 1.0 - min(max(numbers[0], 0.0) / 1000.0, 1.0) ** 0.5
    elif key == "pr":
        entry.roughness = share
    elif key == "pm":
        entry.metallic = share


def _texture_reference(value: str) -> tuple[str, bool]:
    """The file name of a texture statement behind its options, and whether it is clamped."""
    words, clamp = value.split(), False
    while words and words[0] in MAP_OPTIONS:
        option, count = words[0], MAP_OPTIONS[words[0]]
        clamp = clamp or (option == "-clamp" and words[1:2] == ["on"])
        words = words[1:]
        for k in range(count):
            if k and not (words and re.fullmatch(r"[-+.\deE]+", words[0])):
                break
            words = words[1:]
    return " ".join(words), clamp
