"""The CLIP term: its formula, its gradient, what it averages, and that the same seed gives the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from sgvop_core.errors import PromptError, SettingsError
from sgvop_core.guidance.clip import ClipLimits, ClipModel, ClipTerm, load_clip, parse_augmentations, wordings
from sgvop_core.guidance.clip.astray import astray
from sgvop_core.guidance.clip.sheet import DETAIL, VIEWS, WHOLE
from sgvop_core.guidance.clip.term import unseen
from sgvop_core.guidance.contract import Term
from sgvop_core.pose import Pose
from sgvop_core.render.contract import Views
from sgvop_core.scene.cameras import look_at
from sgvop_core.scene.model import Camera

ALL = "plain,blur=2/5,background,crop,perspective,shift,colour,cutout"


def views(
    candidates: int = 2, cameras: int = 2, size: tuple[int, int] = (32, 32), dtype: torch.dtype = torch.float32
) -> Views:
    generator = torch.Generator().manual_seed(7)
    rgb = torch.rand(candidates, cameras, *size, 3, generator=generator, dtype=torch.float64) * 0.8 + 0.1
    alpha = torch.zeros(candidates, cameras, *size, dtype=torch.float64)
    alpha[..., 8:20, 10:24] = 1
    alpha[..., 8, 10:24] = 0.5
    return Views(rgb.to(dtype), alpha.to(dtype), alpha.to(dtype))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def double(tiny: ClipModel) -> ClipModel:
    tiny.module.double()
    return tiny


def test_it_is_a_guidance_term(tiny: ClipModel) -> None:
    assert isinstance(ClipTerm([(tiny, 1.0)], "a cup"), Term)


def test_loss_is_one_minus_the_cosine_averaged_over_views(tiny: ClipModel) -> None:
    seen = views(3, 2)
    term = ClipTerm([(tiny, 2.0)], "a cup on a table", templates="none")
    text = normalize(tiny.module.encode_text(tiny.tokenizer(["a cup on a table"])), dim=-1)[0]
    pictures = normalize(tiny.module.encode_image(tiny.preprocess(seen.rgb.flatten(0, 1))), dim=-1)
    wanted = 1 - (pictures @ text).reshape(3, 2).mean(1)
    torch.testing.assert_close(term(seen), wanted, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(term.scores(seen), 1 - wanted, atol=1e-6, rtol=1e-5)
    assert wanted.std() > 0


def test_templates_are_averaged_as_unit_vectors(tiny: ClipModel) -> None:
    texts = wordings("a cup", "short")
    units = [normalize(tiny.module.encode_text(tiny.tokenizer([t])), dim=-1)[0] for t in texts]
    wanted = normalize(torch.stack(units).mean(0), dim=0)
    torch.testing.assert_close(ClipTerm([(tiny, 1.0)], "a cup").directions[0], wanted, atol=1e-6, rtol=1e-5)


def test_wordings_have_one_article_and_no_word_of_size() -> None:
    assert wordings("a cup on the table", "none") == ["a cup on the table"]
    short = wordings("a cup on the table.")
    assert "a photo of a cup on the table." in short and not any("large" in t or "small" in t for t in short)
    openai = wordings("the cup", "openai")
    assert len(openai) == 80 and "a photo of a cup." in openai and "a bad photo of the cup." in openai
    assert not any("a the" in t or "the the" in t for t in openai)
    assert wordings("cup", ["see {}"]) == ["see cup"]
    with pytest.raises(SettingsError, match="short"):
        wordings("cup", "shrt")
    with pytest.raises(SettingsError, match="where the prompt goes"):
        wordings("cup", ["see"])


@pytest.mark.parametrize("augment", ["none", "blur=2/5,crop,colour", ALL])
def test_gradient_agrees_with_finite_differences(double: ClipModel, augment: str) -> None:
    term = ClipTerm([(double, 1.0)], "a cup", augmentations=parse_augmentations(augment), generator=generator())
    seen = views(2, 1, dtype=torch.float64)
    rgb, alpha = seen.rgb.requires_grad_(True), seen.alpha.requires_grad_(True)
    towards = torch.Generator().manual_seed(1)
    along = [torch.randn(t.shape, generator=towards, dtype=torch.float64) for t in (rgb, alpha)]
    (term(Views(rgb, alpha, seen.depth)) * torch.tensor([1.0, -2.0])).sum().backward()
    slope = sum(float((t.grad * d).sum()) for t, d in zip((rgb, alpha), along, strict=True) if t.grad is not None)
    step = 1e-5

    def at(sign: float) -> float:
        moved = [(t + sign * step * d).detach() for t, d in zip((rgb, alpha), along, strict=True)]
        return float((term(Views(moved[0], moved[1], seen.depth)) * torch.tensor([1.0, -2.0])).sum())

    assert slope == pytest.approx((at(1) - at(-1)) / (2 * step), rel=1e-5) and abs(slope) > 1e-4


def test_gradient_in_pieces_equals_plain_autograd(double: ClipModel) -> None:
    seen = views(3, 2, (40, 56), torch.float64)
    one, two = (seen.rgb.clone().requires_grad_(True) for _ in range(2))
    ClipTerm([(double, 1.0)], "a cup", limits=ClipLimits(batch_cpu=4))(
        Views(one, seen.alpha, seen.depth)
    ).sum().backward()
    direction = double.direction(wordings("a cup"))
    (1 - (double.encode_images(two.flatten(0, 1)) @ direction).reshape(3, 2).mean(1)).sum().backward()
    torch.testing.assert_close(one.grad, two.grad)


@pytest.mark.parametrize("augment", ["none", ALL])
def test_the_size_of_the_pieces_does_not_matter(tiny: ClipModel, augment: str) -> None:
    seen, found = views(3, 2), []
    for batch in (1, 5, 64):
        term = ClipTerm([(tiny, 1.0)], "a cup", augmentations=parse_augmentations(augment), generator=generator(),
                        limits=ClipLimits(batch_cpu=batch))  # fmt: skip
        rgb = seen.rgb.clone().requires_grad_(True)
        loss = term(Views(rgb, seen.alpha, seen.depth))
        loss.sum().backward()
        found.append((loss.detach(), rgb.grad))
    for loss, gradient in found[1:]:
        torch.testing.assert_close(loss, found[0][0], atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(gradient, found[0][1], atol=1e-7, rtol=1e-3)


def test_a_model_of_the_studio_sees_a_sheet_and_another_the_view_aslant(tiny: ClipModel, tiny_name: str) -> None:
    other = load_clip(f"{tiny_name}:random")
    assert other is not None
    tiny.studio = True
    seen = views(3, len(VIEWS))
    term = ClipTerm([(tiny, 3.0), (other, 1.0)], "a cup", sheet=True)
    rgb = [seen.rgb.clone().requires_grad_(True) for _ in range(2)]
    found = term(Views(rgb[0], seen.alpha, seen.depth))
    whole = torch.cat([torch.cat([rgb[1][:, 0], rgb[1][:, 1]], 2), torch.cat([rgb[1][:, 2], rgb[1][:, 3]], 2)], 1)
    shares = [
        m.encode_images(x) @ d for m, x, d in zip(term.models, (whole, rgb[1][:, 4]), term.directions, strict=True)
    ]
    wanted = 1 - (0.75 * shares[0] + 0.25 * shares[1])
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)
    found.sum().backward()
    wanted.sum().backward()
    torch.testing.assert_close(rgb[0].grad, rgb[1].grad, atol=1e-7, rtol=1e-3)


def test_an_object_that_one_view_of_a_sheet_shows_is_seen() -> None:
    seen = views(2, len(VIEWS))
    seen.alpha[0, 1:] = 0
    seen.alpha[1] = 0
    seen.alpha[1, VIEWS.index(DETAIL)] = 1  # goes with the object wherever it is
    assert unseen(seen, sheet=True).tolist() == [0.0, 1.0] and unseen(seen)[0] == pytest.approx(0.8)


def test_models_are_weighted_and_reported_by_name(tiny: ClipModel, tiny_name: str) -> None:
    other = load_clip(f"{tiny_name}:random")
    assert other is not None
    seen = views()
    both = ClipTerm([(tiny, 3.0), (other, 1.0)], "a cup")
    apart = [ClipTerm([(m, 1.0)], "a cup") for m in (tiny, other)]
    rgb = [seen.rgb.clone().requires_grad_(True) for _ in range(3)]
    losses = [t(Views(x, seen.alpha, seen.depth)) for t, x in zip((both, *apart), rgb, strict=True)]
    for loss in losses:
        loss.sum().backward()
    torch.testing.assert_close(losses[0], 0.75 * losses[1] + 0.25 * losses[2])
    torch.testing.assert_close(rgb[0].grad, 0.75 * rgb[1].grad + 0.25 * rgb[2].grad, atol=1e-7, rtol=1e-3)
    assert set(both.parts) == {tiny.name, other.name}
    torch.testing.assert_close(both.parts[other.name], losses[2].detach())
    twice = ClipTerm([(tiny, 1.0), (tiny, 1.0)], "a cup")
    twice(seen)
    assert len(twice.parts) == 2


def test_without_gradient_the_value_is_the_same_and_usable(tiny: ClipModel) -> None:
    term, seen = ClipTerm([(tiny, 1.0)], "a cup"), views()
    plain = term(seen)
    assert not plain.requires_grad and not plain.is_inference()
    graded = term(Views(seen.rgb.clone().requires_grad_(True), seen.alpha, seen.depth))
    torch.testing.assert_close(plain, graded.detach())
    weight = torch.ones(2, requires_grad=True)
    (plain * weight).sum().backward()
    assert weight.grad is not None
    assert all(p.grad is None for p in tiny.module.parameters())


def test_candidates_of_a_step_see_the_same_augmentations(tiny: ClipModel) -> None:
    term = ClipTerm([(tiny, 1.0)], "a cup", augmentations=parse_augmentations(ALL), generator=generator())
    seen = views(3, 2)
    together = term(seen)
    alone = torch.cat(
        [term(Views(seen.rgb[k : k + 1], seen.alpha[k : k + 1], seen.depth[k : k + 1])) for k in range(3)]
    )
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)
    term.next_step()
    assert (term(seen) - together).abs().max() > 1e-5


def test_the_same_seed_gives_the_same_losses(tiny: ClipModel) -> None:
    def run(seed: int) -> list[torch.Tensor]:
        term = ClipTerm([(tiny, 1.0)], "a cup", augmentations=parse_augmentations(ALL), generator=generator(seed))
        found = []
        for _ in range(2):
            found.append(term(views()))
            term.next_step()
        return found

    torch.manual_seed(1)
    first = run(4)
    torch.manual_seed(2)
    assert all(torch.equal(a, b) for a, b in zip(first, run(4), strict=True))
    assert not torch.equal(first[0], run(5)[0])


def test_pictures_of_any_size_are_judged(tiny: ClipModel) -> None:
    loss = ClipTerm([(tiny, 1.0)], "a cup", augmentations=parse_augmentations(ALL), generator=generator())(
        views(2, 1, (24, 60))
    )
    assert loss.shape == (2,) and torch.isfinite(loss).all()


def test_what_cannot_be_honoured_is_refused(tiny: ClipModel) -> None:
    with pytest.raises(PromptError, match="empty"):
        ClipTerm([(tiny, 1.0)], "  ")
    with pytest.raises(SettingsError, match="no model"):
        ClipTerm([], "a cup")
    with pytest.raises(SettingsError, match="Generator"):
        ClipTerm([(tiny, 1.0)], "a cup", augmentations=parse_augmentations("crop"))
    with pytest.raises(SettingsError, match="needs pictures"):
        ClipTerm([(tiny, 1.0)], "a cup")(None)


def test_a_prompt_in_another_script_is_taken_and_a_long_one_is_said_to_be_cut(tiny: ClipModel) -> None:
    said: list[str] = []
    assert torch.isfinite(ClipTerm([(tiny, 1.0)], "杯子在桌子上", notify=said.append)(views())).all()
    said.clear()
    ClipTerm([(tiny, 1.0)], "a cup " * 30, notify=said.append)
    assert len(said) == 1 and "only the beginning" in said[0]
    ClipTerm([(tiny, 1.0)], "a cup", notify=said.append)
    assert len(said) == 1


def test_a_gpu_that_runs_out_of_memory_ends_on_the_cpu_with_the_same_numbers(
    tiny: ClipModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = views(3, 2)
    wanted = ClipTerm([(tiny, 1.0)], "a cup")(seen)
    said: list[str] = []
    term = ClipTerm([(tiny, 1.0)], "a cup", notify=said.append)
    term._pieces.on_cpu = False
    whole, moved = tiny.encode_images, []

    def full(pictures: torch.Tensor) -> torch.Tensor:
        if not moved:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return whole(pictures)

    monkeypatch.setattr(tiny, "encode_images", full)
    monkeypatch.setattr(tiny, "to", moved.append)
    for _ in range(2):
        torch.testing.assert_close(
            term(Views(seen.rgb.clone().requires_grad_(True), seen.alpha, seen.depth)).detach(), wanted
        )
    assert moved == ["cpu"] and len(said) == 2 and "smaller batches" in said[0] and "CPU" in said[1]


def test_a_pose_that_is_not_seen_is_worse_than_one_that_is() -> None:
    alpha = torch.zeros(3, 2, 40, 40)
    alpha[0, :, :4, :4] = 1
    alpha[1, 0, :4, :4] = 1
    alpha.requires_grad_()
    found = unseen(Views(torch.zeros(3, 2, 40, 40, 3), alpha, alpha.detach()))
    assert found.tolist() == [0, 0.5, 1]
    (gradient,) = torch.autograd.grad(found.sum(), alpha)
    assert (gradient[2] < 0).all() and not gradient[0].any()


def test_the_farther_from_the_pictures_the_worse_where_nothing_is_seen(tiny: ClipModel) -> None:
    nothing = Views(torch.zeros(2, 1, 40, 40, 3), torch.zeros(2, 1, 40, 40), torch.zeros(2, 1, 40, 40))
    there = Views(nothing.rgb, torch.ones(2, 1, 40, 40), nothing.depth)
    camera = Camera("Camera", look_at(np.array([0.0, -4.0, 0.0]), np.zeros(3)))
    at = torch.tensor([[3.0, 0.0, 0.0], [9.0, 0.0, 0.0]], dtype=torch.float64, requires_grad=True)
    poses = Pose(torch.ones(2, 1).double(), torch.eye(3).double().expand(2, 3, 3), at, torch.zeros(3).double())
    term = ClipTerm([(tiny, 1.0)], "a cup on the table", cameras=[camera])
    found = term(nothing, poses)
    assert 0.1 < found[1] - found[0] < 1 and (found - 1 > 1).all()
    torch.testing.assert_close(found, term(nothing) + astray(poses, [camera]).float())
    (gradient,) = torch.autograd.grad(found.sum(), at)
    assert (gradient[:, 0] > 0).all()
    torch.testing.assert_close(term(there, poses), term(there))


def test_the_edge_of_a_picture_is_no_cliff() -> None:
    alpha = torch.zeros(2, 1, 40, 40)
    alpha[:, 0, 0, 0] = 0.5
    alpha.requires_grad_()
    views = Views(torch.zeros(2, 1, 40, 40, 3), alpha, alpha.detach())
    camera = Camera("Camera", look_at(np.array([0.0, -4.0, 0.0]), np.zeros(3)))
    at = torch.tensor([[3.0, 0.0, 0.0], [9.0, 0.0, 0.0]], dtype=torch.float64, requires_grad=True)
    poses = Pose(torch.ones(2, 1).double(), torch.eye(3).double().expand(2, 3, 3), at, torch.zeros(3).double())
    missing = unseen(views)
    (steep,) = torch.autograd.grad(missing.sum(), alpha)
    assert 0.1 < missing[0] < 0.9 and steep.abs().max() > 0.5, "a thousandth of the picture is all there is between"
    found = unseen(views, False, poses, [camera])
    torch.testing.assert_close(found, missing.detach() * (1 + astray(poses, [camera]).float()))
    none, slope = torch.autograd.grad(found.sum(), (alpha, at), allow_unused=True)
    assert none is None and (slope[:, 0] > 0).all() and slope.abs().max() < 1


def test_of_a_sheet_one_view_that_it_has_left_leads_back() -> None:
    alpha = torch.zeros(1, len(VIEWS), 40, 40)
    alpha[:, WHOLE[0]] = 1
    views = Views(torch.zeros(*alpha.shape, 3), alpha, alpha)
    cameras = [
        Camera(name, look_at(np.array(place), np.zeros(3)))
        for name, place in (("a", [0.0, -4.0, 0.0]), ("b", [4.0, 0, 0]))
    ]
    at = torch.tensor([[0.0, 3.0, 0.0]], dtype=torch.float64, requires_grad=True)
    pose = Pose(torch.ones(1, 1).double(), torch.eye(3).double()[None], at, torch.zeros(3).double())
    assert astray(pose, cameras[:1]) == 0 < astray(pose, cameras[1:])
    found = unseen(views, True, pose, cameras)
    torch.testing.assert_close(found, astray(pose, cameras).float())
    (slope,) = torch.autograd.grad(found.sum(), at)
    assert slope[0, 1] > 0
    there = views.alpha[:, :2] * 0 + 1
    assert unseen(Views(there[..., None], there, there), False, pose, cameras) == 0, "cut by a frame is not gone"
