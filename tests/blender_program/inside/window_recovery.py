"""Searches in a window, begun without the panel, while Blender saves by itself: every minute, and as it quits.

Arguments: ANSWER.json WORKER OBJECT PROMPT FOLDER. WORKER is the command of a worker that plays for more than a minute, FOLDER
where Blender keeps what it saves by itself. Tells when that was written, and quits in mid-search.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands

answer, worker, object_name, prompt, folder = hands.arguments()
current = hands.part("current")


def where() -> list[float]:
    return list(bpy.data.objects[object_name].matrix_world.translation)


def written() -> list[Path]:
    return sorted(Path(folder).glob("*_autosave.blend"))


def begin(how: hands.Steps) -> hands.Steps:
    """Begins a search over the viewport, and waits until the object has moved."""
    start = where()
    hands.over_viewport()
    yield 0.2
    yield from how
    yield from hands.until(lambda: where() != start, 60)


def by_search_menu() -> hands.Steps:
    """Finds Place by the name that it has in the Object menu."""
    yield from hands.key("F3")
    yield 0.5
    yield from hands.write("place by prompt")
    yield 0.5
    yield from hands.key("RET")


def edit(name: str) -> None:
    """What another edit does meanwhile: something new, and a step of undo."""
    made = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(made)
    with bpy.context.temp_override(window=hands.window(), area=hands.viewport()):
        bpy.ops.ed.undo_push(message=name)


def script(told: dict[str, Any]) -> hands.Steps:
    preferences = bpy.context.preferences.addons[hands.module()].preferences
    preferences.kind, preferences.command = "command", worker
    files = bpy.context.preferences.filepaths
    files.temporary_directory = folder
    thing, layer = bpy.data.objects[object_name], hands.window().view_layer
    for other in layer.objects:
        other.select_set(other == thing)
    layer.objects.active = thing
    bpy.context.scene.sgvop.prompt = prompt
    edit("before")
    yield 0.5
    told["start"] = where()
    files.use_auto_save_temporary_files, files.auto_save_time = True, 1
    began = time.monotonic()

    yield from begin(by_search_menu())
    edit("meanwhile")
    # Blender's minute is over after this, and its timer tries again and again.
    while time.monotonic() - began < 75:
        told["while it runs"] = [path.name for path in written()]
        told["moved"] = where() != told["start"]
        if told["while it runs"]:
            break
        yield 0.5
    hands.over_viewport()
    yield 0.1
    yield from hands.key("ESC")
    told["after esc"] = where()
    yield from hands.until(written, 75)
    yield 0.5
    told["autosaved"] = str(Path(folder) / "kept.blend")
    shutil.copy(written()[0], told["autosaved"])

    yield from hands.until(lambda: not current.session().state.phase.ending)
    yield from begin(hands.key("P", ctrl=True, shift=True, alt=True))
    told["moved at the end"] = where() != told["start"]


hands.run(script, answer, 240)
