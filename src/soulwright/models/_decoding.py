"""How the next token is chosen: greedily, or by chance at a temperature, each reply with its own chance.

Sampling is an argmax too: of the logits over the temperature plus noise of Gumbel's distribution, which picks token i
with probability softmax(logits / temperature)_i (Gumbel 1954; Maddison et al. 2014, arXiv 1411.0030). So one batch may
hold replies of different temperatures, greedy ones among them, and a reply depends on its own seed and not on who
shares the batch with it (but for the last bits, which padding changes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from soulwright.errors import InputError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How a reply is drawn; `temperature` 0 is greedy, and then the rest has no effect.

    `top_k` keeps the k likeliest tokens (0: all), `top_p` the likeliest ones that together have this probability; both
    after the temperature, `top_k` first. Without a `seed` each reply is drawn anew. InputError where a figure makes no
    sense.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise InputError(f"the temperature is `{self.temperature}`", help="it must be a number of at least 0")
        if not 0 < self.top_p <= 1:
            raise InputError(f"top_p is `{self.top_p}`", help="it must be more than 0 and at most 1")
        if self.top_k < 0:
            raise InputError(f"top_k is `{self.top_k}`", help="it must be at least 1, or 0 for all tokens")

    @property
    def greedy(self) -> bool:
        """True where nothing is left to chance."""
        return self.temperature == 0


GREEDY = Decoding()
AS_IT_IS = Decoding(temperature=1.0)


def log_softmax_of(logits_NV: torch.Tensor, decoding: Decoding) -> torch.Tensor:
    """The log-probability of each token under a decoding; minus infinity for what it never draws."""
    import torch

    if decoding.greedy:
        best_N = logits_NV.argmax(dim=-1, keepdim=True)
        return torch.full_like(logits_NV, float("-inf")).scatter_(-1, best_N, 0.0)
    scores_NV = logits_NV.float() / decoding.temperature
    if decoding.top_k or decoding.top_p < 1:
        scores_NV = _without_tail(scores_NV, decoding)
    return scores_NV.log_softmax(dim=-1)


def _without_tail(scores_NV: torch.Tensor, decoding: Decoding) -> torch.Tensor:
    """The scores with minus infinity for all but the likeliest tokens; the likeliest of all always stays."""
    ranked_NV, order_NV = scores_NV.sort(dim=-1, descending=True)
    if decoding.top_k:
        ranked_NV[..., decoding.top_k :] = float("-inf")
    if decoding.top_p < 1:
        chances_NV = ranked_NV.softmax(dim=-1)
        before_NV = chances_NV.cumsum(dim=-1) - chances_NV
        ranked_NV = ranked_NV.masked_fill(before_NV >= decoding.top_p, float("-inf"))
    return scores_NV.scatter(-1, order_NV, ranked_NV)


class Source:
    """Where one reply's chance comes from: its decoding, and a generator of its own."""

    def __init__(self, decoding: Decoding) -> None:
        import torch

        self.decoding = decoding
        self._generator = torch.Generator()
        if decoding.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(decoding.seed)

    def noised(self, scores_V: torch.Tensor) -> torch.Tensor:
        """The scores with their noise: the argmax of them is a draw. Of a greedy reply they stay as they are."""
        import torch

        if self.decoding.greedy:
            return scores_V
        drawn_V = scores_V.float() / self.decoding.temperature
        if self.decoding.top_k or self.decoding.top_p < 1:
            drawn_V = _without_tail(drawn_V, self.decoding)
        return drawn_V - torch.empty_like(drawn_V).exponential_(generator=self._generator).log_()


class Chance:
    """A processor of logits for `generate`: with it, the argmax that greedy search takes is a draw."""

    def __init__(self, decodings: Sequence[Decoding]) -> None:
        self._sources = [Source(decoding) for decoding in decodings]

    def __call__(self, _ids_BT: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores of each row that is drawn by chance, with its noise."""
        import torch

        return torch.stack([source.noised(row_V) for source, row_V in zip(self._sources, scores, strict=True)])


def processors(decodings: Sequence[Decoding]) -> Any:
    """What `generate` takes as `logits_processor`; None where all is greedy, so that nothing is computed for it."""
    if all(decoding.greedy for decoding in decodings):
        return None
    from transformers import LogitsProcessorList

    return LogitsProcessorList([Chance(decodings)])
