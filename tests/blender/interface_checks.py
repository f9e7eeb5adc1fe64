"""Run by test_interface.py in a Python with bpy: tries the interface and prints what it found as one line of JSON."""

from __future__ import annotations

import json
import sys
import threading
import types
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

import sgvop_blender
from sgvop_blender import current, interface, preferences, properties
from sgvop_blender.client.process import Launch
from sgvop_blender.client.states import Failure, Phase
from sgvop_blender.panel_more import Fold
from sgvop_blender.records import Option, Record
from sgvop_blender.remedies import TROUBLES, UNKNOWN
from sgvop_blender.runs import asked
from sgvop_blender.settings_map import PanelValues
from sgvop_blender.shown import Shown
from sgvop_blender.verdicts import Line

EYE = tuple(tuple(float(i == j) for j in range(4)) for i in range(4))


class Layout:
    """A stand-in for UILayout that records every call, and checks what it can against Blender's own lists."""

    FUNCTIONS = bpy.types.UILayout.bl_rna.functions

    def __init__(self, calls: list[Any], wrong: list[str]) -> None:
        self.__dict__.update(calls=calls, wrong=wrong)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in bpy.types.UILayout.bl_rna.properties:
            self.wrong.append(f"layout.{name} does not exist")

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls.append((name, arguments, named))
            if name not in self.FUNCTIONS:
                self.wrong.append(f"layout.{name}() does not exist")
                return Layout(self.calls, self.wrong)
            known = self.FUNCTIONS[name].parameters
            for word in named:
                # Blender's layout functions take these besides those that are listed.
                if word not in known and word not in ("data", "property"):
                    self.wrong.append(f"layout.{name}() takes no {word}")
            icon = named.get("icon", "NONE")
            if "icon" in known and icon not in known["icon"].enum_items:
                self.wrong.append(f"no icon {icon}")
            if name == "prop" and arguments[1] not in arguments[0].bl_rna.properties:
                self.wrong.append(f"no property {arguments[1]}")
            if name == "menu" and not hasattr(bpy.types, arguments[0]):
                self.wrong.append(f"no menu {arguments[0]}")
            if name == "operator":
                return self.operator_properties(arguments[0])
            return Layout(self.calls, self.wrong)

        return call

    def operator_properties(self, idname: str) -> Any:
        group, _, own = idname.partition(".")
        try:
            kind = getattr(getattr(bpy.ops, group), own).get_rna_type()
        except KeyError:
            self.wrong.append(f"no operator {idname}")
            return SimpleNamespace()
        wrong = self.wrong

        class Properties:
            def __setattr__(self, name: str, value: Any) -> None:
                if name not in kind.properties:
                    wrong.append(f"{idname} has no property {name}")

        return Properties()


def texts_of(calls: list[Any]) -> list[str]:
    """What the panel shows: texts of labels and buttons, and the operators' idnames."""
    found = []
    for name, arguments, named in calls:
        if name == "operator":
            found.append(arguments[0])
        if named.get("text"):
            found.append(named["text"])
        if name == "prop":
            found.append(f"prop {arguments[1]}")
    return found


def draw_all(shown: Shown, record: Record | None = None) -> dict[str, Any]:
    """Draws every panel and menu in a state; returns texts by panel and what was wrong."""
    before = current.shown, current.record
    current.shown, current.record = lambda _context: shown, lambda: record
    found: dict[str, Any] = {}
    try:
        for cls in interface.CLASSES:
            if not issubclass(cls, bpy.types.Panel | bpy.types.Menu):
                continue
            if hasattr(cls, "poll") and "poll" in dir(cls) and issubclass(cls, bpy.types.Panel):
                poll = cls.__dict__.get("poll")
                if poll is not None and not poll.__func__(cls, bpy.context):
                    continue
            calls: list[Any] = []
            wrong: list[str] = []
            stub = SimpleNamespace(layout=Layout(calls, wrong))
            stub.begin = types.MethodType(Fold.begin, stub)
            cls.draw(stub, bpy.context)
            found[cls.bl_idname] = texts_of(calls)
            if wrong:
                found.setdefault("wrong", []).extend(wrong)
    finally:
        current.shown, current.record = before
    return found


def traces() -> dict[str, Any]:
    """Everything that registering could leave behind."""
    keymaps = bpy.context.window_manager.keyconfigs.addon
    return {
        "types": sorted(n for n in dir(bpy.types) if "sgvop" in n.lower()),
        "operators": sorted(dir(bpy.ops.sgvop)) if "sgvop" in dir(bpy.ops) else [],
        "scene": hasattr(bpy.types.Scene, "sgvop"),
        "window": hasattr(bpy.types.WindowManager, "sgvop"),
        "keys": sum(len(k.keymap_items) for k in keymaps.keymaps) if keymaps is not None else 0,
        "handlers": sum(len(getattr(bpy.app.handlers, n)) for n in dir(bpy.app.handlers) if n.endswith(("_pre", "_post"))),
        "menu": len(bpy.types.VIEW3D_MT_object._dyn_ui_initialize()),
        "threads": sorted(t.name for t in threading.enumerate() if t.name.startswith("sgvop")),
    }  # fmt: skip


