"""The renderer of a sheet's pictures: any renderer that draws the views, and the detail cut out of one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ...errors import SettingsError
from ...pose import Pose
from ...render.contract import Renderer, Views
from ...scene.body import Body
from ...scene.model import Camera
from .detail import cut_out, detail_windows, fine_side
from .ruler import ruled
from .seethrough import shone_through
from .sheet import CAMERAS, OBLIQUE, TOP, VIEWS
from .studio import metres_across


class SheetRenderer:
    """Draws the pictures of ``sheet.VIEWS`` from a sheet's four cameras, with renderers by ``make(size, body, alone)``, differentiable in
    the pose; ``alone``: without what does not move, for what is hidden shines through in those of the sheet (``seethrough``).

    ``subject``: the body that the detail is of, without a pin; ``whole`` and ``close``: with that of the views of all of the place
    and that of the detail (``pin``).
    """

    def __init__(
        self,
        make: Callable[[tuple[int, int], Body, bool], Renderer],
        side: int,
        subject: Body,
        whole: Body,
        close: Body,
    ) -> None:
        self.size = (side, side)
        fine = fine_side(side)
        self._plain, self._fine = (
            [make(size, body, alone) for alone in (False, True)]
            for size, body in ((self.size, whole), ((fine, fine), close))
        )
        self._middle, self._diagonal = torch.as_tensor(subject.bounds.mean(0)), float(subject.size)

    def render(self, poses: Pose, cameras: Sequence[Camera]) -> Views:
        """Returns the pictures [K, 5] of every pose [K] by ``sheet.VIEWS`` from the cameras of ``sheet.CAMERAS``. Raises SettingsError
        for others."""
        if len(cameras) != len(CAMERAS):
            raise SettingsError(f"a sheet has {len(CAMERAS)} cameras, not {len(cameras)}; give those of the studio")
        at = CAMERAS.index(OBLIQUE)
        others = [c for i, c in enumerate(cameras) if i != at]
        rest, rest_alone = (renderer.render(poses, others) for renderer in self._plain)
        slant, slant_alone = (renderer.render(poses, [cameras[at]]) for renderer in self._fine)
        windows = detail_windows(cameras[at], poses.matrices(), self._middle, self._diagonal).to(slant.rgb)
        side = self.size[0]

        def sheet(plain: Tensor, fine: Tensor, mode: str, shown: Tensor | None = None) -> Tensor:
            """Of [K, 3, H, W, C] and [K, 1, H', W', C], the detail being cut from ``shown``."""
            aslant = fine[:, 0]
            if aslant.shape[1] != side:
                aslant = (
                    adaptive_avg_pool2d(aslant.movedim(-1, 1), side).movedim(1, -1) if mode == "bilinear"
                    else aslant[:, :: aslant.shape[1] // side, :: aslant.shape[2] // side]
                )  # fmt: skip
            detail = cut_out((fine if shown is None else shown)[:, 0], windows, side, mode)
            made = [plain[:, 0], detail, plain[:, 1], plain[:, 2], aslant]
            return torch.stack(made, 1)

        rgb = sheet(shone_through(rest, rest_alone), slant.rgb, "bilinear", shone_through(slant, slant_alone))
        top, across = VIEWS.index(TOP), metres_across(cameras[CAMERAS.index(TOP)])
        marked = torch.cat([rgb[:, :top], ruled(rgb[:, top : top + 1], across), rgb[:, top + 1 :]], 1)
        return Views(
            marked,
            sheet(rest.alpha[..., None], slant.alpha[..., None], "bilinear")[..., 0],
            sheet(rest.depth[..., None], slant.depth[..., None], "nearest")[..., 0].detach(),
        )
