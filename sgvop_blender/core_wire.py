"""The core's wire package, from wherever the core lies: beside this package, also inside an extension."""

from __future__ import annotations

try:
    from ..sgvop_core.wire import frames, protocol
    from ..sgvop_core.wire.atomic import atomic_write
    from ..sgvop_core.wire.bundle import Bundle, BundleError, read_bundle, write_bundle
except ImportError:
    from sgvop_core.wire import frames, protocol
    from sgvop_core.wire.atomic import atomic_write
    from sgvop_core.wire.bundle import Bundle, BundleError, read_bundle, write_bundle

__all__ = ["Bundle", "BundleError", "atomic_write", "frames", "protocol", "read_bundle", "write_bundle"]
