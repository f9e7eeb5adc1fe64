"""Materials of a .blend as base colour, picture and a few numbers: what the core's renderer can show."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .image_reader import image_pixels, is_linear
from .picture_files import picture_file

PASSED_THROUGH = {"GAMMA", "HUE_SAT", "BRIGHTCONTRAST", "CURVE_RGB", "INVERT", "REROUTE", "SEPARATE_COLOR"}
WRAPS = {"REPEAT": "repeat", "EXTEND": "clamp", "CLIP": "clamp", "MIRROR": "mirror"}
DEEPEST = 64
"""Nodes followed along one path; longer chains, or loops through groups, end there."""


@dataclass(frozen=True)
class Look:
    """Where a colour comes from: a factor, a picture node, a colour attribute."""

    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    picture: Any = None
    attribute: str | None = None

    def times(self, other: Look) -> Look:
        """Returns the product of two looks; of two pictures the first is kept."""
        a, b = self.colour, other.colour
        colour = (a[0] * b[0], a[1] * b[1], a[2] * b[2])
        return Look(colour, self.picture or other.picture, self.attribute or other.attribute)


@dataclass(frozen=True)
class Layout:
    """How a material lies on a mesh: uv layer name (None: the active one), 2x3 uv map, colour attribute."""

    uv_layer: str | None = None
    uv_map: np.ndarray | None = None
    attribute: str | None = None


@dataclass
class MaterialReader:
    """Reads each material once into ``entries``, its picture into ``textures`` and, with read_pictures, ``arrays`` or ``files``."""

    data: Any
    notes: list[str]
    entries: list[dict[str, Any]] = field(default_factory=list)
    textures: list[dict[str, Any]] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    _known: dict[str, tuple[int, Layout]] = field(default_factory=dict)
    _textures: dict[Any, int] = field(default_factory=dict)
    _images: list[tuple[Any, str]] = field(default_factory=list)
    _copies: list[Any] = field(default_factory=list)

    def material(self, material: Any) -> tuple[int, Layout]:
        """Returns the material's number in the bundle and its layout; None gives the plain default one."""
        key = "" if material is None else f"{material.name_full}"
        if key not in self._known:
            entry, layout = ({"name": "default"}, Layout()) if material is None else self._read(material)
            self.entries.append(entry)
            self._known[key] = (len(self.entries) - 1, layout)
        return self._known[key]

    def _read(self, material: Any) -> tuple[dict[str, Any], Layout]:
        entry: dict[str, Any] = {"name": material.name, "double_sided": not material.use_backface_culling}
        shader, groups = _shader(material)
        if shader is None:
            r, g, b, a = material.diffuse_color
            entry.update(base_colour=[r, g, b, a], metallic=material.metallic, roughness=material.roughness)
            return entry, Layout()
        inputs = shader.inputs
        socket = inputs.get("Base Color") or inputs.get("Color")
        look = Look() if socket is None else self._look(socket, groups, material, 0)
        entry["metallic"] = _number(inputs.get("Metallic"), 0.0)
        entry["roughness"] = _number(inputs.get("Roughness"), 0.5)
        alpha = inputs.get("Alpha")
        opacity = 1.0
        if alpha is not None and alpha.is_linked:
            entry["alpha_mode"] = "BLEND" if getattr(material, "surface_render_method", "") == "BLENDED" else "MASK"
        elif alpha is not None:
            opacity = float(alpha.default_value)
            if opacity < 1:
                entry["alpha_mode"] = "BLEND"
        colour = look.colour
        if shader.type == "EMISSION":
            strength = _number(inputs.get("Strength"), 1.0)
            if look.picture is None and strength > 1:
                entry["emissive"] = [c * strength for c in colour]
                colour = (0.0, 0.0, 0.0)
            else:
                entry["unlit"] = True
        elif (glow := inputs.get("Emission Color")) is not None:
            strength = _number(inputs.get("Emission Strength"), 0.0)
            if strength > 0 and not glow.is_linked:
                entry["emissive"] = [float(c) * strength for c in glow.default_value[:3]]
        entry["base_colour"] = [max(0.0, float(c)) for c in (*colour, opacity)]
        if look.picture is not None:
            entry["texture"] = self._texture(look.picture, material)
        layout = _layout(look.picture, groups)
        return entry, replace(layout, attribute=look.attribute)

    def _look(self, socket: Any, groups: tuple[Any, ...], material: Any, depth: int) -> Look:
        """What a colour socket shows, followed back through its links."""
        socket, node, groups = _origin(socket, groups)
        if node is None:
            value = socket.default_value
            return Look(tuple(float(v) for v in value[:3]) if hasattr(value, "__len__") else (float(value),) * 3)  # type: ignore[arg-type]
        if depth > DEEPEST:
            return Look((0.5, 0.5, 0.5))
        kind = node.type
        if kind == "TEX_IMAGE":
            return Look(picture=node) if node.image is not None else Look((0.8, 0.8, 0.8))
        if kind == "VERTEX_COLOR":
            return Look(attribute=node.layer_name or "")
        if kind == "ATTRIBUTE":
            return Look(attribute=node.attribute_name)
        if kind == "RGB":
            red, green, blue = (float(v) for v in node.outputs[0].default_value[:3])
            return Look((red, green, blue))
        if kind in ("MIX", "MIX_RGB"):
            return self._mixed(node, groups, material, depth)
        if kind in PASSED_THROUGH:
            inner = node.inputs.get("Color") or node.inputs[0]
            return self._look(inner, groups, material, depth + 1)
        return self._procedural(node, groups, material, depth)

    def _mixed(self, node: Any, groups: tuple[Any, ...], material: Any, depth: int) -> Look:
        if node.type == "MIX":
            sockets = [s for s in node.inputs if s.enabled and s.type == "RGBA"]
            factors = [s for s in node.inputs if s.enabled and s.type == "VALUE"]
            if len(sockets) < 2 or not factors:
                return Look((0.5, 0.5, 0.5))
            factor, first, second = factors[0], sockets[0], sockets[1]
        else:
            factor, first, second = node.inputs[0], node.inputs[1], node.inputs[2]
        a = self._look(first, groups, material, depth + 1)
        share = None if factor.is_linked else float(factor.default_value)
        if share == 0.0:
            return a
        b = self._look(second, groups, material, depth + 1)
        if node.blend_type == "MULTIPLY":
            return a.times(b)
        if share is None or a.picture is not None or b.picture is not None:
            if (a.picture is None) != (b.picture is None):
                return a if a.picture is not None else b
            return b if share is not None and share > 0.5 else a
        x, y = a.colour, b.colour
        mixed = tuple((1 - share) * p + share * q for p, q in zip(x, y, strict=True))
        return Look((mixed[0], mixed[1], mixed[2]), None, a.attribute or b.attribute)

    def _procedural(self, node: Any, groups: tuple[Any, ...], material: Any, depth: int) -> Look:
        """A picture further back, or the mean of the colours that a procedural node mixes."""
        self._note(f"material '{material.name}' is procedural ({node.bl_label}); a plain mean colour stands for it")
        if node.type == "VALTORGB":
            values = np.array([node.color_ramp.evaluate(t)[:3] for t in (0.1, 0.3, 0.5, 0.7, 0.9)]).mean(0)
            return Look((float(values[0]), float(values[1]), float(values[2])))
        colours = [self._look(s, groups, material, depth + 1) for s in node.inputs if s.enabled and s.type == "RGBA"]
        for look in colours:
            if look.picture is not None or look.attribute is not None:
                return look
        if colours:
            mean = np.mean([look.colour for look in colours], axis=0)
            return Look((float(mean[0]), float(mean[1]), float(mean[2])))
        return Look(tuple(float(c) for c in material.diffuse_color[:3]))  # type: ignore[arg-type]

    def _texture(self, node: Any, material: Any) -> int:
        image, nearest = node.image, node.interpolation == "Closest"
        wrap = WRAPS.get(node.extension, "repeat")
        key = (image.name_full, wrap, nearest)
        if key not in self._textures:
            self._textures[key] = len(self.textures)
            self._images.append((image, material.name))
            self.textures.append({"name": image.name, "wrap": [wrap, wrap], "nearest": nearest})
        return self._textures[key]

    def read_pictures(self) -> Generator[None, None, None]:
        """Reads the textures that materials named so far, in pieces: their file, or else their pixels.

        Those without any are taken out.
        """
        pictures: dict[str, tuple[str | None, Any]] = {}
        kept: dict[int, int] = {}
        for number, (image, user) in enumerate(self._images):
            yield
            if image.name_full not in pictures:
                pictures[image.name_full] = yield from self._picture(image)
            where, content = pictures[image.name_full]
            if image.source == "TILED":
                self._note(f"texture '{image.name}' has several tiles; only the first is shown")
            if where == "files":
                self.files[f"texture/{len(kept)}/file"] = content
            elif where is not None:
                self.arrays[f"texture/{len(kept)}/{where}"] = content
            else:
                self._note(f"texture '{image.name}' is missing; material '{user}' shows its plain base colour")
                continue
            if where != "pixels" and is_linear(image):
                self.textures[number]["linear"] = True
            kept[number] = len(kept)
        self.textures = [entry for number, entry in enumerate(self.textures) if number in kept]
        for entry in self.entries:
            if entry.get("texture") is not None:
                entry["texture"] = kept.get(entry["texture"])

    def _picture(self, image: Any) -> Generator[None, None, tuple[str | None, Any]]:
        """Gives ("files", path), ("file", bytes [N]), ("pixels", [H, W, 4]), or None and nothing for a missing one."""
        encoded = picture_file(image)
        if isinstance(encoded, str):
            return "files", encoded
        if encoded is not None:
            return "file", np.frombuffer(encoded, np.uint8)
        pixels = yield from image_pixels(image, self._copies)
        return (None, None) if pixels is None else ("pixels", pixels)

    def remove_copies(self) -> None:
        """Removes the scaled copies of images; all at the end, because that makes Blender evaluate the scene anew."""
        for copy in self._copies:
            with contextlib.suppress(ReferenceError):
                self.data.images.remove(copy)
        self._copies.clear()

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _number(socket: Any, missing: float) -> float:
    if socket is None or socket.is_linked:
        return missing
    return float(socket.default_value)


