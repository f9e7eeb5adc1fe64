"""When a device's memory runs out the work goes on, in smaller pieces, then on the CPU, and says so once."""

from __future__ import annotations

import pytest
import torch

from sgvop_core.guidance.clip.memory import Pieces


class Device:
    """Work that fails above ``room`` pictures; no room at all after 0 until it has left the GPU."""

    def __init__(self, room: int, size: int = 16) -> None:
        self.room, self.left, self.said, self.done = room, 0, [], []
        self.pieces = Pieces(size, self.leave, self.said.append)

    def leave(self) -> None:
        self.left += 1

    def work(self, piece: slice) -> None:
        if not self.left and piece.stop - piece.start > self.room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        self.done += range(piece.start, piece.stop)


def test_everything_is_done_once_in_smaller_pieces_and_said_once() -> None:
    device = Device(room=3)
    for _ in range(2):
        device.done.clear()
        device.pieces.each(40, device.work)
        assert device.done == list(range(40))
    assert device.pieces.size == 2 and device.left == 0
    assert len(device.said) == 1 and "smaller batches" in device.said[0]


def test_the_cpu_takes_over_when_one_picture_does_not_fit() -> None:
    device = Device(room=0, size=4)
    device.pieces.each(5, device.work)
    assert device.done == list(range(5)) and device.left == 1 and device.pieces.on_cpu
    assert len(device.said) == 2 and "CPU" in device.said[1]


def test_on_the_cpu_the_error_is_the_callers() -> None:
    device = Device(room=0)
    device.pieces.on_cpu = True
    with pytest.raises(torch.cuda.OutOfMemoryError):
        device.pieces.each(5, device.work)


def test_another_error_is_not_swallowed() -> None:
    def work(piece: slice) -> None:
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        Device(1).pieces.each(3, work)


def test_nothing_to_do_is_fine() -> None:
    device = Device(1)
    device.pieces.each(0, device.work)
    assert device.done == [] and device.said == []
