"""What a prompt says against what else could be said of the same picture.

A picture in which an object leans on a shelf is near to all that is ever said of leaning, touching and standing by. So a pose is not
only asked how near its picture is to the prompt, but whether anything that is false when the prompt is true is nearer: the same
sentence with every other relation in place of its own. Which relations go together was measured on training's poses
(``together.json``, made by ``tools/relations_together.py``); those that do are no rivals. This is for the models that learnt from sheets
(``ClipModel.studio``), which know relations; others hardly tell them apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import torch
from torch import Tensor

from ..prompt import PromptReading, load_vocabulary, read_prompt
from .model import ClipModel
from .templates import wordings


@dataclass(frozen=True)
class Rivalry:
    """How much rivals count."""

    share: float = 0.5
    """Of the score, what the nearest of all sentences, the prompt's own among them, takes from it."""
    sharp: float = 20.0
    """How sharply the nearest is chosen: cosines times this in a log-sum-exp."""
    power: float = 4.0
    """A relation that holds in a share p of the poses where the prompt's does, whose poses the prompt's holds in a share q of, counts
    (1 - p) to this power times (1 - q): neither what goes with it nor what is a kind of it (next to, of near) is a rival."""
    least: float = 0.02
    """What counts less is left out."""


RIVALRY = Rivalry()


@dataclass(frozen=True, eq=False)
class Rivals:
    """Unit vectors [R, D] of the rivals' sentences and how much they count, [R]."""

    directions: Tensor
    weights: Tensor

    def score(self, seen: Tensor, cosine: Tensor) -> Tensor:
        """Returns the score [N] of pictures with unit vectors [N, D] and cosines [N] with the prompt: the cosine less ``share`` of
        the (soft) largest among it and the rivals'; differentiable. At most (1 - share) of the cosine."""
        others = RIVALRY.sharp * (seen @ self.directions.to(seen).T) + self.weights.to(seen).log()
        nearest = torch.logsumexp(torch.cat([RIVALRY.sharp * cosine[:, None], others], 1), 1) / RIVALRY.sharp
        return cosine - RIVALRY.share * nearest


def rivals_of(
    model: ClipModel, prompt: str, reading: PromptReading | None = None, templates: str | Sequence[str] = "short"
) -> Rivals | None:
    """Returns the rivals of a prompt, None where it has none or the model did not learn from sheets. ``reading``: the prompt's, where
    it was read with the names of a scene; ``templates``: its (``templates.wordings``)."""
    found = rival_sentences(prompt, reading) if model.studio else {}
    if not found:
        return None
    return Rivals(model.directions([wordings(text, templates) for text in found]), torch.tensor(list(found.values())))


def rival_sentences(prompt: str, reading: PromptReading | None = None) -> dict[str, float]:
    """Returns what else could be said, and how much it counts in 0..1: of a prompt with one relation to one anchor the same with every
    other relation; nothing of other prompts, of which it is not clear what the contrary would be."""
    read = read_prompt(prompt) if reading is None else reading
    said = [r for r in read.relations if not r.about_anchor]
    if len(said) != 1 or len(said[0].anchors) != 1 or not said[0].phrase:
        return {}
    head = said[0].anchors[0].words[said[0].anchors[0].head]
    # Between the words of the relation and those of its anchor there is nothing but more of the anchor's.
    place = re.search(rf"\b{re.escape(said[0].phrase)}\b(?=.*\b{re.escape(head)})", prompt, re.IGNORECASE)
    role = load_vocabulary().places.get(head, "thing")
    name = "attached" if role == "wall" and said[0].relation == "on" else said[0].relation
    relations, found = load_vocabulary().relations, {}
    for other, share in together().get(role, {}).get(name, {}).items() if place is not None else ():
        weight = (1 - share) ** RIVALRY.power * (1 - together()[role].get(other, {}).get(name, 0.0))
        if weight >= RIVALRY.least and place is not None:
            found[prompt[: place.start()] + relations[other]["phrases"][0] + prompt[place.end() :]] = weight
    return found


@lru_cache(maxsize=1)
def together() -> dict[str, dict[str, dict[str, float]]]:
    """Returns by role of the anchor and by relation how often each other one holds too, shares in 0..1."""
    text = resources.files(__package__).joinpath("together.json").read_text(encoding="utf-8")
    made: dict[str, dict[str, dict[str, float]]] = json.loads(text)
    return made