def _origin(socket: Any, groups: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
    """The socket and node that feed a socket, in and out of groups; the node is None for a plain value."""
    for _ in range(DEEPEST):
        if not socket.is_linked or not socket.links:
            return socket, None, groups
        source = socket.links[0].from_socket
        node = socket.links[0].from_node
        if node.type == "GROUP_INPUT" and groups:
            outer = groups[-1].inputs.get(source.name)
            if outer is None:
                return socket, None, groups
            socket, groups = outer, groups[:-1]
        elif node.type == "GROUP" and node.node_tree is not None:
            inside = [n for n in node.node_tree.nodes if n.type == "GROUP_OUTPUT" and n.is_active_output]
            inner = inside[0].inputs.get(source.name) if inside else None
            if inner is None:
                return socket, None, groups
            socket, groups = inner, (*groups, node)
        elif node.type == "REROUTE":
            socket = node.inputs[0]
        else:
            return source, node, groups
    return socket, None, groups


def _shader(material: Any) -> tuple[Any, tuple[Any, ...]]:
    """The surface shader that gives the base colour, and the groups that it lies in."""
    if not getattr(material, "use_nodes", True) or material.node_tree is None:
        return None, ()
    output = material.node_tree.get_output_node("ALL") or material.node_tree.get_output_node("EEVEE")
    if output is None:
        return None, ()
    waiting: list[tuple[Any, tuple[Any, ...]]] = [(output.inputs["Surface"], ())]
    spare: tuple[Any, tuple[Any, ...]] = (None, ())
    for _ in range(DEEPEST):
        if not waiting:
            break
        socket, groups = waiting.pop(0)
        _, node, groups = _origin(socket, groups)
        if node is None:
            continue
        if node.type in ("MIX_SHADER", "ADD_SHADER"):
            waiting.extend((s, groups) for s in node.inputs if s.type == "SHADER")
        elif node.type == "BSDF_PRINCIPLED":
            return node, groups
        elif spare[0] is None and node.type not in ("BSDF_TRANSPARENT", "HOLDOUT"):
            spare = (node, groups)
    return spare


def _layout(picture: Any, groups: tuple[Any, ...]) -> Layout:
    """The uv layer and mapping of a picture node."""
    if picture is None or "Vector" not in picture.inputs:
        return Layout()
    _, node, groups = _origin(picture.inputs["Vector"], groups)
    uv_map = None
    if node is not None and node.type == "MAPPING":
        location, rotation, scale = (node.inputs.get(k) for k in ("Location", "Rotation", "Scale"))
        if all(s is not None and not s.is_linked for s in (location, rotation, scale)) and node.vector_type == "POINT":
            angle = rotation.default_value[2]
            (sx, sy), (dx, dy) = scale.default_value[:2], location.default_value[:2]
            c, s = np.cos(angle), np.sin(angle)
            uv_map = np.array([[c * sx, -s * sy, dx], [s * sx, c * sy, dy]])
        _, node, groups = _origin(node.inputs["Vector"], groups)
    layer = node.uv_map if node is not None and node.type == "UVMAP" and node.uv_map else None
    return Layout(layer, uv_map)
