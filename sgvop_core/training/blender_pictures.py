"""Training pictures by Blender's Cycles: the same scenes and cameras as our renderer's, another look.

Blender runs as a process of its own that serves many groups (``sgvop_blender.picture_renderer``); scenes cross to it,
and pictures back, as bundles in a folder of our own.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from ..errors import SettingsError
from ..scene.blend import BLENDER_VARIABLE, blender_command
from ..scene.bundled import scene_to_bundle
from ..scene.model import Array, Camera, Scene
from ..wire.bundle import BundleError, read_bundle, write_bundle
from .cycles_look import Look, look_of, plain_scene

MARK = "sgvop-pictures"
VERSION = 1
PATIENCE = 300.0
"""Seconds after which a Blender that says nothing is taken for stuck: a group takes a few."""


class PictureError(SettingsError):
    """Blender made no pictures; the text says why and what to do."""


class BlenderPictures:
    """A Blender that makes pictures until the ``with`` block ends.

    ``command`` starts it (None: the Blender that .blend files are read with); ``threads`` is how many cores it takes.
    It starts with the first pictures; after a PictureError the next ones start another.
    """

    def __init__(self, command: Sequence[str] | None = None, *, threads: int = 1, patience: float = PATIENCE) -> None:
        self._command, self._threads, self._patience = command, threads, patience
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> BlenderPictures:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def render(
        self, scene: Scene, names: str | Sequence[str], deltas: Array, camera: Camera, size: int, seed: int,
        look: Look | None = None, alone: bool = False, parts: Array | None = None,
    ) -> Array:  # fmt: skip
        """Returns the camera's pictures of the scene, [K, size, size, 3] uint8 sRGB, one for each of ``deltas`` [K, 4, 4].

        ``deltas`` are world-space matrices that move the named objects and all below them from where they stand; ``look`` is
        ``look_of(seed)`` unless given; ``alone``: nothing but those objects, in the light of the whole scene; ``parts`` [K, 4]: left,
        top, right and bottom, 0 to 1, of what is drawn of each picture; the rest is black. Raises PictureError, and SceneError for
        unknown names.
        """
        deltas = np.asarray(deltas, np.float64).reshape(-1, 4, 4)
        if not len(deltas):
            return np.zeros((0, size, size, 3), np.uint8)
        look = look_of(seed) if look is None else look
        moving, shown = {o.name for o in scene.subtree(names)}, plain_scene(scene, camera, look)
        if alone:
            shown = replace(shown, objects=tuple(o for o in shown.objects if o.name in moving))
        bundle = scene_to_bundle(shown)
        moving &= {entry["name"] for entry in bundle.header["objects"]}
        bundle.header["pictures"] = {"moving": sorted(moving), "size": size, "seed": seed, "look": asdict(look)}
        bundle.arrays["pose/matrices"] = deltas
        if parts is not None:
            bundle.arrays["pose/parts"] = np.asarray(parts, np.float64)
        try:
            self._start()
            assert self._folder is not None
            request, out = Path(self._folder.name) / "request.npz", Path(self._folder.name) / "answer.npz"
            out.unlink(missing_ok=True)
            write_bundle(request, bundle)
            said = self._ask({"request": str(request), "answer": str(out)})
            if "error" in said:
                raise PictureError(f"Blender made no pictures of the scene: {str(said['error'])[:250]}; leave it out")
            return _taken(out, len(deltas), size)
        except OSError as error:
            self.close()
            raise PictureError(
                f"scenes cannot be handed to Blender: {error.strerror or error}; free some space in '{tempfile.gettempdir()}'"
            ) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the process and removes its folder."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        command = [*(picture_command() if self._command is None else self._command), str(self._threads)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        self._folder = tempfile.TemporaryDirectory(prefix="sgvop-pictures-")
        with open(Path(self._folder.name) / "log", "wb") as log:
            try:
                # A session of its own: Ctrl-C reaches us alone, and we end it.
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, errors="replace",
                    encoding="utf-8", env=environment, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise PictureError(
                    f"Blender cannot be started ({command[0]}: {error.strerror}); check ${BLENDER_VARIABLE}"
                ) from None
        self._lines = queue.Queue()
        assert self._process.stdout is not None
        threading.Thread(target=_pump, args=(self._process.stdout, self._lines), daemon=True).start()
        ready = self._answer().get("ready")
        if ready != VERSION:
            raise PictureError(
                f"Blender's side speaks version {str(ready)[:20]}, this is {VERSION}; install both from one release"
            )

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None
        # When it died meanwhile, the answer says so better than the broken pipe would.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        """The next line that is meant for us; Blender's own chatter is skipped."""
        while True:
            try:
                line = self._lines.get(timeout=self._patience)
            except queue.Empty:
                raise PictureError(
                    f"Blender said nothing for {self._patience:.0f} s; ask for fewer or smaller pictures at a time"
                ) from None
            if line is None:
                raise PictureError(f"Blender ended before its pictures were made{self._last_words()}")
            mark, _, text = line.partition("\t")
            if mark != MARK:
                continue
            try:
                said = json.loads(text)
            except ValueError:
                said = None
            if not isinstance(said, dict):
                raise PictureError(
                    f"Blender's answer cannot be read ('{text.strip()[:40]}'); is the command '{MARK}' of this version?"
                )
            return said

    def _last_words(self) -> str:
        assert self._process is not None and self._folder is not None
        code = self._process.wait()
        log = Path(self._folder.name, "log").read_bytes()[-4000:].decode("utf-8", "replace").strip()
        if code < 0 or code > 128:
            return f" (killed by signal {-code if code < 0 else code - 128}); is there enough memory? Run it again"
        last = f": {log.splitlines()[-1][:160]}" if log else ""
        return f" (exit code {code}){last}; check the Blender with: sgvop doctor"


def picture_command() -> list[str]:
    """Returns the command that starts our picture process in Blender. Raises PictureError when there is no Blender."""
    command = blender_command()
    if command is None:
        raise PictureError(
            "pictures by Blender need Blender, which is not here; pip install '.[blender]', set "
            f"${BLENDER_VARIABLE} to a blender program, or make all pictures with our renderer"
        )
    script = str(Path(__file__).resolve().parents[2] / "sgvop_blender" / "picture_renderer.py")
    return [script if Path(part).name == "headless.py" else part for part in command]


def _pump(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    """Hands lines on as they come, then None: a queue can be waited for with a limit, a pipe cannot everywhere."""
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            lines.put(line)
    lines.put(None)


def _taken(path: Path, count: int, size: int) -> Array:
    try:
        arrays = read_bundle(path).arrays
        pictures = np.stack([arrays[f"picture/{k}/pixels"] for k in range(count)])
    except (BundleError, OSError, KeyError, ValueError) as error:
        raise PictureError(f"Blender's pictures cannot be read: {str(error)[:120]}; run it again") from None
    if pictures.shape != (count, size, size, 4):
        raise PictureError(f"Blender made pictures of {pictures.shape[1:3]} instead of {size}; run it again")
    return np.ascontiguousarray(pictures[..., :3])
