"""Several processes that learn together: each computes the gradient of a part of a step's scenes, the first one steps.

Two torch threads in one process wait for each other after every small product; two processes meet twice a step. The
parameters are in memory that all share, and so is a place for each helper's gradient.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import connection
from threading import BrokenBarrierError
from typing import Any, Protocol

import torch
from torch import Tensor, multiprocessing

from ..errors import SettingsError

SHARE, PICTURES = 0, 1
"""Places of ``_Shared.told``: how much of the run is done (-1: it ends), and from PICTURES on the pictures of each helper."""
PATIENCE = 1800.0
"""Seconds after which a process that does not come is given up: validation may take minutes."""


@dataclass(frozen=True, eq=False)
class _Shared:
    parameters: dict[str, Tensor]
    gradients: list[dict[str, Tensor]]
    told: Tensor
    meet: Any


class Part(Protocol):
    """What one of several processes does in a run."""

    @property
    def named(self) -> Mapping[str, Tensor]:
        """The parameters that learn, of any shape such as [N, D], by name."""

    def gradient(self, share: float) -> int:
        """Returns how many pictures it learnt from; the gradients of the next step are then in the parameters.

        ``share``: how much of the run is done."""

    def close(self) -> None:
        """Ends what it has begun."""


class Lesson(Protocol):
    """What the helpers learn from and as what; it travels to their processes."""

    def part(self, rank: int, count: int) -> Part:
        """Returns what process ``rank`` of ``count`` does."""


class Helpers:
    """The other processes of a run of ``count``, with the first one's parameters ``named``."""

    def __init__(self, count: int, lesson: Lesson, named: Mapping[str, Tensor]) -> None:
        self.named, self.count = named, count
        spawn = multiprocessing.get_context("spawn")
        with torch.no_grad():
            for parameter in named.values():
                parameter.data = parameter.data.clone().share_memory_()
        mine = {name: p.detach() for name, p in named.items()}
        gradients = [{n: torch.zeros_like(p).share_memory_() for n, p in mine.items()} for _ in range(count - 1)]
        told = torch.zeros(PICTURES + count - 1, dtype=torch.float64).share_memory_()
        self.shared = _Shared(mine, gradients, told, spawn.Barrier(count))
        threads, parent = torch.get_num_threads(), os.getpid()
        self.processes = [
            spawn.Process(target=_help, args=(rank, count, lesson, self.shared, threads, parent), daemon=True)
            for rank in range(1, count)
        ]
        for process in self.processes:
            process.start()
        threading.Thread(target=self._abort_with_them, daemon=True).start()

    def begin(self, share: float) -> None:
        """Lets the helpers compute their part of a step. ``share``: how much of the run is done."""
        self.shared.told[SHARE] = share
        self._meet()

    def gather(self) -> int:
        """Makes the parameters' gradient the mean over all processes', and returns how many pictures the helpers had."""
        self._meet()
        share = 1 / self.count
        for name, parameter in self.named.items():
            if parameter.grad is None:
                continue
            parameter.grad.mul_(share)
            for other in self.shared.gradients:
                parameter.grad.add_(other[name], alpha=share)
        return int(self.shared.told[PICTURES:].sum())

    def close(self) -> None:
        """Ends the helpers."""
        self.shared.told[SHARE] = -1
        with contextlib.suppress(BrokenBarrierError):
            self.shared.meet.wait(10)
        for process in self.processes:
            process.join(10)
            if process.is_alive():
                process.kill()

    def _abort_with_them(self) -> None:
        """Waits until one of the helpers ends: then nobody is to wait for it."""
        connection.wait([process.sentinel for process in self.processes])
        self.shared.meet.abort()

    def _meet(self) -> None:
        try:
            self.shared.meet.wait(PATIENCE)
        except BrokenBarrierError:
            raise SettingsError("a process of the run has ended; go on with --resume, with fewer --processes") from None


def share_of(groups: int, count: int) -> int:
    """Returns how many of a step's groups each of ``count`` processes takes. Raises SettingsError when there are too few."""
    if count > groups:
        raise SettingsError(f"{count} processes share the {groups} groups of a step; take fewer --processes")
    return groups // count


def check_device(count: int, device: torch.device) -> None:
    """Raises SettingsError when ``count`` processes cannot learn on it."""
    if count > 1 and device.type != "cpu":
        raise SettingsError("several processes learn together on the CPU only; leave out --processes")


def _help(rank: int, count: int, lesson: Lesson, shared: _Shared, threads: int, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process tells when to end
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    torch.set_num_threads(threads)
    part = lesson.part(rank, count)
    for name, parameter in part.named.items():
        parameter.data = shared.parameters[name]
    try:
        while True:
            shared.meet.wait(PATIENCE)
            if shared.told[SHARE] < 0:
                return
            shared.told[PICTURES + rank - 1] = part.gradient(float(shared.told[SHARE]))
            for name, parameter in part.named.items():
                if parameter.grad is not None:
                    shared.gradients[rank - 1][name].copy_(parameter.grad)
            shared.meet.wait(PATIENCE)
    except BrokenBarrierError:
        return
    finally:
        part.close()


def _watch(parent: int) -> None:
    """Ends this process when its parent is gone, however that ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
