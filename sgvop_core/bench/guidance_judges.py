"""What a guidance model is asked for: scores of pictures against sentences, as ``ClipTerm`` computes them.

Five pictures of a pose are those of a sheet (``guidance.clip.sheet.VIEWS``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..guidance.clip.contrast import Rivals, rival_sentences
from ..guidance.clip.sheet import VIEWS, shown_of
from ..scene.model import Array

if TYPE_CHECKING:
    from torch import Tensor

    from ..guidance.clip import ClipModel

BATCH = 64
"""Pictures that go through a model at once, without gradient."""


class Judge(Protocol):
    """Scores pictures against sentences; larger is better. ``scores`` and ``matches`` tell which of several pictures fits a sentence,
    ``cosines`` which of several sentences fits a picture: what a score takes off for rivals is about one sentence."""

    name: str

    def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
        """Returns the scores [N, T] of poses, the mean over their pictures [N, V, S, S, 3] uint8."""
        ...

    def cosines(self, pictures: Array, texts: Sequence[str]) -> Array:
        """Returns the cosines [N, T] of the same."""
        ...

    def matches(self, pictures: Tensor, texts: Sequence[str]) -> Tensor:
        """Returns the score [N] of each pose, pictures [N, V, S, S, 3] in [0, 1], against its own sentence, differentiable."""
        ...


class ClipJudge:
    """A CLIP model as a judge: the cosine of the picture and the mean direction of the sentence's templates, of models that learnt from
    sheets against what else could be said (``guidance.clip.contrast``)."""

    def __init__(self, model: ClipModel, name: str = "") -> None:
        self.model, self.name = model, name or model.name
        self._directions: dict[str, Tensor] = {}
        self._rivals: dict[str, Rivals | None] = {}

    def scores(self, pictures: Array, texts: Sequence[str]) -> Array:
        """Returns the scores [N, T] of pictures [N, V, S, S, 3] uint8, by their mean over V."""
        return self._each(pictures, lambda seen: self._scores(seen, texts))

    def cosines(self, pictures: Array, texts: Sequence[str]) -> Array:
        """Returns the cosines [N, T], the mean over V, of pictures [N, V, S, S, 3] uint8."""
        directions = self._of(texts)
        return self._each(pictures, lambda seen: seen @ directions.T)

    def _each(self, pictures: Array, of: Callable[[Tensor], Tensor]) -> Array:
        """Returns what ``of`` makes, [N, T], of the vectors [N, D] of pictures [N, V, S, S, 3] uint8."""
        import torch

        found = []
        with torch.inference_mode():
            for start in range(0, len(pictures), BATCH):
                piece = torch.from_numpy(np.ascontiguousarray(pictures[start : start + BATCH])).float() / 255
                found.append(of(self._seen(piece)).float().cpu())
        return np.asarray(torch.cat(found).double().numpy(), np.float64)

    def matches(self, pictures: Tensor, texts: Sequence[str]) -> Tensor:
        """Returns the score [N] of each pose, by the mean over its pictures [N, V, S, S, 3], with its own sentence,
        differentiable in the pictures."""
        import torch

        seen = self._seen(pictures)
        return torch.cat([self._scores(seen[k : k + 1], [text])[:, 0] for k, text in enumerate(texts)])

    def _scores(self, seen: Tensor, texts: Sequence[str]) -> Tensor:
        """Returns the scores [N, T] of vectors [N, D]."""
        import torch

        cosines = seen @ self._of(texts).T
        columns = []
        for text, cosine in zip(texts, cosines.unbind(1), strict=True):
            if text not in self._rivals:
                found = rival_sentences(text) if self.model.studio else {}
                with torch.inference_mode(False):  # kept for calls with a gradient
                    made = Rivals(self._of(list(found)), torch.tensor(list(found.values()))) if found else None
                self._rivals[text] = made
            rivals = self._rivals[text]
            columns.append(cosine if rivals is None else rivals.score(seen, cosine))
        return torch.stack(columns, 1)

    def _seen(self, pictures: Tensor) -> Tensor:
        """Returns the mean vectors [N, D] of what the model is shown of pictures [N, V, S, S, 3]."""
        if pictures.shape[1] == len(VIEWS):
            return self.model.encode_images(shown_of(pictures, self.model.studio))
        return self.model.encode_images(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2]).mean(1)

    def _of(self, texts: Sequence[str]) -> Tensor:
        """Returns the directions [T, D] of sentences; each is computed once."""
        import torch

        from ..guidance.clip.templates import wordings

        missing = [text for text in texts if text not in self._directions]
        if missing:
            with torch.inference_mode(False):
                read = self.model.directions([wordings(text) for text in missing]).to(self.model.dtype)
            self._directions.update(zip(missing, read, strict=True))
        return torch.stack([self._directions[text] for text in texts])


def load_judges(specs: Sequence[str]) -> list[ClipJudge]:
    """Returns a judge for each model that the ``--clip`` values name; without any, those that are on this machine.

    Raises ModelError when there is none.
    """
    from ..errors import ModelError
    from ..guidance.clip import load_models

    models = [model for model, _ in load_models(list(specs) or ["auto"])]
    if not models:
        raise ModelError(
            "there is no CLIP model to measure: none is on this machine; name one, such as --clip ViT-B-32"
        )
    models.sort(key=lambda model: model.name != "builtin")
    names = [m.name for m in models]
    if len(set(names)) < len(names):
        raise ModelError(f"--clip names '{max(names, key=names.count)}' twice; name each model once")
    return [ClipJudge(model) for model in models]
