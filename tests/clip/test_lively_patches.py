"""A tower that computes only the patches where there is most to see."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sgvop_core.errors import ModelError
from sgvop_core.guidance.clip import import_open_clip, load_clip
from sgvop_core.guidance.clip.frozen_layers import rearrange
from sgvop_core.guidance.clip.lively_patches import leave_out, liveliest

from .conftest import PREPROCESS, TINY_CONFIG

POOLED = TINY_CONFIG | {"vision_cfg": TINY_CONFIG["vision_cfg"] | {"pool_type": "avg", "final_ln_after_pool": True}}
LIVELY = (1, 6, 11)
"""Places, of 4 x 4 patches, where a picture of ``picture`` is not of one tone."""


def picture(*places: int, seed: int = 0) -> torch.Tensor:
    """A grey picture [1, 3, 32, 32] with patches of noise."""
    generator = torch.Generator().manual_seed(seed)
    made = torch.full((1, 3, 32, 32), 0.5)
    for place in places:
        row, column = 8 * (place // 4), 8 * (place % 4)
        made[:, :, row : row + 8, column : column + 8] = torch.rand(3, 8, 8, generator=generator)
    return made


def clip(config: dict[str, Any]) -> Any:
    import_open_clip()
    from open_clip.model import CLIP

    torch.manual_seed(0)
    return CLIP(config["embed_dim"], config["vision_cfg"], config["text_cfg"])


def tower() -> Any:
    made = clip(POOLED).visual.eval().requires_grad_(False)
    rearrange(made)
    return made


def test_the_liveliest_are_found_in_their_order() -> None:
    assert liveliest(picture(*LIVELY), 8, 3).tolist() == [list(LIVELY)]
    wider = torch.nn.functional.pad(picture(*LIVELY), (0, 5, 0, 7), value=0.1)
    assert liveliest(wider, 8, 3).tolist() == [list(LIVELY)], "what is no whole patch is none"
    both = torch.cat([picture(2, 3), picture(15, 0)])
    assert liveliest(both, 8, 2).tolist() == [[2, 3], [0, 15]]
    dim = picture(*LIVELY)
    dim[:, :, :8, 8:16] = 0.5 + 0.01 * (dim[:, :, :8, 8:16] - 0.5)  # place 1 hardly varies
    assert liveliest(dim, 8, 2).tolist() == [[6, 11]]
    faint = 0.7 * torch.ones(1, 3, 32, 32) + 1e-4 * (picture(*LIVELY) - 0.5)
    assert liveliest(faint, 8, 3).tolist() == [list(LIVELY)], "what is of one tone does not vary at all"


def test_all_patches_are_the_plain_tower() -> None:
    plain = tower()
    other = copy.deepcopy(plain)
    leave_out(other, 16)
    assert list(plain.state_dict()) == list(other.state_dict())
    seen = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(other(seen), plain(seen))


def test_what_is_left_out_has_no_part_in_it() -> None:
    made = tower()
    leave_out(made, 3)
    shown = picture(*LIVELY)
    lighter = shown.clone()
    lighter[:, :, 24:] = 0.9  # the last row of patches, all of one tone
    assert torch.equal(made(lighter), made(shown))
    pictures = shown.clone().requires_grad_(True)
    made(pictures).square().sum().backward()
    assert pictures.grad is not None
    reached = pictures.grad.abs().sum(1).unfold(1, 8, 8).unfold(2, 8, 8).sum((3, 4)).flatten()
    assert reached.nonzero().flatten().tolist() == list(LIVELY)
    # The same pixels elsewhere are something else.
    assert not torch.allclose(made(picture(2, 6, 11)), made(shown), atol=1e-4)


def test_pictures_at_once_are_those_one_by_one() -> None:
    made = tower()
    leave_out(made, 3)
    pictures = torch.cat([picture(*LIVELY), picture(0, 7, 15, seed=1), picture(2, 3, 12, seed=2)])
    torch.testing.assert_close(made(pictures), torch.cat([made(each) for each in pictures[:, None]]))


def folder(path: Path, lively: Any, config: dict[str, Any] = POOLED) -> Path:
    """A model folder whose config says how many patches are computed."""
    path.mkdir()
    save_file({n: t.contiguous() for n, t in clip(config).state_dict().items()}, path / "open_clip_model.safetensors")
    shape = {"model_cfg": config, "preprocess_cfg": PREPROCESS, "lively": lively}
    (path / "open_clip_config.json").write_text(json.dumps(shape))
    return path


def test_a_folder_s_model_leaves_out_what_its_config_says(tmp_path: Path) -> None:
    models = [load_clip(str(folder(tmp_path / f"{count}", count)), offline=True) for count in (0, 3)]
    shown = picture(*LIVELY).permute(0, 2, 3, 1)
    lighter = shown.clone()
    lighter[:, 24:] = 0.9
    every, few = ([m.encode_images(p) for p in (shown, lighter)] for m in models if m is not None)
    assert torch.equal(few[0], few[1]) and not torch.allclose(every[0], every[1], atol=1e-5)


@pytest.mark.parametrize(
    ("lively", "config", "why"),
    [
        (17, POOLED, "has 16 patches"),
        (-1, POOLED, "has 16 patches"),
        (2.5, POOLED, "has 16 patches"),
        (3, TINY_CONFIG, "pools by the mean"),
    ],
)
def test_what_cannot_be_left_out_is_refused_in_one_line(
    lively: Any, config: dict[str, Any], why: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=why) as found:
        load_clip(str(folder(tmp_path / "model", lively, config)), offline=True)
    assert "\n" not in str(found.value)
