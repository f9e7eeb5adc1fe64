"""Augmentations: named and combined by the user, the object kept, differentiable, the same for all candidates."""

from __future__ import annotations

import pytest
import torch

from sgvop_core.errors import SettingsError
from sgvop_core.guidance.clip import AUGMENTATIONS, parse_augmentations
from sgvop_core.guidance.clip.augment import draw_variants
from sgvop_core.guidance.clip.backgrounds import KINDS, BackgroundBlur, BackgroundReplacement, blur, draw_background
from sgvop_core.guidance.clip.jitters import CORNERS, Colour, Crop, Cutout, Perspective, Shift, homographies
from sgvop_core.guidance.clip.variants import Warp

JITTERS = ("crop", "perspective", "shift", "colour", "cutout")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 2, height: int = 24, width: int = 30) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rgb = torch.rand(count, height, width, 3, generator=generator(1), dtype=torch.float64)
    alpha = torch.zeros(count, height, width, dtype=torch.float64)
    alpha[:, 8:16, 10:20] = 1
    return rgb, alpha, torch.zeros(count, dtype=torch.long)


def test_names_values_and_order() -> None:
    made = parse_augmentations("blur=0/3/7, crop=0.5,perspective,COLOR=1,background=flat/noise")
    assert made == [
        BackgroundBlur((0.0, 3.0, 7.0)),
        Crop(0.5),
        Perspective(),
        Colour(1.0),
        BackgroundReplacement(("flat", "noise")),
    ]
    assert parse_augmentations("none") == parse_augmentations("") == []
    assert {a.name for a in parse_augmentations(",".join(AUGMENTATIONS))} == set(AUGMENTATIONS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("crp", "did you mean 'crop'"),
        ("crop=2", "from 0.1 to 1"),
        ("crop=x", "from 0.1 to 1"),
        ("blur=3/-1", "from 0 to 112"),
        ("blur=nan", "from 0 to 112"),
        ("background=sky", "unknown background 'sky'"),
        ("crop,crop", "given twice"),
        ("plain=1", "takes no value"),
        ("crop,,blur", "unknown augmentation ''"),
    ],
)
def test_what_is_not_understood_is_named(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse_augmentations(text)


def test_backgrounds_multiply_and_jitters_do_not() -> None:
    def count(text: str) -> int:
        return len(draw_variants(parse_augmentations(text), 1, (8, 8), generator()))

    assert [count(t) for t in ("none", "crop,colour", "blur=0/3/7", "plain,blur=3,background,crop")] == [1, 1, 3, 3]
    assert count("background=noise/flat,plain") == 3


@pytest.mark.parametrize("text", ["blur=30/80", *(f"background={k}" for k in KINDS)])
def test_the_object_stays_as_it_was_and_the_background_does_not(text: str) -> None:
    rgb, alpha, camera = pictures()
    for variant in draw_variants(parse_augmentations(text), 1, rgb.shape[1:3], generator()):
        shown = variant(rgb, alpha, camera)
        torch.testing.assert_close(shown[alpha == 1], rgb[alpha == 1])
        assert (shown - rgb)[alpha == 0].abs().mean() > 0.05


def test_blur_keeps_the_objects_colours_out_of_the_background() -> None:
    rgb, alpha, camera = pictures()
    rgb = torch.where(
        alpha[..., None] == 1, torch.tensor([1.0, 0.0, 0.0]).double(), torch.tensor([0.0, 0.0, 1.0]).double()
    )
    (variant,) = BackgroundBlur((20.0,)).draw(1, (24, 30), generator())
    shown = variant(rgb, alpha, camera)
    assert shown[alpha == 0][:, 0].max() < 0.01 and shown[alpha == 0][:, 2].min() > 0.98


def test_a_width_means_the_same_share_of_a_picture_of_any_size() -> None:
    step = torch.zeros(1, 224, 224, 3)
    step[:, :, 112:] = 1
    (variant,) = BackgroundBlur((7.0,)).draw(1, (224, 224), generator())
    large = variant(step, torch.zeros(1, 224, 224), torch.zeros(1, dtype=torch.long))
    (variant,) = BackgroundBlur((7.0,)).draw(1, (112, 112), generator())
    small = variant(step[:, ::2, ::2], torch.zeros(1, 112, 112), torch.zeros(1, dtype=torch.long))
    torch.testing.assert_close(large[0, 112, ::2, 0], small[0, 56, :, 0], atol=0.05, rtol=0)


def test_blur_is_a_gaussian() -> None:
    dot = torch.zeros(1, 41, 41, 1, dtype=torch.float64)
    dot[0, 20, 20] = 1
    row = blur(dot, 3.0)[0, 20, :, 0]
    place = torch.arange(41).double() - 20
    assert float((row * place**2).sum() / row.sum()) ** 0.5 == pytest.approx(3.0, rel=1e-3)
    torch.testing.assert_close(blur(torch.ones(1, 9, 9, 1), 4.0), torch.ones(1, 9, 9, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_backgrounds_are_pictures_that_differ_by_camera_and_seed(kind: str) -> None:
    made = draw_background(kind, 2, (20, 28), generator())
    assert made.shape == (2, 20, 28, 3) and made.min() >= 0 and made.max() <= 1
    assert not torch.equal(made[0], made[1])
    assert not torch.equal(made, draw_background(kind, 2, (20, 28), generator(1)))
    assert len(made[0].flatten(0, 1).unique(dim=0)) == {"flat": 1, "checker": 2}.get(kind, 560)


def test_homographies_map_the_corners() -> None:
    corners = CORNERS * (1 - torch.rand(3, 4, 2, generator=generator()) * 0.5)
    mapped = torch.cat([CORNERS, torch.ones(4, 1)], 1) @ homographies(corners).transpose(1, 2)
    torch.testing.assert_close(mapped[..., :2] / mapped[..., 2:], corners, atol=1e-5, rtol=1e-5)


def test_the_identity_warp_changes_nothing_and_a_shift_moves_pixels() -> None:
    rgb, alpha, camera = pictures()
    torch.testing.assert_close(Warp(torch.eye(3)[None])(rgb, alpha, camera), rgb)
    moved = torch.eye(3)[None].clone()
    moved[0, 0, 2] = 2 * 3 / 30  # three pixels of thirty: what was on the right comes into place
    torch.testing.assert_close(Warp(moved)(rgb, alpha, camera)[:, :, :-3], rgb[:, :, 3:])


def test_two_warps_are_one_resampling_of_the_same_place() -> None:
    ramp = torch.linspace(0, 1, 40).expand(1, 40, 40)[..., None].expand(1, 40, 40, 3).double()
    none, camera = torch.zeros(1, 40, 40), torch.zeros(1, dtype=torch.long)
    steps = [*Crop(0.5).draw(1, (40, 40), generator(2)), *Perspective(0.3).draw(1, (40, 40), generator(3))]
    one, two = (s for s in steps if isinstance(s, Warp))
    torch.testing.assert_close(
        two.after(one)(ramp, none, camera), two(one(ramp, none, camera), none, camera), atol=5e-3, rtol=0
    )


@pytest.mark.parametrize("name", JITTERS)
def test_jitters_are_drawn_by_camera_and_shared_by_candidates(name: str) -> None:
    rgb, alpha, _ = pictures(1)
    rgb, alpha = rgb.expand(4, -1, -1, -1), alpha.expand(4, -1, -1)
    (variant,) = draw_variants(parse_augmentations(name), 2, rgb.shape[1:3], generator())
    shown = variant(rgb, alpha, torch.tensor([0, 1, 0, 1]))
    assert torch.equal(shown[0], shown[2]) and torch.equal(shown[1], shown[3])
    assert (shown[0] - shown[1]).abs().max() > 1e-3 and shown.shape == rgb.shape


@pytest.mark.parametrize("augmentation", [Crop(0.3), Perspective(0.9)])
def test_crop_and_perspective_invent_nothing(augmentation: Crop | Perspective) -> None:
    (warp,) = augmentation.draw(50, (20, 20), generator())
    assert isinstance(warp, Warp)
    corners = torch.cat([CORNERS, torch.ones(4, 1)], 1) @ warp.homography.transpose(1, 2)
    assert (corners[..., :2] / corners[..., 2:]).abs().max() <= 1 + 1e-5


def test_strength_zero_changes_nothing() -> None:
    rgb, alpha, camera = pictures()
    for augmentation in (Colour(0.0), Perspective(0.0), Shift(0.0), Crop(1.0), Cutout(0.0)):
        (variant,) = augmentation.draw(1, rgb.shape[1:3], generator())
        torch.testing.assert_close(variant(rgb, alpha, camera), rgb, atol=1e-6, rtol=0)


def test_colour_is_diffaugs_formula() -> None:
    rgb, alpha, camera = pictures()
    (variant,) = Colour(1.0).draw(1, rgb.shape[1:3], generator(3))
    drawn = generator(3)
    b, s, c = (torch.rand(1, generator=drawn).double() for _ in range(3))
    x = rgb + (b - 0.5) / 2
    grey = x.mean(-1, keepdim=True)
    x = grey + 2 * s * (x - grey)
    middle = x.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(variant(rgb, alpha, camera), middle + (0.5 + c) * (x - middle), atol=1e-6, rtol=1e-5)


def test_cutout_covers_its_share() -> None:
    (variant,) = Cutout(0.5).draw(20, (40, 40), generator())
    shown = variant(torch.ones(20, 40, 40, 3), torch.zeros(20, 40, 40), torch.arange(20))
    share = (shown[..., 0] == 0.5).float().mean((1, 2))
    assert share.max() <= 0.2626 and share.min() > 0.06


@pytest.mark.parametrize("text", ["blur=3", "background=checker", *JITTERS])
def test_every_augmentation_has_the_right_gradient(text: str) -> None:
    rgb, alpha, camera = pictures(1, 6, 7)
    alpha = torch.rand(alpha.shape, generator=generator(5), dtype=torch.float64)
    (variant,) = draw_variants(parse_augmentations(text), 1, (6, 7), generator())
    assert torch.autograd.gradcheck(
        lambda a, b: variant(a, b, camera), (rgb.requires_grad_(True), alpha.requires_grad_(True)), fast_mode=True
    )
