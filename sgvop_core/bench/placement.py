"""How often placements hold, method by method: every case, several seeds, judged after the fact by the same checks.

A method only proposes; whether its pose holds is judged on the scene it leaves behind, for every method alike, and
collisions once more by another library (FCL, through trimesh), so that no method marks its own work.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SceneError, SettingsError, SgvopError, did_you_mean
from ..placement import PlaceSettings, place
from ..placement.check import check_pose
from ..placement.problem import make_problem
from ..placement.progress import Tracker
from ..scene.model import Scene

if TYPE_CHECKING:
    from .placement_cases import Case

QUESTIONS = ("relation", "collision_free", "supported", "in_view", "complete")
"""What is asked of every run, by the name it is reported under."""


@dataclass(frozen=True)
class Rules:
    """When a run counts as good."""

    in_view: float = 0.5
    """Share of the object inside the picture and unhidden, at least."""
    contact: float = 0.002
    """Depth, as a share of the object's size, that is contact and not collision ..."""
    contact_least: float = 0.0005
    """... and at least this, metres."""
    z: float = 1.96
    """Standard normal quantile of the intervals: 95 %."""


METHODS: dict[str, dict[str, Any]] = {
    "random": {"stages": ("propose", "resolve"), "guidance": {"clip": 0.0, "relation": 0.0, "physical": 1.0}},
    "geometry": {"guidance": {"clip": 0.0, "relation": 1.0, "physical": 1.0}},
    "clip": {"guidance": {"clip": 1.0, "relation": 0.0, "physical": 0.0}},
    "all": {"guidance": {"clip": 1.0, "relation": 1.0, "physical": 1.0}},
}
"""What each method changes: a random valid pose, relations and physics without CLIP, CLIP alone, everything."""
NEEDS_CLIP = ("clip", "all")


