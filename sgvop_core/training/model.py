"""The shape of the guidance model: a small dual encoder in open_clip's own form, and its two towers as training runs them.

Pictures go through a residual network with attention pooling: on a CPU it takes a third of the time of a vision
transformer that sees as fine a grid. Texts go through a causal transformer, which makes what stands behind a text's end
irrelevant, so that padding need not be computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import SettingsError
from ..guidance.clip.frozen_layers import rearrange
from ..guidance.clip.open_clip_import import import_open_clip

WEIGHTS, MODEL_CONFIG = "open_clip_model.safetensors", "open_clip_config.json"
"""Names of the weights and the shape in a model folder."""
TOKENIZER_FILE = "tokens.txt.gz"
"""Name of the tokenizer's merges beside the weights, in the form that open_clip reads."""


@dataclass(frozen=True)
class Start:
    """Where random weights differ from open_clip's own, which are made for batches of thousands."""

    scale: float = 4.0
    """Of the similarities in the softmaxes. At CLIP's 14 the first thing that is learnt is to say nothing at all."""
    embedding: float = 5.0
    """Factor on the token and position embeddings: else the end mark's own vector drowns the words."""
    position: float = 8.0
    """Factor on the position embedding of the attention pooling: else where something is hardly reaches the output."""
    residual: float = 0.5
    """Gain of each bottleneck's last norm, which is 0 in open_clip: short runs cannot wait until it has grown."""
    momentum: float = 0.03
    """Of the running statistics of norms; a batch has few rooms, so its own say little."""


START = Start()
PIECES = 4
"""Texts of about one length are encoded together: most are half as long as the longest."""
POOL_POSITIONS = "visual.attnpool.positional_embedding"


@dataclass(frozen=True)
class ModelConfig:
    """The model's shape. Everything is a count or a width in channels, sizes are in pixels."""

    embed_dim: int = 256
    image_size: int = 96
    """Pictures are square; a multiple of 32, because the network halves them five times."""
    vision_layers: tuple[int, ...] = (2, 2, 2, 2)
    """Bottlenecks at 1/4, 1/8, 1/16 and 1/32 of the size."""
    vision_width: int = 32
    head_width: int = 64
    """Channels of one head of the attention pooling; divides 32 times the width."""
    text_width: int = 192
    text_layers: int = 4
    text_heads: int = 4
    context: int = 32
    """Tokens of the longest text, its two end marks included."""
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    """What is taken off a picture in 0..1."""
    std: tuple[float, ...] = (0.25, 0.25, 0.25)

    def __post_init__(self) -> None:
        if self.image_size < 32 or self.image_size % 32:
            raise SettingsError(f"model.image_size is {self.image_size}; give a multiple of 32")
        if len(self.vision_layers) != 4 or min(self.vision_layers) < 1:
            raise SettingsError("model.vision_layers needs four numbers of 1 or more")
        if self.text_width % self.text_heads or (32 * self.vision_width) % self.head_width or self.vision_width % 2:
            raise SettingsError(
                "model: text_heads must divide text_width, head_width 32 times vision_width, and that be even"
            )
        if min(self.embed_dim, self.text_layers, self.context - 3) < 1 or len(self.mean) != 3 or len(self.std) != 3:
            raise SettingsError(
                "model: embed_dim and text_layers must be positive, context above 3, mean and std three"
            )

    def open_clip(self, vocabulary: int) -> dict[str, Any]:
        """Returns open_clip's ``model_cfg`` for a tokenizer of so many tokens."""
        return {
            "embed_dim": self.embed_dim,
            "quick_gelu": False,
            "vision_cfg": {
                "layers": list(self.vision_layers),
                "width": self.vision_width,
                "head_width": self.head_width,
                "image_size": self.image_size,
            },
            "text_cfg": {
                "context_length": self.context,
                "vocab_size": vocabulary,
                "width": self.text_width,
                "heads": self.text_heads,
                "layers": self.text_layers,
                "tokenizer_kwargs": {"bpe_path": TOKENIZER_FILE},
            },
        }

    def preprocess(self) -> dict[str, Any]:
        """Returns open_clip's ``preprocess_cfg``."""
        return {
            "mean": list(self.mean),
            "std": list(self.std),
            # As the training pictures were made: squashed to the square, by a triangle filter.
            "interpolation": "bilinear",
            "resize_mode": "squash",
        }


def build_model(config: ModelConfig, vocabulary: int, seed: int = 0) -> nn.Module:
    """Returns open_clip's module of that shape with random weights, in training mode."""
    import_open_clip()
    from open_clip.model import CLIP

    shape = config.open_clip(vocabulary)
    shape["vision_cfg"]["layers"] = tuple(config.vision_layers)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module: nn.Module = CLIP(**shape)
    rearrange(module.transformer)  # type: ignore[arg-type]
    with torch.no_grad():
        module.token_embedding.weight.mul_(START.embedding)  # type: ignore[union-attr, operator]
        module.positional_embedding.mul_(START.embedding)  # type: ignore[operator]
        module.logit_scale.fill_(math.log(START.scale))  # type: ignore[operator]
        module.visual.attnpool.positional_embedding.mul_(START.position)  # type: ignore[union-attr, operator]
        for name, parameter in module.visual.named_parameters():  # type: ignore[union-attr, operator]
            if name.startswith("layer") and name.endswith("bn3.weight"):
                parameter.fill_(START.residual)
    for norm in picture_norms(module):
        norm.momentum = START.momentum
    return module.train()


