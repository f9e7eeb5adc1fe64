"""``sgvop place``: finds poses for objects of a scene from a prompt, and writes the scene back with the best."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import SettingsError
from .interrupt import cancel_on_interrupt
from .options import add_settings, place_settings
from .output import check_file, check_folder, json_text, write_json
from .progress import ProgressDisplay

WRITABLE = (".glb", ".gltf", ".blend")

if TYPE_CHECKING:
    import numpy as np

    from ..placement.progress import Progress
    from ..placement.result import Candidate, Placement
    from ..placement.settings import PlaceSettings
    from ..scene.model import Scene


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "scene", nargs="+", metavar="SCENE", help=".glb, .gltf, .obj, .ply, .stl or .blend; several make one scene"
    )
    parser.add_argument(
        "--object",
        action="append",
        required=True,
        metavar="NAME",
        help="the object to place; several are placed in turn, each seeing those before it",
    )
    parser.add_argument(
        "--prompt", required=True, metavar="TEXT", help="where it belongs, such as 'a mug on the table'"
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="PLACED.glb",
        help="the scene with the best pose: .glb, .gltf, or .blend with bpy",
    )
    parser.add_argument("--json", metavar="RESULT.json", help="the result with all candidates and checks; - prints it")
    parser.add_argument(
        "--preview", metavar="DIR", help="pictures of the start, the stages and the candidates go there"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary")
    add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """Places the objects and writes the files; returns 0, or 130 when it was stopped by Ctrl-C."""
    settings = place_settings(arguments)
    out = check_file(arguments.out, "--out", WRITABLE)
    to_json = None if arguments.json in (None, "-") else check_file(arguments.json, "--json", (".json",))
    if to_json is not None and to_json == out:
        raise SettingsError(f"--json and --out are the same file '{out}'; give two names")
    preview = None if arguments.preview is None else check_folder(arguments.preview, "--preview")

    from ..scene.write import check_output, write_placed
    from .scenes import open_scene

    with ProgressDisplay(arguments.quiet) as display:
        scene = open_scene(arguments.scene, arguments.quiet)
        check_output(scene, out)
        placement, stages = search(scene, arguments.object, arguments.prompt, settings, display)
    notes = write_placed(scene, placement.final.deltas, out)
    if to_json is not None:
        write_json(to_json, placement.as_json())
    if preview is not None:
        from .preview import write_previews

        write_previews(scene, placement, stages, preview)
    if arguments.json == "-":
        print(json_text(placement.as_json()))
    elif not arguments.quiet:
        print("\n".join([*summary(placement), *(f"note: {note}" for note in notes)]))
        written = [str(path) for path in (out, to_json, preview) if path is not None]
        print("wrote " + ", ".join(written))
    return 130 if placement.final.stopped == "cancelled" else 0


def search(
    scene: Scene, objects: list[str], prompt: str, settings: PlaceSettings, display: ProgressDisplay
) -> tuple[Placement, dict[str, np.ndarray]]:
    """Returns the placement and, by stage of the first object, the world matrix [4, 4] of the best pose at its end.

    The first Ctrl-C ends the search with the best so far.
    """
    from ..placement import place

    stages: dict[str, np.ndarray] = {}

    def follow(report: Progress) -> None:
        if report.best_delta is not None and report.object == objects[0]:
            stages[report.stage] = report.best_delta
        display(report)

    with cancel_on_interrupt(display.note) as cancel:
        placement = place(scene, objects, prompt, settings, on_progress=follow, cancel=cancel)
    return placement, stages


def summary(placement: Placement) -> list[str]:
    """Returns the lines that tell a person what came out."""
    lines = []
    for part in (placement, *placement.then):
        count = len(part.candidates)
        lines.append(
            f"{' + '.join(part.objects)}: {count} candidate{'s' * (count != 1)} in {part.seconds:.1f} s, "
            f"{part.evaluations} evaluations, on {part.device}"
            + (f", stopped by {part.stopped}" if part.stopped else "")
        )
        lines += [f"  note: {message}" for message in part.messages]
        lines += [f"  {index}. {describe(candidate)}" for index, candidate in enumerate(part.candidates, 1)]
    return lines


def describe(candidate: Candidate) -> str:
    """Returns one line about a candidate: score, whether all checks hold, or which do not."""
    x, y, z = candidate.matrix_world[:3, 3]
    checks: dict[str, Any] = candidate.as_json()["checks"]
    verdict = "all checks hold" if checks["complete"] else "; ".join(checks.get("failures") or ["not complete"])
    return f"score {candidate.score:z.3f} at ({x:.3f}, {y:.3f}, {z:.3f}): {verdict}"
