"""The shape of the guidance model: a small dual encoder in open_clip's own form, and its two towers as training runs them.

Pictures go through a small vision transformer whose output is a mean over the patches. So what stands where has a vector of
its own until the very end, and training can ask each part of a picture what a sentence says of it (``regions``). Texts go
through a causal transformer, which makes what stands behind a text's end irrelevant, so that padding need not be computed.
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
from ..guidance.clip.lively_patches import LivelyEmbedding, leave_out
from ..guidance.clip.open_clip_import import import_open_clip
from .patches import Kept, lively_patches

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
    place: float = 1.0
    """Size of the patches' position vectors, which begin as waves over the picture: else a network learns late where things are."""


START = Start()
PIECES = 4
"""Texts of about one length are encoded together: most are half as long as the longest."""
WAVES = 3
"""Octaves of the position vectors' waves, from the one that rises once across the picture."""


@dataclass(frozen=True)
class ModelConfig:
    """The model's shape. Everything is a count or a width in channels, sizes are in pixels."""

    embed_dim: int = 256
    image_size: int = 96
    """Pictures are square."""
    patch_size: int = 12
    """Side of a patch, which divides the picture's."""
    lively: int = 0
    """How many patches are computed, those where most is to be seen (``guidance.clip.lively_patches``); 0: all."""
    vision_width: int = 192
    vision_layers: int = 6
    head_width: int = 64
    """Channels of one head of the picture transformer; divides its width."""
    mlp_ratio: float = 4.0
    """Channels inside the picture transformer's perceptrons over its width."""
    text_width: int = 192
    text_layers: int = 4
    text_heads: int = 4
    context: int = 32
    """Tokens of the longest text, its two end marks included."""
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    """What is taken off a picture in 0..1."""
    std: tuple[float, ...] = (0.25, 0.25, 0.25)

    def __post_init__(self) -> None:
        if self.patch_size < 1 or self.image_size % self.patch_size:
            raise SettingsError(f"model: patches of {self.patch_size} do not cut a picture of {self.image_size} evenly")
        if not 0 <= self.lively <= self.side**2:
            raise SettingsError(
                f"model: lively is {self.lively}; give 0 for all or up to the {self.side**2} patches that there are"
            )
        if self.text_width % self.text_heads or self.vision_width % self.head_width or self.vision_layers < 2:
            raise SettingsError(
                "model: text_heads must divide text_width, head_width vision_width, and vision_layers be 2 or more"
            )
        if self.mlp_ratio * self.vision_width < 1:
            raise SettingsError("model: mlp_ratio leaves the perceptrons no channel; make it larger")
        if min(self.embed_dim, self.text_layers, self.context - 3) < 1 or len(self.mean) != 3 or len(self.std) != 3:
            raise SettingsError(
                "model: embed_dim and text_layers must be positive, context above 3, mean and std three"
            )

    @property
    def side(self) -> int:
        """Patches along each side of a picture."""
        return self.image_size // self.patch_size

    def open_clip(self, vocabulary: int) -> dict[str, Any]:
        """Returns open_clip's ``model_cfg`` for a tokenizer of so many tokens."""
        return {
            "embed_dim": self.embed_dim,
            "quick_gelu": False,
            "vision_cfg": {
                "layers": self.vision_layers,
                "width": self.vision_width,
                "head_width": self.head_width,
                "mlp_ratio": self.mlp_ratio,
                "patch_size": self.patch_size,
                "image_size": self.image_size,
                "no_ln_pre": True,
                "pool_type": "avg",
                "final_ln_after_pool": True,
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

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module: Any = CLIP(**config.open_clip(vocabulary))
        places = _waves(config.side, config.vision_width)
    rearrange(module)
    if config.lively:
        leave_out(module.visual, config.lively)
    with torch.no_grad():
        module.token_embedding.weight.mul_(START.embedding)
        module.positional_embedding.mul_(START.embedding)
        module.logit_scale.fill_(math.log(START.scale))
        module.visual.positional_embedding.copy_(START.place * places)
    made: nn.Module = module
    return made.train()


def _waves(side: int, width: int) -> Tensor:
    """Position vectors [side * side + 1, width] of about length sqrt(width), the first of them 0: sines and cosines of the
    patches' places and the places themselves, in random directions at right angles."""
    rows, columns = torch.meshgrid(torch.linspace(-1, 1, side), torch.linspace(-1, 1, side), indexing="ij")
    found = [rows.flatten(), columns.flatten()]
    for place in (columns.flatten(), rows.flatten()):
        for octave in range(WAVES):
            found += [torch.sin(math.pi / 2 * 2**octave * place), torch.cos(math.pi / 2 * 2**octave * place)]
    base = torch.stack(found, 1)[:, :width]
    turn = torch.linalg.qr(torch.randn(width, base.shape[1]))[0].T * math.sqrt(width / base.shape[1])
    return torch.cat([torch.zeros(1, width), (base - base.mean(0)) @ turn])


@torch.no_grad()
def spread_out(module: Any, pictures: Tensor, tokens: Tensor) -> None:
    """Moves and scales the outputs of both towers so that those of a batch have mean 0 and length 1.

    pictures [N, 3, S, S], tokens [T, L]. With random weights all pictures, and all texts, point almost the same way, and
    training would first make that worse. Only weights change that the model has anyway.
    """
    means = module.visual.ln_post(looked_at(module.visual, pictures).patches.mean(1)).float()
    module.visual.ln_post.bias.sub_(means.mean(0))
    module.visual.proj.div_(((means - means.mean(0)) @ module.visual.proj).norm(dim=-1).mean().clamp_min(1e-6))
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


@dataclass(frozen=True, eq=False)
class Seen:
    """What the picture tower makes of N pictures: its output [N, D]; two inner layers [N, T, C], from its middle and from its
    end; and what the output is the mean of, patches [N, T, C]. Row by row all patches, or those that were ``kept``."""

    output: Tensor
    inner: tuple[Tensor, Tensor]
    patches: Tensor
    kept: Kept | None = None


def embedded(visual: Any, pictures: Tensor, kept: Kept | None = None) -> tuple[Tensor, Kept | None]:
    """Returns what goes into the first layer, [N, 1 + T, C], of normalised pictures [N, 3, S, S], and which patches it is of."""
    places = visual.positional_embedding
    embed = visual.conv1
    if isinstance(embed, LivelyEmbedding):
        kept = kept or lively_patches(pictures, embed.weight.shape[-1], embed.count)
    if kept is None:
        x = embed(pictures).flatten(2).transpose(1, 2)
        x = x + places[1:].to(x.dtype)
    else:
        x = embed.at(pictures, kept.places)
        x = x + nn.functional.embedding(kept.places, places[1:]).to(x.dtype)
    mark = (visual.class_embedding + places[0]).to(x.dtype).expand(len(x), 1, -1)
    return visual.ln_pre(torch.cat([mark, x], 1)), kept


def before_layers(visual: Any, pictures: Tensor, layers: int) -> Tensor:
    """Returns what goes into the last so many ``layers``, [N, 1 + T, C], of normalised pictures [N, 3, S, S], of the patches that are
    computed when the tower is used."""
    x: Tensor = embedded(visual, pictures)[0]
    blocks = visual.transformer.resblocks
    for block in blocks[: len(blocks) - layers]:
        x = block(x)
    return x


def after_layers(visual: Any, states: Tensor, layers: int) -> Tensor:
    """Returns the tower's output [N, D] of what goes into its last so many ``layers``, [N, 1 + T, C]."""
    blocks = visual.transformer.resblocks
    for block in blocks[len(blocks) - layers :]:
        states = block(states)
    return projected(visual, states[:, 1:].mean(1))


def looked_at(visual: Any, pictures: Tensor, kept: Kept | None = None) -> Seen:
    """Returns what the picture tower makes of normalised pictures [N, 3, S, S], of the ``kept`` patches, or of those that it computes
    when it is used."""
    x, kept = embedded(visual, pictures, kept)
    layers = []
    for block in visual.transformer.resblocks:
        x = block(x)
        layers.append(x[:, 1:])
    end = layers[-1]
    mean = end.mean(1) if kept is None else (end * kept.weight[:, :, None]).sum(1)
    last = len(layers) - 1
    return Seen(projected(visual, mean), (layers[last // 2], layers[last - 1]), end, kept)


def projected(visual: Any, means: Tensor) -> Tensor:
    """Returns the tower's output [N, D] of means over patches [N, C]."""
    made: Tensor = visual.ln_post(means) @ visual.proj
    return made


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


def decayed(module: nn.Module) -> tuple[list[str], list[str]]:
    """Returns the names of the parameters that weight decay acts on, and of those that it leaves alone.

    Norms, biases, embeddings and the temperature are left alone.
    """
    names: Sequence[tuple[str, Tensor]] = list(module.named_parameters())
    kept = [n for n, p in names if p.ndim < 2 or "embedding" in n]
    return [n for n, _ in names if n not in set(kept)], kept