def measure_placement(
    cases_from: str | None = None,
    methods: Sequence[str] | None = None,
    seeds: int = 3,
    quality: str = "draft",
    clip: str = "auto",
    only: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Returns the figures as plain JSON values: ``methods`` by name with counts and intervals, and every run.

    ``clip="none"`` leaves out the method that is CLIP alone, and "all" then is all but CLIP; the figures say so.
    Raises SettingsError for unknown methods and SceneError for cases that cannot be read.
    """
    from .placement_cases import bench_cases, read_cases

    usable = tuple(m for m in METHODS if clip != "none" or m != "clip")
    chosen = tuple(methods) if methods is not None else usable
    for name in chosen:
        if name not in METHODS:
            raise SettingsError(f"--methods: no method '{name}'" + did_you_mean(name, METHODS))
        if name not in usable:
            raise SettingsError(
                f"--methods: '{name}' needs a CLIP model, but --clip is none; name a model or leave it out"
            )
    cases = list(bench_cases() if cases_from is None else read_cases(cases_from))
    cases = [case for case in cases if not only or any(word in case.name for word in only)]
    if not cases:
        where = "the project's own" if cases_from is None else f"'{cases_from}'"
        raise SceneError(f"no cases to run in {where}; check the folder and --only")
    runs = []
    total = len(cases) * len(chosen) * seeds
    for case in cases:
        for method in chosen:
            for seed in range(seeds):
                runs.append(run_case(case, method, seed, quality, clip))
                verdict = runs[-1]["error"] or ("complete" if runs[-1]["complete"] else "; ".join(runs[-1]["failures"]))
                say(f"{len(runs)}/{total} {case.name}, {method}, seed {seed}: {verdict} ({runs[-1]['seconds']:.1f} s)")
    return {
        "cases": len(cases),
        "seeds": seeds,
        "quality": quality,
        "clip": clip,
        "methods": {method: summarise([r for r in runs if r["method"] == method]) for method in chosen},
        "runs": runs,
    }


def run_case(case: Case, method: str, seed: int, quality: str, clip: str) -> dict[str, Any]:
    """Returns what one run of one method came to, judged on the scene that it left."""
    settings = PlaceSettings(
        quality=quality,
        seed=seed,
        candidates=1,
        clip=(clip if method in NEEDS_CLIP else "none",),
        camera=case.camera,
        anchors=tuple(case.anchors),
        best_effort=True,
        **METHODS[method],
    )
    run: dict[str, Any] = {"case": case.name, "method": method, "seed": seed, "error": "", "failures": []}
    run.update(dict.fromkeys(QUESTIONS, False))
    started = time.perf_counter()
    try:
        placement = place(case.scene, case.object, case.prompt, settings)
    except SgvopError as error:
        run["seconds"] = time.perf_counter() - started
        run["error"] = str(error)
        return run
    run["seconds"] = time.perf_counter() - started
    run.update(judge(case, placement.best.delta))
    return run


def judge(case: Case, delta: np.ndarray, rules: Rules | None = None) -> dict[str, Any]:
    """Returns the answers to all questions once ``delta`` [4, 4] has moved the object, and why it failed.

    The prompt is read against the scene as it was, with relations and physics on, whatever the method looked at.
    """
    rules = rules or Rules()
    settings = PlaceSettings(clip=("none",), camera=case.camera, anchors=tuple(case.anchors))
    problem = make_problem(case.scene, (case.object,), case.prompt, settings, Tracker())
    matrix = delta @ problem.body.rest_matrix()
    checks = check_pose(
        problem.geometry, problem.body, matrix, problem.camera, problem.judged.relations, problem.judged.support
    ).as_json()
    hit = collides(case.scene.moved(case.object, delta), case.object, rules)
    answers = {
        "relation": all(r["holds"] for r in checks["relations"]),
        "collision_free": hit is None,
        "supported": bool(checks["supported"]),
        "in_view": checks["in_view"] >= rules.in_view,
    }
    failures = list(checks["failures"]) + ([f"FCL finds it {hit[1] * 1000:.1f} mm deep in '{hit[0]}'"] if hit else [])
    return {**answers, "complete": bool(checks["complete"]) and hit is None, "failures": failures}


def collides(scene: Scene, name: str, rules: Rules | None = None) -> tuple[str, float] | None:
    """Returns the object that ``name`` cuts deepest into and the depth in metres, None when there is only contact.

    FCL's contact depth is of single triangle pairs; what is shallower than the rule's contact is not counted.
    """
    import trimesh

    rules = rules or Rules()
    body = scene.world_mesh(scene.subtree(name))
    size = float(np.linalg.norm(np.ptp(body.vertices, axis=0)))
    manager = trimesh.collision.CollisionManager()
    for other in scene.static_objects([name]):
        world = scene.world_mesh([other])
        manager.add_object(other.name, trimesh.Trimesh(world.vertices, world.faces, process=False))
    moved = trimesh.Trimesh(body.vertices, body.faces, process=False)
    hit, contacts = manager.in_collision_single(moved, return_data=True)
    if not hit:
        return None
    worst = max(contacts, key=lambda contact: abs(contact.depth))
    depth = abs(float(worst.depth))
    if depth <= max(rules.contact * size, rules.contact_least):
        return None
    return next(iter(n for n in worst.names if n != "__external"), "?"), depth


def summarise(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns, for each question, the share of good runs with its interval; and seconds, median and longest."""
    seconds = sorted(r["seconds"] for r in runs)
    summary: dict[str, Any] = {"runs": len(runs), "errors": sum(bool(r["error"]) for r in runs)}
    for question in QUESTIONS:
        good = sum(bool(r[question]) for r in runs)
        low, high = wilson(good, len(runs))
        summary[question] = {"share": good / max(len(runs), 1), "low": low, "high": high}
    summary["seconds"] = {"median": seconds[len(seconds) // 2], "longest": seconds[-1]} if seconds else None
    return summary


def wilson(good: int, count: int, z: float = Rules.z) -> tuple[float, float]:
    """Returns the Wilson score interval of a share (Wilson 1927): honest near 0 and 1, unlike the normal one."""
    if count == 0:
        return 0.0, 1.0
    share, square = good / count, z * z
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def placement_table(figures: dict[str, Any]) -> list[str]:
    """Returns the figures as the lines of a Markdown table."""
    names = [question.replace("_", " ") for question in QUESTIONS]
    lines = [
        f"{figures['cases']} cases, {figures['seeds']} seeds, quality {figures['quality']}, CLIP {figures['clip']}; "
        "share of runs with its 95 % interval",
        "",
        "| method | " + " | ".join(names) + " | seconds |",
        "| --- |" + " --- |" * (len(names) + 1),
    ]
    for method, summary in figures["methods"].items():
        cells = [f"{s['share']:.2f} ({s['low']:.2f} to {s['high']:.2f})" for s in (summary[q] for q in QUESTIONS)]
        seconds = f"{summary['seconds']['median']:.1f}" if summary["seconds"] else "-"
        lines.append(f"| {method} | " + " | ".join(cells) + f" | {seconds} |")
    return lines
