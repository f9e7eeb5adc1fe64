"""A model's weights in a model of another shape."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sgvop_core.training.growth import grown, resized_kernels
from sgvop_core.training.model import build_model

from .toy import SMALL


@pytest.mark.parametrize(
    "larger",
    [
        {"mlp_ratio": 3.0},
        {"vision_layers": 4},
        {"text_layers": 3},
        {"mlp_ratio": 3.0, "vision_layers": 3, "text_layers": 2},
    ],
    ids=["perceptrons", "picture layers", "text layers", "all"],
)
def test_a_larger_model_begins_where_the_smaller_one_ended_and_all_of_it_learns(larger: dict[str, float]) -> None:
    small = build_model(replace(SMALL.model, vision_layers=2, text_layers=1, mlp_ratio=2.0), 600, seed=1).eval()
    shape = replace(SMALL.model, **({"vision_layers": 2, "text_layers": 1, "mlp_ratio": 2.0} | larger))
    large = build_model(shape, 600, seed=2).eval()
    pictures, tokens = torch.rand(3, 3, 64, 64), torch.randint(1, 599, (3, 16))
    before = large.state_dict()["token_embedding.weight"].clone()
    large.load_state_dict(grown(small.state_dict(), large.state_dict(), shape.patch_size))
    assert not torch.equal(large.state_dict()["token_embedding.weight"], before)
    count = [sum(p.numel() for p in m.parameters()) for m in (small, large)]
    assert count[1] > count[0]
    for encode, x in (("encode_image", pictures), ("encode_text", tokens)):
        with torch.no_grad():
            torch.testing.assert_close(getattr(large, encode)(x), getattr(small, encode)(x), atol=1e-5, rtol=1e-4)
        getattr(large, encode)(x).square().sum().backward()
    # All that is new is read with zeros; the zeros have a slope, and so the rest has one after the first step.
    with torch.no_grad():
        for parameter in large.parameters():
            if parameter.grad is not None:
                parameter -= 1e-3 * parameter.grad
    large.zero_grad()
    (large.encode_image(pictures).square().sum() + large.encode_text(tokens).square().sum()).backward()
    still = [n for n, p in large.named_parameters() if "resblocks" in n and p.grad is not None and not p.grad.any()]
    assert not still
    was = small.state_dict()
    for name, parameter in large.named_parameters():
        if name.endswith(".mlp.c_fc.weight") and name in was:  # each new channel by itself
            assert parameter.grad is not None and parameter.grad[len(was[name]) :].any(1).all()


def test_what_cannot_grow_is_refused_by_the_model() -> None:
    small, large = build_model(SMALL.model, 600), build_model(replace(SMALL.model, embed_dim=16), 600)
    with pytest.raises(RuntimeError, match="size mismatch"):
        large.load_state_dict(grown(small.state_dict(), large.state_dict(), SMALL.model.patch_size))
    torn = {n: t for n, t in small.state_dict().items() if n != "visual.transformer.resblocks.0.ln_1.weight"}
    with pytest.raises(RuntimeError, match="Missing key"):
        small.load_state_dict(grown(torn, small.state_dict(), SMALL.model.patch_size))


def test_kernels_of_larger_patches_make_the_same_of_a_larger_picture() -> None:
    kernels = torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    kernels = torch.nn.functional.avg_pool2d(kernels, 3, 1, 1)  # as smooth as learnt ones
    larger = resized_kernels(kernels, 12)
    smooth = torch.nn.functional.interpolate(torch.rand(2, 3, 5, 5), (96, 96), mode="bicubic", align_corners=True)
    enlarged = torch.nn.functional.interpolate(smooth, (144, 144), mode="bilinear")
    before = torch.nn.functional.conv2d(smooth, kernels, stride=8)
    after = torch.nn.functional.conv2d(enlarged, larger, stride=12)
    assert before.shape == after.shape and (before - after).std() < 0.03 * before.std()
    assert resized_kernels(kernels, 8) is kernels
