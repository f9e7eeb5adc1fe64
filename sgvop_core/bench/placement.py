"""How often placements hold, method by method: every case, several seeds, judged by a referee of its own.

The referee (referee.py) shares no code with the engine's relations, physics and checks, and judges the pose that a method
leaves behind in the same way for all of them.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import NoValidPose, SettingsError, SgvopError, did_you_mean
from ..placement import PlaceSettings, place
from ..scene.cameras import default_camera
from ..scene.model import Array, Scene
from .case import Case, check_case, read_cases
from .placement_metrics import QUESTIONS, by_relation, placement_table, summarise
from .predicates import PREDICATES
from .referee import Expectation, ExpectedRelation, Referee
from .sampling import random_valid_pose

__all__ = ["METHODS", "Effort", "measure_placement", "placement_table", "run_case", "run_placement_bench"]

METHODS: dict[str, dict[str, Any]] = {
    "random": {"guidance": {"clip": 0.0, "relation": 0.0, "physical": 0.0}},
    "geometry": {"guidance": {"clip": 0.0, "relation": 1.0, "physical": 1.0}},
    "clip": {"guidance": {"clip": 1.0, "relation": 0.0, "physical": 0.0}},
    "all": {"guidance": {"clip": 1.0, "relation": 1.0, "physical": 1.0}},
}
"""What each method changes in the settings: relations and physics without CLIP, CLIP alone, everything.

``random`` never asks ``place``: a pose by chance that rests, is free and in view, and knows nothing of the prompt.
"""


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
    """Returns the figures of the project's cases or those of a folder; ``only`` keeps names that contain a word.

    With ``clip="none"`` the method that is CLIP alone is left out, and "all" is everything but CLIP; the figures tell
    which model it was. Raises SettingsError for unknown methods and for cases that cannot be read.
    """
    chosen = choose_methods(methods, clip)
    PlaceSettings(quality=quality)
    return run_placement_bench(choose_cases(cases_from, only), chosen, seeds, quality, clip, progress=say)


def run_placement_bench(
    cases: Sequence[Case],
    methods: Sequence[str] = tuple(METHODS),
    seeds: int = 3,
    quality: str = "draft",
    clip: str = "auto",
    out: str | Path | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Returns the figures as plain JSON values: ``methods`` by name with shares and intervals, ``relations``, ``runs``.

    ``out`` also writes them there. A case that cannot be used counts as failed runs with its error.
    """
    effort = Effort(seeds, quality, clip)
    runs: list[dict[str, Any]] = []
    total = len(cases) * len(methods) * seeds
    for listed in cases:
        # A copy, so that its scene is freed when the next case begins.
        case = replace(listed)
        for method in methods:
            for seed in range(seeds):
                run = run_case(case, method, seed, effort)
                runs.append(run)
                verdict = run["error"] or ("complete" if run["complete"] else "; ".join(run["reasons"]))
                progress(f"{len(runs)}/{total} {case.name}, {method}, seed {seed}: {verdict} ({run['seconds']:.1f} s)")
    figures = {
        "cases": len(cases),
        "seeds": seeds,
        "quality": quality,
        "clip": clip,
        "models": sorted({model for run in runs for model in run["models"]}),
        "methods": {method: summarise([r for r in runs if r["method"] == method]) for method in methods},
        "relations": {method: by_relation([r for r in runs if r["method"] == method]) for method in methods},
        "runs": runs,
    }
    if out is not None:
        beside = Path(out).with_name(Path(out).name + ".part")
        beside.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        os.replace(beside, out)
    return figures


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
    """Returns what one run of one method came to: the referee's answers, and ``claimed``, the engine's own verdict."""
    run: dict[str, Any] = {"case": case.name, "method": method, "seed": seed, "expects": [], "error": "", "reasons": []}
    run.update(dict.fromkeys(QUESTIONS, False), claimed=None, delta=None, seconds=0.0, evaluations=0, models=[])
    started = time.perf_counter()
    try:
        scene = with_camera(case.scene)
        check_case(case)
        expected = expected_of(case, scene)
        run["expects"] = expected.words()
        referee = Referee(scene, case.object, case.camera)
        started = time.perf_counter()
        if method == "random":
            delta = random_delta(case, referee, seed)
        else:
            placement = place(scene, case.object, case.prompt, settings_for(case, method, seed, effort))
            delta = placement.best.delta
            run.update(
                claimed=bool(placement.best.checks.complete),
                evaluations=placement.evaluations,
                models=list(placement.models),
            )
        run.update(seconds=time.perf_counter() - started, delta=np.asarray(delta, np.float64).round(9).tolist())
        run.update(referee.judge(delta, expected).as_json())
    except SgvopError as error:
        run.update(seconds=time.perf_counter() - started, error=str(error))
    return run


def with_camera(scene: Scene) -> Scene:
    """Returns the scene with a camera: its own, or the one that is made for scenes without."""
    return scene if scene.cameras else replace(scene, cameras=(default_camera(scene, None),))


def random_delta(case: Case, referee: Referee, seed: int) -> Array:
    """Returns the delta [4, 4] of a random valid pose. Raises NoValidPose when chance found none."""
    delta = random_valid_pose(referee, np.random.default_rng([seed, zlib.crc32(case.name.encode())]))
    if delta is None:
        raise NoValidPose(f"case '{case.name}': no random pose rests, is free and in view; choose another camera")
    return delta


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


def expected_of(case: Case, scene: Scene) -> Expectation:
    """Returns what the case expects; where it says nothing, what the engine reads from the prompt.

    Only the reading is the engine's then; whether a pose fulfils it is still for the referee to say. Relations that
    the referee has no question for are left out.
    """
    if case.expect is not None:
        return case.expect
    from ..guidance.prompt import read_prompt, resolve_prompt
    from ..guidance.prompt.reading import CAMERA, ROOM

    reading = read_prompt(case.prompt, [o.name for o in scene.objects], case.object)
    resolved = resolve_prompt(reading, scene, case.object, case.anchors)
    names: Mapping[str, str] = {ROOM: "room", CAMERA: "camera"}
    relations = tuple(
        ExpectedRelation(r.relation, tuple(names.get(a, a) for a in r.anchors), r.frame, r.part)
        for r in resolved.relations
        if r.relation in PREDICATES and len(r.anchors) == PREDICATES[r.relation][0]
    )
    return Expectation(relations, resolved.attitude, resolved.scale_range, False if resolved.floats else None)
