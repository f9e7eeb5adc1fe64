"""How often placements hold, method by method: every case, several seeds, judged by a referee of its own.

The referee (referee.py) shares no code with the engine's relations, physics and checks, and judges the scene that a method
leaves behind in the same way for all of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import SettingsError, SgvopError, did_you_mean
from ..placement import Placement, PlaceSettings, place
from ..scene.cameras import default_camera
from ..scene.model import Scene
from .case import Case, read_cases
from .predicates import PREDICATES
from .referee import Expectation, ExpectedRelation, Referee

QUESTIONS = ("satisfied", "collision_free", "supported", "in_view", "complete")
"""What the referee answers, by the name it is reported under."""
METHODS: dict[str, dict[str, Any]] = {
    "random": {"stages": ("propose", "resolve"), "guidance": {"clip": 0.0, "relation": 0.0, "physical": 1.0}},
    "geometry": {"guidance": {"clip": 0.0, "relation": 1.0, "physical": 1.0}},
    "clip": {"guidance": {"clip": 1.0, "relation": 0.0, "physical": 0.0}},
    "all": {"guidance": {"clip": 1.0, "relation": 1.0, "physical": 1.0}},
}
"""What each method changes: a random valid pose, relations and physics without CLIP, CLIP alone, everything."""
NORMAL_QUANTILE = 1.959964
"""Of the 95 % intervals."""


@dataclass(frozen=True)
class Effort:
    """How much is run: ``seeds`` runs of each case, at this quality, with this CLIP model (``none``, ``auto`` ...)."""

    seeds: int = 3
    quality: str = "draft"
    clip: str = "auto"


def measure_placement(
    cases_from: str | None = None,
    methods: Sequence[str] | None = None,
    seeds: int = 3,
    quality: str = "draft",
    clip: str = "auto",
    only: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Returns the figures as plain JSON values: ``methods`` by name with shares and intervals, and every run.

    With ``clip="none"`` the method that is CLIP alone is left out, and "all" is everything but CLIP; the figures tell
    which model it was. Raises SettingsError for unknown methods and for cases that cannot be read.
    """
    chosen = choose_methods(methods, clip)
    cases = choose_cases(cases_from, only)
    effort = Effort(seeds, quality, clip)
    PlaceSettings(quality=quality)
    runs: list[dict[str, Any]] = []
    total = len(cases) * len(chosen) * seeds
    for case in cases:
        for method in chosen:
            for seed in range(seeds):
                run = run_case(case, method, seed, effort)
                runs.append(run)
                verdict = run["error"] or ("complete" if run["complete"] else "; ".join(run["reasons"]))
                say(f"{len(runs)}/{total} {case.name}, {method}, seed {seed}: {verdict} ({run['seconds']:.1f} s)")
    return {
        "cases": len(cases),
        "seeds": seeds,
        "quality": quality,
        "clip": clip,
        "models": sorted({model for run in runs for model in run["models"]}),
        "methods": {method: summarise([r for r in runs if r["method"] == method]) for method in chosen},
        "runs": runs,
    }


def choose_methods(methods: Sequence[str] | None, clip: str) -> tuple[str, ...]:
    """Returns the methods to run. Raises SettingsError for unknown ones, or when one needs the CLIP model there is not."""
    usable = tuple(m for m in METHODS if clip != "none" or m != "clip")
    chosen = tuple(methods) if methods is not None else usable
    for name in chosen:
        if name not in METHODS:
            raise SettingsError(f"--methods: no method '{name}'" + did_you_mean(name, METHODS))
        if name not in usable:
            raise SettingsError(
                f"--methods: '{name}' needs a CLIP model, but --clip is none; name a model or leave it out"
            )
    return chosen


def choose_cases(cases_from: str | None, only: Sequence[str]) -> list[Case]:
    """Returns the project's cases or those of a folder, of them those whose name contains one of ``only``."""
    from .placement_cases import bench_cases

    cases = bench_cases() if cases_from is None else read_cases(cases_from)
    kept = [case for case in cases if not only or any(word in case.name for word in only)]
    if not kept:
        raise SettingsError(f"--only: no case is named like that{did_you_mean(only[0], [c.name for c in cases])}")
    return kept


