"""A Python in which Blender is a module ends as it should: no crash (4.2), no hang (4.5), whatever was registered."""

import pytest

pytestmark = pytest.mark.blender
PLACE = """
import bpy
import sgvop_blender
sgvop_blender.register()
{more}
print("OUT", flush=True)
"""


@pytest.mark.parametrize(
    "more",
    ["", "sgvop_blender.unregister()", "sgvop_blender.register()", "bpy.ops.wm.read_factory_settings(use_empty=True)"],
    ids=["registered", "taken back", "twice", "another file"],
)
def test_python_ends_well_with_the_extension(bpy_run, more) -> None:
    assert "OUT" in bpy_run(PLACE.format(more=more))
