"""Values of options: each reader turns one word of the command line into a value, or says in one line what is wrong.

Nothing heavy is imported here, so that ``--help`` is quick. A test keeps the names in step with the settings.
"""

from __future__ import annotations

import math

from ..errors import SettingsError, did_you_mean

GROUPS = ("location", "rotation", "scale")
CHANNELS = tuple(f"{group}.{axis}" for group in GROUPS for axis in "xyz")
GUIDANCE = ("clip", "relation", "physical")
DEVICES = ("auto", "cpu", "cuda", "mps")
STAGES = ("propose", "evolve", "polish", "resolve")
DEMANDS = ("support", "collision", "view")


def read_locks(text: str) -> frozenset[str]:
    """Returns the channels named in ``location.z,rotation,scale``; a group stands for its three axes."""
    locked: set[str] = set()
    for word in _words(text):
        if word in GROUPS:
            locked.update(f"{word}.{axis}" for axis in "xyz")
        elif word in CHANNELS:
            locked.add(word)
        else:
            raise SettingsError(f"--lock: no channel '{word}'" + did_you_mean(word, GROUPS + CHANNELS))
    if not locked:
        raise SettingsError("--lock names no channel; give for example --lock location.z,rotation")
    return frozenset(locked)


def read_scale_range(text: str) -> tuple[float, float]:
    """Returns (low, high) of ``0.5:2``, shares of the start size; one number fixes the size."""
    low, colon, high = text.partition(":")
    try:
        numbers = (float(low), float(high if colon else low))
    except ValueError:
        raise SettingsError(f"--scale-range: '{text}' is not LOW:HIGH, such as 0.5:2") from None
    if not 0 < numbers[0] <= numbers[1] < math.inf:
        raise SettingsError(f"--scale-range: '{text}' is empty or not positive; give LOW:HIGH with 0 < LOW <= HIGH")
    return numbers


def read_guidance(text: str) -> dict[str, float]:
    """Returns the weight of every family of ``clip=1,relation=1,physical=0``; those not named keep 1."""
    weights = dict.fromkeys(GUIDANCE, 1.0)
    for word in _words(text):
        name, _, number = word.partition("=")
        if name not in GUIDANCE:
            raise SettingsError(f"--guidance: no family '{name}'" + did_you_mean(name, GUIDANCE))
        try:
            weights[name] = float(number)
        except ValueError:
            raise SettingsError(f"--guidance: '{word}' has no weight; write {name}=NUMBER") from None
        if not 0 <= weights[name] < math.inf:
            raise SettingsError(f"--guidance: {word} is not a weight; give a number of 0 or more")
    return weights


def read_demands(text: str) -> frozenset[str]:
    """Returns the demands named in ``support,collision,view``."""
    words = _words(text)
    for word in words:
        if word not in DEMANDS:
            raise SettingsError(f"--ignore: no demand '{word}'" + did_you_mean(word, DEMANDS))
    return frozenset(words)


def read_stages(text: str) -> tuple[str, ...]:
    """Returns the stages of ``propose,evolve,polish,resolve`` that run, in the pipeline's order; ``none`` is empty."""
    words = [] if text.strip() == "none" else _words(text)
    for word in words:
        if word not in STAGES:
            raise SettingsError(f"--stages: no stage '{word}'" + did_you_mean(word, STAGES))
    return tuple(stage for stage in STAGES if stage in words)


def read_bounds(text: str) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Returns the (low, high) corners of ``x,y,z:x,y,z``, metres in the world."""
    try:
        low, high = (tuple(float(number) for number in corner.split(",")) for corner in text.split(":"))
        (ax, ay, az), (bx, by, bz) = low, high
    except ValueError:
        raise SettingsError(f"--bounds: '{text}' is not X,Y,Z:X,Y,Z, two corners in metres") from None
    if not all(math.isfinite(number) for number in low + high):
        raise SettingsError(f"--bounds: '{text}' has a number that is not finite; give two corners in metres")
    if ax > bx or ay > by or az > bz:
        raise SettingsError(f"--bounds: '{text}' is empty; give the low corner first")
    return (ax, ay, az), (bx, by, bz)


def read_size(text: str) -> tuple[int, int]:
    """Returns (height, width) in pixels of ``640x480`` (width first, as cameras say it)."""
    width, cross, height = text.lower().partition("x")
    if not (
        cross and width.isdecimal() and height.isdecimal() and 1 <= int(width) <= 8192 and 1 <= int(height) <= 8192
    ):
        raise SettingsError(f"--size: '{text}' is not WIDTHxHEIGHT in pixels from 1x1 to 8192x8192, such as 640x480")
    return int(height), int(width)


def read_count(text: str) -> int:
    """Returns a whole number; the settings check its range."""
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"'{text}' is not a whole number; give for example 5") from None


def read_number(text: str) -> float:
    """Returns a finite number; the settings check its range."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SettingsError(f"'{text}' is not a number; give for example 1.5")
    return number


def read_device(text: str) -> str:
    """Returns the name of a device that torch may know; whether it is there is seen when it is needed."""
    if text not in DEVICES:
        raise SettingsError(f"--device: no device '{text}'" + did_you_mean(text, DEVICES))
    return text


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