def run_case(case: Case, method: str, seed: int, effort: Effort) -> dict[str, Any]:
    """Returns what one run of one method came to, as plain JSON values."""
    run: dict[str, Any] = {
        "case": case.name,
        "method": method,
        "seed": seed,
        "seconds": 0.0,
        "error": "",
        "reasons": [],
    }
    run.update(dict.fromkeys(QUESTIONS, False), evaluations=0, models=[])
    started = time.perf_counter()
    try:
        scene = with_camera(case.scene)
        started = time.perf_counter()
        placement = place(scene, case.object, case.prompt, settings_for(case, method, seed, effort))
        run.update(
            seconds=time.perf_counter() - started, evaluations=placement.evaluations, models=list(placement.models)
        )
        referee = Referee(scene, case.object, case.camera)
        run.update(referee.judge(placement.best.delta, case.expect or expected_by(placement)).as_json())
    except SgvopError as error:
        run.update(seconds=time.perf_counter() - started, error=str(error))
    return run


def with_camera(scene: Scene) -> Scene:
    """Returns the scene with a camera: its own, or the one that is made for scenes without."""
    return scene if scene.cameras else replace(scene, cameras=(default_camera(scene, None),))


def settings_for(case: Case, method: str, seed: int, effort: Effort) -> PlaceSettings:
    """Returns the settings of one run: the method's, with what the case asks for."""
    options = {name: _frozen(name, value) for name, value in case.options.items()}
    chosen: dict[str, Any] = {
        "quality": effort.quality,
        "camera": case.camera,
        "anchors": tuple(case.anchors),
        **options,
        "seed": seed,
        "candidates": 1,
        "clip": (effort.clip if METHODS[method]["guidance"]["clip"] else "none",),
        "best_effort": True,
        **METHODS[method],
    }
    try:
        return PlaceSettings(**chosen)
    except TypeError as error:
        raise SettingsError(f"case '{case.name}': options: {error}") from None


def _frozen(name: str, value: Any) -> Any:
    """JSON lists as the tuples and sets that the settings hold."""
    if name == "locks":
        return frozenset(value)
    if isinstance(value, list):
        return tuple(_frozen("", v) for v in value)
    return value


def expected_by(placement: Placement) -> Expectation:
    """Returns what the engine read from the prompt, as an expectation, for cases that state none.

    Relations that the referee has no question for are left out.
    """
    understood: Mapping[str, Any] = placement.understood
    relations = tuple(
        ExpectedRelation(r["relation"], tuple(a for a in r["anchors"] if not a.startswith("<")))
        for r in understood["relations"]
        if r["relation"] in PREDICATES
    )
    size = understood.get("size")
    scale = tuple(size["range"]) if size and size.get("range") else None
    return Expectation(relations, scale=scale, supported=False if understood.get("floats") else None)


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


def wilson(good: int, count: int, quantile: float = NORMAL_QUANTILE) -> tuple[float, float]:
    """Returns the Wilson score interval of a share (Wilson 1927): honest near 0 and 1, unlike the normal one."""
    if count == 0:
        return 0.0, 1.0
    share, square = good / count, quantile * quantile
    centre = (share + square / (2 * count)) / (1 + square / count)
    half = quantile / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def placement_table(figures: dict[str, Any]) -> list[str]:
    """Returns the figures as the lines of a Markdown table."""
    names = [question.replace("_", " ") for question in QUESTIONS]
    lines = [
        f"{figures['cases']} cases, {figures['seeds']} seeds, quality {figures['quality']}, "
        f"CLIP {', '.join(figures['models']) or 'none'}; share of runs with its 95 % interval",
        "",
        "| method | " + " | ".join(names) + " | seconds |",
        "| --- |" + " --- |" * (len(names) + 1),
    ]
    for method, summary in figures["methods"].items():
        cells = [f"{s['share']:.2f} ({s['low']:.2f} to {s['high']:.2f})" for s in (summary[q] for q in QUESTIONS)]
        seconds = f"{summary['seconds']['median']:.1f}" if summary["seconds"] else "-"
        lines.append(f"| {method} | " + " | ".join(cells) + f" | {seconds} |")
    return lines
