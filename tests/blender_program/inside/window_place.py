"""Plays an artist in a window: types a prompt, presses Place, Esc, Ctrl Z, and works with the candidates.

Arguments: ANSWER.json KIND WORKER OBJECT PROMPT SAVED.blend SCALE. KIND is python or command, WORKER what the preferences
name, SCALE that of the interface.
Tells where the object was at each moment, how long each of the extension's turns took, and saves the file in mid-search.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import hands

answer, kind, worker, object_name, prompt, saved, scale = hands.arguments()
current = hands.part("current")


def pose() -> list[list[float]]:
    """The object's world matrix and channels, to compare exactly."""
    thing = bpy.data.objects[object_name]
    rows = [list(row) for row in thing.matrix_world]
    return [*rows, list(thing.location), list(thing.rotation_euler), list(thing.rotation_quaternion), list(thing.scale)]


def watch_times(told: dict[str, Any]) -> None:
    """Notes how many milliseconds every turn of the running placement takes, and every drawing of a panel.

    ``worked`` is processor time: beside other programs a turn takes longer by what they were given.
    """
    turns, worked, drawn = (told.setdefault(name, []) for name in ("turns", "worked", "drawn"))
    slowest = told.setdefault("slowest turns", [])
    place = hands.part("operators").SGVOP_OT_place
    inner = place.modal

    # Blender counts the arguments, so these are spelt out.
    def modal(self: Any, context: Any, event: Any) -> Any:
        before, begun, own = phase(), time.perf_counter(), time.thread_time()
        result = inner(self, context, event)
        if event.type == "TIMER":
            turns.append(1000 * (time.perf_counter() - begun))
            worked.append(1000 * (time.thread_time() - own))
            slowest[:] = sorted([*slowest, (turns[-1], worked[-1], f"{before} to {phase()}")], reverse=True)[:8]
        return result

    place.modal = modal
    for name in ("panel", "panel_more", "gallery", "history"):
        for cls in hands.part(name).CLASSES:
            if issubclass(cls, bpy.types.Panel):
                cls.draw = timed_draw(cls.draw, drawn)


def timed_draw(inner: Any, drawn: list[float]) -> Any:
    def draw(self: Any, context: Any) -> None:
        begun = time.perf_counter()
        inner(self, context)
        drawn.append(1000 * (time.perf_counter() - begun))

    return draw


def phase() -> str:
    made = current.running_session()
    return str(made.state.phase.value) if made is not None else ""


def running() -> bool:
    made = current.running_session()
    return made is not None and made.state.job is not None and made.state.job.kind == "place"


def record() -> Any:
    return current.session().records[-1]


def sample(places: list[Any], enough: Callable[[], bool], limit: float) -> hands.Steps:
    """Notes where the object is, twenty times a second, until ``enough``; raises when that does not come."""
    waited = 0.0
    while not enough():
        places.append(pose()[0:3])
        yield 0.05
        waited += 0.05
        if waited > limit:
            raise TimeoutError(f"not through after {limit} seconds; {current.session().state}")


def moved(places: list[Any]) -> int:
    return len({str(place) for place in places})


def undo_push(message: str) -> None:
    with bpy.context.temp_override(window=hands.window(), area=hands.viewport()):
        bpy.ops.ed.undo_push(message=message)


def script(told: dict[str, Any]) -> hands.Steps:
    preferences = bpy.context.preferences.addons[hands.module()].preferences
    preferences.kind = kind
    setattr(preferences, kind, worker)
    bpy.context.preferences.view.ui_scale = float(scale)
    scene, thing = bpy.context.scene, bpy.data.objects[object_name]
    scene.sgvop.clip = "none"
    layer = hands.window().view_layer
    for other in layer.objects:
        other.select_set(other == thing)
    layer.objects.active = thing
    watch_times(told)
    told["start"] = pose()
    yield 0.3

    yield from hands.open_tab()
    yield from hands.press("prop prompt")
    yield from hands.write(prompt)
    yield from hands.key("RET")
    told["typed"] = scene.sgvop.prompt

    # Escaped from, and saved on the way.
    places: list[Any] = []
    scene.sgvop.quality = "HIGH"
    yield from hands.press("sgvop.place(")
    yield from sample(places, lambda: moved(places) > 1, 120)
    yield from hands.find("sgvop.cancel(")
    bpy.ops.wm.save_as_mainfile(filepath=saved, copy=True)
    told["moved while saved"] = pose() != told["start"]
    hands.over_viewport()
    yield 0.1
    told["running before esc"] = running()
    yield from hands.key("ESC")
    told["after esc"] = pose()
    told["outcome of esc"] = record().outcome
    yield from hands.until(lambda: not running() and not current.session().state.phase.ending)
    yield 0.5
    told["later after esc"] = pose()

    # To the end, then undone and done again.
    scene.sgvop.quality = "DRAFT"
    for mark in (1, 2):
        scene["mark"] = mark
        undo_push(f"Mark {mark}")
    yield from hands.press("sgvop.place(")
    yield from hands.until(running)
    again: list[Any] = []
    yield from sample(again, lambda: not running(), 300)
    told["moves to the end"] = moved(again)
    yield 0.3
    run = record()
    told["outcome"], told["understood"] = run.outcome, run.understood
    told["failure"] = run.failure.message if run.failure else ""
    told["placed"] = pose()
    hands.over_viewport()
    yield from hands.key("Z", ctrl=True)
    yield 0.3
    told["undone"], told["mark after one"], told["prompt after one"] = pose(), scene_mark(), wanted().prompt
    yield from hands.key("Z", ctrl=True)
    yield 0.3
    told["mark after two"] = scene_mark()
    for _ in range(2):
        yield from hands.key("Z", ctrl=True, shift=True)
        yield 0.3
    told["done again"] = pose()

    # The candidates.
    options = run.options[next(iter(run.options))]
    told["candidates"] = [
        [[float(v) for v in row] for row in option.deltas[next(iter(option.deltas))]] for option in options
    ]
    told["pictures"] = [bool(option.picture) and Path(option.picture).is_file() for option in options]
    # The fold stays closed and the panel is scrolled where it has to be.
    if len(options) > 1:
        # A click on the picture opens all of them; the keys choose the last.
        x, y = yield from hands.find_with_room("candidate_step(step=-1", 0.08, 120)
        yield from hands.click(x + hands.sidebar().width * 0.3, y + 100 * hands.scale())
        yield 0.5
        yield from hands.key("END")
        yield 0.2
        yield from hands.key("RET")
        yield 0.5
        told["by its picture"] = pose()
        hands.over_viewport()
        yield from hands.key("Z", ctrl=True)
        yield 0.3
        told["picture undone"] = pose()
        for what, button, share in (
            ("applied", "candidate_apply(index=1", 0.5),
            ("previous", "candidate_step(step=-1", 0.08),
            ("next", "candidate_step(", 0.825),
        ):
            yield from hands.press(button, share)
            yield 0.5
            told[what] = pose()
    before = set(bpy.data.objects.keys())
    yield from hands.press("candidate_duplicate(", share=0.75)
    yield 0.5
    told["duplicates"] = {o.name: [list(r) for r in o.matrix_world] for o in bpy.data.objects if o.name not in before}
    told["kept"] = pose()
    told["log"] = [list(line) for line in current.session().log]
    current.close()
    yield 0.2


def wanted() -> Any:
    return bpy.context.window_manager.windows[0].scene.sgvop


def scene_mark() -> int:
    return int(bpy.context.window_manager.windows[0].scene["mark"])


hands.run(script, answer, 400)
