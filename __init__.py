"""Blender's entry into the extension: this folder, or the zip that is made of it. Everything is in sgvop_blender.

Nothing is imported until Blender enables the extension, so that tools that walk the repository may import this file.
"""

import sys
from importlib import import_module

# Blender reloads this file alone (Reload Scripts, a changed file); what lies below has to be read anew with it.
for _name in [name for name in sys.modules if name.startswith(__name__ + ".")]:
    del sys.modules[_name]


def register() -> None:
    """Called by Blender when the extension is enabled."""
    import_module(".sgvop_blender", __package__).register()


def unregister() -> None:
    """Called by Blender when the extension is disabled."""
    import_module(".sgvop_blender", __package__).unregister()
