"""What a prompt says against what else could be said: which sentences those are, and what they do to a score."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sgvop_core.bench.guidance_judges import ClipJudge
from sgvop_core.guidance.clip import ClipTerm
from sgvop_core.guidance.clip.contrast import RIVALRY, Rivals, rival_sentences, rivals_of, together
from sgvop_core.guidance.clip.load import load_clip
from sgvop_core.guidance.clip.sheet import VIEWS
from sgvop_core.guidance.prompt import load_vocabulary, read_prompt
from sgvop_core.render.contract import Views


def test_the_rivals_are_the_same_sentence_with_other_relations() -> None:
    found = rival_sentences("A red mug to the left of the desk")
    assert found["A red mug right of the desk"] > 0.9 and "A red mug inside the desk" in found
    assert "A red mug left of the desk" not in found
    assert found.get("A red mug near the desk", 0.0) < 0.1, "most that is left of it is near it"
    assert all(text.startswith("A red mug ") and text.endswith(" the desk") for text in found)
    assert all(RIVALRY.least <= weight <= 1 for weight in found.values())


def test_what_is_a_kind_of_it_is_no_rival() -> None:
    found = rival_sentences("a mug near the desk")
    assert found["a mug far from the desk"] > 0.9
    assert all(found.get(f"a mug {words} the desk", 0.0) < 0.1 for words in ("on", "against", "next to"))


def test_walls_the_room_and_the_camera_have_rivals_of_their_own() -> None:
    assert "a book far from the wall" in rival_sentences("a book leaning against the wall")
    assert "a book inside the wall" not in rival_sentences("a book leaning against the wall")
    assert list(rival_sentences("a plant in the middle of the room")) == ["a plant in the corner of the room"]
    assert list(rival_sentences("a cat facing the camera")) == ["a cat facing away from the camera"]
    assert rival_sentences("a picture on the wall") == {
        text.replace("attached to", "on"): weight
        for text, weight in rival_sentences("a picture attached to the wall").items()
    }
    assert rival_sentences("a lamp on the floor") == {}


@pytest.mark.parametrize(
    "prompt",
    [
        "a mug",
        "a ball between the box and the chair",
        "a mug on the table left of the lamp",
        "a larger mug",
        "((((on the",
    ],
)
def test_prompts_whose_contrary_is_not_clear_have_none(prompt: str) -> None:
    assert rival_sentences(prompt) == {}


def test_what_says_which_anchor_is_meant_is_no_relation_of_the_object() -> None:
    prompt = "a spoon in the bowl on the table"
    assert [r.about_anchor for r in read_prompt(prompt).relations] == [False, True]
    assert "a spoon next to the bowl on the table" in rival_sentences(prompt)
    assert not any("in the bowl" in text for text in rival_sentences(prompt))


def test_a_relation_that_comes_after_its_anchor_is_left_alone() -> None:
    """Another one's words in that place would make no sentence."""
    assert read_prompt("the desk with a mug on its left").relations[0].phrase == "on its left"
    assert rival_sentences("the desk with a mug on its left") == {}


def test_the_measured_shares_are_of_relations_that_there_are() -> None:
    relations = load_vocabulary().relations
    for shares in together().values():
        for name, others in shares.items():
            assert name in relations and name not in others and set(others) <= set(relations)
            assert all(0 <= share <= 1 for share in others.values())
    things = together()["thing"]
    assert set(things) == set(relations) - {"between"}
    assert things["left"]["right"] < 0.01 < 0.5 < things["next_to"]["near"]


def test_a_score_is_the_cosine_less_a_share_of_the_nearest() -> None:
    directions = torch.nn.functional.normalize(torch.randn(3, 8, generator=torch.Generator().manual_seed(1)), dim=1)
    seen = torch.nn.functional.normalize(torch.randn(5, 8, generator=torch.Generator().manual_seed(2)), dim=1)
    own = torch.nn.functional.normalize(torch.ones(8), dim=0)
    weights = torch.tensor([1.0, 0.5, 0.1])
    found = Rivals(directions, weights).score(seen, seen @ own)
    sharp = RIVALRY.sharp
    total = (sharp * (seen @ own)).exp() + (weights * (sharp * (seen @ directions.T)).exp()).sum(1)
    torch.testing.assert_close(found, seen @ own - RIVALRY.share * total.log() / sharp)
    assert (found <= (1 - RIVALRY.share) * (seen @ own) + 1e-6).all()


def test_only_models_of_sheets_have_rivals() -> None:
    def directions(wordings: Sequence[Sequence[str]]) -> torch.Tensor:
        return torch.nn.functional.normalize(torch.ones(len(wordings), 4), dim=1)

    for studio in (True, False):
        model = SimpleNamespace(studio=studio, directions=directions)
        found = rivals_of(model, "a mug on the desk")  # type: ignore[arg-type]
        assert (found is not None) is studio
        if found is not None:
            assert found.directions.shape == (len(rival_sentences("a mug on the desk")), 4)


def test_the_term_takes_them_into_account_and_its_gradient_is_the_slope() -> None:
    model = load_clip("builtin", offline=True)
    size = model.preprocess.size[0] // 2
    rgb = torch.rand(2, len(VIEWS), size, size, 3, generator=torch.Generator().manual_seed(3))
    alpha = torch.ones(rgb.shape[:-1])
    prompt = "a mug leaning against the desk"
    term = ClipTerm([(model, 1.0)], prompt, sheet=True)
    score = term.scores(Views(rgb, alpha, alpha))
    plain = ClipTerm([(model, 1.0)], prompt, sheet=True)
    plain.rivals = [None]
    cosine = plain.scores(Views(rgb, alpha, alpha))
    assert (score < (1 - RIVALRY.share) * cosine + 1e-6).all(), "others are as near"
    rgb.requires_grad_(True)
    loss = term(Views(rgb, alpha, alpha))
    torch.testing.assert_close(loss.detach(), 1 - score)
    (gradient,) = torch.autograd.grad(loss.sum(), rgb)
    step = 2e-3 * gradient / gradient.norm()
    with torch.no_grad():
        ahead, back = (1 - term.scores(Views(rgb + s * step, alpha, alpha)) for s in (1, -1))
    assert float((ahead - back).sum()) == pytest.approx(2 * float((gradient * step).sum()), rel=0.05)


def test_the_bench_s_judge_scores_as_the_term_does_with_and_without_a_gradient() -> None:
    model = load_clip("builtin", offline=True)
    size = model.preprocess.size[0] // 2
    prompt = "a mug leaning against the desk"
    pictures = torch.randint(0, 256, (2, len(VIEWS), size, size, 3), generator=torch.Generator().manual_seed(4))
    judge = ClipJudge(model)
    cosines = judge.cosines(pictures.numpy().astype(np.uint8), [prompt, "a mug"])
    scores = judge.scores(pictures.numpy().astype(np.uint8), [prompt, "a mug"])
    shown = (pictures.float() / 255).requires_grad_(True)
    found = judge.matches(shown, [prompt, "a mug"])
    assert np.diag(scores) == pytest.approx(found.detach().numpy(), abs=1e-5)
    assert (scores[:, 0] < cosines[:, 0]).all() and scores[:, 1] == pytest.approx(cosines[:, 1]), "it has no rivals"
    found.sum().backward()
    assert shown.grad is not None and shown.grad.abs().max() > 0
    alpha = torch.ones(shown.shape[:-1])
    term = ClipTerm([(model, 1.0)], prompt, sheet=True)
    assert term.scores(Views(shown.detach(), alpha, alpha)).numpy() == pytest.approx(scores[:, 0], abs=1e-5)
