"""What the worker found out, as short lines with a sign: what a prompt was read as, and what holds of a pose. No bpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PLACES = {"<room>": "the room", "<camera>": "the camera"}
RELATIONS = {
    "on": "On", "above": "Above", "below": "Below", "hanging": "Hanging from", "left": "Left of", "right": "Right of",
    "front": "In Front of", "behind": "Behind", "next_to": "Next to", "near": "Near", "far": "Far from",
    "against": "Against", "attached": "Attached to", "leaning": "Leaning on", "between": "Between", "inside": "Inside",
    "corner": "In the Corner of", "middle": "In the Middle of", "edge": "At the Edge of", "facing": "Facing",
    "facing_away": "Facing Away from",
}  # fmt: skip
ATTITUDES = {
    "upright": "Upright", "upside_down": "Upside Down", "on_its_side": "On Its Side", "on_its_back": "On Its Back",
    "on_its_face": "On Its Face", "tilted": "Tilted",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line: ``label`` is translated, ``detail`` is not. ``holds``: True, False, or None for what is only told."""

    label: str
    detail: str = ""
    holds: bool | None = None


def reading_lines(reading: Mapping[str, Any], messages: Sequence[str] = ()) -> list[Line]:
    """Returns what was understood of a prompt (True), and what was not (False); ``reading`` as in the result file."""
    lines = [
        Line(_relation(r.get("relation")), _names(r.get("anchors"), _part(r)), True)
        for r in reading.get("relations") or ()
    ]
    size = reading.get("size")
    if isinstance(size, Mapping):
        low_high = [float(v) for v in size.get("range") or ()]
        share = f" ({low_high[0]:.2g} to {low_high[1]:.2g})" if len(low_high) == 2 else ""
        lines.append(Line("Size", f"{size.get('phrase', '')}{share}", True))
    attitude = reading.get("attitude")
    if attitude:
        lines.append(Line("Lying", ATTITUDES.get(attitude, str(attitude).replace("_", " ")), True))
    if reading.get("floats"):
        lines.append(Line("Floating", "", True))
    left = [str(word) for word in reading.get("not_understood") or ()]
    if left:
        lines.append(Line("Not Understood", ", ".join(left), False))
    if not any(line.holds for line in lines):
        lines.insert(0, Line("No place was understood", "", False))
    return [*lines, *(Line("", str(m)) for m in messages)]


def check_lines(checks: Mapping[str, Any]) -> list[Line]:
    """Returns what holds of a pose and what does not: each relation, contact, collision, visibility and the room."""
    lines = [
        Line(_relation(r.get("name")), _names(r.get("anchors"), _margin(r)), bool(r.get("holds")))
        for r in checks.get("relations") or ()
    ]
    if "supported_well" in checks:
        lines.append(Line("Contact", _contact(checks), bool(checks["supported_well"])))
    if "penetration" in checks:
        deep, allowed = float(checks["penetration"]), float(checks.get("tolerance") or 0.0)
        clear = deep <= allowed
        into = "" if clear else f"{length(deep)} into {checks.get('penetrates')}"
        lines.append(Line("No Collision" if clear else "Collision", into, clear))
    if "visible" in checks:
        lines.append(Line("Visible", f"{100 * float(checks.get('in_view', 0.0)):.0f} %", bool(checks["visible"])))
    if checks.get("inside") is False:
        lines.append(Line("Inside the Room", "", False))
    return lines


def verdict(checks: Mapping[str, Any]) -> bool | None:
    """Returns whether everything holds of a pose; None when nothing was checked."""
    return bool(checks["complete"]) if "complete" in checks else None


def length(metres: float) -> str:
    """Returns a length to read, with a unit that fits it."""
    size = abs(metres)
    if size < 0.01:
        return f"{1000 * metres:.1f} mm"
    return f"{100 * metres:.1f} cm" if size < 1 else f"{metres:.2f} m"


def seconds_text(seconds: float | None) -> str:
    """Returns a duration to read: ``8 s`` or ``2:05 min``; empty for None."""
    if seconds is None or seconds != seconds:
        return ""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 100 else f"{whole // 60}:{whole % 60:02d} min"


def bytes_text(count: int | None) -> str:
    """Returns an amount of memory to read; empty for None or 0."""
    if not count:
        return ""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _relation(name: Any) -> str:
    return RELATIONS.get(str(name), str(name).replace("_", " ").title())


def _names(anchors: Any, more: str) -> str:
    names = " & ".join(PLACES.get(str(a), str(a)) for a in anchors or ())
    return f"{names} ({more})" if more and names else names or more


def _part(relation: Mapping[str, Any]) -> str:
    told = []
    if relation.get("part") not in (None, "any"):
        told.append(f"board {relation['part']}")
    if relation.get("frame") == "camera":
        told.append("as seen")
    return ", ".join(told)


def _margin(relation: Mapping[str, Any]) -> str:
    margin = relation.get("margin")
    if relation.get("holds") or not isinstance(margin, int | float):
        return ""
    if relation.get("unit") == "rad":
        return f"{abs(margin) * 57.29578:.0f}° off"
    return f"{length(abs(margin))} off"


def _contact(checks: Mapping[str, Any]) -> str:
    if checks.get("supported"):
        by = ", ".join(str(n) for n in checks.get("supported_by") or ())
        return by if checks.get("stable", True) else f"{by} (out of balance)"
    gap = checks.get("gap")
    return f"gap {length(float(gap))}" if isinstance(gap, int | float) else "nothing below"