def picture_norms(module: nn.Module) -> list[nn.BatchNorm2d]:
    """Returns the norms that have running statistics."""
    return [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]


@torch.no_grad()
def spread_out(module: Any, pictures: Tensor, tokens: Tensor) -> None:
    """Moves and scales the outputs of both towers so that those of a batch have mean 0 and length 1.

    pictures [N, 3, S, S], tokens [T, L]. With random weights all pictures, and all texts, point almost the same way, and
    training would first make that worse. Only weights change that the model has anyway.
    """
    pool = module.visual.attnpool.c_proj
    seen = module.visual(pictures).float()
    length = (seen - seen.mean(0)).norm(dim=-1).mean().clamp_min(1e-6)
    pool.weight.div_(length)
    pool.bias.sub_(seen.mean(0)).div_(length)
    ends = _ends(module, tokens).float()
    module.ln_final.bias.sub_(ends.mean(0))
    read = (ends - ends.mean(0)) @ module.text_projection
    module.text_projection.div_(read.norm(dim=-1).mean().clamp_min(1e-6))


@torch.no_grad()
def all_alike(module: nn.Module, tokens: Tensor) -> bool:
    """Returns whether all texts [T, L] point almost the same way, as they do before a model has read any."""
    return bool(encode_texts(module, tokens).mean(0).norm() > 0.8)


def encode_pictures(module: nn.Module, pictures: Tensor) -> Tensor:
    """Returns unit vectors [N, D] float32 of normalised pictures [N, 3, S, S]."""
    return unit_vectors(module.visual(pictures))  # type: ignore[operator]


def layered(visual: Any, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the picture tower's output [N, D] and the two layers at 1/8 and 1/16 of the size [N, C, h, w]."""
    finer = visual.layer2(visual.layer1(visual.stem(pictures)))
    coarser = visual.layer3(finer)
    return visual.attnpool(visual.layer4(coarser)), finer, coarser


def unit_vectors(features: Tensor) -> Tensor:
    """Returns the features [N, D] as unit vectors in float32."""
    return nn.functional.normalize(features.float(), dim=-1)


def encode_texts(module: Any, tokens: Tensor) -> Tensor:
    """Returns unit vectors [T, D] float32 of tokens [T, L], where L may be shorter than the model's context.

    The same numbers as with padding up to the context: attention is causal and the vector is read at the end mark, the
    largest token.
    """
    order = tokens.argmax(-1).argsort()
    ends = torch.cat([_ends(module, trim(part)) for part in tokens[order].chunk(PIECES)])
    read = nn.functional.normalize((ends @ module.text_projection).float(), dim=-1)
    return read[order.argsort()]


def _ends(module: Any, tokens: Tensor) -> Tensor:
    """What the text transformer says at the end marks [T, width]."""
    length = tokens.shape[1]
    x = module.token_embedding(tokens) + module.positional_embedding[:length]
    x = module.transformer(x, attn_mask=module.attn_mask[:length, :length])
    ends: Tensor = module.ln_final(x[torch.arange(len(tokens), device=tokens.device), tokens.argmax(-1)])
    return ends


def trim(tokens: Tensor) -> Tensor:
    """Returns tokens [T, L] cut behind the end mark of the longest text, from [T, context]."""
    return tokens[:, : int(tokens.argmax(-1).max()) + 1].contiguous()


def resized_positions(positions: Tensor, count: int) -> Tensor:
    """Returns position vectors [count, C] of the attention pooling for another picture size, from [G * G + 1, C].

    The first is that of the mean; the others, those of the cells of the picture, are interpolated.
    """
    if len(positions) == count:
        return positions
    old, new = math.isqrt(len(positions) - 1), math.isqrt(count - 1)
    grid = positions[1:].T.reshape(1, -1, old, old)
    cells = nn.functional.interpolate(grid, (new, new), mode="bicubic", align_corners=False)
    return torch.cat([positions[:1], cells.reshape(cells.shape[1], -1).T])


def decayed(module: nn.Module) -> tuple[list[str], list[str]]:
    """Returns the names of the parameters that weight decay acts on, and of those that it leaves alone.

    Norms, biases, embeddings and the temperature are left alone.
    """
    names: Sequence[tuple[str, Tensor]] = list(module.named_parameters())
    kept = [n for n, p in names if p.ndim < 2 or "embedding" in n]
    return [n for n, _ in names if n not in set(kept)], kept
