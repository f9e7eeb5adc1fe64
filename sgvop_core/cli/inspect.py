"""``sgvop inspect``: what is in a scene, and what of it can be placed."""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np

from ..errors import SceneError
from ..scene.body import make_body
from ..scene.model import Scene


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "scene", nargs="+", metavar="SCENE", help=".glb, .gltf, .obj, .ply, .stl or .blend; several make one scene"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Prints what is in the scene; returns the exit code."""
    from .scenes import open_scene

    scene = open_scene(arguments.scene, quiet=True)
    summary = summarise(scene)
    if arguments.json:
        from .output import json_text

        print(json_text(summary))
    else:
        print("\n".join(table(summary)))
    return 0


def summarise(scene: Scene) -> dict[str, Any]:
    """Returns the scene as plain JSON values: objects with world sizes in metres, cameras, lights, notes."""
    return {
        "source": None if scene.source is None else str(scene.source),
        "objects": [_object(scene, o.name) for o in scene.objects],
        "cameras": [
            {
                "name": c.name,
                "location": _numbers(c.matrix_world[:3, 3]),
                "vertical_field_of_view": None if c.ortho_height is not None else round(math.degrees(c.yfov), 2),
                "aspect": round(c.aspect, 4),
            }
            for c in scene.cameras
        ],
        "lights": [
            {"name": light.name, "kind": light.kind, "location": _numbers(light.matrix_world[:3, 3])}
            for light in scene.lights
        ],
        "notes": list(scene.notes),
    }


def _object(scene: Scene, name: str) -> dict[str, Any]:
    item = scene.object(name)
    subtree = scene.subtree(name)
    bounds = scene.bounds(subtree)
    reason = why_not(scene, name)
    return {
        "name": name,
        "parent": item.parent,
        "hidden": item.hidden,
        "triangles": 0 if item.mesh is None else len(item.mesh.faces),
        "triangles_below": sum(len(o.mesh.faces) for o in subtree if o.mesh is not None),
        "size": _numbers(bounds[1] - bounds[0]),
        "centre": _numbers(bounds.mean(0)),
        "materials": [] if item.mesh is None else [m.name for m in item.mesh.materials],
        "placeable": reason is None,
        "why_not": reason,
    }


def why_not(scene: Scene, name: str) -> str | None:
    """Returns why an object cannot be placed, None when it can."""
    try:
        make_body(scene, name)
    except SceneError as error:
        return str(error)
    if not scene.static_objects([name]):
        return f"there is nothing beside '{name}' to place it against; add the other files of the scene"
    return None


def table(summary: dict[str, Any]) -> list[str]:
    """Returns the lines of the readable listing."""
    objects, cameras, lights = summary["objects"], summary["cameras"], summary["lights"]
    widest = max([len("object"), *(len(o["name"]) for o in objects)])
    lines = [f"{'object':{widest}}  size x y z (m)       triangles  can be placed"]
    for o in objects:
        size = " ".join(f"{s:6.3g}" for s in o["size"])
        verdict = "yes" if o["placeable"] else f"no: {o['why_not']}"
        below = o["triangles_below"]
        shown = f"({below})" if below and not o["triangles"] else str(o["triangles"])
        lines.append(f"{o['name']:{widest}}  {size:20} {shown:>9}  {verdict}")
    if not objects:
        lines.append("(none)")
    lines.append("")
    if cameras:
        for c in cameras:
            view = (
                "orthographic"
                if c["vertical_field_of_view"] is None
                else f"{c['vertical_field_of_view']:.0f} degrees high"
            )
            lines.append(f"camera  {c['name']}  at {c['location']}, {view}")
    else:
        lines.append("camera  none; one is made when a picture is needed")
    lines += [f"light   {light['name']}  {light['kind']}" for light in lights]
    if not lights:
        lines.append("light   none; a default light is used")
    lines += [f"note    {note}" for note in summary["notes"]]
    placeable = [o for o in objects if o["placeable"]]
    if placeable:
        # Small things are what people place.
        name = min(placeable, key=lambda o: sum(s * s for s in o["size"]))["name"]
        lines += ["", f"next: sgvop place SCENE --object '{name}' --prompt 'a … on the …' --out placed.glb"]
    return lines


def _numbers(values: np.ndarray) -> list[float]:
    return [round(float(v), 6) if math.isfinite(float(v)) else 0.0 for v in values]
