"""What training makes small: similarities of pictures and texts against soft truths, some of which are unknown.

Everything is float32. An unknown truth (NaN) has no part in any term, neither in its value nor in its gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, softplus

from ..errors import SettingsError
from .truth import margin_of


@dataclass(frozen=True)
class LossConfig:
    """Weights of the terms; 0 switches one off."""

    sigmoid: float = 1.0
    """Each known pair by itself (Zhai et al. 2023, SigLIP), with the truth as a soft label."""
    texts: float = 0.25
    """Which text fits a picture: softmax over all texts. Most are of other scenes, so this is about what there is."""
    pictures: float = 0.25
    """Which picture fits a text: softmax over all pictures."""
    own_texts: float = 1.0
    """Which text fits a picture: softmax over those about its own scene; this tells relations apart."""
    ranks: float = 0.0
    """Each text that is true of a picture against those about its own scene that are false, whatever else is true: a rare
    relation has to outdo the wrong ones and not to share with the common ones that hold beside it (``rank_loss``)."""
    own_pictures: float = 2.0
    """Which picture fits a text: softmax over those of its own scene; this is what ranks poses."""
    picture_ranks: float = 0.0
    """Each picture of which a text is true against those of its own scene of which it is false: where a text is true of most
    pictures, the softmax is about those, and not about the one that has to come last."""
    picture_order: float = 0.0
    """Of two pictures of a scene of which a text is false, the one that is clearly less wrong comes first (``order_loss``): so that
    a score rises towards what is true from far away."""
    tail: float = 0.0
    """Share of the truth that is replaced by how near a picture is to what its text says (``closeness``), in the softmax over
    pictures of a scene: so that of two wrong poses the one that is less wrong is preferred."""
    smooth: float = 0.0
    """Differences of the pair's probability within a group follow the differences of the truth."""
    parts: float = 1.0
    """All of these terms again, for the target's part of the picture and for the target's and the anchor's together."""
    other_part: float = 0.5
    """The sigmoid term for the anchor's part: what is said of the target is false of it."""
    facts: float = 1.0
    """A direct question (``heads``) that the vectors of targets answer through linear maps that do not ship: what holds."""
    names: float = 0.5
    """Likewise: what the target and its anchor are, and of which colour."""
    words: float = 0.3
    """Direct questions to texts: what they say."""
    present: float = 0.3
    """A direct question to whole pictures: what is there."""
    cells: float = 1.0
    """What the cells of a picture show (``cells``), asked of two inner layers."""
    balance: float = 0.0
    """Logit adjustment (Menon et al. 2021): how much of a kind of statement's frequency is taken out of the softmax over a
    scene's own texts. Else what is often true is preferred to what is seen. In ``ranks`` it is how much more the rare kinds count."""
    voice: float = 2.0
    """The target has the largest share in the picture's vector, other things a smaller one, floor and walls none (``regions``)."""
    elsewhere: float = 0.3
    """Share of the sigmoid term's negatives that those of other groups have: they are many and easy."""

    def __post_init__(self) -> None:
        weights = [getattr(self, f.name) for f in fields(self) if f.name not in ("elsewhere", "balance", "tail")]
        shares = (self.elsewhere, self.tail)
        if min(*weights, *shares, self.balance) < 0 or not sum(weights) > 0 or max(shares) > 1:
            raise SettingsError(
                "loss: weights are 0 or more and one above 0, elsewhere and tail are shares of 0 to 1, balance 0 or more"
            )


ORDER = 1.5
"""Of two wrong pictures the one is clearly more so when it is that many times as many units from being true, and one unit more."""
REACH = 3.0
"""Units of the margin over which closeness falls to 1/e."""


class Temperatures(nn.Module):
    """Scale and bias of the sigmoid term. They are the loss's, not the model's: CLIP's own scale serves the softmaxes."""

    LARGEST = 100.0
    """Of any scale, as in CLIP: beyond it rounding decides."""

    def __init__(self, scale: float = 4.0, bias: float = 0.0) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.bias = nn.Parameter(torch.tensor(bias))

    def forward(self, similarity: Tensor) -> Tensor:
        """Returns logits [N, T] of similarities [N, T]."""
        return similarity * self.log_scale.exp().clamp(max=self.LARGEST) + self.bias