def a_record() -> Record:
    """A finished run with two objects and two candidates of the second."""
    good = {"complete": True, "supported_well": True, "supported": True, "supported_by": ["Table"], "penetration": 0.0,
            "tolerance": 0.001, "visible": True, "in_view": 0.9,
            "relations": [{"name": "on", "anchors": ["Table"], "holds": True}]}  # fmt: skip
    bad = {**good, "complete": False, "visible": False, "penetration": 0.02, "penetrates": "Lamp"}
    record = Record(7, ("Cube", "Ball"), "a ball on the table", {}, asked=asked(PanelValues()), outcome="done")
    for name, checks in (("Cube", good), ("Ball", good), ("Ball", bad)):
        record.add(Option(len(record.options.get(name, ())), name, {name: EYE}, -0.1, {}, checks))
    record.chosen, record.messages = {"Cube": 0, "Ball": 1}, ("a note",)
    return record


def drawn_states() -> dict[str, Any]:
    """Every panel in every state."""
    run = Shown(True, Phase.RUNNING, "place", "Searching", 0.4, "Cube", -0.25, 12.0, "")
    states = {
        "no runtime": Shown(runtime=False),
        "ready": Shown(phase=Phase.READY, versions={"core": "0.1", "torch": "2.7"}, memory=1 << 30),
        "read": Shown(phase=Phase.READY, understood=(Line("On", "Table", True), Line("Not Understood", "blurry", False))),
        "running": run,
        "downloading": replace(run, job="download", title="Downloading", message="1 MB of 2 MB"),
        "cancelled": Shown(phase=Phase.CANCELLING, title="Stopping the Search"),
    }  # fmt: skip
    for cause in (*TROUBLES, "never heard of"):
        failure = Failure(cause, f"what happened: {cause}", "what to do")
        states[f"failed {cause}"] = Shown(phase=Phase.FAILED, failure=failure)
    found = {name: draw_all(shown) for name, shown in states.items()}
    found["candidates"] = draw_all(states["ready"], a_record())
    scene = bpy.context.scene.sgvop
    scene.against, scene.see_from, scene.use_bounds, scene.use_scale_range = "PICKED", "CAMERA", True, True
    scene.anchors.add().object = bpy.data.objects["Light"]
    bpy.context.window_manager.sgvop.show_log = True
    second = bpy.data.objects.new("Second", bpy.data.objects["Cube"].data)
    bpy.context.collection.objects.link(second)
    for thing in bpy.data.objects:
        thing.select_set(True)
    found["everything open"] = draw_all(states["ready"])
    bpy.data.objects.remove(second)
    properties.set_panel_values(scene, PanelValues())
    return found


def polls() -> dict[str, str]:
    """Why buttons are grey, in situations that users meet."""
    found = {}

    def told(name: str, operator: Any) -> None:
        try:
            operator()
            found[name] = ""
        except RuntimeError as error:
            found[name] = str(error).strip()

    wanted, layer = bpy.context.scene.sgvop, bpy.context.view_layer
    cube = bpy.data.objects["Cube"]
    wanted.prompt = "a cube on the floor"
    told("no candidates", bpy.ops.sgvop.candidate_accept)
    told("nothing runs", bpy.ops.sgvop.cancel)
    told("no history", bpy.ops.sgvop.history_clear)
    told("no worker", bpy.ops.sgvop.worker_stop)
    for thing in bpy.data.objects:
        thing.select_set(False)
    layer.objects.active = bpy.data.objects["Camera"]
    told("a camera", bpy.ops.sgvop.place)
    layer.objects.active = None
    told("nothing", bpy.ops.sgvop.place)
    layer.objects.active = cube
    cube.hide_set(True)
    told("hidden", bpy.ops.sgvop.place)
    cube.hide_set(False)
    wanted.prompt = " "
    told("no prompt to read", bpy.ops.sgvop.read)
    wanted.prompt = "a cube on the floor"
    wanted.see_from = "CAMERA"
    told("no camera", bpy.ops.sgvop.place)
    wanted.see_from = "SCENE"
    ready, current.runtime_ready = current.runtime_ready, lambda: False
    told("no runtime", bpy.ops.sgvop.place)
    current.runtime_ready = ready
    told("offline", bpy.ops.sgvop.remedy_download)
    return found


