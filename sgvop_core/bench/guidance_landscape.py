"""The figure of ``sgvop bench guidance --figure``: the score along x, y, z and yaw about a pose that satisfies the prompt.

Shaded is where the prompt's relation holds, measured on the geometry; the score would be best if it were high there alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import NoValidPose, SgvopError
from ..guidance.clip.sheet import VIEWS, sheet_of
from ..scene.model import Array
from ..training.plain_texts import sentence
from .guidance_judges import Judge
from .guidance_stages import (
    MakeStage,
    Shots,
    Stage,
    body_size,
    box_in_frame,
    framed,
    in_frame,
    moved,
    pivot_of,
    shoot,
    turned,
)

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

AXES = ("x", "y", "z", "yaw")


@dataclass(frozen=True)
class FigureOptions:
    """What the figure shows; sizes in pixels."""

    relations: tuple[str, ...] = ("on", "left", "behind", "above", "next_to", "facing")
    samples: int = 61
    reach: float = 2.0
    """How far x, y and z go to either side, in sizes of the object."""
    width: int = 210
    height: int = 150
    gap: int = 14
    area: tuple[float, float] = (0.015, 0.12)
    """Share of the picture that the target takes."""
    anchor: float = 0.2
    """Least side of the anchor's box as a share of the picture's."""
    scenes: int = 120
    """Scenes that are looked through for prompts."""


@dataclass(frozen=True, eq=False)
class Landscape:
    """Scores of one prompt: ``places`` [4, N] (metres, and radians for yaw), ``scores`` [4, N], ``holds`` [4, N];
    ``picture`` [S, S, 3] uint8 of the pose in the middle: the sheet, or from the last of the cameras."""

    text: str
    picture: Array
    places: Array
    scores: Array
    holds: Array


def landscape(judge: Judge, stage: Stage, fact: int, text: str, matrix: Array, options: FigureOptions) -> Landscape:
    """Returns the scores of a sentence along the four axes about the pose matrix [4, 4], and where the fact holds."""
    count = options.samples
    reach = options.reach * float(body_size(stage, matrix[None])[0])
    line, angles = np.linspace(-reach, reach, count), np.linspace(-math.pi, math.pi, count)
    matrices = [moved(np.repeat(matrix[None], count, 0), line[:, None] * np.eye(3)[axis]) for axis in range(3)]
    matrices.append(turned(matrix, pivot_of(stage.body), angles))
    every = np.concatenate([*matrices, matrix[None]])
    import torch

    pictures, _, _ = stage.render(every)
    scores = judge.scores(pictures[:-1], [text])[:, 0].reshape(4, count)
    holds = (stage.margins(every[:-1])[:, fact] >= 0).reshape(4, count)
    shown = sheet_of(torch.from_numpy(pictures[-1])).numpy() if pictures.shape[1] == len(VIEWS) else pictures[-1, -1]
    return Landscape(text, shown, np.stack([line, line, line, angles]), scores, holds)


def landscapes(
    judge: Judge, make: MakeStage, seed: int, options: FigureOptions | None = None, framing: str = "studio"
) -> list[Landscape]:
    """Returns one landscape for each of the relations, about the pose that satisfies it by the most among those drawn.

    Raises NoValidPose when none of them was found.
    """
    o = options or FigureOptions()
    wanted, found = list(o.relations), {}
    for index in range(o.scenes):
        rng = np.random.default_rng([seed, 3, index])
        try:
            stage = framed(make(rng, "test"), framing, rng)
            shots = shoot(stage, stage.sample_poses(rng, 32, "mixed"))
        except SgvopError:
            continue
        for fact in (
            f for f in shots.facts if shots.group.facts[f].name in wanted and len(shots.group.facts[f].anchors) == 1
        ):
            usable = shots.holds(fact) & _plain_to_see(stage, shots, shots.group.facts[fact].anchors[0], o)
            text = sentence(shots.group, shots.group.facts[fact])
            name = shots.group.facts[fact].name
            if text is None or not usable.any() or name not in wanted:
                continue
            best = int(np.argmax(np.where(usable, shots.margins[:, fact], -np.inf)))
            found[name] = landscape(judge, stage, fact, text, shots.matrices[best], o)
            wanted.remove(name)
            break  # another scene for the next prompt
        if not wanted:
            break
    if not found:
        raise NoValidPose("no prompt for the figure was found; choose another --seed")
    return [found[name] for name in o.relations if name in found]


def _plain_to_see(stage: Stage, shots: Shots, anchor: int, options: FigureOptions) -> Array:
    """Returns in which pictures [K] the target is large and in the middle, and the anchor is wholly in the picture."""
    if anchor < 0 or stage.things[anchor].role != "thing":
        return np.zeros(len(shots.matrices), bool)
    box = box_in_frame(stage, anchor)
    whole = bool(((box > 0) & (box < 1)).all() and np.ptp(box, axis=0).max() > options.anchor)
    at = in_frame(stage, shots.matrices[:, :3, :3] @ pivot_of(stage.body) + shots.matrices[:, :3, 3])
    middle = ((at > 0.2) & (at < 0.8)).all(1)
    return middle & whole & (shots.visible > 0.8) & (shots.area > options.area[0]) & (shots.area < options.area[1])


def figure(shown: Sequence[Landscape], options: FigureOptions | None = None) -> Array:
    """Returns the figure [H, W, 3] uint8: a row for each prompt, its picture and four curves."""
    from PIL import Image, ImageDraw

    o = options or FigureOptions()
    head = 16
    row = o.height + head + o.gap
    sheet = Image.new("RGB", (o.height + 4 * (o.width + o.gap) + 2 * o.gap, len(shown) * row + o.gap), "white")
    pen = ImageDraw.Draw(sheet)
    for index, one in enumerate(shown):
        top = o.gap + index * row
        pen.text((o.gap, top), one.text, fill=(0, 0, 0))
        picture = Image.fromarray(one.picture).resize((o.height, o.height), Image.Resampling.LANCZOS)
        sheet.paste(picture, (o.gap, top + head))
        low, high = float(one.scores.min()), float(one.scores.max())
        for axis in range(4):
            left = o.height + 2 * o.gap + axis * (o.width + o.gap)
            _curve(pen, (left, top + head, left + o.width, top + head + o.height), one, axis, (low, high))
    return np.asarray(sheet)


def _curve(
    pen: ImageDraw, box: tuple[int, int, int, int], one: Landscape, axis: int, limits: tuple[float, float]
) -> None:
    """Draws one curve into a box; all four of a prompt share their limits."""
    left, top, right, bottom = box
    places, scores, holds = one.places[axis], one.scores[axis], one.holds[axis]
    span = max(limits[1] - limits[0], 1e-9)

    def x(place: float) -> float:
        return float(left + (place - places[0]) / (places[-1] - places[0]) * (right - left))

    def y(score: float) -> float:
        return float(bottom - 6 - (score - limits[0]) / span * (bottom - top - 12))

    half = (places[1] - places[0]) / 2
    for place in places[holds]:
        pen.rectangle((max(x(place - half), left), top, min(x(place + half), right), bottom), fill=(214, 236, 214))
    pen.line((x(0.0), top, x(0.0), bottom), fill=(170, 170, 170))
    pen.rectangle(box, outline=(120, 120, 120))
    pen.line([(x(p), y(s)) for p, s in zip(places, scores, strict=True)], fill=(30, 70, 160), width=2)
    reach = "180 deg" if AXES[axis] == "yaw" else f"{places[-1]:.2f} m"
    pen.text((left + 4, top + 2), f"{AXES[axis]}  +-{reach}", fill=(60, 60, 60))
    if axis == 0:
        pen.text((left + 4, bottom - 13), f"{limits[0]:.3f} .. {limits[1]:.3f}", fill=(60, 60, 60))


def guidance_figure(
    judge: Judge, make: MakeStage, seed: int = 0, options: FigureOptions | None = None, framing: str = "studio"
) -> Array:
    """Returns the figure [H, W, 3] uint8 of one model. ``framing``: what of each scene is shown, as in ``PlaceSettings``."""
    return figure(landscapes(judge, make, seed, options, framing), options)
