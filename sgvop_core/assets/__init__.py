"""Procedural textured objects and furnished rooms: the demo's, the benchmark's and the training's world."""

from .demo import demo_room
from .interiors import ROOMS, build_room
from .registry import asset_kinds, build_asset, placed

__all__ = ["ROOMS", "asset_kinds", "build_asset", "build_room", "demo_room", "placed"]
