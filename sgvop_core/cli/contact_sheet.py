"""A contact sheet: the start, the best pose and the next candidates, seen twice, with their checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..placement.result import Candidate, Placement
from ..scene.model import Camera, Scene
from .scenes import camera_of

if TYPE_CHECKING:
    from PIL import ImageDraw


@dataclass(frozen=True)
class Sheet:
    """Measures of the sheet in pixels unless said otherwise."""

    width: int = 400
    """Of one picture."""
    columns: int = 4
    """Start, best and the next candidates, at most."""
    samples: int = 3
    """Samples a pixel and side."""
    gap: int = 10
    text: int = 15
    """Height of the letters."""
    rows_of_text: int = 4
    paper: tuple[int, int, int] = (250, 250, 248)
    ink: tuple[int, int, int] = (30, 30, 34)
    mark: tuple[int, int, int] = (255, 214, 0)
    """Of the frame around the object, which may be small in the camera's picture."""
    good: tuple[int, int, int] = (24, 128, 56)
    bad: tuple[int, int, int] = (190, 40, 40)


@dataclass(frozen=True)
class Overhead:
    """Where the second camera stands, in shares of the moved object's size (its box diagonal)."""

    distance: float = 4.5
    """Far enough to show what the object stands on."""
    direction: tuple[float, float, float] = (0.25, -0.5, 1.0)
    """Towards the camera from the object: mostly up, tilted so that upright things keep a shape."""
    clearance: float = 0.9
    """Share of the way to whatever hangs above."""
    yfov: float = 0.8
    """Radians, high."""


