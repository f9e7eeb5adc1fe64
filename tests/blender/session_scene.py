"""Runs with bpy: sessions against the scripted worker, one story after another; prints what happened as JSON lines.

session_scene.py FOLDER STORY...
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import bpy
import numpy as np
import session_reading  # noqa: F401  (its stories join the list)
from mathutils import Quaternion
from session_stage import FOLDER, LONG, QUICK, STORIES, cube, fresh, session, story, wait_for, world

from sgvop_blender import apply, watch
from sgvop_blender.channels import read_channels
from sgvop_blender.client.process import Launch
from sgvop_blender.client.states import Exited, Phase
from sgvop_blender.records import targets
from sgvop_blender.session import CannotPlace, Session
from sgvop_core.wire import protocol as wire


@story
def one_placement():
    cup = fresh()
    s = session({"place": {"seconds": 1.5}})
    start, channels, seen = world(cup), read_channels(cup), set()
    record = s.place([cup], "a cup on the floor")
    ticks = []
    while s.state.job is not None:
        before = time.thread_time()
        s.tick()
        ticks.append(time.thread_time() - before)
        seen.add(tuple(round(v, 4) for v in cup.location))
        time.sleep(0.01)
    delta = np.array(record.options["Cup"][0].deltas["Cup"])
    error = np.abs(world(cup) - delta @ start).max()
    pictures = [Path(o.picture).is_file() for o in record.options["Cup"]]
    left = sorted(p.suffix for p in s.folders.find(record.number).iterdir())
    bpy.ops.ed.undo()
    cup = bpy.data.objects["Cup"]
    undone = read_channels(cup) == channels
    bpy.ops.ed.redo()
    cup = bpy.data.objects["Cup"]
    redone = np.abs(world(cup) - delta @ start).max()
    bpy.ops.ed.undo()
    before = bpy.ops.ed.undo.poll()
    s.close()
    return {"outcome": record.outcome, "failure": str(record.failure), "error": error, "moves": len(seen), "undone": undone,
            "redone": redone, "pictures": pictures, "left": sorted(set(left)), "seconds": record.seconds, "poll": before,
            "longest": max(ticks), "p99": float(np.quantile(ticks, 0.99)), "last": ticks[-1]}  # fmt: skip


@story
def cancel_puts_back():
    cup = fresh()
    s = session(LONG)
    channels = read_channels(cup)
    record = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(cup) != channels)
    s.cancel()
    back = read_channels(cup) == channels
    s.settle()
    again = s.place([cup], "a cup on the floor")
    s.cancel()
    at_once = s.state.phase.value
    s.settle()
    pid = s._process.pid
    s.close()
    return {"outcome": record.outcome, "back": back, "phase": at_once, "again": again.outcome, "alive": alive(pid),
            "folder": s.folders.find(record.number) is None}  # fmt: skip


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@story
def killed_on_the_way():
    cup = fresh()
    s = session(LONG)
    channels = read_channels(cup)
    record = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(cup) != channels)
    heard, told = s.state.heard, []
    feed = s.feed
    s.feed = lambda event: (told.append(event), feed(event))
    os.kill(s._process.pid, signal.SIGKILL)
    s.run_to_end(record)
    silence = next(e.now for e in told if isinstance(e, Exited)) - heard
    next_one = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: s.state.phase is Phase.RUNNING)
    s.close()
    return {"outcome": record.outcome, "cause": record.failure.cause, "back": read_channels(cup) == channels,
            "silence": silence, "next": next_one.outcome}  # fmt: skip


@story
def faults():
    found = {}
    for name, script in {
        "garbage": {"faults": [{"what": "garbage"}], **QUICK},
        "half": {"faults": [{"what": "half"}], **QUICK},
        "exit": {"faults": [{"what": "exit", "code": 3, "text": "MemoryError"}], **QUICK},
        "version": {"welcome": {"protocol": 99}, **QUICK},
        "prompt": {"place": {"seconds": 0.2, "fail": {"kind": "prompt", "message": "what?", "remedy": "write more"}}},
    }.items():
        cup = fresh()
        channels = read_channels(cup)
        s = session(script)
        record = s.run_to_end(s.place([cup], "a cup on the floor"))
        found[name] = [record.outcome, record.failure.cause, read_channels(cup) == channels, s.state.job is None]
        s.close()
    cup = fresh()
    s = Session(lambda: Launch(("/no/such/python",)))
    record = s.place([cup], "a cup on the floor")
    found["command"] = [record.outcome, record.failure.cause, True, s.state.job is None]
    s.close()
    cup = fresh()
    s = session(QUICK)

    def full(job):
        raise OSError(28, "No space left on device", "/tmp/x")

    s.folders.make = full
    record = s.run_to_end(s.place([cup], "a cup on the floor"))
    found["disk"] = [record.outcome, record.failure.cause, "No space" in record.failure.message, s.state.job is None]
    s.close()
    cup = fresh()
    s = session(QUICK)
    s.folders.make(99)
    home = s.folders.make(1)
    shutil.rmtree(home)
    home.write_text("a file where the folder should be")
    record = s.run_to_end(s.place([cup], "a cup on the floor"))
    found["folder"] = [record.outcome, record.failure.cause, read_channels(cup) is not None, s.state.job is None]
    s.close()
    return found


@story
def through_the_pipe():
    """A worker that shares no disk with us: the scene and the pictures go through the pipe."""
    cup = fresh()
    s = session(QUICK, remote=True)
    record = s.run_to_end(s.place([cup], "a cup on the floor"))
    pictures = [Path(o.picture).is_file() for o in record.options["Cup"]]
    home = str(s.folders.find(record.number))
    inside = all(o.picture.startswith(home) for o in record.options["Cup"])
    s.close()
    return {"outcome": record.outcome, "pictures": pictures, "inside": inside, "result": bool(record.result)}


@story
def killed_ourselves():
    """Blender itself is killed with a search under way, in a process of its own; the worker must go too."""
    code = (
        "import sys, os, signal; sys.argv = ['x', sys.argv[1]]\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from session_scene import *\ncup = fresh(); s = session(LONG); s.place([cup], 'a cup on the floor')\n"
        "wait_for(s, lambda: s.state.phase is Phase.RUNNING)\nprint('PID', s._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(FOLDER)], capture_output=True, text=True, check=False)
    pid = int(done.stdout.split("PID")[1].split()[0])
    begun = time.monotonic()
    while alive(pid) and time.monotonic() < begun + 60:
        time.sleep(0.02)
    return {"alive": alive(pid), "seconds": time.monotonic() - begun}


def resident():
    """MiB that this process holds, 0 where that is not told."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmRSS"))


