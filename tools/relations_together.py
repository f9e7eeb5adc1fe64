#!/usr/bin/env python3
"""Measures on the poses of training data which relations hold together, and prints it as JSON.

    tools/relations_together.py SHEETS... > sgvop_core/guidance/clip/together.json

By what a relation is to (a thing, a wall, the room, the camera) and by its name: in which share of the poses where it holds
does each other one hold to the same thing, of those where both were measured. Made of the data that ``sgvop train-guidance data`` makes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from sgvop_core.errors import SgvopError
from sgvop_core.training.data import CAMERA, ROOM, Dataset, Group


def role_of(group: Group, anchor: int) -> str:
    """What an anchor is."""
    return {ROOM: "room", CAMERA: "camera"}.get(anchor) or group.things[anchor].role


def measured(data: Dataset) -> dict[str, dict[str, dict[str, float]]]:
    """The shares by role, relation and other relation, from all poses of the data."""
    held: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for group, margin in data.margins():
        by_anchor: dict[int, list[int]] = defaultdict(list)
        for i, fact in enumerate(group.facts):
            if fact.what == "relation" and len(fact.anchors) == 1:
                by_anchor[fact.anchors[0]].append(i)
        for anchor, facts in by_anchor.items():
            true, known = margin[:, facts] >= 0, np.isfinite(margin[:, facts])
            both, asked = true.T.astype(int) @ true, true.T.astype(int) @ known
            for a, i in enumerate(facts):
                for b, j in enumerate(facts):
                    if a != b:
                        counts = held[role_of(group, anchor), group.facts[i].name, group.facts[j].name]
                        counts[0] += int(both[a, b])
                        counts[1] += int(asked[a, b])
    found: dict[str, dict[str, dict[str, float]]] = {role: {} for role in ("thing", "wall", "floor", "room", "camera")}
    for (role, name, other), (both, asked) in sorted(held.items()):
        # One pose of each kind that nobody saw: what hardly ever was measured is neither sure nor excluded.
        found[role].setdefault(name, {})[other] = round((both + 1) / (asked + 2), 3)
    return found


def main() -> int:
    """Prints the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    try:
        print(json.dumps(measured(Dataset(parser.parse_args().folders)), indent=1))
    except SgvopError as error:
        print(f"relations_together: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