def contact_sheet(scene: Scene, placement: Placement, sheet: Sheet | None = None) -> np.ndarray:
    """Returns the sheet [H, W, 3] uint8 of the first object of a placement; ``scene`` is as it was before."""
    from PIL import Image, ImageDraw, ImageFont

    from ..render import render_picture

    sheet = sheet or Sheet()
    camera = camera_of(placement, scene)
    height = min(max(round(sheet.width / camera.aspect), sheet.width // 3), sheet.width)
    camera = replace(camera, aspect=sheet.width / height)
    shown: list[tuple[Scene, Candidate | None]] = [(scene, None)]
    shown += [(scene.moved(placement.objects, c.delta), c) for c in placement.candidates[: sheet.columns - 1]]

    band, step = (sheet.rows_of_text + 1) * (sheet.text + 5), sheet.width + sheet.gap
    page = Image.new(
        "RGB", (sheet.gap + step * len(shown), 2 * (height + sheet.gap) + 2 * sheet.text + band), sheet.paper
    )
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(sheet.text)
    top = sheet.gap + sheet.text + 5
    draw.text((sheet.gap, sheet.gap // 2), f"\u201c{placement.prompt}\u201d", sheet.ink, font)
    for column, (picture, candidate) in enumerate(shown):
        left = sheet.gap + column * step
        views = (camera, camera_above(picture, placement.objects, sheet.width / height))
        for row, view in enumerate(views):
            pixels = render_picture(picture, view, (height, sheet.width), samples=sheet.samples)
            corner = (left, top + row * (height + sheet.gap))
            page.paste(Image.fromarray(pixels), corner)
            if row == 0:
                _frame(draw, sheet, corner, frame_of(picture, placement.objects, view, (height, sheet.width)))
        title = "start" if candidate is None else "best" if column == 1 else f"candidate {column}"
        _caption(draw, font, sheet, (left, top + 2 * (height + sheet.gap)), title, candidate)
    return np.asarray(page)


def camera_above(scene: Scene, names: tuple[str, ...], aspect: float, rule: Overhead | None = None) -> Camera:
    """Returns a camera over the named objects, below whatever hangs above them."""
    from ..scene.cameras import look_at
    from ..scene.rays import RayCaster

    rule = rule or Overhead()
    low, high = scene.bounds(scene.subtree(names))
    centre, size = (low + high) / 2, max(float(np.linalg.norm(high - low)), 1e-3)
    towards = np.array(rule.direction) / np.linalg.norm(rule.direction)
    distance = rule.distance * size
    others = scene.world_mesh(scene.static_objects(names))
    if len(others.faces):
        # From outside the object, or its own support would count.
        start = centre + towards * size * 0.5
        free = float(RayCaster(others.triangles()).first_hit(start[None], towards[None]).distance[0])
        distance = min(distance, size * 0.5 + rule.clearance * free)
    eye = centre + towards * distance
    return Camera(
        "above", look_at(eye, centre, np.array([0.0, 0.0, 1.0])), rule.yfov, aspect, near=size * 1e-3, synthetic=True
    )


def frame_of(
    scene: Scene, names: tuple[str, ...], camera: Camera, size: tuple[int, int]
) -> tuple[float, float, float, float] | None:
    """Returns the box (left, top, right, bottom) in pixels of the named objects' picture of ``size`` (height, width).

    None when no part of it can be in the picture.
    """
    from ..scene.cameras import project

    vertices = scene.world_mesh(scene.subtree(names)).vertices
    pixels, depth = project(camera, vertices, size)
    pixels = pixels[depth > camera.near]
    if not len(pixels):
        return None
    low, high = pixels.min(0), pixels.max(0)
    if (high < 0).any() or low[0] > size[1] or low[1] > size[0]:
        return None
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def marks(candidate: Candidate) -> list[tuple[bool, str]]:
    """Returns the checks of a candidate as (holds, words)."""
    checks: dict[str, Any] = candidate.as_json()["checks"]
    relations, holder = checks["relations"], ", ".join(checks["supported_by"])
    words = ", ".join(" ".join([r["name"], *r["anchors"]]) for r in relations).replace("_", " ")
    clear = checks["penetration"] <= checks["tolerance"]
    return [
        (all(r["holds"] for r in relations), words or "no relation asked for"),
        (
            clear,
            "clear of everything" if clear else f"{1000 * checks['penetration']:.0f} mm into {checks['penetrates']}",
        ),
        (checks["supported_well"], f"stands on {holder}" if holder else "held by nothing"),
        (checks["visible"] and checks["inside"], f"{checks['in_view']:.0%} in view"),
    ]


def _caption(
    draw: ImageDraw.ImageDraw, font: Any, sheet: Sheet, at: tuple[int, int], title: str, candidate: Candidate | None
) -> None:
    left, top = at
    line = sheet.text + 5
    if candidate is not None:
        title += f"   score {candidate.score:z.3f}"
    draw.text((left, top), title, sheet.ink, font)
    if candidate is None:
        return
    for row, (holds, words) in enumerate(marks(candidate), 1):
        _mark(draw, sheet, left, top + row * line, holds)
        draw.text((left + sheet.text + 8, top + row * line), words[:52], sheet.ink, font)


def _frame(
    draw: ImageDraw.ImageDraw, sheet: Sheet, corner: tuple[int, int], box: tuple[float, float, float, float] | None
) -> None:
    """Draws the corners of a frame around a box, inside the picture at ``corner``; the object may be small in it."""
    if box is None:
        return
    (x, y), margin, arm = corner, sheet.gap * 0.6, sheet.gap * 0.8
    left, top, right, bottom = box[0] - margin + x, box[1] - margin + y, box[2] + margin + x, box[3] + margin + y
    left, top = max(left, x), max(top, y)
    for at_x, to_x in ((left, arm), (right, -arm)):
        for at_y, to_y in ((top, arm), (bottom, -arm)):
            draw.line([(at_x + to_x, at_y), (at_x, at_y), (at_x, at_y + to_y)], sheet.mark, 2)


def _mark(draw: ImageDraw.ImageDraw, sheet: Sheet, left: int, top: int, holds: bool) -> None:
    """Draws a tick or a cross; fonts often lack both."""
    s = sheet.text
    if holds:
        draw.line([(left, top + s * 0.6), (left + s * 0.35, top + s * 0.95), (left + s, top + s * 0.2)], sheet.good, 3)
    else:
        draw.line([(left, top + s * 0.2), (left + s * 0.8, top + s)], sheet.bad, 3)
        draw.line([(left, top + s), (left + s * 0.8, top + s * 0.2)], sheet.bad, 3)
