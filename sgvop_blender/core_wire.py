"""The scene bundle of the core, from wherever the core lies: beside this package, also inside an extension."""

from __future__ import annotations

try:
    from ..sgvop_core.wire.bundle import Bundle, BundleError, read_bundle, write_bundle
except ImportError:
    from sgvop_core.wire.bundle import Bundle, BundleError, read_bundle, write_bundle

__all__ = ["Bundle", "BundleError", "read_bundle", "write_bundle"]
