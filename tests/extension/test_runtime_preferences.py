"""The preferences as Blender registers and draws them, in a Python with bpy."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, sys, types
import bpy
from sgvop_blender import operators_runtime, preferences
from sgvop_blender.runtime.desk import Desk, ModelRow, Outcome, Task, View, Wishes, BUTTONS

class Layout:
    "Notes what is drawn."
    def __init__(self, drawn): self.__dict__["drawn"] = drawn
    def __setattr__(self, name, value): pass
    def __getattr__(self, name):
        def call(*arguments, **words):
            if name == "prop":
                arguments[0].bl_rna.properties[arguments[1]]
                self.drawn.append(["prop", arguments[1]])
            elif name == "operator":
                getattr(bpy.ops.sgvop, arguments[0].partition(".")[2]).get_rna_type()
                self.drawn.append(["operator", arguments[0], words.get("text", "")])
                return types.SimpleNamespace()
            elif name in ("label", "progress"):
                self.drawn.append([name, words["text"]])
            return Layout(self.drawn)
        return call

preferences.register()
values = types.SimpleNamespace(kind=sys.argv[1], bl_rna=preferences.SGVOP_AP_preferences.bl_rna)
context = types.SimpleNamespace(region=None, preferences=types.SimpleNamespace(system=types.SimpleNamespace(ui_scale=1.0)))
result = []
for view in (
    View("No runtime", "INFO", ("a line",), buttons=(BUTTONS["install"],)),
    View("Broken", "ERROR", (), "what", "how", None, tuple(BUTTONS.values())),
    View("Busy", "INFO", task=Task("install", "download", "torch", 0.25)),
):
    drawn = []
    preferences.draw_runtime(Layout(drawn), values, view, context)
    result.append(drawn)
drawn = []
models = (ModelRow("a", "builtin", None, ""), ModelRow("b", "cached", 5, ""), ModelRow("c", "known", 6, "quick"))
preferences.draw_models(Layout(drawn), models, True, context)
preferences.draw_worker(Layout(drawn), values, preferences.choice(), context)
result.append(drawn)
preferences.unregister()
print("drawn " + json.dumps(result))
"""


@pytest.mark.blender
@pytest.mark.parametrize("kind", ["managed", "python", "command"])
def test_all_that_is_drawn_exists_and_does_something(tmp_path, kind):
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("bpy is not installed")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BLENDER_USER_RESOURCES": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    line = next(text for text in done.stdout.splitlines() if text.startswith("drawn "))
    idle, broken, busy, rest = json.loads(line.partition(" ")[2])
    assert ["operator", "sgvop.runtime_install", "Install"] in idle
    assert ["label", "what"] in broken and ["label", "how"] in broken
    assert {"Roll Back", "Verify", "Repair", "Remove", "Test"} <= {
        entry[2] for entry in broken if entry[0] == "operator"
    }
    assert ["progress", "Downloading 25 %: torch"] in busy
    assert [entry[1] for entry in busy if entry[0] == "operator"] == ["sgvop.runtime_cancel"]
    assert ["operator", "sgvop.model_delete", "Delete"] in rest and [
        "operator",
        "sgvop.model_download",
        "Download",
    ] in rest
    fields = {"managed": {"torch", "folder", "wheels"}, "python": {"python"}, "command": {"command"}}[kind]
    assert {entry[1] for entry in idle if entry[0] == "prop"} == fields | {"kind"}
