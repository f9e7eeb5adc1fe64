"""Pictures of many scenes by Cycles, from one process that stays: starting Blender for each would take most of the time.

    python -m sgvop_blender.picture_renderer [THREADS]

It runs in a Python that has bpy, or in Blender: ``blender --background --python picture_renderer.py -- 1``. Each line
of the input is JSON, ``{"request": "IN.npz", "answer": "OUT.npz"}``; each gets one line that begins with
``sgvop-pictures`` and a tab, then JSON: ``{"pictures": K}`` or ``{"error": "..."}``. The first such line, before any
request, is ``{"ready": VERSION}``. It ends with its input.

A request is a scene bundle (objects without parents, at least one camera: the first is used) whose description also
has ``pictures``: ``moving`` (names), ``size``, ``seed`` and ``look`` (see ``Look`` in the core's
``training.cycles_look``), and the array ``pose/matrices`` [K, 4, 4], world-space matrices that move the moving
objects from where they stand; if only a part of each picture is to be drawn, the rest being black, ``pose/parts`` [K, 4]:
left, top, right and bottom, shares of the side. The answer is a bundle with ``picture/K/pixels`` [S, S, 4] uint8, sRGB,
first row on top.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    __package__ = "sgvop_blender"
    import sgvop_blender  # noqa: F401  (makes the relative imports below work when run as a script)

import bpy
import numpy as np

from .core_wire import Bundle, BundleError, read_bundle, write_bundle
from .scene_builder import build_scene

MARK = "sgvop-pictures"
VERSION = 1
LARGEST = 2048
"""Pixels along a side: these are pictures to learn from, a slip of a digit should not fill the memory."""
NOISY = 4
"""How many times as many light paths a pixel has where a look asks for a denoiser and there is none."""


def serve(arguments: list[str]) -> None:
    """Returns nothing, once the input has ended."""
    threads = int(arguments[0]) if arguments else 1
    # Blender itself prints to the first output; what was there is kept for the answers alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def say(words: dict[str, Any]) -> None:
        answers.write(f"{MARK}\t{json.dumps(words)}\n")
        answers.flush()

    say({"ready": VERSION})
    for line in sys.stdin:
        try:
            wanted = json.loads(line)
            say({"pictures": answer(str(wanted["request"]), str(wanted["answer"]), threads)})
        except (BundleError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            say({"error": f"{type(error).__name__}: {' '.join(str(error).split())[:250]}"})


def answer(request: str, out: str, threads: int) -> int:
    """Returns the number of pictures written to ``out``. Raises BundleError when the request does not fit together."""
    bundle = read_bundle(request)
    wanted, deltas = bundle.header.get("pictures"), bundle.arrays.get("pose/matrices")
    if not isinstance(wanted, dict) or deltas is None:
        raise BundleError("no pictures are asked for in it")
    size = wanted["size"]
    if not isinstance(size, int) or not 1 <= size <= LARGEST:
        raise BundleError(f"pictures of {size} pixels cannot be made")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    build_scene(bpy, bundle, pack=False)
    scene = bpy.context.scene
    if scene.camera is None:
        raise BundleError("no camera in it")
    _set_up(scene, wanted["look"], size, int(wanted["seed"]), threads)
    moving, parts = _moving(bundle, wanted["moving"]), bundle.arrays.get("pose/parts")
    if parts is not None and parts.shape != (len(deltas), 4):
        raise BundleError("parts of pictures for other poses in it")
    drawn = _pictures(scene, moving, deltas, parts, str(Path(out).with_suffix("")), size)
    arrays = {f"picture/{k}/pixels": picture for k, picture in enumerate(drawn)}
    write_bundle(out, Bundle({"pictures": len(arrays)}, arrays))
    return len(arrays)


def _moving(bundle: Bundle, names: list[str]) -> list[tuple[Any, np.ndarray]]:
    """The objects that move, with their world matrices at rest."""
    worlds = {e["name"]: m for e, m in zip(bundle.header["objects"], bundle.arrays["object/matrices"], strict=True)}
    missing = [n for n in names if n not in worlds or bpy.data.objects.get(n) is None]
    if missing:
        raise BundleError(f"no object '{str(missing[0])[:60]}' in it")
    return [(bpy.data.objects[n], np.asarray(worlds[n], np.float64)) for n in names]


def _pictures(
    scene: Any, moving: list[tuple[Any, np.ndarray]], deltas: np.ndarray, parts: np.ndarray | None, stem: str, size: int
) -> Iterator[np.ndarray]:
    from mathutils import Matrix

    render = scene.render
    render.filepath, render.use_border = stem + ".picture.tga", parts is not None
    for k, delta in enumerate(deltas):
        for o, rest in moving:
            o.matrix_basis = Matrix((delta @ rest).tolist())
        if parts is not None:
            left, top, right, bottom = (float(x) for x in parts[k])
            render.border_min_x, render.border_max_x = left, right
            render.border_min_y, render.border_max_y = 1 - bottom, 1 - top
        bpy.ops.render.render(write_still=True)
        try:
            yield _pixels(Path(scene.render.filepath), size)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(scene.render.filepath)


def _set_up(scene: Any, look: dict[str, Any], size: int, seed: int, threads: int) -> None:
    """Everything about the pictures but what is in them."""
    render, cycles, view = scene.render, scene.cycles, scene.view_settings
    render.engine = "CYCLES"
    cycles.device = "CPU"
    render.resolution_x = render.resolution_y = size
    render.resolution_percentage, render.pixel_aspect_x, render.pixel_aspect_y = 100, 1.0, 1.0
    render.threads_mode, render.threads = "FIXED", max(threads, 1)
    # Between two poses only one object's matrix is sent to Cycles again, and its tree of boxes refitted.
    render.use_persistent_data = True
    render.use_compositing = render.use_sequencer = render.use_crop_to_border = False
    render.dither_intensity, render.film_transparent = 0.0, False
    render.use_overwrite, render.use_file_extension = True, False
    render.image_settings.file_format, render.image_settings.color_mode = "TARGA_RAW", "RGB"
    cycles.samples, cycles.seed = int(look["samples"]), seed & 0x7FFFFFFF
    cycles.use_adaptive_sampling = cycles.use_auto_tile = False
    bounces = int(look["bounces"])
    cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = cycles.transmission_bounces = bounces
    cycles.transparent_max_bounces = 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 3.0
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", float(look["filter_width"])
    cycles.use_denoising = bool(look["denoise"]) and _denoises(cycles)
    if look["denoise"] and not cycles.use_denoising:
        cycles.samples *= NOISY
    scene.display_settings.display_device = "sRGB"
    view.view_transform, view.look = str(look["view_transform"]), "None"
    view.exposure, view.gamma = float(look["exposure"]), 1.0
    for light in bpy.data.lights:
        if light.type == "SUN":
            light.angle = float(look["sun_angle"])
        elif light.type != "AREA":
            light.shadow_soft_size = float(look["lamp_radius"])


def _denoises(cycles: Any) -> bool:
    """Returns whether this Blender has a denoiser, set up for small pictures: some distributions build theirs without."""
    try:
        cycles.denoiser, cycles.denoising_quality = "OPENIMAGEDENOISE", "FAST"
        cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB_ALBEDO_NORMAL", "NONE"
    except TypeError:
        return False
    return True


def _pixels(path: Path, size: int) -> np.ndarray:
    """The picture [S, S, 4] uint8 in an uncompressed Targa file of 24 bits, first row on top."""
    data = path.read_bytes()
    start = 18 + (data[0] if data else 0)
    if len(data) < start + 3 * size * size or data[2] != 2 or data[16] != 24:
        raise BundleError(f"Blender wrote no picture of {size} pixels")
    rows = np.frombuffer(data, np.uint8, 3 * size * size, start).reshape(size, size, 3)
    if not data[17] & 0x20:
        rows = rows[::-1]
    return np.concatenate([rows[..., ::-1], np.full((size, size, 1), 255, np.uint8)], axis=-1)


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    serve(own)
