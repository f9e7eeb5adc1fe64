"""Picture augmentations by name, and how they combine.

Two kinds. A *background* augmentation gives further pictures, which are averaged: the background blurred at several
widths, or replaced. A *jitter* (crop, perspective, shift, colour, cutout) is drawn anew for each of them. All are
differentiable in the pictures, and a draw is the same for all candidates, so that they stay comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from ...errors import SettingsError, did_you_mean
from .backgrounds import KINDS, BackgroundBlur, BackgroundReplacement, Plain
from .jitters import Colour, Crop, Cutout, Perspective, Shift
from .variants import Augmentation, Variant, as_it_is, chain

DESCRIPTIONS = {
    "plain": "the picture as it is, beside others",
    "blur": "background blurred, one picture a width: blur=0/3/7 (sigma in pixels of a picture 224 high)",
    "background": f"background replaced, one picture a kind: background={'/'.join(KINDS)}; one drawn without",
    "crop": "a random part, at least this share of the area: crop=0.8",
    "perspective": "seen aslant, corners move in by up to this share: perspective=0.3",
    "shift": "moved by up to this share of a side: shift=0.125",
    "colour": "brightness, saturation and contrast, 1 is DiffAug's strength: colour=0.5",
    "cutout": "a grey square of this share of a side: cutout=0.25",
}
"""What each name does, for help texts."""


def parse_augmentations(text: str) -> list[Augmentation]:
    """Returns the augmentations of a text such as ``blur=0/3/7,crop,perspective=0.2,colour``; empty for ``none``.

    Order matters for jitters only. Raises ``SettingsError`` that names what is wrong.
    """
    if text.strip().lower() in ("", "none"):
        return []
    made: list[Augmentation] = []
    for item in text.split(","):
        name, _, value = (part.strip().lower() for part in item.partition("="))
        name = "colour" if name == "color" else name
        if name not in _MAKERS:
            raise SettingsError(f"unknown augmentation '{item.strip()}'{did_you_mean(name, _MAKERS)}")
        if name in (a.name for a in made):
            raise SettingsError(f"augmentation '{name}' is given twice; several values go together as {name}=a/b")
        made.append(_MAKERS[name](name, value))
    return made


def draw_variants(
    augmentations: Sequence[Augmentation], cameras: int, size: Sequence[int], generator: torch.Generator | None
) -> list[Variant]:
    """Returns the ways to show each picture of one step, of size (height, width); their scores are averaged.

    Without background augmentations there is one, the picture as it is; jitters follow in the order given.
    """
    if not augmentations or generator is None:
        return [as_it_is]
    shown = [v for a in augmentations if a.background for v in a.draw(cameras, size, generator)] or [as_it_is]
    jitters = [a for a in augmentations if not a.background]
    return [chain([first, *(v for a in jitters for v in a.draw(cameras, size, generator))]) for first in shown]


def _widths(name: str, value: str) -> Augmentation:
    if not value:
        return BackgroundBlur()
    return BackgroundBlur(tuple(_number(name, v, 0, 112) for v in value.split("/")))


def _kinds(name: str, value: str) -> Augmentation:
    kinds = tuple(k.strip() for k in value.split("/")) if value else ()
    for kind in kinds:
        if kind not in KINDS:
            raise SettingsError(f"unknown background '{kind}'{did_you_mean(kind, KINDS)}")
    return BackgroundReplacement(kinds)


def _plain(name: str, value: str) -> Augmentation:
    if value:
        raise SettingsError(f"augmentation 'plain' takes no value, and '{value}' is given")
    return Plain()


def _jitter(kind: Callable[..., Augmentation], low: float, high: float) -> Callable[[str, str], Augmentation]:
    return lambda name, value: kind(_number(name, value, low, high)) if value else kind()


def _number(name: str, value: str, low: float, high: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise SettingsError(f"augmentation '{name}={value}': give a number from {low:g} to {high:g}")
    return number


_MAKERS: dict[str, Callable[[str, str], Augmentation]] = {
    "plain": _plain,
    "blur": _widths,
    "background": _kinds,
    "crop": _jitter(Crop, 0.1, 1),
    "perspective": _jitter(Perspective, 0, 0.9),
    "shift": _jitter(Shift, 0, 0.5),
    "colour": _jitter(Colour, 0, 1),
    "cutout": _jitter(Cutout, 0, 0.9),
}
