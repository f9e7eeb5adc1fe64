"""Possessives: "to the table's left" as a relation to the table."""

from __future__ import annotations

_SIDES = {
    "left": "left", "right": "right", "front": "front", "back": "behind", "rear": "behind", "top": "on",
    "corner": "corner", "edge": "edge", "rim": "edge", "middle": "middle", "centre": "middle", "center": "middle",
    "surface": "on", "inside": "inside", "interior": "inside", "underside": "below",
}  # fmt: skip
_LATERAL = ("left", "right", "front", "behind")


def take_possessives(words: list[str]) -> tuple[list[str], dict[int, tuple[str, str | None]]]:
    """Returns the words with "to the table's left" turned into a relation before its noun, {place: (key, frame)}."""
    owned: dict[int, tuple[str, str | None]] = {}
    out = list(words)
    at = 0
    while at < len(out) - 1:
        key = _SIDES.get(out[at + 1]) if out[at] == "'s" else None
        places = range(at - 1, max(at - 7, -1), -1)
        start = next((i for i in places if out[i] in ("to", "on", "at", "in", "by", "near")), None)
        if key is None or start is None:
            at += 1
            continue
        end = at + 2
        while end < len(out) and out[end] in ("side", "hand"):
            end += 1
        noun = out[start + 1 : at]
        label = f"{out[start]} … 's {out[at + 1]}"
        out[start:end] = [label, *noun]
        owned = {place: value for place, value in owned.items() if place < start}
        owned[start] = (key, "anchor" if key in _LATERAL else None)
        at = start + 1 + len(noun)
    return out, owned
