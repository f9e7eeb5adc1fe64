"""``sgvop bench speed``: the renderer against CLIP in one run, and time, evaluations and memory of whole placements.

The renderer and CLIP are timed in turns in this process (render_speed.py), so that their ratio survives a noisy machine.
Each whole placement runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from ..errors import SgvopError

PLACEMENTS = (("draft", "none"), ("standard", "none"), ("draft", "ViT-B-32:random"), ("standard", "ViT-B-32:random"))
"""Quality and CLIP model of the demos that are timed; random weights cost what trained ones do."""


def measure_speed(
    device: str = "auto",
    *,
    quick: bool = False,
    threads: int | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Returns the figures as plain JSON values: ``render`` (seconds, ratios to CLIP) and ``demo`` (one row a run).

    ``quick`` repeats less and leaves out the whole placements. Times are seconds of this machine: compare the ratios.
    """
    import torch

    from ..placement.problem import choose_device
    from ..placement.versions import versions
    from .render_speed import measure_render_speed

    if threads is not None:
        torch.set_num_threads(threads)
    chosen = choose_device(device)
    say("timing the renderer and CLIP in turns")
    figures: dict[str, Any] = {
        "versions": versions(),
        "device": str(chosen),
        "card": torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else None,
        "threads": torch.get_num_threads(),
        "render": measure_render_speed(device=str(chosen), quick=quick, say=say),
        "demo": [],
    }
    for quality, clip in () if quick else PLACEMENTS:
        say(f"running the demo, quality {quality}, CLIP {clip}")
        figures["demo"].append(_demo_in_process(quality, clip, str(chosen), torch.get_num_threads()))
    return figures


def speed_table(figures: dict[str, Any]) -> list[str]:
    """Returns the figures as lines of Markdown tables."""
    from .render_speed import render_speed_table

    lines = [f"device {figures['card'] or figures['device']}, {figures['threads']} threads", ""]
    lines += render_speed_table(figures["render"])
    if figures["demo"]:
        lines += ["", "| demo | seconds of place | seconds with files | evaluations | peak memory MB |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        for row in figures["demo"]:
            lines.append(
                f"| {row['quality']}, CLIP {row['clip']} | {row['place_seconds']:.1f} | {row['seconds']:.1f} "
                f"| {row['evaluations']} | {row['peak_mb']:.0f} |"
            )
    return lines


def _demo_in_process(quality: str, clip: str, device: str, threads: int) -> dict[str, Any]:
    command = [sys.executable, "-m", __name__, quality, clip, device, str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise SgvopError(f"the demo did not run (quality {quality}, CLIP {clip}): {reason}")
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def _demo_here(quality: str, clip: str, device: str, threads: int) -> dict[str, Any]:
    """Runs the demo's work in this process and returns its row; imports are not counted."""
    from pathlib import Path

    import torch

    torch.set_num_threads(threads)
    from .. import place
    from ..assets import demo_room
    from ..cli.contact_sheet import contact_sheet
    from ..cli.demo import OBJECT, PROMPT
    from ..cli.output import write_picture
    from ..guidance.clip import load_models
    from ..scene.write import write_placed
    from .memory import peak_memory_mb

    if clip != "none":
        load_models([clip], torch.device("cpu"))
    started = time.perf_counter()
    room = demo_room(0)
    placement = place(room, OBJECT, PROMPT, quality=quality, clip=(clip,), device=device)
    placed = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_placed(room, placement.final.deltas, Path(folder) / "placed.glb")
        write_picture(Path(folder) / "sheet.png", contact_sheet(room, placement))
    return {
        "quality": quality,
        "clip": clip,
        "place_seconds": placed - started,
        "seconds": time.perf_counter() - started,
        "evaluations": placement.evaluations,
        "complete": placement.best.checks.complete,
        "peak_mb": peak_memory_mb(),
    }


if __name__ == "__main__":
    print(json.dumps(_demo_here(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
