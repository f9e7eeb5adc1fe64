"""What the scripted worker plays where its script says nothing: a cup that finds its place on a table."""

from __future__ import annotations

from typing import Any

from .protocol import PROTOCOL

HOLDS: dict[str, Any] = {
    "penetration": 0.0, "penetrates": None, "tolerance": 0.002, "supported": True, "supported_by": ["Table"], "gap": 0.0,
    "stable": True, "footing": 1.0, "supported_well": True, "in_view": 0.97, "framed": 1.0, "visible": True,
    "inside": True, "relations": [{"name": "on", "anchors": ["Table"], "holds": True}], "failures": [],
    "complete": True,
}  # fmt: skip
DEFAULT: dict[str, Any] = {
    "welcome": {
        "protocol": PROTOCOL, "delay": 0.0, "silent": False,
        "versions": {"core": "0.1.0", "python": "3.11", "torch": "2.7.1", "open_clip": "2.32.0"},
    },
    "devices": [{"id": "cpu", "name": "a scripted processor", "free": 12 << 30, "total": 16 << 30, "automatic": True}],
    "models": [{"spec": "builtin", "state": "builtin", "bytes": 9 << 20, "note": "needs no download"}],
    "understood": {
        "prompt": "", "object": "", "object_words": ["cup"], "size": None, "attitude": None, "floats": False,
        "relations": [{"relation": "on", "anchors": ["Table"], "frame": None, "part": None}], "not_understood": [],
    },
    "messages": [],
    "place": {
        "seconds": 4.0, "rate": 10, "score": [-1.4, -0.12],
        "stages": ["prepare", "propose", "evolve", "polish", "check"],
        "path": [{"by": [0, 0, 0]}, {"by": [0.5, 0.3, 0.6], "turn": 40}, {"by": [0.9, 0.1, 0.2], "turn": 75},
                 {"by": [0.8, 0, 0], "turn": 60}],
        "candidates": [
            {"by": [0.8, 0, 0], "turn": 60, "score": -0.12, "terms": {"on": 0.0, "clip": 0.07}},
            {"by": [0.5, 0.35, 0], "turn": 10, "score": -0.19, "terms": {"on": 0.0, "clip": 0.08}},
            {"by": [0.2, -0.4, 0], "turn": -30, "score": -0.31, "terms": {"on": 0.1, "clip": 0.08},
             "checks": {"in_view": 0.2, "visible": False, "complete": False, "failures": ["20% in view"]}},
        ],
        "fail": None, "ignore_cancel": False,
    },
    "faults": [],
}  # fmt: skip
