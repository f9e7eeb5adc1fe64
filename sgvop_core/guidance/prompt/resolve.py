"""Which objects of the scene a prompt means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import PromptError, SceneError, did_you_mean
from ...scene.model import Array, Scene
from .appearance import colour_likeness, material_words, object_colours
from .naming import ADJECTIVE, ENOUGH, name_likeness, without_material, word_likeness
from .places import find_place
from .reading import CAMERA, ROOM, Noun, PromptReading, RelationReading, ResolvedPrompt, ResolvedRelation, one_of
from .sizes import scale_range
from .vocabulary import Vocabulary, load_vocabulary
from .words import name_words, singular

MESH_NAME, MATERIAL_NAME, PARENT_NAME = 0.8, 0.55, 0.75
"""What a name counts that is not the object's own: its mesh's, its material's, its parent's."""
SAME_SCORE = 0.05
"""Objects whose scores differ by less fit equally well."""


@dataclass(frozen=True)
class _Fit:
    name: str
    score: float
    centre: Array


def resolve_prompt(
    reading: PromptReading, scene: Scene, moving: str | Sequence[str], given_anchors: Sequence[str] = ()
) -> ResolvedPrompt:
    """Returns the prompt with the objects that it means. ``given_anchors`` win, in the relations' order.

    Where several objects fit equally well, one is taken (the nearest to the other anchors) and a message says so.
    Raises PromptError, with close names, when nothing fits or a given name does not exist.
    """
    roots = (moving,) if isinstance(moving, str) else tuple(moving)
    return _Resolver(reading, scene, roots, list(given_anchors)).resolve()


class _Resolver:
    def __init__(self, reading: PromptReading, scene: Scene, roots: tuple[str, ...], given: list[str]) -> None:
        self.reading, self.scene, self.roots, self.given = reading, scene, roots, given
        self.vocabulary: Vocabulary = load_vocabulary()
        self.messages: list[str] = []
        self.away = {o.name for o in scene.subtree(roots)}
        self.candidates = tuple(o.name for o in scene.objects if o.name not in self.away and self._shows(o.name))
        self.chosen: list[str] = []

    def resolve(self) -> ResolvedPrompt:
        reading = self.reading
        about = [r for r in reading.relations if r.about_anchor]
        said = [r for r in reading.relations if not r.about_anchor]
        self._check_object()
        for name in self.given:
            self._check_given(name)
        self._guide(about)
        order = sorted(range(len(said)), key=lambda i: self._ambiguity(said[i]))
        slots = self._given_slots(said)
        resolved: dict[int, ResolvedRelation] = {}
        for index in order:
            resolved[index] = self._relation(said[index], slots[index])
        left = len(self.given) - sum(len(s) for s in slots)
        if left > 0:
            unused = self.given[len(self.given) - left :]
            self.messages.append(f"no relation in the prompt is left for --anchor {one_of(unused)}; it is not used")
        if reading.not_understood:
            words = ", ".join(f"'{w}'" for w in reading.not_understood[:8])
            self.messages.append(f"not understood, left to CLIP: {words}")
        size = reading.size
        scales = None if size is None else scale_range(size.factor, size.exact, self.vocabulary)
        relations = tuple(resolved[i] for i in range(len(said)))
        return ResolvedPrompt(
            reading, self.roots[0], relations, scales, reading.attitude, reading.floats, tuple(self.messages)
        )

    # -------------------------------------------------------------- checks

    def _shows(self, name: str) -> bool:
        return any(o.mesh is not None and not o.hidden and len(o.mesh.faces) for o in self.scene.subtree(name))

    def _check_object(self) -> None:
        words = self.reading.object_words
        if not words:
            return
        noun = Noun(words)
        score = max(name_likeness(noun, n, self.vocabulary) for n in (*self.roots, *self._mesh_names(self.roots[0])))
        if score < ENOUGH:
            self.messages.append(f"the prompt places '{noun.text}', but '{self.roots[0]}' is the object and is placed")

    def _check_given(self, name: str) -> None:
        try:
            self.scene.object(name)
        except SceneError:
            close = did_you_mean(name, self.candidates)
            raise PromptError(f"no object '{name}' in the scene to be the --anchor{close}") from None
        if name in self.away:
            raise PromptError(f"--anchor '{name}' belongs to the object that is placed; name something that stays")
        if name not in self.candidates:
            raise PromptError(f"--anchor '{name}' has no visible faces (nor has anything below it); name a mesh object")

    def _guide(self, about: Sequence[RelationReading]) -> None:
        """Lets what is said about an anchor ("the bowl on the table") choose among those that fit."""
        for relation in about:
            for noun in relation.anchors:
                self.chosen += [f.name for f in self._fits(noun)[:1]]

    def _given_slots(self, relations: Sequence[RelationReading]) -> list[list[str]]:
        """Returns for each relation the given names that are its anchors."""
        left = list(self.given)
        slots: list[list[str]] = []
        for relation in relations:
            take = max(self.vocabulary.relations[relation.relation]["anchors"], len(relation.anchors))
            slots.append(left[:take])
            left = left[take:]
        return slots

    # -------------------------------------------------------------- relations

    def _ambiguity(self, relation: RelationReading) -> int:
        """Returns how many objects fit the relation's first anchor: certain anchors go first and guide the others."""
        fits = self._fits(relation.anchors[0]) if relation.anchors else []
        return sum(f.score >= fits[0].score - SAME_SCORE for f in fits) if fits else 0

    def _relation(self, relation: RelationReading, given: list[str]) -> ResolvedRelation:
        needs = self.vocabulary.relations[relation.relation]["anchors"]
        anchors: list[str] = list(given)
        roles: list[str | None] = [None] * len(given)
        nouns = list(relation.anchors)[len(given) :] if len(relation.anchors) > 1 or not given else []
        if needs == 2 and len(relation.anchors) == 1 and len(given) < 2:
            for name in self._several(relation.anchors[0], 2 - len(given), anchors):
                anchors.append(name)
                roles.append(None)
            nouns = []
        for noun in nouns:
            name, role = self._anchor(noun, relation, anchors)
            anchors.append(name)
            roles.append(role)
        self.chosen += [a for a in anchors if a not in (ROOM, CAMERA)]
        if needs == 2 and len(dict.fromkeys(anchors)) < 2:
            raise PromptError(
                f"'{relation.phrase}' needs two different anchors, but the prompt's words mean '{anchors[0]}' twice;"
                " name both with --anchor"
            )
        return ResolvedRelation(relation.relation, tuple(anchors), tuple(roles), relation.frame, relation.part)

    def _anchor(self, noun: Noun, relation: RelationReading, taken: Sequence[str]) -> tuple[str, str | None]:
        role = self.vocabulary.places.get(singular(noun.words[noun.head]))
        if role == "camera" and not self._fits(noun):
            return CAMERA, None
        fits = [f for f in self._fits(noun) if f.name not in taken]
        if fits:
            return self._best(noun, fits), role if role in ("floor", "wall", "ceiling") else None
        if role == "room" or (role is None and noun.text in ("it", "there")):
            return ROOM, None
        if role in ("floor", "wall", "ceiling"):
            single = [n for n in self.candidates if self.scene.object(n).mesh is not None]
            place = find_place(role, self.scene, single)
            if place is not None:
                return place, role
            raise PromptError(
                f"the prompt says '{noun.text}', but no object is named so and none looks like one;"
                f" name it with --anchor{self._suggest(noun)}"
            )
        owner = noun.words[noun.head % len(noun.words) + 1 :]
        if owner and (whole := [f for f in self._fits(Noun(owner)) if f.name not in taken]):
            # "The head of the cow" is a part that the scene knows no name for.
            best = self._best(Noun(owner), whole)
            self.messages.append(f"no object fits '{noun.text}'; '{best}' as a whole was taken (choose with --anchor)")
            return best, None
        raise PromptError(
            f"no object in the scene fits '{noun.text}' ('{relation.phrase} {noun.text}'); name one with"
            f" --anchor{self._suggest(noun)}"
        )

    def _suggest(self, noun: Noun) -> str:
        """Returns "; did you mean …?" with the names that hold a word spelt almost like the noun, else all names."""
        word = singular(noun.words[noun.head])
        ratio = {
            n: max((difflib.SequenceMatcher(None, word, singular(w)).ratio() for w in name_words(n)), default=0.0)
            for n in self.candidates
        }
        close = sorted((n for n in ratio if ratio[n] >= 0.7), key=lambda n: -ratio[n])
        return f"; did you mean {one_of(close, 3)}?" if close else did_you_mean(noun.text, self.candidates)

    def _best(self, noun: Noun, fits: list[_Fit]) -> str:
        top = [f for f in fits if f.score >= fits[0].score - SAME_SCORE]
        best = top[0] if len(top) == 1 else self._nearest(top)
        if len(top) > 1:
            others = [f.name for f in top if f.name != best.name]
            self.messages.append(
                f"'{noun.text}' fits '{best.name}' as well as {one_of(others)}; '{best.name}' was taken"
                " (choose with --anchor)"
            )
        return best.name

    def _nearest(self, fits: list[_Fit]) -> _Fit:
        """Returns the one nearest to the anchors that are certain, else the first in the scene."""
        if not self.chosen:
            return fits[0]
        others = np.stack([self._centre(n) for n in self.chosen])
        return min(fits, key=lambda f: float(np.linalg.norm(others - f.centre, axis=1).min()))

    def _several(self, noun: Noun, count: int, taken: Sequence[str]) -> list[str]:
        """Returns the ``count`` objects that a plural means: the pair nearest to each other, of those that fit best."""
        fits = [f for f in self._fits(noun) if f.name not in taken]
        if len(fits) < count:
            found = f"only {one_of([fits[0].name])}" if fits else "none"
            raise PromptError(
                f"'{noun.text}' should be {count} objects, but {found} fits; name them with --anchor{self._suggest(noun)}"
            )
        top = [f for f in fits if f.score >= fits[count - 1].score - SAME_SCORE]
        if count == 2 and len(top) > 2:
            pairs = [(a, b) for i, a in enumerate(top) for b in top[i + 1 :]]
            pair = min(pairs, key=lambda p: float(np.linalg.norm(p[0].centre - p[1].centre)))
            self.messages.append(
                f"'{noun.text}' fits {one_of([f.name for f in top])}; {one_of([f.name for f in pair])} were taken"
            )
            return [f.name for f in pair]
        return [f.name for f in fits[:count]]

    # -------------------------------------------------------------- scores

    def _fits(self, noun: Noun) -> list[_Fit]:
        """Returns the objects that the words can mean, best first."""
        if not noun.words:
            return []
        fits = [_Fit(n, score, self._centre(n)) for n in self.candidates if (score := self._score(noun, n)) >= ENOUGH]
        by_name = {f.name: f.score for f in fits}
        # What hangs below an object that fits as well is a part of it.
        fits = [f for f in fits if not self._inside_better(f, by_name)]
        fits = self._by_size(noun, fits)
        return sorted(fits, key=lambda f: -f.score)

    def _score(self, noun: Noun, name: str) -> float:
        o = self.scene.object(name)
        score = name_likeness(noun, name, self.vocabulary)
        short = without_material(name, [m.name for m in o.mesh.materials] if o.mesh is not None else ())
        if short != name:
            score = max(score, name_likeness(noun, short, self.vocabulary))
        if o.mesh is not None:
            score = max(score, MESH_NAME * name_likeness(noun, o.mesh.name, self.vocabulary))
        if score < ENOUGH and o.mesh is not None:
            if o.parent is not None and o.parent not in self.candidates:
                score = max(score, PARENT_NAME * name_likeness(noun, o.parent, self.vocabulary))
            for material in o.mesh.materials:
                score = max(score, MATERIAL_NAME * name_likeness(noun, material.name, self.vocabulary))
        if score <= 0:
            return 0.0
        return score + ADJECTIVE * self._looks(noun, name)

    def _looks(self, noun: Noun, name: str) -> float:
        """Returns how many of the colour and material words fit what the object looks like, beyond its name."""
        head, total = noun.head % len(noun.words), 0.0
        own = material_words(self.scene, name)
        for index, word in enumerate(noun.words):
            if index == head:
                continue
            if word in self.vocabulary.materials:
                total += max((word_likeness(word, w, self.vocabulary) for w in own), default=0.0)
            elif word in self.vocabulary.colours:
                total += colour_likeness(word, *object_colours(self.scene, name), self.vocabulary)
        return total

    def _by_size(self, noun: Noun, fits: list[_Fit]) -> list[_Fit]:
        """Returns the fits with the largest favoured when the words say large, the smallest when they say small."""
        words = {**self.vocabulary.data["sizes"]["words"], **self.vocabulary.data["shapes"]}
        factor = next((words[w] for w in noun.words[:-1] if w in words), 1.0)
        if factor == 1.0 or len(fits) < 2:
            return fits
        size = np.array([np.linalg.norm(np.ptp(self._bounds(f.name), axis=0)) for f in fits])
        rank = np.argsort(np.argsort(size if factor > 1 else -size)) / (len(fits) - 1)
        return [_Fit(f.name, f.score + ADJECTIVE * float(r), f.centre) for f, r in zip(fits, rank, strict=True)]

    def _inside_better(self, fit: _Fit, scores: dict[str, float]) -> bool:
        parent = self.scene.object(fit.name).parent
        while parent is not None:
            if scores.get(parent, -1.0) >= fit.score - SAME_SCORE:
                return True
            parent = self.scene.object(parent).parent
        return False

    def _bounds(self, name: str) -> Array:
        return self.scene.bounds(self.scene.subtree(name))

    def _centre(self, name: str) -> Array:
        return self._bounds(name).mean(0)

    def _mesh_names(self, name: str) -> list[str]:
        return [o.mesh.name for o in self.scene.subtree(name) if o.mesh is not None]
