"""A model must get the pictures that it was trained on: the same resize, padding and statistics as open_clip's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from sgvop_core.guidance.clip import Preprocess, import_open_clip
from sgvop_core.guidance.clip.preprocess import resize_matrix


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Noise with edges, which shows aliasing, [H, W, 3] uint8; its ringing stays within bytes (PIL clips every axis)."""
    rng = np.random.default_rng(seed)
    made = rng.integers(90, 160, (height, width, 3), dtype=np.uint8)
    made[: height // 3, : width // 2] = 190
    made[height // 2 :, width // 3 : width // 2] = 60
    return made


def tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.copy()).double()[None] / 255


@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("source", [100, 57, 32, 20, 31])
def test_resize_is_the_antialiased_one_of_pil_and_torch(interpolation: str, source: int) -> None:
    made = picture(source, source)
    matrix = resize_matrix(source, 32, interpolation)
    ours = (matrix @ tensor(made)[0].permute(2, 0, 1) @ matrix.T).permute(1, 2, 0)
    torchs = torch.nn.functional.interpolate(
        tensor(made).permute(0, 3, 1, 2), (32, 32), mode=interpolation, antialias=True, align_corners=False
    )[0].permute(1, 2, 0)
    torch.testing.assert_close(ours, torchs, atol=1e-6, rtol=0)
    mode = Image.Resampling.BICUBIC if interpolation == "bicubic" else Image.Resampling.BILINEAR
    pils = np.asarray(Image.fromarray(made).resize((32, 32), mode), np.float64) / 255
    assert np.abs(ours.clamp(0, 1).numpy() - pils).max() < 2.1 / 255  # PIL rounds to bytes after each axis


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("side", [64, 48, 30])
def test_square_pictures_come_out_as_from_open_clip(mode: str, interpolation: str, side: int) -> None:
    import_open_clip()
    from open_clip.transform import PreprocessCfg, image_transform_v2

    config = dict(size=48, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4), interpolation=interpolation, resize_mode=mode)
    theirs = image_transform_v2(PreprocessCfg(**config), is_train=False)(Image.fromarray(picture(side, side)))
    ours = Preprocess.of(config)(tensor(picture(side, side)))[0]
    assert (ours - theirs).abs().max() < 2.1 / 255 / 0.2


@pytest.mark.parametrize("shape", [(40, 80), (90, 50), (48, 30)])
def test_longest_and_squash_agree_with_open_clip_at_any_aspect(shape: tuple[int, int]) -> None:
    import_open_clip()
    from open_clip.transform import PreprocessCfg, image_transform_v2

    for mode in ("longest", "squash"):
        config = dict(size=48, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4), resize_mode=mode, fill_color=0)
        theirs = image_transform_v2(PreprocessCfg(**config), is_train=False)(Image.fromarray(picture(*shape)))
        ours = Preprocess.of(config)(tensor(picture(*shape)))[0]
        assert (ours - theirs).abs().max() < 2.1 / 255 / 0.2, mode


@pytest.mark.parametrize("shape", [(40, 80), (80, 40)])
def test_the_whole_picture_is_seen_where_open_clip_would_crop(shape: tuple[int, int]) -> None:
    preprocess = Preprocess((48, 48), resize_mode="shortest")
    assert preprocess.fitted(*shape) == ((24, 48) if shape == (40, 80) else (48, 24))
    for corner in ((0, 0), (-1, -1)):
        pixels = torch.full((1, *shape, 3), 0.5, dtype=torch.float64).requires_grad_(True)
        preprocess(pixels).square().sum().backward()
        assert pixels.grad is not None and pixels.grad[0][corner].abs().min() > 0


def test_padding_is_the_mean_colour_or_the_models_own() -> None:
    white = torch.ones(1, 10, 20, 3)
    padded = Preprocess((16, 16), resize_mode="shortest")(white)
    assert padded[0, :, 0].abs().max() < 1e-6 and padded[0, :, 8].min() > 1
    config = {"size": 16, "mean": (0.5,) * 3, "std": (0.5,) * 3, "resize_mode": "longest", "fill_color": 255}
    assert torch.allclose(Preprocess.of(config)(white), torch.ones(1, 3, 16, 16), atol=1e-6)


def test_ringing_is_cut_as_in_pictures_of_bytes() -> None:
    step = torch.zeros(1, 64, 64, 3)
    step[:, :, 30:] = 1
    made = Preprocess((48, 48), mean=(0.0,) * 3, std=(1.0,) * 3)(step)
    assert made.min() == 0 and made.max() == 1


def test_a_fitting_picture_is_only_normalised() -> None:
    rgb = torch.rand(2, 24, 24, 3) * 3 - 1
    made = Preprocess((24, 24), mean=(0.1, 0.2, 0.3), std=(1, 2, 4))(rgb)
    wanted = ((rgb - torch.tensor([0.1, 0.2, 0.3])) / torch.tensor([1.0, 2.0, 4.0])).permute(0, 3, 1, 2)
    torch.testing.assert_close(made, wanted)


def test_gradient_is_the_derivative() -> None:
    torch.manual_seed(0)
    rgb = (torch.rand(1, 9, 13, 3, dtype=torch.float64) * 0.4 + 0.3).requires_grad_(True)
    assert torch.autograd.gradcheck(Preprocess((6, 8)), (rgb,))


@pytest.mark.parametrize("config", [{"size": (32, 24)}, {"size": 32, "mean": 0.5, "std": 0.5}, {}])
def test_odd_configs_are_read(config: dict[str, object]) -> None:
    made = Preprocess.of(config)
    size = config.get("size", 224)
    assert made.size == (size if isinstance(size, tuple) else (size, size)) and len(made.mean) == len(made.std) == 3