@story
def stalled():
    """A worker that is stopped, not dead: it is told of, then given up and ended."""
    cup = fresh()
    channels = read_channels(cup)
    s = session(LONG)
    record = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(cup) != channels)
    pid = s._process.pid
    os.kill(pid, signal.SIGSTOP)
    wait_for(s, lambda: s.state.stalled or s.state.job is None)
    told = s.state.stalled
    wait_for(s, lambda: s.state.job is None)
    wait_for(s, lambda: not alive(pid))
    back = read_channels(cup) == channels
    again = s.state.phase.value
    s.close()
    return {"told": told, "outcome": record.outcome, "cause": record.failure.cause, "back": back, "phase": again}


@story
def blender_quits():
    """What Blender 5.1 and later call before they save what the session can be recovered from."""
    cup = fresh()
    channels = read_channels(cup)
    s = session(LONG)
    record = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(cup) != channels)
    called = "exit_pre" in dict(watch.HANDLERS)
    watch._exit_pre()
    found = [record.outcome, read_channels(cup) == channels, called == hasattr(bpy.app.handlers, "exit_pre")]
    s.close()
    return found


@story
def quit_and_recovered():
    """A file that was written with the objects on their way, as Blender does it when it quits before 5.1."""
    from sgvop_blender import interrupted

    interrupted._path = lambda: FOLDER / "interrupted.json"
    path = str(FOLDER / "quit.blend")
    cup = fresh()
    s = session(LONG)
    record = s.place([cup], "a cup on the floor")
    channels = read_channels(cup)
    wait_for(s, lambda: read_channels(cup) != channels)
    s.before_save = s.after_save = lambda: None
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    interrupted.note(record)
    s.close()
    bpy.data.objects["Cup"].location.x = 77
    other = interrupted.send_home()
    bpy.ops.wm.open_mainfile(filepath=path)
    shown = read_channels(bpy.data.objects["Cup"]) != channels
    home = interrupted.send_home()
    back = read_channels(bpy.data.objects["Cup"]) == channels
    (FOLDER / "interrupted.json").write_text("[{}]")
    return {"other": other, "shown": shown, "home": home, "back": back, "again": interrupted.send_home()}