def a_run() -> dict[str, Any]:
    """One placement with the scripted worker, and what can be done with it."""
    cube, wanted = bpy.data.objects["Cube"], bpy.context.scene.sgvop
    cube.select_set(True)
    bpy.context.view_layer.objects.active = cube
    start = tuple(cube.location)
    found: dict[str, Any] = {"place": list(bpy.ops.sgvop.place(prompt="a cube on the table"))}
    at = [tuple(cube.location)]
    record = current.record()
    assert record is not None
    found["understood"] = [line.label for line in current.shown(bpy.context).understood]
    bpy.ops.sgvop.candidate_step(step=1)
    at.append(tuple(cube.location))
    bpy.ops.sgvop.candidate_step(step=-1)
    at.append(tuple(cube.location))
    bpy.ops.sgvop.candidate_compare()
    found["compared"] = tuple(cube.location) == start and current.comparing()
    bpy.ops.sgvop.candidate_compare()
    found["back"] = tuple(cube.location) == at[0]
    bpy.ops.sgvop.candidate_duplicate()
    found["objects"] = sorted(o.name for o in bpy.data.objects if o.type == "MESH")
    wanted.quality, wanted.prompt = "HIGH", "something else"
    bpy.ops.sgvop.candidate_accept()
    found["accepted"] = current.record() is None and tuple(cube.location) == at[0]
    cube.location = (9, 9, 9)
    bpy.ops.sgvop.history_reapply(number=record.number)
    found["reapplied"] = tuple(cube.location) == at[0]
    bpy.ops.sgvop.candidate_keyframe()
    found["keyed"] = cube.animation_data is not None and cube.animation_data.action is not None
    cube.animation_data_clear()
    bpy.ops.sgvop.run_again(number=record.number)
    found["again"] = [wanted.quality, wanted.prompt, len(current.session().records)]
    found["history"] = draw_all(Shown())["SGVOP_PT_history"]
    wanted.clip = "ViT-B-32:openai"
    bpy.ops.sgvop.remedy_builtin()
    bpy.ops.sgvop.remedy_smaller()
    bpy.ops.sgvop.remedy_cpu()
    found["remedies"] = [wanted.clip, wanted.quality, wanted.device]
    found["report"] = current.report()
    bpy.ops.sgvop.history_clear()
    found["cleared"] = [len(current.session().records), current.record() is None]
    found["at"] = at
    return found


def a_failure() -> dict[str, Any]:
    """A run that fails, and what the panel shows then."""
    script = Path(sys.argv[1])
    script.write_text(
        json.dumps(
            {
                "place": {
                    "seconds": 0.1,
                    "fail": {"kind": "no_valid_pose", "message": "nothing fits", "remedy": "widen it"},
                }
            }
        )
    )
    current.use_launch(lambda: Launch((sys.executable, "-m", "sgvop_core.wire.scripted_worker", str(script))))
    cube = bpy.data.objects["Cube"]
    before = tuple(cube.location)
    bpy.context.scene.sgvop.prompt = "a cube on the table"
    try:
        bpy.ops.sgvop.place()
        error = ""
    except RuntimeError as problem:
        error = str(problem)
    shown = draw_all(current.shown(bpy.context))["SGVOP_PT_place"]
    bpy.ops.sgvop.dismiss()
    later = draw_all(current.shown(bpy.context))["SGVOP_PT_place"]
    return {"error": error, "still": tuple(cube.location) == before, "shown": shown, "later": later}


def tooltip(idname: str) -> str:
    """What Blender shows for an operator's button."""
    return getattr(bpy.ops.sgvop, idname.partition(".")[2]).get_rna_type().description


def main() -> None:
    """Prints the findings."""
    bpy.ops.wm.read_factory_settings()
    found: dict[str, Any] = {"before": traces()}
    for _ in range(2):
        sgvop_blender.register()
        sgvop_blender.unregister()
    found["after"] = traces()
    sgvop_blender.register()
    found["operators"] = {
        cls.bl_idname: [cls.bl_rna.name, tooltip(cls.bl_idname), sorted(cls.bl_options)]
        for cls in (*interface.CLASSES, *preferences.CLASSES)
        if issubclass(cls, bpy.types.Operator)
    }
    found["properties"] = {
        f"{cls.__name__}.{p.identifier}": [p.name, p.description]
        for cls in properties.CLASSES
        for p in cls.bl_rna.properties
        if p.identifier not in ("rna_type", "name", "system_properties")
    }
    found["panels"] = {cls.bl_idname: cls.bl_label for cls in interface.CLASSES if issubclass(cls, bpy.types.Panel)}
    found["remedies"] = sorted({r for t in (*TROUBLES.values(), UNKNOWN) for r in t.remedies})
    scene = bpy.context.scene.sgvop
    found["defaults"] = properties.panel_values(scene) == PanelValues()
    other = PanelValues(
        quality="HIGH", against="PICKED", anchors=("Cube",), camera="Camera", lock_scale=(True, False, True)
    )
    properties.set_panel_values(scene, other)
    found["round"] = properties.panel_values(scene) == other
    properties.set_panel_values(scene, PanelValues())
    current.use_launch(lambda: Launch((sys.executable, "-m", "sgvop_core.wire.scripted_worker", sys.argv[2])))
    found["drawn"] = drawn_states()
    found["polls"] = polls()
    found["run"] = a_run()
    found["failure"] = a_failure()
    bpy.app.translations.locale  # noqa: B018  (must not raise with our catalogue registered)
    sgvop_blender.unregister()
    found["end"] = traces()
    print("findings " + json.dumps(found))


main()
