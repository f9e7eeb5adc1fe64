"""How true things said of a group are in each of its pictures: measured facts, what follows from them, what is unknown."""

from __future__ import annotations

import random

import numpy as np

from ..guidance.prompt.vocabulary import load_vocabulary
from ..scene.model import Array
from .data import CAMERA, SIZES, Group, Thing
from .looks import may_look
from .nouns import UNNAMED, kin
from .truth import soft_truth
from .wording import Said, describe

SEEN = 0.3
"""Share of the target that must be seen for its looks to be told."""
CLEAR = 0.9
"""Soft truth from which a fact rules its opposite out."""
_OPPOSITES = {
    "left": ("right",), "right": ("left",), "front": ("behind",), "behind": ("front",), "on": ("below", "above"),
    "above": ("below", "on"), "below": ("on", "above"), "near": ("far",), "far": ("near", "next_to", "against", "on", "inside"),
    "next_to": ("far",), "against": ("far",), "inside": ("far",), "facing": ("facing_away",), "facing_away": ("facing",),
    "upright": ("upside_down", "on_its_side"), "upside_down": ("upright", "on_its_side"), "on_its_side": ("upright", "upside_down"),
    "on_its_back": ("upright", "upside_down", "on_its_face"), "on_its_face": ("upright", "upside_down", "on_its_back"),
}  # fmt: skip
"""What rules a relation or an attitude out, with the same anchor."""
_ONE_WAY = frozenset(
    {
        "on",
        "above",
        "below",
        "inside",
        "hanging",
        "leaning",
        "attached",
        "corner",
        "middle",
        "edge",
        "left",
        "right",
        "front",
        "behind",
    }
)
"""Relations that do not hold both ways."""
_SWAPPED = {
    "left": ("right",),
    "right": ("left",),
    "front": ("behind",),
    "behind": ("front",),
    "below": ("on", "above"),
    "above": (),
}
"""Facts that make a relation true with target and anchor changed over: the table is below the mug that is on it."""
_READY = {
    "near": 0.3, "far": 0.4, "facing": 2.0, "facing_away": 2.0, "attached": 0.5, "above": 1.5, "below": 2.5, "inside": 2.5,
    "hanging": 2.5, "corner": 1.5, "middle": 1.5, "between": 3.0, "upright": 0.15, "medium": 0.15, "on_its_face": 1.5,
    "on_its_back": 1.5, "upside_down": 1.5,
}  # fmt: skip
"""How readily facts are chosen (1 for others): less where they say little, more where they seldom hold."""
_FLOOR, _SIZE = 0.3, 0.4