@story
def twenty_in_a_row():
    cup = fresh()
    s = session({"place": {"seconds": 0.1}})
    threads, pids, memory = 0, set(), []
    for k in range(20):
        record = s.run_to_end(s.place([cup], "a cup on the floor"))
        assert record.outcome == "done", record.failure
        pids.add(s._process.pid)
        memory.append(resident())
        if k == 0:
            threads = threading.active_count()
    same = threading.active_count()
    for record in list(s.records):
        s.forget(record)
    home = s.folders.make(99).parent
    left = [p.name for p in home.iterdir() if p.name != "99"]
    s.close()
    return {"workers": len(pids), "threads": same - threads, "left": len(left), "alive": [p for p in pids if alive(p)],
            "folder": home.exists(),
            "handlers": sum(f in getattr(bpy.app.handlers, n) for n, f in watch.HANDLERS),
            "after": threading.active_count(), "images": len(bpy.data.images),
            "grown": memory[-1] - memory[5] if memory[0] else 0.0}  # fmt: skip


@story
def undo_on_the_way():
    cup = fresh()
    other = cube("Other", at=(5, 0, 0))
    bpy.ops.ed.undo_push(message="other")
    s = session(LONG)
    channels = read_channels(cup)
    s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(cup) != channels)
    bpy.ops.ed.undo()  # takes Other away; the cup is not touched, the search goes on
    cup = bpy.data.objects["Cup"]
    goes_on = s.state.job is not None and "Other" not in bpy.data.objects
    seen = read_channels(cup)
    wait_for(s, lambda: read_channels(bpy.data.objects["Cup"]) not in (seen, channels))
    s.cancel()
    back = read_channels(bpy.data.objects["Cup"]) == channels
    # Now with an undo that changes the cup itself.
    s.settle()
    cup = bpy.data.objects["Cup"]
    cup.location.x = 3
    bpy.ops.ed.undo_push(message="moved")
    record = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: abs(bpy.data.objects["Cup"].location.x - 3) > 1e-3)
    bpy.ops.ed.undo()
    cup = bpy.data.objects["Cup"]
    ended = [record.outcome, read_channels(cup) == channels]
    # A step that someone pushed while the cup was on its way holds a stray pose.
    s.settle()
    s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(bpy.data.objects["Cup"]) != channels)
    bpy.ops.ed.undo_push(message="in between")
    s.cancel()
    s.settle()
    bpy.data.objects["Floor"].location.x = 1
    bpy.ops.ed.undo_push(message="later")
    bpy.ops.ed.undo()
    stray = read_channels(bpy.data.objects["Cup"]) == channels
    s.close()
    return {"goes on": goes_on, "back": back, "ended": ended, "stray": stray, "other": other is not None}


@story
def renamed_removed_reloaded_saved():
    cup = fresh()
    path = str(FOLDER / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    s = session(LONG)
    channels = read_channels(cup)
    record = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(cup) != channels)
    cup.name = "Mug"
    namesake = cube("Cup", at=(9, 9, 9))
    moved = read_channels(cup)
    wait_for(s, lambda: read_channels(cup) != moved)
    untouched = tuple(namesake.location) == (9, 9, 9)
    bpy.ops.wm.save_mainfile()
    shown_again = read_channels(cup) != channels
    shutil.copy(path, path + ".copy.blend")
    with bpy.data.libraries.load(path + ".copy.blend") as (inside, _):
        names = list(inside.objects)
    bpy.data.objects.remove(cup)
    wait_for(s, lambda: s.state.job is None)
    removed = [record.outcome, tuple(namesake.location) == (9, 9, 9)]
    s.settle()
    bpy.ops.wm.open_mainfile(filepath=path)
    saved = read_channels(bpy.data.objects["Mug"]) == channels
    cup = bpy.data.objects["Mug"]
    record = s.place([cup], "a cup on the floor")
    wait_for(s, lambda: read_channels(cup) != channels)
    bpy.ops.wm.open_mainfile(filepath=path)
    reloaded = [record.outcome, read_channels(bpy.data.objects["Mug"]) == channels]
    for _ in range(20):
        s.tick()
    blocks = (*bpy.data.scenes, *bpy.data.objects, *bpy.data.window_managers)
    properties = sorted(k for block in blocks for k in block.keys())  # noqa: SIM118 (a block cannot be iterated over)
    s.close()
    return {"untouched": untouched, "shown": shown_again, "names": names, "removed": removed, "saved": saved,
            "reloaded": reloaded, "properties": properties}  # fmt: skip