class Frequencies(nn.Module):
    """How often each kind of statement is the true one of those about its own scene; as the run has seen it lately."""

    KEPT = 0.99
    """Share that a step keeps."""
    LEAST = 0.01
    """What is rarer counts as being that frequent."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.shares: Tensor
        self.register_buffer("shares", torch.full((kinds + 1,), 0.1))

    def forward(self, kind: Tensor) -> Tensor:
        """Returns the logarithms [T] of the frequencies of statements of a kind [T]; negative ones are of none."""
        return self.shares.clamp_min(self.LEAST).log()[self._places(kind)]

    @torch.no_grad()
    def follow(self, truth: Tensor, kind: Tensor) -> None:
        """Takes account of truths [N, T] of own statements (NaN: not own, or unknown) of a kind [T]."""
        known = ~truth.isnan()
        soft = truth.nan_to_num()
        mass = soft / soft.sum(1, keepdim=True).clamp_min(1e-6) * (known.sum(1, keepdim=True) > 1)
        places = self._places(kind)
        asked, true = (torch.zeros_like(self.shares).index_add_(0, places, of.sum(0)) for of in (known.to(mass), mass))
        keep = torch.where(asked > 0, self.KEPT, 1.0)
        self.shares.mul_(keep).add_((1 - keep) * true / asked.clamp_min(1))

    def _places(self, kind: Tensor) -> Tensor:
        return torch.where(kind < 0, len(self.shares) - 1, kind)


def softmax_scale(logit_scale: Tensor) -> Tensor:
    """Returns CLIP's temperature, ``scalar``, bounded as CLIP does."""
    return logit_scale.float().exp().clamp(max=Temperatures.LARGEST)


def sigmoid_loss(logits: Tensor, truth: Tensor, own: Tensor, elsewhere: float) -> Tensor:
    """Returns the sigmoid term, ``scalar``: logits and truth [N, T] (NaN unknown), own [N, T] bool: same group.

    Positives weigh as much as negatives; of the negatives those of other groups weigh ``elsewhere``.
    """
    known = ~truth.isnan()
    soft = truth.nan_to_num()
    for_true, for_false = soft * known, (1 - soft) * known
    mine, others = for_false * own, for_false * ~own
    parts = [
        (0.5, for_true, softplus(-logits)),
        (0.5 * (1 - elsewhere), mine, softplus(logits)),
        (0.5 * elsewhere, others, softplus(logits)),
    ]
    total = logits.new_zeros(())
    for weight, mass, cost in parts:
        total = total + weight * (mass * cost).sum() / mass.sum().clamp_min(1e-6)
    return total


def softmax_loss(logits: Tensor, truth: Tensor, least: float = 0.05, prior: Tensor | None = None) -> Tensor:
    """Returns the mean cross-entropy, ``scalar``, of each row's softmax over its known entries [R, C] against the truth.

    ``prior`` [C]: what is added to the logits here, so that they need not say it.

    The truth of a row is normalised to sum 1. A row counts by its largest truth, and not at all below ``least`` or when
    fewer than two entries are known.
    """
    known = ~truth.isnan()
    soft = truth.nan_to_num()
    top = soft.max(1).values
    used = (top >= least) & (known.sum(1) > 1)
    logits = logits if prior is None else logits + prior
    # Not -inf, whose gradient is NaN in a row without any known entry.
    masked = torch.where(known, logits, torch.full_like(logits, -1e4))
    target = soft / soft.sum(1, keepdim=True).clamp_min(1e-6)
    cost = -(target * torch.where(known, log_softmax(masked, 1), torch.zeros_like(logits))).sum(1)
    weight = top * used
    return (weight * cost).sum() / weight.sum().clamp_min(1e-6)


def rank_loss(logits: Tensor, truth: Tensor, prior: Tensor | None = None) -> Tensor:
    """Returns the mean, ``scalar``, of log(1 + sum over false f of exp(logit f - logit t)) over the true texts t of each row, the
    known entries of logits and truth [R, C]: a softmax in which the other true texts have no part;
    or so of pictures, where a row is a text's.

    What is half true is both. ``prior`` [C]: logarithms of how often texts are true; an entry counts by exp(-prior) more.
    """
    known = ~truth.isnan()
    soft = truth.nan_to_num()
    against = torch.where(known, logits + (1 - soft).clamp_min(1e-6).log(), torch.full_like(logits, -1e4))
    cost = softplus(against.logsumexp(1, keepdim=True) - logits)
    weight = soft * known * (known.sum(1, keepdim=True) > 1)
    if prior is not None:
        weight = weight * (-prior).exp()
    return (weight * cost).sum() / weight.sum().clamp_min(1e-6)


