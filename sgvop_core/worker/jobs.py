"""The two jobs: placing, and reading a prompt without placing."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import Cancelled, SceneError
from ..placement.pipeline import moving_groups, place
from ..placement.result import Candidate as Found
from ..placement.result import Placement
from ..placement.settings import PlaceSettings
from ..placement.understand import understand
from ..render import render_picture
from ..scene.bundled import scene_from_bundle
from ..scene.cameras import default_camera
from ..scene.model import Camera, Scene
from ..scene.save import save_file
from ..wire.bundle import read_bundle
from ..wire.protocol import Candidate, Finished, Place, Read, Understood, matrix
from ..wire.strict import read_object
from .failures import spoken
from .parcels import pieces
from .reporting import Reporter

PICTURE = 256
"""Pixels along the longer side of a candidate's picture."""
SAMPLES = 2


class Placing:
    """One placement for the client. ``folder``: where its pictures and its result go."""

    def __init__(
        self, order: Place, bundle: Path, folder: Path, send: Callable[..., None], cancel: threading.Event
    ) -> None:
        self.order, self.bundle, self.folder, self.send, self.cancel = order, bundle, folder, send, cancel
        self.reporter: Reporter | None = None

    def run(self, load: Callable[..., Any]) -> None:
        """Places, and sends progress, what was understood, candidates and the end. Raises what ``place`` raises, and Cancelled."""
        started = time.monotonic()
        order = self.order
        settings = settings_from_json(order.settings)
        settings = replace(settings, together=settings.together or order.together)
        names = tuple(dict.fromkeys(order.objects))
        scene = open_bundle(self.bundle)
        groups = moving_groups(scene, names, settings.together)
        self.reporter = Reporter(order.job, scene, names, groups, self.send, self.cancel)
        try:
            placement = place(
                scene, names, order.prompt, settings, on_progress=self.reporter, cancel=self.cancel, load=load
            )
        finally:
            self.reporter.close()
        self.stop_if_cancelled()
        told = tuple(spoken(line) for line in placement.messages)
        self.send(Understood(order.job, dict(placement.understood), told))
        result = self.folder / "result.json"
        text = json.dumps(placement.as_json(), indent=2, ensure_ascii=False, allow_nan=False)
        save_file(result, (text + "\n").encode())
        self.offer(scene, placement)
        self.stop_if_cancelled()
        self.give(result)
        self.send(Finished(order.job, self.name(result), round(time.monotonic() - started, 3)))

    def offer(self, scene: Scene, placement: Placement) -> None:
        """Sends every candidate of every object, with its picture."""
        before = scene
        earlier: dict[str, np.ndarray] = {}
        for number, part in enumerate((placement, *placement.then), 1):
            camera = camera_for(before, part)
            for index, found in enumerate(part.candidates):
                self.stop_if_cancelled()
                picture = self.folder / f"candidate-{number}-{index + 1}.png"
                shown = before.moved(part.objects, found.delta)
                write_png(picture, render_picture(shown, camera, picture_size(camera), samples=SAMPLES))
                self.give(picture)
                deltas = {**earlier, **dict.fromkeys(part.objects, found.delta)}
                self.send(candidate(self.order.job, index, part.objects[0], deltas, found, self.name(picture)))
            before = part.scene
            earlier.update(dict.fromkeys(part.objects, part.best.delta))

    def stop_if_cancelled(self) -> None:
        """Raises Cancelled once the client asked for it."""
        if self.cancel.is_set():
            raise Cancelled("cancelled by the client")

    def give(self, path: Path) -> None:
        """Sends a file in pieces when the client does not see the folder."""
        if not self.order.folder:
            for piece in pieces(self.order.job, path):
                self.send(piece)

    def name(self, path: Path) -> str:
        """Returns what the client is told as the file's name."""
        return str(path) if self.order.folder else path.name


def read_only(order: Read, bundle: Path) -> Understood:
    """Returns what the prompt is understood as in the scene. Raises PromptError, SceneError, BundleError."""
    settings = settings_from_json(order.settings)
    found = understand(open_bundle(bundle), (order.object,), order.prompt, settings.anchors)
    return Understood(order.job, found.resolved.as_json(), tuple(spoken(line) for line in found.messages))


def settings_from_json(plain: dict[str, Any]) -> PlaceSettings:
    """Returns the settings that the client sent. Raises ProtocolError for a wrong kind of value, SettingsError."""
    settings: PlaceSettings = read_object(PlaceSettings, plain, "settings")
    return settings


def open_bundle(path: Path) -> Scene:
    """Returns the scene of a bundle file. Raises BundleError when it is damaged, SceneError when it is not there."""
    try:
        return scene_from_bundle(read_bundle(path))
    except OSError as error:
        raise SceneError(f"the scene '{path.name}' cannot be read: {error.strerror}; try again") from error


def candidate(
    job: int, index: int, name: str, deltas: dict[str, np.ndarray], found: Found, picture: str | None
) -> Candidate:
    """Returns the message of one candidate; ``deltas`` [4, 4] of all roots that have moved with it."""
    plain = found.as_json()
    return Candidate(
        job,
        index,
        {root: matrix(delta.tolist()) for root, delta in deltas.items()},
        found.score,
        plain["guidance"],
        plain["checks"],
        picture,
        name,
    )


def camera_for(scene: Scene, part: Placement) -> Camera:
    """Returns the camera whose picture counted; where none was in the scene, one that shows all the candidates."""
    for camera in scene.cameras:
        if camera.name == part.camera:
            return camera
    boxes = np.stack([scene.moved(part.objects, c.delta).bounds(scene.subtree(part.objects)) for c in part.candidates])
    low, high = boxes[:, 0].min(0), boxes[:, 1].max(0)
    room = 0.5 * float((high - low).max())
    return default_camera(part.scene, np.stack([low - room, high + room]))


def picture_size(camera: Camera) -> tuple[int, int]:
    """Returns (height, width) in pixels of a candidate's picture."""
    return max(round(PICTURE / max(camera.aspect, 1.0)), 16), max(round(PICTURE * min(camera.aspect, 1.0)), 16)


def write_png(path: Path, picture: np.ndarray) -> None:
    """Writes a picture [H, W, 3] uint8, whole or not at all. Raises SceneError as ``save_file`` does."""
    held = io.BytesIO()
    Image.fromarray(picture).save(held, format="PNG")
    save_file(path, held.getvalue())
