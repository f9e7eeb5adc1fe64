"""Working through many pictures in pieces that fit the device: smaller ones when its memory runs out, then the CPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch


@dataclass
class Pieces:
    """How many pictures go through a model at once. Shrinks for good when a device's memory runs out.

    ``leave_device`` moves the work to the CPU and is called when even one picture does not fit; ``notify`` gets
    one line the first time each happens.
    """

    size: int
    leave_device: Callable[[], None]
    notify: Callable[[str], None]
    on_cpu: bool = False
    _said: set[str] = field(default_factory=set)

    def each(self, count: int, work: Callable[[slice], None]) -> None:
        """Calls ``work`` with slices that cover ``range(count)`` once; a slice that ran out of memory is tried smaller.

        ``work`` must store its results only at its end. An error that persists on the CPU is the caller's.
        """
        start = 0
        while start < count:
            piece = slice(start, min(start + self.size, count))
            if self._fits(work, piece):
                start = piece.stop

    def _fits(self, work: Callable[[slice], None], piece: slice) -> bool:
        try:
            work(piece)
            return True
        except torch.cuda.OutOfMemoryError:
            if self.on_cpu:
                raise
        if torch.cuda.is_available():  # outside the except block: the error holds on to the tensors of its frames
            torch.cuda.empty_cache()
        taken = piece.stop - piece.start
        if taken > 1:
            self.size = taken // 2
            self._say("smaller", "CLIP ran out of GPU memory: its pictures go through in smaller batches now")
        else:
            self.on_cpu = True
            self.leave_device()
            self._say("cpu", "CLIP does not fit into the GPU's memory: it runs on the CPU now, which is slower")
        return False

    def _say(self, key: str, text: str) -> None:
        if key not in self._said:
            self._said.add(key)
            self.notify(text)
