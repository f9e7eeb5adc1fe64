"""What a picture costs a guidance model, forward and backward, against CLIP ViT-B-32 in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..guidance.clip import ClipModel

PICTURES = 8
"""Pictures that go through at once, as ``ClipTerm`` does on the CPU."""


def image_cost(models: Sequence[ClipModel], repeats: int, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Returns by model's name its ``seconds`` a picture, those of ViT-B-32 and their ``ratio``, medians of ``repeats``.

    Each gets pictures of the size that it takes, which is what ``sgvop place`` draws for it where it is alone. All take turns in
    one process, so that a busy machine slows them alike.
    """
    from ..guidance.clip import load_clip

    say("timing pictures forward and backward against ViT-B-32")
    reference = load_clip("ViT-B-32:random")
    assert reference is not None
    jobs = [_job(model) for model in (reference, *models)]
    seconds: list[list[float]] = [[] for _ in jobs]
    for turn in range(repeats + 1):
        for job, taken in zip(jobs, seconds, strict=True):
            start = time.perf_counter()
            job()
            if turn:  # the first round is not measured
                taken.append((time.perf_counter() - start) / PICTURES)
    medians = [statistics.median(taken) for taken in seconds]
    return {
        model.name: {"seconds": median, "reference_seconds": medians[0], "ratio": median / medians[0], "runs": repeats}
        for model, median in zip(models, medians[1:], strict=True)
    }


def _job(model: ClipModel) -> Callable[[], None]:
    import torch

    pictures = torch.rand(
        PICTURES, *model.preprocess.size, 3, generator=torch.Generator().manual_seed(0)
    ).requires_grad_()

    def run() -> None:
        pictures.grad = None
        model.encode_images(pictures).sum().backward()  # type: ignore[no-untyped-call]

    return run
