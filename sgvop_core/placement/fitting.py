"""A renderer that fits the device: smaller batches when its memory runs out, then the CPU, said once each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from ..pose import Pose
from ..render.contract import Renderer, Views
from ..scene.model import Camera


class FittingRenderer:
    """A renderer on ``device`` made by ``make(device)``; made again on the CPU when not even one pose fits.

    Pictures come back on ``device`` wherever they were rendered, so that the terms need not know.
    """

    def __init__(self, make: Callable[[str], Renderer], device: torch.device, notify: Callable[[str], None]) -> None:
        self._make, self._device, self._notify = make, device, notify
        self._renderer = make(str(device))
        self._on_cpu = False
        self._at_once: int | None = None
        self.size = self._renderer.size

    def render(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        """Returns the pictures of every pose from every camera, as the contract says: rgb [K, V, H, W, 3].

        Raises torch's OutOfMemoryError only when the CPU's memory is at an end too.
        """
        if self._on_cpu:
            views = self._renderer.render(poses.to("cpu"), cameras)
            return Views(*(part.to(self._device) for part in (views.rgb, views.alpha, views.depth)))
        if self._at_once is not None and len(poses) > self._at_once:
            return self._in_parts(poses, cameras, self._at_once)
        try:
            return self._renderer.render(poses, cameras)
        except torch.cuda.OutOfMemoryError:
            pass
        # Outside the except block: the error holds on to the tensors of its frames.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if len(poses) > 1:
            if self._at_once is None:
                self._notify("the GPU's memory ran out while rendering: smaller batches from now on")
            self._at_once = len(poses) // 2
            return self._in_parts(poses, cameras, self._at_once)
        self._notify("not even one picture fits into the GPU's memory: rendering goes on on the CPU, which is slower")
        self._renderer, self._on_cpu = self._make("cpu"), True
        return self.render(poses, cameras)

    def _in_parts(self, poses: Pose, cameras: Sequence[Camera], count: int) -> Views:
        parts = [self.render(poses[i : i + count], cameras) for i in range(0, len(poses), count)]
        return Views(
            torch.cat([p.rgb for p in parts]), torch.cat([p.alpha for p in parts]), torch.cat([p.depth for p in parts])
        )
