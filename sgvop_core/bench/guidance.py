"""``sgvop bench guidance``: what a guidance model knows of where things are, on objects and rooms it never saw.

Every scene is made from its own seed, drawn once and shown to all models; docs/guidance.md tells what the measures mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..errors import SettingsError, SgvopError, did_you_mean
from ..guidance.clip.sheet import ACROSS
from ..training.plain_texts import sentence
from .guidance_choices import Question, answered, name_questions, order_question, pair_questions, relation_questions
from .guidance_descent import DESCENT, Descent, descend
from .guidance_judges import ClipJudge, Judge
from .guidance_ranking import neighbours, prompts_of, rank, smoothness
from .guidance_stages import MakeStage, Shots, Stage, framed, shipped_make_stage, shoot
from .guidance_table import MEASURES, rows_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    scenes: int = 160
    """Scenes whose pictures are asked about."""
    mixed: int = 64
    """Poses of each of them, drawn so that every fact holds in some."""
    each: int = 30
    """Questions of one relation or pair at most, so that none outweighs the others."""
    named: int = 6
    """Questions of one noun or colour at most."""
    orders: int = 40
    """Pairs of things that are the one on the other and the other on the one; four times as many kinds are tried."""
    ranked: int = 40
    """Scenes whose random poses are ranked, the first of ``scenes``."""
    random: int = 300
    """Random poses of each of them."""
    smooth: int = 40
    """Of them those that are compared with a pose beside."""
    descents: int = 12
    """Scenes in which Adam runs, the first of ``ranked``."""
    runs: int = 5
    """Runs in each of them, each with a prompt and a start of its own."""
    descent: Descent = DESCENT
    repeats: int = 15
    """Rounds of the timing."""
    size: int = 216
    """Pixels of the pictures' sides."""


FULL = Effort()
QUICK = Effort(16, 48, 12, 4, 4, 4, 300, 24, 1, 4, DESCENT, 5)


@dataclass(frozen=True)
class Nouns:
    """What the training knows of nouns: those it has pictures of, and by noun those that may be true of the same thing;
    ``roomy``: kinds that leave room below, without which hardly anything would be under a thing."""

    known: tuple[str, ...]
    roomy: tuple[str, ...]
    kin: Callable[[str], frozenset[str]]


ROOMY = ("table", "side table", "coffee table", "desk", "bench", "chair", "stool")


def measure_guidance(
    judges: Sequence[Judge],
    *,
    quick: bool = False,
    seed: int = 0,
    only: Sequence[str] = (),
    say: Say = lambda line: None,
    make: MakeStage | None = None,
    nouns: Nouns | None = None,
    effort: Effort | None = None,
    framing: str = "studio",
) -> dict[str, Any]:
    """Returns the figures as plain JSON values: ``rows`` of the table, ``keys`` with each measure by relation, ``prompts``.

    ``only``: names of measures, all without any. ``make``, ``nouns`` and ``effort`` stand in for the training's scenes
    and nouns and for what ``quick`` says. ``framing``: what of each scene is shown, as in ``PlaceSettings``. Raises SettingsError
    for unknown measures.
    """
    check_measures(only)
    work = effort or (QUICK if quick else FULL)
    bench = _Bench(judges, work, seed, tuple(only) or tuple(MEASURES), say, framing)
    if bench.asks(*(m for m in MEASURES if m != "speed")):
        bench.look(make or shipped_make_stage(), nouns or shipped_nouns())
    if bench.asks("speed"):
        bench.time()
    return {
        "seed": seed,
        "framing": framing,
        "effort": asdict(work),
        "models": [judge.name for judge in bench.judges],
        "rows": rows_of(bench.found, [judge.name for judge in bench.judges]),
        "keys": {judge: {m: _by_key(values) for m, values in found.items()} for judge, found in bench.found.items()},
        "random_share": bench.random_share(),
        "prompts": bench.prompts,
    }


def check_measures(names: Sequence[str]) -> None:
    """Raises SettingsError when one of the names is no measure."""
    for name in names:
        if name not in MEASURES:
            raise SettingsError(f"--only: no measure '{name}'" + did_you_mean(name, MEASURES))


def shipped_nouns() -> Nouns:
    """Returns what the training knows of nouns."""
    from ..training.neutral import pictured_nouns
    from ..training.nouns import kin

    return Nouns(pictured_nouns(), ROOMY, kin)


