"""The core's wire package, from wherever the core lies: beside this package, or above it inside an extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Not try and except: inside an extension an import that fails for another reason must be told, not hidden.
if TYPE_CHECKING or __package__ == "sgvop_blender":
    from sgvop_core.wire import frames, protocol
    from sgvop_core.wire.atomic import atomic_write
    from sgvop_core.wire.bundle import Bundle, BundleError, read_bundle, write_bundle
else:
    from ..sgvop_core.wire import frames, protocol
    from ..sgvop_core.wire.atomic import atomic_write
    from ..sgvop_core.wire.bundle import Bundle, BundleError, read_bundle, write_bundle

__all__ = ["Bundle", "BundleError", "atomic_write", "frames", "protocol", "read_bundle", "write_bundle"]