def first_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Returns the mean, ``scalar``, of log(1 + sum over false f of exp(logit f) / sum over true t of exp(logit t)) over the rows of logits
    and truth [R, C] (1, 0 or NaN) that have both: that what is true comes first, whichever of it."""
    true, false = truth == 1, truth == 0
    best, worst = (torch.where(which, logits, -1e4).logsumexp(1) for which in (true, false))
    cost = softplus(worst - best)[true.any(1) & false.any(1)]
    return cost.mean() if len(cost) else logits.new_zeros(())


def closeness(truth: Tensor) -> Tensor:
    """Returns how near to holding what is said is, of the shape of the truths [N, T] (``truth.soft_truth``) of margins m in units:
    exp(m / REACH), at most 1; NaN where the truth is. A truth of 0 is infinitely far."""
    near = ((margin_of(truth.nan_to_num().clamp(max=0.5)) / REACH).exp() * (truth > 0)).to(truth)
    return torch.where(truth.isnan(), truth, near)


def order_loss(logits: Tensor, truth: Tensor, group: Tensor, own: Tensor) -> Tensor:
    """Returns the mean, ``scalar``, of log(1 + exp(logit j - logit i)) over the pictures i, j of one group of which its own text is
    false, j clearly more so (``ORDER``); each text counts the same.

    logits, truth (``truth.soft_truth``), own [N, T], group [N].
    """
    costs, weights = [], []
    for number in group.unique().tolist():
        rows = (group == number).nonzero()[:, 0]
        texts = own[rows].any(0).nonzero()[:, 0]
        known, score = truth[rows][:, texts], logits[rows][:, texts]
        wrong = -margin_of(known)  # units, > 0 where the text is false
        wrong = torch.where(own[rows][:, texts], wrong, torch.nan)  # no comparison with NaN is true
        pair = (wrong[:, None] > 0) & (wrong[None] > ORDER * wrong[:, None] + 1)  # [i, j, T]
        cost = torch.where(pair, softplus(score[None] - score[:, None]), 0.0).sum((0, 1))
        count = pair.sum((0, 1))
        costs.append((cost / count.clamp_min(1)).sum())
        weights.append((count > 0).sum())
    if not costs:
        return logits.new_zeros(())
    return torch.stack(costs).sum() / torch.stack(weights).sum().clamp_min(1)


def smooth_loss(logits: Tensor, truth: Tensor, group: Tensor, own: Tensor) -> Tensor:
    """Returns the mean squared error, ``scalar``, of differences between pictures of one group, for their own texts.

    logits, truth, own [N, T], group [N]. Of ``sigmoid(logits)`` against the truth.
    """
    known = ~truth.isnan() & own
    error = torch.where(known, logits.sigmoid() - truth.nan_to_num(), torch.zeros_like(logits))
    # The mean over pairs of a group is twice the variance of the error within it.
    member = nn.functional.one_hot(group.long()).to(logits).T  # [G, N]
    count = member @ known.to(logits)
    mean = (member @ error) / count.clamp_min(1)
    spread = (member @ error.square()) / count.clamp_min(1) - mean.square()
    weight = (count > 1).to(logits)
    return 2 * (weight * spread).sum() / weight.sum().clamp_min(1)


def total_loss(
    config: LossConfig,
    similarity: Tensor,
    truth: Tensor,
    group: Tensor,
    own: Tensor,
    temperatures: Temperatures,
    logit_scale: Tensor,
    prior: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Returns the weighted sum, ``scalar``, and its terms by name, of cosine similarities [N, T].

    truth [N, T] in 0..1 or NaN, group [N] of each picture, own [N, T] bool: the text was said about that group; prior [T] of
    ``softmax_loss`` and ``rank_loss``, for own texts.
    """
    similarity, truth = similarity.float(), truth.float()
    logits, sharp = temperatures(similarity), similarity * softmax_scale(logit_scale)
    terms: dict[str, Tensor] = {}
    if config.sigmoid:
        terms["sigmoid"] = sigmoid_loss(logits, truth, own, config.elsewhere)
    if config.texts:
        terms["texts"] = softmax_loss(sharp, truth)
    if config.pictures:
        terms["pictures"] = softmax_loss(sharp.T, truth.T)
    mine = torch.where(own, truth, torch.nan)
    if config.own_texts:
        terms["own_texts"] = softmax_loss(sharp, mine, prior=prior)
    if config.ranks:
        terms["ranks"] = rank_loss(sharp, mine, prior)
    if config.own_pictures:
        wanted = torch.lerp(mine, closeness(mine), config.tail) if config.tail else mine
        terms["own_pictures"] = softmax_loss(sharp.T, wanted.T)
    if config.picture_ranks:
        terms["picture_ranks"] = rank_loss(sharp.T, mine.T)
    if config.picture_order:
        terms["picture_order"] = order_loss(sharp, truth, group, own)
    if config.smooth:
        terms["smooth"] = smooth_loss(logits, truth, group, own)
    total = similarity.new_zeros(())
    for name, term in terms.items():
        total = total + getattr(config, name) * term
    return total, {name: term.detach() for name, term in terms.items()}
