"""The CLIP term: how far the pictures of a candidate are from what the prompt says."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...errors import PromptError, SettingsError
from ...pose import Pose
from ...render.contract import Views
from ...scene.model import Camera
from ..prompt import PromptReading
from .astray import astray
from .augment import draw_variants
from .contrast import rivals_of
from .memory import Pieces
from .model import ClipModel
from .sheet import WHOLE, shown_of
from .templates import wordings
from .variants import Augmentation, Variant


@dataclass(frozen=True)
class ClipLimits:
    """Numbers of the CLIP term that someone may tune."""

    batch_cpu: int = 8
    """Pictures at once on the CPU. ViT-B-32 holds about 30 MB a picture for its gradient; 16 are no faster, 4 slower."""
    batch_gpu: int = 64
    """Pictures at once on a GPU; halved when its memory runs out."""


LEAST_SHOWN = 1e-3
"""Share of the picture that the object must cover to be seen: 3 by 3 pixels of 96."""


class ClipTerm:
    """Loss [K]: the weighted mean over models of ``1 - cos(picture, prompt)``, averaged over views and augmentations, of models that
    learnt from sheets ``1 - score`` against what else could be said (``contrast``); a pose whose pictures do not show the object is
    farther than any that is seen.

    The prompt's direction is the mean over its templates, computed once. The gradient goes to the pictures only; it is
    taken piece by piece during the forward pass, so memory does not grow with candidates, views or augmentations.
    All candidates see the same random augmentations until ``next_step``, so that they can be compared.
    """

    name = "clip"
    needs_views = True

    def __init__(
        self,
        models: Sequence[tuple[ClipModel, float]],
        prompt: str,
        *,
        templates: str | Sequence[str] = "short",
        augmentations: Sequence[Augmentation] = (),
        sheet: bool = False,
        cameras: Sequence[Camera] = (),
        reading: PromptReading | None = None,
        generator: torch.Generator | None = None,
        limits: ClipLimits | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        """``sheet``: the views are those of a sheet (``sheet.VIEWS``), of which models of the studio see four as one picture and
        others the view aslant. ``cameras``: those of the views; with them a pose that is not seen is the farther the farther it is
        from what they see. ``reading``: the prompt's, for what else could be said (``contrast``), where it was read with the names
        of a scene. ``generator``: source of the augmentations' random numbers, needed when there are any. ``notify`` gets lines for
        the user.

        Raises ``PromptError`` for an empty prompt and ``SettingsError`` for no models or a missing generator.
        """
        if not prompt.strip():
            raise PromptError("the prompt is empty; say what should be where, such as 'a cup on the table'")
        if not models:
            raise SettingsError("the CLIP term has no model; name one with --clip, or leave the term out (--clip none)")
        if augmentations and generator is None:
            raise SettingsError("augmentations are random; give the CLIP term a torch.Generator")
        total = sum(weight for _, weight in models)
        self.models = [model for model, _ in models]
        self.weights = [weight / total for _, weight in models]
        self.prompt = prompt
        self.augmentations = list(augmentations)
        self.sheet, self.cameras = sheet, tuple(cameras)
        self.parts: dict[str, Tensor] = {}
        """Loss [K] of each model by name, of the last call."""
        texts = wordings(prompt, templates)
        self.directions = [model.direction(texts) for model in self.models]
        self.rivals = [rivals_of(model, prompt, reading, templates) if sheet else None for model in self.models]
        self._notify = notify or (lambda text: warnings.warn(text, stacklevel=3))
        for model in self.models:
            if not model.reads_whole(prompt):
                self._notify(f"{model.name} reads only the beginning of this prompt; shorten it")
        limits = limits or ClipLimits()
        on_cpu = self.models[0].device.type == "cpu"
        self._pieces = Pieces(
            limits.batch_cpu if on_cpu else limits.batch_gpu, self._leave_device, self._notify, on_cpu=on_cpu
        )
        self._generator = generator
        self._seed = 0
        self.next_step()

    def next_step(self) -> None:
        """Draws new augmentations for the calls that follow. Call it once an optimisation step."""
        if self._generator is not None:
            self._seed = int(torch.randint(2**62, (1,), generator=self._generator, device=self._generator.device))

    def __call__(self, views: Views | None, poses: Pose | None = None) -> Tensor:
        """Returns the loss [K] in 0..4, differentiable in ``views``; above 2 only where the object is not seen (``unseen``), and then
        in ``poses``, too."""
        if views is None:
            raise SettingsError("the CLIP term needs pictures; give it views")
        cameras = views.rgb.shape[1]
        generator = torch.Generator().manual_seed(self._seed)
        variants = draw_variants(self.augmentations, cameras, views.rgb.shape[2:4], generator)
        cosines = self._cosines(views, variants)  # [models, K]
        self.parts = {name: 1 - c for name, c in zip(self._names(), cosines.detach(), strict=True)}
        weights = torch.tensor(self.weights, dtype=cosines.dtype, device=cosines.device)
        return 1 - weights @ cosines + unseen(views, self.sheet, poses, self.cameras)

    def scores(self, views: Views) -> Tensor:
        """Returns the score [K] of the pictures as they are, without augmentations and gradient: the cosine, less what rivals take."""
        with torch.no_grad():
            cosines = self._cosines(views, draw_variants([], views.rgb.shape[1], views.rgb.shape[2:4], None))
            return torch.tensor(self.weights, dtype=cosines.dtype, device=cosines.device) @ cosines

    # -------------------------------------------------------------- inside

    def _names(self) -> list[str]:
        names: list[str] = []
        for model in self.models:
            names.append(model.name if model.name not in names else f"{model.name} ({names.count(model.name) + 1})")
        return names

    def _leave_device(self) -> None:
        with torch.inference_mode(False):  # the moved weights serve later calls with a gradient too
            for model in self.models:
                model.to("cpu")
            self.directions = [d.cpu() for d in self.directions]

    def _cosines(self, views: Views, variants: Sequence[Variant]) -> Tensor:
        """Returns the cosine [models, K] averaged over views and variants."""
        candidates, cameras = views.rgb.shape[:2]
        panels = cameras if self.sheet else 1
        rgb, alpha = (x.flatten(0, 1).unflatten(0, (-1, panels)) for x in (views.rgb, views.alpha))
        camera = torch.arange(cameras, device=rgb.device).repeat(candidates).unflatten(0, (-1, panels))
        if torch.is_grad_enabled() and (rgb.requires_grad or alpha.requires_grad):
            # One output a model, each with its own picture gradient: only their weighted sum is ever wanted, so the
            # sum's gradient is kept and the models' shares are returned without one.
            total, shares = _Judged.apply(rgb, alpha, self, variants, camera)
            weights = torch.tensor(self.weights, dtype=shares.dtype, device=shares.device)
            cosines = shares + (total - weights @ shares)  # the value of the shares, the gradient of the sum
        else:
            with torch.inference_mode():
                found = self._judge(rgb, alpha, variants, camera, None)
            cosines = found.clone()
        return cosines.reshape(len(self.models), candidates, -1).mean(-1)

    def _judge(
        self,
        rgb: Tensor,
        alpha: Tensor,
        variants: Sequence[Variant],
        camera: Tensor,
        gradients: tuple[Tensor, Tensor] | None,
    ) -> Tensor:
        """Returns cosines [models, N] of pictures of V panels each, rgb [N, V, H, W, 3] and alpha [N, V, H, W] seen by camera [N, V].

        Where ``gradients`` (like rgb and alpha) are given, the weighted sum's gradient is added to them.
        """
        cosines = rgb.new_zeros(len(self.models), len(rgb))
        share = 1 / len(variants)

        def work(piece: slice, variant: Variant) -> None:
            colours, cover = rgb[piece].detach(), alpha[piece].detach()
            if gradients is not None:
                colours.requires_grad_(True)
                cover.requires_grad_(True)
            each = (x.flatten(0, 1) for x in (colours, cover, camera[piece]))
            made = variant(*each).unflatten(0, colours.shape[:2])
            # Each model's graph is used up before the next is built; the pictures' own is kept for the last step.
            leaf = made.detach().requires_grad_(True) if gradients is not None else made
            rows = []
            for model, weight, direction, rivals in zip(
                self.models, self.weights, self.directions, self.rivals, strict=True
            ):
                seen = model.encode_images(shown_of(leaf, model.studio) if self.sheet else leaf[:, 0])
                cosine = seen @ direction.to(model.dtype)
                if rivals is not None:
                    cosine = rivals.score(seen, cosine)
                if gradients is not None:
                    (weight * cosine.sum()).backward()
                rows.append(cosine.detach())
            if gradients is not None:
                got = torch.autograd.grad(made, (colours, cover), leaf.grad, allow_unused=True)
                for held, new in zip(gradients, got, strict=True):
                    if new is not None:
                        held[piece] += share * new
            cosines[:, piece] += share * torch.stack([r.to(cosines) for r in rows])

        for variant in variants:
            self._pieces.each(len(rgb), lambda piece, v=variant: work(piece, v))  # type: ignore[misc]
        return cosines


def unseen(views: Views, sheet: bool = False, poses: Pose | None = None, cameras: Sequence[Camera] = ()) -> Tensor:
    """Returns how far the pictures are from showing the object at all, [K] in 0..1: 0 from a speck of ``LEAST_SHOWN`` on, of a
    ``sheet`` in any of the views that show all of the place; with the ``poses`` and the views' ``cameras`` in 0..2, more the farther
    the object is from what these see (``astray``), so that a slope leads back. All views of a sheet show all of the place, so there
    one that it has left is enough to be led back.

    A picture without the object says nothing of where it is, yet may be as close to the words as any; without this a search
    that nothing else guides hides the object. With poses and cameras the slope is that of the distance alone: the speck's, at the
    edge of a picture, is a hundred times as steep as a score's, and Adam, whose steps are as small as the steepest slope of late was
    steep, would hardly move from there.
    """
    area = views.alpha.mean((2, 3))
    area = area[:, WHOLE].mean(1, keepdim=True) if sheet else area
    missing = 1 - (area / LEAST_SHOWN).clamp(max=1).mean(1)
    if poses is None or not cameras:
        return missing
    missing = missing.detach()
    away = astray(poses, cameras).to(missing)
    return missing + away * (1 if sheet else missing)


class _Judged(torch.autograd.Function):
    """Cosines whose gradient was computed on the way forward, piece by piece."""

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, rgb: Tensor, alpha: Tensor, term: ClipTerm, variants: Sequence[Variant], camera: Tensor
    ) -> tuple[Tensor, Tensor]:
        gradients = torch.zeros_like(rgb), torch.zeros_like(alpha)
        with torch.enable_grad():
            cosines = term._judge(rgb, alpha, variants, camera, gradients)
        ctx.save_for_backward(*gradients)
        total = torch.tensor(term.weights, dtype=cosines.dtype, device=cosines.device) @ cosines
        ctx.mark_non_differentiable(cosines)
        return total, cosines

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, total: Tensor, cosines: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        rgb, alpha = ctx.saved_tensors
        return rgb * total[:, None, None, None, None], alpha * total[:, None, None, None], None, None, None
