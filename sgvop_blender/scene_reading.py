"""Reading the open scene for a job: a piece at a time in Blender's thread, then written by a thread of its own."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import bpy

from . import watch
from .core_wire import Bundle, BundleError, write_bundle
from .scene_reader import AT_ONCE, read_in_pieces

PATIENCE = 3
"""Times that reading begins anew because the scene changed under it; then it is read without a pause."""


WORK, REST = 0.002, 0.0005
"""Seconds that the thread which writes the file works, and then rests."""


class SceneReading:
    """The scene of a job on its way into a bundle file. ``cameras``: entries to put before the scene's own.

    ``names``: the bundle's names by (name, library path) of the objects; ``matrices`` by the bundle's names; both empty
    until the scene is read. ``longest``: seconds of the longest piece.
    """

    def __init__(self, path: Path, scene: str, view_layer: str, cameras: Iterable[dict[str, Any]] = ()) -> None:
        self.path, self.scene, self.view_layer = path, scene, view_layer
        self.cameras = tuple(cameras)
        self.names: dict[tuple[str, str | None], str] = {}
        self.matrices: dict[str, Any] = {}
        self.longest = 0.0
        self._pieces: Generator[None, None, Bundle] | None = None
        self._edits = -1
        self._begun = 0
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None
        self._collector = _Collector()

    @property
    def read(self) -> bool:
        """Whether Blender is not needed any more."""
        return self._thread is not None

    def step(self, until: float) -> bool:
        """Goes on until time.perf_counter() is past ``until``, one piece at least; returns whether the file is there.

        Raises ValueError when the scene cannot be read, OSError when the file cannot be written.
        """
        if self._thread is not None:
            if self._thread.is_alive():
                return False
            self._collector.go_on()
            if self._error is not None:
                raise self._error
            return True
        hurry = False
        while self._thread is None:
            if self._pieces is None or self._edits != watch.edits:
                self.close()
                hurry = self._begun > PATIENCE
                self._pieces, self._edits = self._all_pieces(), watch.edits
                self._begun += 1
            self._collector.wait()
            begun = time.perf_counter()
            try:
                next(self._pieces)
            except StopIteration as end:
                self._write(end.value)
            now = time.perf_counter()
            self.longest = max(self.longest, now - begun)
            if now >= until and not hurry:
                break
        return False

    def close(self) -> None:
        """Leaves what was begun."""
        self._collector.go_on()
        if self._pieces is not None:
            # What its pieces hold may be gone; closing touches none of it but copies of pictures.
            with contextlib.suppress(ReferenceError):
                self._pieces.close()
            self._pieces = None

    def _all_pieces(self) -> Generator[None, None, Bundle]:
        """Reads the scene, and notes what is called how and stands where."""
        scene = bpy.data.scenes.get(self.scene)
        layer = scene.view_layers.get(self.view_layer) if scene is not None else None
        if scene is None or layer is None:
            raise ValueError(f"scene '{self.scene}' is not in the file any more")
        for index, obj in enumerate(list(layer.objects)):
            if index % AT_ONCE == 0:
                yield
            if obj.mode == "EDIT":
                obj.update_from_editmode()
        if bpy.context.scene == scene and bpy.context.view_layer == layer:
            depsgraph = bpy.context.evaluated_depsgraph_get()
        else:
            with bpy.context.temp_override(scene=scene, view_layer=layer):
                depsgraph = bpy.context.evaluated_depsgraph_get()
        self._edits = watch.edits
        yield
        bundle = yield from read_in_pieces(bpy.data, scene, layer, depsgraph, self.cameras, lambda: watch.evaluations)
        self.names.clear()
        self.matrices.clear()
        matrices = bundle.arrays["object/matrices"]
        for index, entry in enumerate(bundle.header["objects"]):
            if index % AT_ONCE == 0:
                yield
            source = entry["source"]
            if "object" in source:
                self.names[source["object"], source["library"]] = entry["name"]
                self.matrices[entry["name"]] = matrices[index]
        return bundle

    def _write(self, bundle: Bundle) -> None:
        self._pieces = None
        self._thread = threading.Thread(target=self._save, args=(bundle,), name="sgvop-bundle", daemon=True)
        self._thread.start()

    def _save(self, bundle: Bundle) -> None:
        try:
            write_bundle(self.path, bundle, _Courtesy())
        except (OSError, BundleError) as error:
            self._error = error


class _Collector:
    """Python's garbage collector, which waits while a scene is read and written.

    So many new things make it look through all that it knows, 30 ms and more at a time; these go by themselves soon.
    """

    def __init__(self) -> None:
        self._waits = False

    def wait(self) -> None:
        """Has it wait, unless it is switched off anyway."""
        if gc.isenabled():
            gc.disable()
            self._waits = True

    def go_on(self) -> None:
        """Lets it go on."""
        if self._waits:
            gc.enable()
            self._waits = False

    def __del__(self) -> None:
        self.go_on()


class _Courtesy:
    """Sleeps for a moment after each millisecond or two, so that the window's thread gets Python when it wants it.

    Otherwise it would wait five milliseconds, Python's own interval, at each of its turns.
    """

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def __call__(self) -> None:
        if time.perf_counter() - self._since > WORK:
            time.sleep(REST)
            self._since = time.perf_counter()
