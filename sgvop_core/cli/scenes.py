"""Opening a scene for a command, and choosing the camera to look through."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..scene.model import Camera, Scene

if TYPE_CHECKING:
    from ..placement.result import Placement


def open_scene(paths: Sequence[str], quiet: bool = False) -> Scene:
    """Returns the scene of one or several files; what the reader changed or left out is told on standard error.

    Raises SceneError naming the file that cannot be used.
    """
    from ..scene.load import load_scene

    scene = load_scene(paths[0] if len(paths) == 1 else list(paths))
    if not quiet:
        for note in scene.notes:
            print(f"note: {note}", file=sys.stderr)
    return scene


def choose_camera(scene: Scene, name: str | None) -> Camera:
    """Returns the named camera, else the scene's first, else a sensible one made for it. Raises SceneError."""
    from ..scene.cameras import default_camera

    if name is not None:
        return scene.camera(name)
    return scene.cameras[0] if scene.cameras else default_camera(scene, None)


def camera_of(placement: Placement, scene: Scene) -> Camera:
    """Returns the camera whose picture counted; where none was in the scene, one that shows the placed scene."""
    if any(camera.name == placement.camera for camera in scene.cameras):
        return scene.camera(placement.camera)
    return choose_camera(replace(placement.final.scene, cameras=()), None)