class FactTable:
    """The facts of a group with their soft truth [K, F]; ``seen`` [K]: whether the target's looks can be told.

    A truth near 0 still tells by how much a fact does not hold (``loss.closeness``); 0 is what cannot be.
    """

    def __init__(self, group: Group, margin: Array, visible: Array) -> None:
        self.group, self.target, self.things = group, group.target, group.things
        self.seen = visible >= SEEN
        unit = np.array([max(f.unit, 1e-9) for f in group.facts])
        truth = soft_truth(margin / unit) if len(unit) else np.zeros((len(visible), 0))
        self.truth = np.where(truth > 0.98, 1.0, truth)
        self.index = {(f.what, f.name, f.anchors): i for i, f in enumerate(group.facts)}
        self.holds = self.truth >= 0.5
        self.weight = np.array([self._weight(i) for i in range(len(unit))])
        self._alternatives: dict[Said, list[int]] = {}

    def _weight(self, index: int) -> float:
        fact = self.group.facts[index]
        if fact.what == "size" and (self.target.noun is None or fact.name not in SIZES):
            return 0.0
        weight = _READY.get(fact.name, 1.0) * (_SIZE if fact.what == "size" else 1.0)
        floor = any(a >= 0 and self.things[a].role == "floor" for a in fact.anchors)
        return weight * (_FLOOR if floor else 1.0)

    def pick(self, wanted: Array, r: random.Random) -> int | None:
        """Returns a fact that holds in one of the ``wanted`` pictures [K], the telling ones more often; None if none."""
        held = (self.holds & wanted[:, None]).sum(0)
        # Those that hold in several wanted pictures a little more often: fewer statements do for all pictures.
        scores = self.weight * np.where(held > 0, 1 + 0.2 * held, 0.0)
        total = float(scores.sum())
        if total <= 0:
            return None
        at = int(np.searchsorted(np.cumsum(scores), r.random() * total, side="right"))
        return min(at, len(scores) - 1)

    def measured(self, anchors: tuple[int, ...]) -> list[str]:
        """Returns the relations that were measured to these anchors, or to each of two ("left of the table and the chair")."""
        found = [f.name for f in self.group.facts if f.what == "relation" and f.anchors == anchors]
        if len(anchors) == 2:
            first, second = ([n for n in self.measured((a,)) if n not in found] for a in anchors)
            found += [n for n in first if n in second]
        return found

    def anchored(self, name: str) -> list[tuple[int, ...]]:
        """Returns the anchors to which a relation was measured."""
        return [f.anchors for f in self.group.facts if f.what == "relation" and f.name == name]

    # ------------------------------------------------------------------ words for things

    def say(self, thing: Thing, r: random.Random, neutral: bool | None = None) -> Said:
        """Returns words for a thing, mostly with its looks where another thing may be called the same."""
        said = describe(thing, r, neutral)
        plain = thing.role == "thing" and said.noun and not said.colour and (thing.colour or thing.material)
        if plain and len(self.matches(said)) > 1 and r.random() < 0.7:
            return describe(thing, r, neutral, True)
        return said

    def matches(self, said: Said) -> list[int]:
        """Returns the things (-1: the target) that words may mean."""
        found = self._alternatives.get(said)
        if found is None:
            found = [i for i, t in enumerate(self.things) if may_mean(said, t)]
            if may_mean(said, self.target):
                found.append(-1)
            self._alternatives[said] = found
        return found

    # ------------------------------------------------------------------ truth

    def of(self, what: str, name: str, anchors: tuple[int, ...] = ()) -> Array:
        """Returns the truth [K] of a fact, as far as it is measured or follows; NaN elsewhere."""
        at = self.index.get((what, name, anchors))
        if at is not None:
            return self.truth[:, at]
        if len(anchors) == 2:
            # Of two things at once it is true when it is of both, and false when it is of neither.
            each = np.stack([self.of(what, name, (a,)) for a in anchors])
            both, neither = (each >= 0.5).all(0), (each < 0.5).all(0)
            return np.where(both, each.min(0), np.where(neither, each.max(0), np.nan))
        out = np.full(len(self.seen), np.nan)
        for other in _OPPOSITES.get(name, SIZES if what == "size" else ()):
            at = self.index.get((what, other, anchors))
            far = what != "size" or abs(SIZES.index(other) - SIZES.index(name)) > 1
            if at is not None and far:
                out[self.truth[:, at] >= CLEAR] = 0.0
        return out

    def relation(self, name: str, anchors: tuple[int, ...], saids: tuple[Said | str, ...], x: Said | None) -> Array:
        """Returns the truth [K] of a relation in these words: true if it is true of any thing that they may mean.

        Where they may mean something that nobody measured, it is unknown unless true.
        """
        out = self.of("relation", name, anchors)
        unknown = x is not None and x.noun is not None and any(i >= 0 for i in self._called(x))
        if len(anchors) == 1 and isinstance(saids[0], Said):
            said = saids[0]
            for i in self.matches(said):
                other = self.index.get(("relation", name, (i,)))
                if i < 0 or i == anchors[0]:
                    continue
                if said.noun is not None and self.things[i].role == "thing" and self.things[i].noun is None:
                    # It only may look like that: where the relation holds to it, nobody knows.
                    doubtful = np.zeros(len(out), bool) if other is None else self.truth[:, other] >= 0.5
                    out = np.where(doubtful & (out < 0.5), np.nan, out)
                elif other is not None:
                    out = np.fmax(out, self.truth[:, other])
                elif said.noun is not None:
                    unknown = True
        elif len(anchors) > 1:
            wide = [s for s in saids if isinstance(s, Said) and s.noun is not None and len(self._called(s)) > 1]
            unknown = unknown or bool(wide)
        return np.where(out < 0.5, np.nan, out) if unknown else out

    def _called(self, said: Said) -> list[int]:
        """Returns the things that words may mean and that have a noun of their own."""
        found = self.matches(said)
        return [i for i in found if (self.target if i < 0 else self.things[i]).noun is not None or i < 0]

    def swapped(self, name: str, anchor: int) -> Array:
        """Returns the truth [K] of the relation with target and anchor changed over ("the table on the mug")."""
        out = np.full(len(self.seen), np.nan)
        if name in _ONE_WAY:
            at = self.index.get(("relation", name, (anchor,)))
            if at is not None:
                out[self.truth[:, at] >= 0.5] = 0.0
        for other in _SWAPPED.get(name, ()):
            at = self.index.get(("relation", other, (anchor,)))
            if at is not None:
                out[self.truth[:, at] >= CLEAR] = 1.0
        return out

    def opposite_names(self, name: str) -> tuple[str, ...]:
        """Returns the relations that are most easily taken for this one's opposite."""
        inverse = load_vocabulary().relations[name]["inverse"]
        return (*_OPPOSITES.get(name, ())[:2], *((inverse,) if inverse not in (None, name) else ()))


def may_mean(said: Said, thing: Thing) -> bool:
    """Returns whether words may mean a thing: by noun (its kin included), colour and material, as far as they are said.

    Words without a noun ("thing", an invented one) may mean anything that stands there.
    """
    if thing.role != "thing" or said.noun == "wall" or said.name in ("floor", "ground"):
        return thing.role == (
            "wall" if said.noun == "wall" else "floor" if said.name in ("floor", "ground") else "none"
        )
    if said.noun is not None:
        known = thing.noun in kin(said.noun) if thing.noun is not None else said.noun in UNNAMED
        if not known:
            return False
    return may_look(said, thing)


def place_words(anchor: int, r: random.Random) -> str:
    """Returns words for an anchor that is no thing: the camera or the room."""
    if anchor == CAMERA:
        return r.choice(("the camera", "the camera", "the viewer", "me", "us", "the observer"))
    return r.choice(("the room", "the room", "the scene"))
