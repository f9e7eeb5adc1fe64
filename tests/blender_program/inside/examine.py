"""Runs in Blender with the extension enabled: places with a scripted worker, then disables and enables it again.

Arguments: ANSWER.json COMMAND-OF-A-WORKER. Tells what there was to see.
"""

import json
import sys
from typing import Any

import addon_utils
import bpy

answer, command = sys.argv[sys.argv.index("--") + 1 :]
NAME = next(a.module for a in bpy.context.preferences.addons if a.module.endswith(".sgvop"))
told: dict[str, Any] = {"module": NAME, "blender": bpy.app.version_string}
errors: list[str] = []


def traces() -> dict[str, Any]:
    """What the extension has in Blender now."""
    handlers = [
        f"{name}: {function.__module__}"
        for name in dir(bpy.app.handlers)
        if isinstance(found := getattr(bpy.app.handlers, name), list)
        for function in found
        if "sgvop" in getattr(function, "__module__", "")
    ]
    keys = bpy.context.window_manager.keyconfigs.addon
    return {
        "types": sorted(n for n in dir(bpy.types) if "SGVOP" in n),
        "operators": sorted(dir(bpy.ops.sgvop)),
        "properties": sorted(
            f"{kind.__name__}.{p.identifier}"
            for kind in (bpy.types.Scene, bpy.types.WindowManager, bpy.types.Object)
            for p in kind.bl_rna.properties
            if "sgvop" in p.identifier
        ),
        "handlers": handlers,
        "keys": [i.idname for m in (keys.keymaps if keys else ()) for i in m.keymap_items if "sgvop" in i.idname],
        "preferences": [a.module for a in bpy.context.preferences.addons if "sgvop" in a.module],
    }


def warnings() -> dict[str, list[str]]:
    """What Blender shows as policy violations."""
    addon_utils._extensions_warnings_get._is_first = True
    return {name: list(lines) for name, lines in addon_utils._extensions_warnings_get().items() if lines}


told["enabled"] = traces()
preferences = bpy.context.preferences.addons[NAME].preferences
preferences.kind, preferences.command = "command", command
cup = bpy.context.scene.objects["Cup"]
for thing in bpy.context.view_layer.objects:
    thing.select_set(thing == cup)
bpy.context.view_layer.objects.active = cup
told["before"] = list(cup.matrix_world.translation)
told["placed"] = sorted(bpy.ops.sgvop.place(prompt="a cup on the table"))
told["after"] = list(cup.matrix_world.translation)
told["warnings"] = warnings()
told["outside"] = sorted(
    n for n in sys.modules if n.partition(".")[0] in ("sgvop_core", "sgvop_blender", "torch", "scipy")
)
for _ in range(3):
    addon_utils.disable(NAME, default_set=True, handle_error=lambda e: errors.append(str(e)))
    told["disabled"] = traces()
    if addon_utils.enable(NAME, default_set=True, handle_error=lambda e: errors.append(str(e))) is None:
        errors.append("it cannot be enabled again")
bpy.ops.script.reload()
told["again"] = traces()
told["warnings again"] = warnings()
sys.path.append(str(next(iter(sys.modules[NAME].__path__))))
told["warnings of a violation"] = warnings()
sys.path.pop()
told["errors"] = errors
with open(answer, "w", encoding="utf-8") as file:
    json.dump(told, file)
