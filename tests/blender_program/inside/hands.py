"""Mouse and keys in a real window of Blender, and eyes to find its buttons; imported by the scripts that run there.

Blender must run with ``--enable-event-simulate``. A script is a generator that yields the seconds it waits, driven by a
timer, so that Blender's own loop goes on between any two of its steps as it does for a user.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import bpy

Steps = Generator[float, None, Any]
WAIT = 0.08
"""Seconds for Blender to take an event in and draw."""
ROW = 7
"""Pixels between two places where a button is looked for, at 1x."""
TAB = "SGVOP"


def arguments() -> list[str]:
    """What stands after ``--`` on the command line."""
    return sys.argv[sys.argv.index("--") + 1 :]


def run(script: Callable[[dict[str, Any]], Steps], answer: str, limit: float = 300.0) -> None:
    """Plays a script in the window; writes what it told to ``answer``, with ``error`` when it failed, and quits Blender."""
    told: dict[str, Any] = {"error": ""}
    stack: list[Steps] = [script(told)]
    spent = [0.0]

    def finish(error: str = "") -> None:
        told["error"] = error
        Path(answer).write_text(json.dumps(told), encoding="utf-8")
        bpy.ops.wm.quit_blender()

    def turn() -> float | None:
        try:
            wait = next(stack[0])
        except StopIteration:
            finish()
            return None
        except Exception:
            finish(traceback.format_exc())
            return None
        spent[0] += wait
        if spent[0] > limit:
            finish(f"not through after {limit} seconds of waiting")
            return None
        return wait

    bpy.app.timers.register(turn, first_interval=1.0, persistent=True)


def module() -> str:
    """The installed extension's module, by which the preferences know it."""
    return next(a.module for a in bpy.context.preferences.addons if a.module.endswith(".sgvop"))


def part(name: str) -> Any:
    """One of the installed extension's own modules."""
    return sys.modules[f"{module()}.sgvop_blender.{name}"]


def window() -> Any:
    """The first window."""
    return bpy.context.window_manager.windows[0]


def viewport() -> Any:
    """The largest 3D viewport's area."""
    return max((a for a in window().screen.areas if a.type == "VIEW_3D"), key=lambda a: a.width * a.height)


def sidebar() -> Any:
    """The viewport's sidebar region."""
    return next(r for r in viewport().regions if r.type == "UI")


def scale() -> float:
    """The interface's scale, 1.0 at 1x."""
    return float(bpy.context.preferences.system.ui_scale)


# ------------------------------------------------------------------ hands


def move(x: float, y: float) -> None:
    """Moves the mouse, in pixels of the window from its lower left corner."""
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=int(x), y=int(y))
    _mouse[:] = [int(x), int(y)]


_mouse = [0, 0]


def over_viewport() -> None:
    """Moves the mouse into the viewport, where keys are the viewport's."""
    main = next(r for r in viewport().regions if r.type == "WINDOW")
    move(main.x + main.width / 3, main.y + main.height / 2)


def click(x: float, y: float) -> Steps:
    """Moves the mouse there and clicks."""
    move(x - 2, y)
    yield WAIT
    move(x, y)
    yield WAIT
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type="LEFTMOUSE", value=value, x=int(x), y=int(y))
        yield WAIT


def key(kind: str, ctrl: bool = False, shift: bool = False, alt: bool = False) -> Steps:
    """Presses and releases a key where the mouse is."""
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type=kind, value=value, x=_mouse[0], y=_mouse[1], ctrl=ctrl, shift=shift, alt=alt)
        yield WAIT


def write(text: str) -> Steps:
    """Types a text of small letters, spaces and commas."""
    names = {" ": "SPACE", ",": "COMMA", ".": "PERIOD"}
    for letter in text:
        kind = names.get(letter, letter.upper())
        window().event_simulate(type=kind, value="PRESS", unicode=letter, x=_mouse[0], y=_mouse[1])
        window().event_simulate(type=kind, value="RELEASE", x=_mouse[0], y=_mouse[1])
        yield 0.02
    yield WAIT


# ------------------------------------------------------------------ eyes


def under_mouse() -> str:
    """What is under the mouse in the sidebar: an operator's call, a property's name, or nothing."""
    area, region = viewport(), sidebar()
    manager = bpy.context.window_manager
    with bpy.context.temp_override(window=window(), area=area, region=region):
        found = bpy.context.property
        if found is not None:
            return f"prop {found[1]}"
        manager.clipboard = ""
        # Copies the call of the button that the mouse is over: the one way to ask Blender what that is.
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
    return str(manager.clipboard)


def columns(region: Any, share: float) -> Iterator[tuple[float, float]]:
    """Places to look at, from the top of a region down, but for its lower rim: a button may be cut off there."""
    y = region.y + region.height - ROW
    while y > region.y + 4 * ROW * scale():
        yield region.x + region.width * share, y
        y -= ROW * scale()


def find(what: str, share: float = 0.35) -> Generator[float, None, tuple[float, float]]:
    """Moves the mouse down the sidebar until something named ``what`` is under it; returns the place.

    ``share`` is how far from the left is looked. Scrolls to the end before it gives up.
    """
    seen: list[str] = []
    for turn in range(4):
        region = sidebar()
        over_viewport()
        yield WAIT
        for x, y in columns(region, share):
            move(x, y)
            yield 0.04
            seen.append(under_mouse())
            if what in seen[-1]:
                # A second look a little below, so that the click is not on the button's rim.
                move(x, y - 4 * scale())
                yield WAIT
                if what in under_mouse():
                    return x, y - 4 * scale()
        for _ in range(6):
            kind = "WHEELUPMOUSE" if turn == 2 else "WHEELDOWNMOUSE"
            window().event_simulate(type=kind, value="PRESS", x=_mouse[0], y=int(region.y + region.height / 2))
            yield WAIT
    raise LookupError(f"no '{what}' in the sidebar; there was {sorted(set(seen))}")


def find_with_room(what: str, share: float, above: float) -> Generator[float, None, tuple[float, float]]:
    """Finds as ``find`` does, and scrolls up until ``above`` pixels at 1x are to be seen above the place."""
    for _ in range(12):
        x, y = yield from find(what, share)
        region = sidebar()
        if y + above * scale() < region.y + region.height:
            return x, y
        for kind in ("WHEELUPMOUSE",) * 3:
            window().event_simulate(type=kind, value="PRESS", x=_mouse[0], y=_mouse[1])
            yield WAIT
        yield 0.3
    raise LookupError(f"no room above '{what}'")


def press(what: str, share: float = 0.35) -> Steps:
    """Clicks on the button or field of the sidebar that is named ``what``."""
    x, y = yield from find(what, share)
    yield from click(x, y)


def open_tab() -> Steps:
    """Opens the sidebar with N over the viewport and clicks on our tab."""
    over_viewport()
    yield WAIT
    if sidebar().width <= 1:
        yield from key("N")
        yield 0.6
    region = sidebar()
    y = region.y + region.height - 20
    while region.active_panel_category != TAB:
        if y < region.y:
            raise LookupError(f"no tab {TAB}; the last one was {region.active_panel_category}")
        yield from click(region.x + region.width - 8 * scale(), y)
        y -= 20 * scale()
        region = sidebar()


def until(true: Callable[[], Any], limit: float = 60.0, step: float = 0.05) -> Steps:
    """Waits until something is so."""
    waited = 0.0
    while not true():
        yield step
        waited += step
        if waited > limit:
            raise TimeoutError(f"not so after {limit} seconds")