class _Bench:
    """Makes the scenes one after the other and keeps, by judge and measure, (key, value) of every try."""

    def __init__(
        self, judges: Sequence[Judge], effort: Effort, seed: int, only: tuple[str, ...], say: Say, framing: str
    ) -> None:
        self.judges, self.effort, self.seed, self.only, self.say = list(judges), effort, seed, only, say
        self.framing = framing
        # Others are shown one view of a sheet and see it as large as a picture is.
        others = any(isinstance(judge, ClipJudge) and not judge.model.studio for judge in self.judges)
        self.size = effort.size * (ACROSS if others and framing == "studio" else 1)
        self.found: dict[str, dict[str, list[tuple[str, float]]]] = {j.name: {} for j in self.judges}
        self.prompts: list[dict[str, Any]] = []
        self._asked: Counter[tuple[str, str]] = Counter()
        self._shares: list[float] = []
        self._descents: Counter[str] = Counter()

    def asks(self, *measures: str) -> bool:
        return bool(set(measures) & set(self.only))

    def random_share(self) -> float | None:
        """Returns the share of random poses that satisfy the prompts of ``best``."""
        return float(np.mean(self._shares)) if self._shares else None

    def time(self) -> None:
        from .guidance_cost import image_cost

        models = [judge.model for judge in self.judges if isinstance(judge, ClipJudge)]
        for name, cost in image_cost(models, self.effort.repeats, self.say).items() if models else ():
            self._note(name, "speed", "picture", cost["ratio"])

    def look(self, make: MakeStage, nouns: Nouns) -> None:
        choosing = self.asks("relation", "pairs", "noun", "colour", "order")
        ranked = self.effort.ranked if self.asks("auc", "best", "smooth", "adam") else 0
        if not self.asks("auc", "best", "smooth"):
            ranked = min(ranked, self.effort.descents)
        count = self.effort.scenes if choosing else ranked
        orders: dict[tuple[str, str], None] = {}
        for index in range(count):
            # A source for each part, so that what is left out changes nothing of the rest.
            rng, about, *sources = np.random.default_rng([self.seed, 1, index]).spawn(6)
            unseen = index % 2 == 1  # every other target is of a kind that no training picture shows
            try:
                anchors = [str(rng.choice(nouns.roomy))] if index % 3 == 2 else None
                stage = make(rng, "test", self.size, anchors=anchors, unseen=unseen)
                stage = framed(stage, self.framing, about)
                mixed = shoot(stage, stage.sample_poses(rng, self.effort.mixed, "mixed"))
            except SgvopError as error:
                self.say(f"scene {index + 1}/{count}: left out, {error}")
                continue
            if choosing:
                self._ask(mixed, sources[0], nouns.kin, () if unseen else nouns.known)
                orders.update(dict.fromkeys(_on_pairs(mixed)))
            if index < ranked:
                self._rank(stage, mixed, sources[1:], index)
            self.say(
                f"scene {index + 1}/{count}: {stage.target.noun or stage.target.kind}, {len(self.prompts)} prompts so far"
            )
        if self.asks("order"):
            self._orders(make, list(orders))

    # -------------------------------------------------------------- measures

    def _wanted(self, measure: str, key: str) -> bool:
        limit = self.effort.named if measure in ("noun", "colour") else self.effort.each
        return measure in self.only and self._asked[measure, key] < limit

    def _ask(
        self, mixed: Shots, rng: np.random.Generator, kin: Callable[[str], frozenset[str]], known: Sequence[str]
    ) -> None:
        first, second, third = rng.spawn(3)
        for question in relation_questions(mixed, first, self._wanted):
            self._put(question)
        for question in pair_questions(mixed, second, self._wanted):
            self._put(question)
        for question in name_questions(mixed, third, self._wanted, kin, known):
            self._put(question)

    def _put(self, question: Question) -> None:
        self._asked[question.measure, question.key] += 1
        self.prompts.append({"measure": question.measure, "key": question.key, "texts": list(question.texts)})
        for judge in self.judges:
            right = float(answered(judge, question))
            self._note(judge.name, question.measure, question.key, right)
            if question.clear:
                self._note(judge.name, f"{question.measure}, clear", question.key, right)

    def _orders(self, make: MakeStage, pairs: list[tuple[str, str]]) -> None:
        found, tries = 0, 4 * self.effort.orders if pairs else 0
        for index in range(tries):
            kinds = pairs[index % len(pairs)]
            rng = np.random.default_rng([self.seed, 2, index])
            question = order_question(make, rng, kinds, self.size, self.effort.mixed, self.framing)
            if question is not None:
                self._put(question)
                found += 1
                self.say(f"order {found}/{self.effort.orders}: {question.texts[0]}")
                if found == self.effort.orders:
                    break

    def _rank(self, stage: Stage, mixed: Shots, sources: Sequence[np.random.Generator], index: int) -> None:
        effort = self.effort
        random = shoot(stage, stage.sample_poses(sources[0], effort.random, "random"))
        if self.asks("auc", "best"):
            pictures, prompts = prompts_of(random, mixed)
            for prompt in prompts:
                self.prompts.append({"measure": "rank", "key": prompt.relation, "texts": [prompt.text]})
                if prompt.picked:
                    self._shares.append(float(prompt.holds[: len(random.matrices)].mean()))
            for judge in self.judges:
                for prompt, row in zip(prompts, rank(judge, pictures, prompts, len(random.matrices)), strict=True):
                    for measure in ("auc", "best"):
                        value = row[measure]
                        if value is not None and self.asks(measure):
                            self._note(judge.name, measure, prompt.relation, value)
        facts = random.facts
        if self.asks("smooth") and facts and random.seen.sum() > 2:
            here, beside = neighbours(stage, random, sources[1], effort.smooth)
            names = [random.group.facts[i].name for i in facts]
            texts = [t for i in facts if (t := sentence(random.group, random.group.facts[i]))]
            for judge in self.judges:
                for name, value in zip(names, smoothness(judge, here, beside, texts), strict=True):
                    self._note(judge.name, "smooth", name, value)
        if self.asks("adam") and index < effort.descents:
            self._descend(stage, random, sources[2])

    def _descend(self, stage: Stage, random: Shots, rng: np.random.Generator) -> None:
        """Runs Adam for the relations that had the fewest runs so far, from random poses that are seen and break them."""
        group = random.group
        facts = rng.permutation(np.array(random.facts, int)).tolist()
        facts.sort(key=lambda i: self._descents[group.facts[i].name])
        runs: list[tuple[int, int, str]] = []
        for fact in facts:
            start = random.pick((random.margins[:, fact] < 0) & random.seen, rng)
            text = sentence(group, group.facts[fact])
            if start is not None and text is not None and len(runs) < self.effort.runs:
                runs.append((fact, start, text))
                self._descents[group.facts[fact].name] += 1
                self.prompts.append({"measure": "adam", "key": group.facts[fact].name, "texts": [text]})
        if not runs:
            return
        self.say(f"Adam, {len(runs)} runs: " + "; ".join(text for _, _, text in runs))
        starts = random.matrices[[start for _, start, _ in runs]]
        for judge in self.judges:
            ends, _ = descend(judge, stage, starts, [text for _, _, text in runs], self.effort.descent)
            margins = stage.margins(ends)
            for row, (fact, _, _) in enumerate(runs):
                self._note(judge.name, "adam", group.facts[fact].name, float(margins[row, fact] >= 0))

    def _note(self, judge: str, measure: str, key: str, value: float) -> None:
        self.found[judge].setdefault(measure, []).append((key, value))


def _on_pairs(shots: Shots) -> list[tuple[str, str]]:
    """Returns the kinds of target and carrier of every thing that the target is on in some picture."""
    group = shots.group
    return [
        (group.target.kind, group.things[f.anchors[0]].kind)
        for i, f in ((i, group.facts[i]) for i in shots.facts)
        if f.name == "on" and f.anchors[0] >= 0 and group.things[f.anchors[0]].role == "thing"
        and group.things[f.anchors[0]].noun is not None and group.target.noun is not None
        and (shots.holds(i) & shots.seen).any()
    ]  # fmt: skip


def _by_key(values: list[tuple[str, float]]) -> dict[str, dict[str, float]]:
    keys = sorted({key for key, _ in values})
    return {
        key: {"value": float(np.mean(own)), "count": len(own)}
        for key in keys
        if (own := [value for k, value in values if k == key])
    }
