"""Materials and base-colour textures of a glTF file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...errors import SceneError
from ..model import Array, Material, Texture
from ..resources import BadPicture, data_uri, decode_picture, read_file, srgb_to_linear
from .document import Document

WRAPS = {10497: "repeat", 33071: "clamp", 33648: "mirror"}
NEAREST = {9728, 9984, 9986}


@dataclass(frozen=True)
class ShownMaterial:
    """A material and how its texture is laid on: which uv set, and the 2x3 map of glTF's uvs (v down), if any."""

    material: Material
    uv_set: int = 0
    uv_map: Array | None = None


class MaterialReader:
    """Reads each material and each picture of a document once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._materials: dict[Any, ShownMaterial] = {}
        self._textures: dict[Any, Texture | None] = {}
        self._pictures: dict[Any, Array | None] = {}

    def material(self, index: Any) -> ShownMaterial:
        """Returns the material of that index; None gives the plain default one."""
        if index is None:
            return ShownMaterial(Material())
        if index not in self._materials:
            self._materials[index] = self._read(self._document.item("materials", index), index)
        return self._materials[index]

    def _read(self, entry: dict[str, Any], index: int) -> ShownMaterial:
        extensions = entry.get("extensions", {})
        pbr = entry.get("pbrMetallicRoughness", {})
        glossy = extensions.get("KHR_materials_pbrSpecularGlossiness")
        colour, where = pbr.get("baseColorFactor", (1, 1, 1, 1)), pbr.get("baseColorTexture")
        metallic, roughness = pbr.get("metallicFactor", 1.0), pbr.get("roughnessFactor", 1.0)
        if glossy is not None and not pbr:
            colour, where = glossy.get("diffuseFactor", (1, 1, 1, 1)), glossy.get("diffuseTexture")
            metallic, roughness = 0.0, 1.0 - glossy.get("glossinessFactor", 1.0)
        elif "metallicRoughnessTexture" in pbr:
            mean = self._mean(pbr["metallicRoughnessTexture"], linear=True)
            roughness, metallic = roughness * mean[1], metallic * mean[2]
        name = entry.get("name") if isinstance(entry.get("name"), str) else f"material {index}"
        texture = None if where is None else self._texture(where["index"])
        uv_set, uv_map = (0, None) if where is None else _layout(where)
        mode: Literal["OPAQUE", "MASK", "BLEND"] = {"MASK": "MASK", "BLEND": "BLEND"}.get(  # type: ignore[assignment]
            entry.get("alphaMode", "OPAQUE"), "OPAQUE"
        )
        r, g, b, a = _colour(colour, 4)
        return ShownMaterial(
            Material(
                name=str(name),
                base_colour=(r, g, b, a),
                texture=texture,
                emissive=self._emissive(entry, extensions),
                alpha_mode=mode,
                alpha_cutoff=float(entry.get("alphaCutoff", 0.5)),
                double_sided=bool(entry.get("doubleSided", False)),
                metallic=_share(metallic),
                roughness=_share(roughness),
                unlit="KHR_materials_unlit" in extensions,
            ),
            uv_set,
            uv_map,
        )

    def _emissive(self, entry: dict[str, Any], extensions: dict[str, Any]) -> tuple[float, float, float]:
        strength = float(extensions.get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1.0))
        factor = np.array(_colour(entry.get("emissiveFactor", (0, 0, 0)), 3)) * strength
        if factor.any() and "emissiveTexture" in entry:
            factor = factor * self._mean(entry["emissiveTexture"], linear=False)
        return float(factor[0]), float(factor[1]), float(factor[2])

    def _mean(self, where: dict[str, Any], linear: bool) -> Array:
        """The mean colour [3] of a texture that is only wanted as one number for the whole surface."""
        texture = self._texture(where["index"])
        if texture is None:
            return np.ones(3)
        step = max(1, max(texture.pixels.shape[:2]) // 256)
        values = texture.pixels[::step, ::step, :3] / 255.0
        return (values if linear else srgb_to_linear(values)).reshape(-1, 3).mean(0)

    def _texture(self, index: Any) -> Texture | None:
        if index not in self._textures:
            entry = self._document.item("textures", index)
            source = entry.get("source")
            webp = entry.get("extensions", {}).get("EXT_texture_webp", {}).get("source")
            source = webp if webp is not None else source
            if source is None:
                self._document.note(
                    f"texture {index} has no PNG, JPEG or WebP picture (KTX2 is not read); its material shows its plain colour"
                )
                self._textures[index] = None
            else:
                self._textures[index] = self._with_sampler(entry, source)
        return self._textures[index]

    def _with_sampler(self, entry: dict[str, Any], source: Any) -> Texture | None:
        if source not in self._pictures:
            self._pictures[source] = self._picture(source)
        pixels = self._pictures[source]
        if pixels is None:
            return None
        sampler = self._document.item("samplers", entry["sampler"]) if "sampler" in entry else {}
        image = self._document.item("images", source)
        wrap = tuple(WRAPS.get(sampler.get(k, 10497), "repeat") for k in ("wrapS", "wrapT"))
        name = image.get("name") or entry.get("name") or f"image {source}"
        return Texture(str(name), pixels, (wrap[0], wrap[1]), sampler.get("magFilter") in NEAREST)

    def _picture(self, source: Any) -> Array | None:
        document, entry = self._document, self._document.item("images", source)
        uri, name = entry.get("uri"), str(entry.get("name") or f"image {source}")
        try:
            if uri is None:
                data = bytes(document.view(entry["bufferView"])[0])
            elif uri.startswith("data:"):
                data = data_uri(uri, f"{document.path.name}: {name}")
            else:
                path = document.external(uri, f"image '{name}'")
                name = path.name
                if not path.is_file():
                    document.note(f"texture '{uri}' is missing; its material shows its plain base colour")
                    return None
                data = read_file(path)
            return decode_picture(data)
        except BadPicture as error:
            document.note(f"texture '{name}' cannot be decoded ({error}); its material shows its plain base colour")
        return None


def _layout(where: dict[str, Any]) -> tuple[int, Array | None]:
    """The uv set and the 2x3 uv map of a texture reference (KHR_texture_transform: offset, rotation, scale)."""
    transform = where.get("extensions", {}).get("KHR_texture_transform")
    uv_set = where.get("texCoord", 0)
    if transform is None:
        return int(uv_set), None
    (du, dv), (su, sv) = _colour(transform.get("offset", (0, 0)), 2), _colour(transform.get("scale", (1, 1)), 2)
    angle = float(transform.get("rotation", 0.0))
    c, s = math.cos(angle), math.sin(angle)
    return int(transform.get("texCoord", uv_set)), np.array([[c * su, s * sv, du], [-s * su, c * sv, dv]])


def _colour(values: Any, count: int) -> tuple[float, ...]:
    numbers = tuple(float(v) for v in values)
    if len(numbers) != count or not all(math.isfinite(v) for v in numbers):
        raise SceneError(f"a material has {values!r:.60} where {count} numbers belong; export the scene again")
    return numbers


def _share(value: Any) -> float:
    return min(1.0, max(0.0, float(value)))
