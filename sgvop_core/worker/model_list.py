"""Which models there are to judge pictures, and getting one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ..errors import Cancelled, SgvopError
from ..guidance.clip import Download as Arrived
from ..guidance.clip import available_weights, builtin_present, doctor_clip, load_clip, parse_spec
from ..guidance.clip.hub import cached_file
from ..guidance.clip.load import BUILTIN_FOLDER
from ..guidance.clip.weights import CONFIG_FILE, HUB_FILES, cached_weights, choose_tag, tag_config
from ..wire.protocol import Download, Model, ModelList, Progress

KNOWN = (
    ("ViT-B-32:laion2b_s34b_b79k", 605_000_000, "quick"),
    ("ViT-B-32:openai", 605_000_000, "quick; the first CLIP"),
    ("ViT-B-16:datacomp_xl_s13b_b90k", 599_000_000, "sees more detail, about four times slower"),
    ("ViT-L-14:datacomp_xl_s13b_b90k", 1_711_000_000, "sees most, for graphics cards"),
)
"""Models that are offered for download: the name, bytes of the weights, what speaks for it."""
EVERY = 0.2
"""Seconds between two reports of a download."""


def list_models() -> ModelList:
    """Returns the builtin model, those on this machine, and known ones that could be downloaded."""
    found = []
    if builtin_present():
        size = sum(f.stat().st_size for f in BUILTIN_FOLDER.iterdir() if f.is_file())
        found.append(Model("builtin", "builtin", size, "needs no download"))
    here = available_weights()
    found += [Model(w.spec, "cached", w.bytes) for w in here]
    names = {w.spec for w in here}
    found += [Model(spec, "known", size, note) for spec, size, note in KNOWN if spec not in names and not is_here(spec)]
    facts = doctor_clip()
    return ModelList(tuple(found), facts["cache_folder"] or "", facts["cache_free_bytes"])


def is_here(spec: str) -> bool:
    """Returns whether a model can be loaded without the network, as far as its weights go. Raises ModelError."""
    read = parse_spec(spec)
    if read.kind == "tag":
        return cached_weights(tag_config(read.model, read.tag or choose_tag(read.model))) is not None
    if read.kind == "hub":
        return all(any(cached_file(read.model, n) for n in names) for names in ((CONFIG_FILE,), HUB_FILES))
    return True  # files and folders say themselves what is wrong with them


def download(
    order: Download, send: Callable[[Progress], None], cancel: threading.Event, clock: Callable[[], float]
) -> Path:
    """Returns the file of a model's weights after downloading and opening it; ``send`` hears of the bytes.

    Raises ModelError, and Cancelled once ``cancel`` is set (what has arrived is kept for the next time).
    """
    last = [float("-inf")]

    def report(arrived: Arrived) -> None:
        if cancel.is_set():
            raise Cancelled("the download was cancelled")
        now = clock()
        if arrived.done in (0, arrived.total) or now - last[0] >= EVERY:
            last[0] = now
            send(Progress(order.job, order.model, arrived.done, arrived.total, str(arrived.folder)))

    try:
        model = load_clip(order.model, "cpu", progress=report)
    except SgvopError:
        if cancel.is_set():
            raise Cancelled("the download was cancelled") from None
        raise
    return Path() if model is None else Path(model.weights)
