"""Cameras, lights and the world's light, in the units of the bundle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

BRIGHTEST_PIXEL = 50.0
"""Radiance to which a sky picture's pixels are cut before the mean: the sun's disc would drown the rest."""
BRIGHTEST_WORLD = 10.0
"""Radiance to which the mean of a sky picture is cut."""


def read_camera(name: str, camera: Any, matrix: Any, render: Any) -> dict[str, Any]:
    """Returns the bundle's entry of a camera, with the aspect of the scene's render resolution.

    The shift becomes shares of the picture's larger side; ``matrix`` loses its scale, as it does in Blender.
    """
    width, height = render.resolution_x * render.pixel_aspect_x, render.resolution_y * render.pixel_aspect_y
    aspect = width / height
    fit = camera.sensor_fit
    level = fit == "HORIZONTAL" or (fit == "AUTO" and aspect >= 1)
    sensor = camera.sensor_height if fit == "VERTICAL" else camera.sensor_width
    half = sensor / (2 * camera.lens) / (aspect if level else 1.0)
    unit = (1.0 if level else 1 / aspect) if aspect >= 1 else (aspect if level else 1.0)
    ortho = camera.ortho_scale / (aspect if level else 1.0) if camera.type == "ORTHO" else None
    return {
        "name": name,
        "matrix": rigid(matrix).reshape(-1).tolist(),
        "yfov": 2 * math.atan(half),
        "aspect": aspect,
        "near": camera.clip_start,
        "far": camera.clip_end,
        "shift": [camera.shift_x * unit, camera.shift_y * unit],
        "ortho_height": ortho,
    }


def read_light(name: str, light: Any, matrix: Any) -> dict[str, Any]:
    """Returns the bundle's entry of a light: W/m2 for a sun, W/sr on the axis for the others.

    Blender's watts are radiant flux: a point or spot lamp sends P / 4 pi into each steradian (a spot's cone cuts and
    does not gather), an area light, being Lambertian, P / pi along its axis.
    """
    power = light.energy * 2.0 ** getattr(light, "exposure", 0.0)
    kind = {"SUN": "sun", "POINT": "point", "SPOT": "spot", "AREA": "area"}[light.type]
    share = {"sun": 1.0, "point": 1 / (4 * math.pi), "spot": 1 / (4 * math.pi), "area": 1 / math.pi}[kind]
    colour = np.array(light.color[:], np.float64)
    if getattr(light, "use_temperature", False):
        colour = colour * np.array(light.temperature_color[:])
    cone = [0.0, math.pi / 2 if kind == "area" else 0.785]
    if kind == "spot":
        edge = math.cos(light.spot_size / 2)
        cone = [math.acos(min(1.0, edge + (1 - edge) * light.spot_blend)), light.spot_size / 2]
    return {
        "name": name,
        "kind": kind,
        "matrix": rigid(matrix).reshape(-1).tolist(),
        "colour": colour.tolist(),
        "strength": float(power * share),
        "cone": cone,
    }


def read_world(world: Any, notes: list[str]) -> tuple[list[float], list[float]]:
    """Returns (ambient, background), linear RGB: the world's colour times its strength.

    Where the world shows the camera another colour than it lights with (a mix by "is camera ray"), they differ.
    """
    if world is None:
        return [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    if not getattr(world, "use_nodes", True) or world.node_tree is None:
        colour = [float(c) for c in world.color]
        return colour, colour
    output = world.node_tree.get_output_node("ALL")
    shader = _linked(output.inputs["Surface"]) if output is not None else None
    if shader is not None and shader.type == "MIX_SHADER":
        chooser = _linked(shader.inputs[0])
        sides = [_linked(shader.inputs[k]) for k in (1, 2)]
        if chooser is not None and chooser.type == "LIGHT_PATH":
            return _world_colour(sides[0], notes), _world_colour(sides[1], notes)
        shader = sides[0] if sides[0] is not None else sides[1]
    colour = _world_colour(shader, notes)
    return colour, colour


def _linked(socket: Any) -> Any:
    return socket.links[0].from_node if socket.is_linked and socket.links else None


def _world_colour(shader: Any, notes: list[str]) -> list[float]:
    """The colour of a background shader times its strength; the mean of a picture."""
    if shader is None or shader.type != "BACKGROUND":
        return [0.0, 0.0, 0.0]
    strength = 1.0 if shader.inputs["Strength"].is_linked else float(shader.inputs["Strength"].default_value)
    node = _linked(shader.inputs["Color"])
    if node is None:
        return [float(c) * strength for c in shader.inputs["Color"].default_value[:3]]
    notes.append("the world shows a picture or sky; a plain mean colour lights the scene")
    colour = [0.6, 0.65, 0.7]
    if node.type == "TEX_ENVIRONMENT" and node.image is not None and node.image.size[0]:
        image = node.image
        values = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
        image.pixels.foreach_get(values)
        mean = np.nan_to_num(values.reshape(-1, image.channels)[:, :3]).clip(0, BRIGHTEST_PIXEL).mean(0)
        colour = [float(c) for c in np.resize(mean, 3)]
    return [min(c * strength, BRIGHTEST_WORLD) for c in colour]


def rigid(matrix: Any) -> np.ndarray:
    """Returns a matrix [4, 4] with its axes scaled to length one."""
    values = np.array(matrix, np.float64)
    lengths = np.linalg.norm(values[:3, :3], axis=0)
    values[:3, :3] /= np.where(lengths > 1e-12, lengths, 1.0)
    return values