@story
def history():
    cup = fresh()
    holder = cube("Holder", at=(1, 1, 1))
    holder.scale, holder.rotation_euler = (2, 0.5, 1), (0.3, 0.2, 0.7)
    cup.parent, cup.rotation_mode, cup.rotation_quaternion = holder, "QUATERNION", Quaternion((-0.8, 0.6, 0, 0))
    cube("Handle", cup, (1, 0, 0))
    bpy.context.view_layer.update()
    bpy.ops.ed.undo_push(message="parents")
    start, channels = world(cup), read_channels(cup)
    s = session(QUICK)
    record = s.run_to_end(s.place([cup], "a cup on the floor"))
    found = {}

    def steps():
        """How many undo steps lead back to the start, and whether they do."""
        bpy.ops.ed.undo()
        return read_channels(bpy.data.objects["Cup"])

    def off(index, name="Cup"):
        delta = np.array(record.options["Cup"][index].deltas["Cup"])
        return float(np.abs(world(bpy.data.objects[name]) - delta @ start).max())

    found["best"] = off(0)
    best = read_channels(bpy.data.objects["Cup"])
    apply.apply_candidate(record, 2)
    found["third"], found["chosen"] = off(2), dict(record.chosen)
    found["one step"] = steps() == best
    apply.apply_candidate(record, 1)
    apply.apply_start(record)
    found["start"] = [read_channels(bpy.data.objects["Cup"]) == channels, record.chosen]
    names = apply.keep_as_duplicate(record, 1)
    found["copy"] = [
        names,
        off(1, names[0]),
        bpy.data.objects[names[1]].parent.name,
        read_channels(bpy.data.objects["Cup"]) == channels,
    ]
    bpy.ops.ed.undo()
    found["copy undone"] = names[0] in bpy.data.objects
    bpy.context.scene.frame_set(7)
    notes = apply.keyframe(record, 1)
    cup = bpy.data.objects["Cup"]
    bpy.context.scene.frame_set(1)
    bpy.context.scene.frame_set(7)
    found["keyed"] = [off(1), notes, cup.animation_data is not None]
    bpy.ops.ed.undo()
    found["key undone"] = bpy.data.objects["Cup"].animation_data is None
    bpy.data.objects.remove(bpy.data.objects["Cup"])
    try:
        apply.apply_candidate(record, 0)
    except apply.Gone as error:
        found["gone"] = str(error)
    try:
        s.place([None], "on the floor")
    except CannotPlace as error:
        found["none"] = str(error)
    s.close()
    return found


@story
def several():
    cup = fresh()
    cube("Plate", None, (3, 0, 0.5))
    cube("Spoon", cup, (1, 0, 0))
    bpy.context.view_layer.update()
    bpy.ops.ed.undo_push(message="several")
    names = ("Cup", "Plate", "Spoon")
    starts = {n: world(bpy.data.objects[n]) for n in names}
    found = {}
    for together in (False, True):
        objects = [bpy.data.objects[n] for n in ("Cup", "Plate")]
        locked = [read_channels(o).location[2] for o in objects]
        s = session(QUICK)
        record = s.run_to_end(s.place(objects, "on the floor", {"locks": ["location.z"]}, together=together))
        wanted = targets(record, record.chosen)
        off = max(np.abs(world(bpy.data.objects[n]) - m).max() for n, m in wanted.items())
        kept = [o.location[2] for o in objects] == locked
        bpy.ops.ed.undo()
        back = all(np.allclose(world(bpy.data.objects[n]), m, atol=1e-6) for n, m in starts.items())
        found[str(together)] = [record.outcome, sorted(wanted), off, kept, back, record.notes]
        s.close()
    return found


@story
def asking():
    cup = fresh()
    s = session({})
    s.ask(wire.Devices())
    s.ask(wire.Models())
    wait_for(s, lambda: {"DeviceList", "ModelList"} <= set(s.answers))
    s.read_prompt(cup, "a cup on the floor")
    wait_for(s, lambda: s.state.job is None)
    s.download("ViT-B-32")
    wait_for(s, lambda: s.state.job is None)
    answers = sorted(s.answers)
    s.restart()
    wait_for(s, lambda: s.state.phase is Phase.READY)
    s.close()
    return {"answers": answers, "failure": str(s.state.failure)}


@story
def real_worker():
    cup = fresh()
    cup.rotation_euler = 0, 0, 0.3
    s = session(worker="sgvop_core.worker")
    start = world(cup)
    settings = {"clip": ["none"], "quality": "draft", "candidates": 2, "device": "cpu", "size": 64, "seed": 3}
    record = s.run_to_end(s.place([cup], "a cube on the floor", settings))
    error = None
    if record.options:
        delta = np.array(record.options["Cup"][0].deltas["Cup"])
        error = float(np.abs(world(cup) - delta @ start).max())
    s.close()
    return {"outcome": record.outcome, "failure": str(record.failure), "error": error, "z": float(world(cup)[2, 3]),
            "understood": record.understood, "lines": s.lines[-3:]}  # fmt: skip


if __name__ == "__main__":
    for chosen in sys.argv[2:]:
        print("OUT" + json.dumps([chosen, STORIES[chosen]()]), flush=True)
