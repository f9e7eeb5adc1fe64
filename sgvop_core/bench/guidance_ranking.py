"""Measures over many random poses of one scene: does the score rank poses that satisfy a prompt above the others?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..scene.model import Array
from ..training.plain_texts import sentence
from .guidance_judges import Judge
from .guidance_stages import Shots, Stage, body_size, moved


@dataclass(frozen=True)
class RankingLimits:
    """Which prompts of a stage are ranked."""

    fewest: int = 4
    """Seen poses that satisfy the prompt, and that do not: fewer give no curve."""
    most_common: float = 0.5
    """Share of the random poses that satisfy it, beyond which picking a pose by chance is no task."""
    step: float = 0.02
    """Distance of neighbouring poses as a share of the object's size."""


LIMITS = RankingLimits()


def area_under_curve(scores: Array, holds: Array) -> float:
    """Returns the area under the ROC curve of scores [K] for the poses where ``holds`` [K], ties counting half.

    The chance that a pose that holds scores higher than one that does not (Mann and Whitney 1947). NaN when either is
    missing.
    """
    from scipy.stats import rankdata

    good, bad = int(np.sum(holds)), int(np.sum(~holds))
    if not good or not bad:
        return float("nan")
    ranks = rankdata(scores)[np.asarray(holds, bool)].sum()
    return float((ranks - good * (good + 1) / 2) / (good * bad))


@dataclass(frozen=True, eq=False)
class Prompt:
    """A fact of a stage in words, and where it holds among the random poses [K]; ``curve`` tells which poses count for
    the curve (those that are seen, and others that were added because random ones seldom satisfy it)."""

    relation: str
    text: str
    holds: Array
    curve: Array
    picked: bool
    shown: Array
    """Which poses [K] the picture shows at all: the others are the worst, as to ``ClipTerm``."""


def prompts_of(random: Shots, mixed: Shots, added: int = 8) -> tuple[Array, list[Prompt]]:
    """Returns pictures [K + M, V, S, S, 3] of the random and the mixed poses, and the prompts that can be ranked in them.

    Where fewer than ``fewest`` random poses satisfy a prompt, up to ``added`` mixed ones that do join its curve;
    a pose is picked among the random ones only.
    """
    group, count = random.group, len(random.matrices)
    from ..guidance.clip.term import LEAST_SHOWN

    pictures = np.concatenate([random.pictures, mixed.pictures])
    shown = np.concatenate([random.area, mixed.area]) >= LEAST_SHOWN
    prompts = []
    for fact in random.facts:
        text = sentence(group, group.facts[fact])
        margins = np.concatenate([random.margins[:, fact], mixed.margins[:, fact]])
        holds = margins >= 0
        curve = np.concatenate([random.seen, np.zeros(len(mixed.matrices), bool)]) & np.isfinite(margins)
        if text is None:
            continue
        if (holds & curve).sum() < LIMITS.fewest:
            more = count + np.flatnonzero(holds[count:] & mixed.seen)[:added]
            curve[more] = True
        good, bad = int((holds & curve).sum()), int((~holds & curve).sum())
        common = float(holds[:count].mean())
        picked = int((holds[:count] & random.seen).sum()) >= LIMITS.fewest and common <= LIMITS.most_common
        rankable = good >= LIMITS.fewest and bad >= LIMITS.fewest
        if rankable or picked:
            prompts.append(
                Prompt(group.facts[fact].name, text, holds, curve if rankable else curve & False, picked, shown)
            )
    return pictures, prompts


def rank(judge: Judge, pictures: Array, prompts: list[Prompt], count: int) -> list[dict[str, float | None]]:
    """Returns for each prompt its ``auc`` and whether the ``best`` of the first ``count`` pictures [K, V, S, S, 3] by score
    holds (1 or 0), each None where it is not measured."""
    if not prompts:
        return []
    scores = judge.scores(pictures, [p.text for p in prompts])
    rows: list[dict[str, float | None]] = []
    for column, prompt in zip(scores.T, prompts, strict=True):
        area = area_under_curve(column[prompt.curve], prompt.holds[prompt.curve])
        random = np.where(prompt.shown[:count], column[:count], -np.inf)
        best = float(prompt.holds[int(random.argmax())]) if prompt.picked else None
        rows.append({"auc": None if np.isnan(area) else area, "best": best})
    return rows


def neighbours(stage: Stage, shots: Shots, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Returns pictures [K, V, S, S, 3] of seen poses and of poses a small step beside them, in a random direction."""
    chosen = np.flatnonzero(shots.seen)[:count]
    matrices = shots.matrices[chosen]
    direction = rng.normal(size=(len(chosen), 3))
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-12)
    step = LIMITS.step * body_size(stage, matrices)[:, None] * direction
    beside, _, _ = stage.render(moved(matrices, step))
    return shots.pictures[chosen], beside


def smoothness(judge: Judge, pictures: Array, beside: Array, texts: list[str]) -> list[float]:
    """Returns for each sentence the correlation of the scores of pictures and of those beside them, both [K, V, S, S, 3].

    0 where all scores of one of them are the same.
    """
    first, second = judge.scores(pictures, texts), judge.scores(beside, texts)
    found = []
    for a, b in zip(first.T, second.T, strict=True):
        flat = a.std() < 1e-12 or b.std() < 1e-12
        found.append(0.0 if flat else float(np.corrcoef(a, b)[0, 1]))
    return found
