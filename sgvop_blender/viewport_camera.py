"""A camera of the bundle that sees what a 3D viewport shows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .settings_map import VIEWPORT_CAMERA


def viewport_camera(region_3d: Any, space: Any) -> dict[str, Any]:
    """Returns the bundle's entry of a camera that sees what the viewport shows.

    An orthographic viewport has no eye: the camera stands far behind what is in the middle of it.
    """
    seen = np.array(region_3d.window_matrix, np.float64)
    matrix = np.linalg.inv(np.array(region_3d.view_matrix, np.float64))
    across, up = seen[0, 0], seen[1, 1]
    far = float(space.clip_end)
    entry: dict[str, Any] = {
        "name": VIEWPORT_CAMERA,
        "aspect": float(up / across),
        "near": float(space.clip_start),
        "far": far,
        "shift": [0.0, 0.0],
        "ortho_height": None,
        "yfov": 2 * math.atan(1 / up),
    }
    if not region_3d.is_perspective:
        back = min(far / 2, 50 * float(region_3d.view_distance) + 100)
        matrix[:3, 3] += matrix[:3, 2] * back
        entry.update(ortho_height=float(2 / up), yfov=math.radians(50), near=0.001, far=2 * back)
    return {**entry, "matrix": matrix.reshape(-1).tolist()}


def find_viewport(context: Any) -> tuple[Any, Any] | None:
    """Returns (region data, space) of the viewport whose sidebar was clicked, else of the largest; None without a window."""
    space = context.space_data
    if space is not None and space.type == "VIEW_3D":
        return space.region_3d, space
    windows = context.window_manager.windows if context.window_manager is not None else ()
    areas = [area for window in windows for area in window.screen.areas if area.type == "VIEW_3D"]
    if not areas:
        return None
    space = max(areas, key=lambda area: area.width * area.height).spaces.active
    return space.region_3d, space
