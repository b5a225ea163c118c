"""Replies written token by token, many at once: who is done leaves the batch, and who waits takes the place.

`generate` of transformers carries every row of a batch on until the longest is done. Here a batch has places: a reply
that ends frees its place, and the next conversation is read into it, so that the batch stays full until nothing waits.
All rows grow at the same column; a conversation that joins late ends at that column and has blanks before it.

Only for models whose memory of a conversation is keys and values in the order of the tokens (`can_write`): others keep
state that cannot be moved from row to row, and are left to `generate`.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from soulwright.models._decoding import Decoding, Source

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from soulwright.models._places import Places

# What a folder's generation settings may say without changing what greedy search says.
_WITHOUT_EFFECT = frozenset(
    "bos_token_id do_sample eos_token_id max_length max_new_tokens pad_token_id"
    " temperature top_k top_p transformers_version use_cache _from_model_config".split()
)
_NEEDED = frozenset({"attention_mask", "position_ids", "past_key_values", "use_cache", "logits_to_keep"})
_READ_AT_ONCE = 2_048  # tokens of conversations that are read in one go: what they need fits the processor's caches
_SHARE_TO_JOIN = 8  # conversations join when an eighth of the places is free


class Question(NamedTuple):
    """A conversation as tokens, how its reply is drawn, and how many tokens it may have."""

    prompt: Sequence[int]
    decoding: Decoding
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Which tokens end a reply, and how many conversations (and tokens of them) are in hand."""

    ends: frozenset[int]
    rows: int
    tokens: int

    def rows_of(self, length: int) -> int:
        """How many conversations of this length may be in hand."""
        return max(1, min(self.rows, self.tokens // max(1, length)))


@dataclass(slots=True, eq=False)
class _Row:
    """A reply that is being written: the number of its question and what was said so far."""

    number: int
    source: Source | None
    most: int
    said: list[int] = field(default_factory=list)


def can_write(model: PreTrainedModel) -> bool:
    """Whether replies of this model can be written here, and come out as `generate` would write them."""
    from transformers import DynamicCache, DynamicLayer, GenerationMixin

    of_class: Any = type(model)
    settings: Any = model.generation_config
    return (
        not model.config.is_encoder_decoder
        and not getattr(model, "_is_stateful", False)
        and of_class._supports_default_dynamic_cache()
        and of_class.prepare_inputs_for_generation is GenerationMixin.prepare_inputs_for_generation
        and inspect.signature(model.forward).parameters.keys() >= _NEEDED
        and {name for name, value in settings.to_diff_dict().items() if value} <= _WITHOUT_EFFECT
        and all(type(layer) is DynamicLayer for layer in DynamicCache(config=model.config).layers)
    )


def write(model: PreTrainedModel, questions: Sequence[Question], limits: Limits) -> Iterator[tuple[int, list[int]]]:
    """The number of each question and the tokens of its reply, as they get done; asked in the order given."""
    import torch

    with torch.inference_mode():
        yield from _Batch(model, questions, limits).written()


class _Read(NamedTuple):
    """Conversations that were read: what follows them, token by token, and the position of the reply's first token."""

    rows: list[_Row]
    cache: Places
    logits_BV: torch.Tensor
    positions_B: torch.Tensor


class _Batch:
    """The replies that are being written, each in its place; None is a free place."""

    def __init__(self, model: PreTrainedModel, questions: Sequence[Question], limits: Limits) -> None:
        import torch

        self._model: Any = model
        self._questions = questions
        self._limits = limits
        self._waiting = deque(range(len(questions)))
        self._places: list[_Row | None] = []
        self._cache: Places | None = None
        self._tokens_B = torch.zeros(0, dtype=torch.long)  # what each row is to be told next
        self._positions_B = torch.zeros(0, dtype=torch.long)
        self._done: list[tuple[int, list[int]]] = []

    def written(self) -> Iterator[tuple[int, list[int]]]:
        """Every reply, as it gets done."""
        while self._waiting or self._live:
            self._fill()
            self._let_go()
            if self._live:
                self._step()
            yield from self._done
            self._done = []

    @property
    def _live(self) -> int:
        return sum(row is not None for row in self._places)

    def _prompt(self, number: int) -> Sequence[int]:
        return self._questions[number].prompt

    def _fill(self) -> None:
        """Read conversations that wait into free places, as soon as enough are free."""
        while self._waiting:
            allowed = self._limits.rows_of(len(self._prompt(self._waiting[0])))
            wanted = min(len(self._waiting), max(1, allowed // _SHARE_TO_JOIN))
            if allowed - self._live < wanted:
                return
            self._join(self._read())

    def _read(self) -> _Read:
        """Read the next conversations that have room; those that are alike only once."""
        import torch

        numbers: list[int] = []
        alike: dict[tuple[int, ...], int] = {}
        live = self._live
        while self._waiting:
            prompt = tuple(self._prompt(self._waiting[0]))
            full = live + len(numbers) >= self._limits.rows_of(len(prompt))
            long = prompt not in alike and (len(alike) + 1) * len(prompt) > _READ_AT_ONCE
            if numbers and (full or long):
                break
            alike.setdefault(prompt, len(alike))
            numbers.append(self._waiting.popleft())
        cache, logits_BV = self._prefilled(list(alike))
        which = [alike[tuple(self._prompt(number))] for number in numbers]
        if which != list(range(len(alike))):
            cache.keep(which)
            logits_BV = logits_BV[which]
        positions_B = torch.tensor([len(self._prompt(number)) for number in numbers])
        return _Read([self._row(number) for number in numbers], cache, logits_BV, positions_B)

    def _row(self, number: int) -> _Row:
        _, decoding, most = self._questions[number]
        return _Row(number, None if decoding.greedy else Source(decoding), most)

    def _prefilled(self, prompts: Sequence[Sequence[int]]) -> tuple[Places, torch.Tensor]:
        import torch

        from soulwright.models._places import Places

        longest = max(map(len, prompts))
        ids_BT = torch.tensor([[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
        cache = Places()
        cache.mask_BT = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        positions_BT = (cache.mask_BT.cumsum(dim=1) - 1).clamp(min=0)
        return cache, self._asked(cache, ids_BT, positions_BT)

    def _asked(self, cache: Places, ids_BT: torch.Tensor, positions_BT: torch.Tensor) -> torch.Tensor:
        answer = self._model(
            input_ids=ids_BT,
            attention_mask=cache.mask_BT,
            position_ids=positions_BT,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits_BV: torch.Tensor = answer.logits[:, -1]
        return logits_BV

    def _join(self, read: _Read) -> None:
        """Give those that were read a place each, and say their first token."""
        import torch

        if self._cache is None or not self._live:
            places = list(range(len(read.rows)))
            self._cache, self._places = read.cache, list(read.rows)
            self._tokens_B, self._positions_B = torch.zeros_like(read.positions_B), read.positions_B
        else:
            places = self._free_places(len(read.rows))
            self._cache.forget(self._cache.width - self._widest())
            self._cache.put(places, read.cache)
            self._positions_B[places] = read.positions_B
            for place, row in zip(places, read.rows, strict=True):
                self._places[place] = row
        self._say(places, read.logits_BV)

    def _widest(self) -> int:
        """How many columns the longest row has filled: its last token is yet to be written."""
        return max(len(self._prompt(row.number)) + len(row.said) - 1 for row in self._places if row is not None)

    def _free_places(self, count: int) -> list[int]:
        import torch

        assert self._cache is not None
        free = [place for place, row in enumerate(self._places) if row is None][:count]
        more = count - len(free)
        if more:
            self._cache.more_places(more)
            self._tokens_B, self._positions_B = (
                torch.cat([kept, kept.new_zeros(more)]) for kept in (self._tokens_B, self._positions_B)
            )
            free += range(len(self._places), len(self._places) + more)
            self._places += [None] * more
        return free

    def _let_go(self) -> None:
        """Drop free places where many are free."""
        kept = [place for place, row in enumerate(self._places) if row is not None]
        if kept and len(self._places) - len(kept) >= max(1, len(self._places) // _SHARE_TO_JOIN):
            assert self._cache is not None
            self._cache.keep(kept)
            self._tokens_B, self._positions_B = self._tokens_B[kept], self._positions_B[kept]
            self._places = [self._places[place] for place in kept]

    def _step(self) -> None:
        """One token more for every row."""
        assert self._cache is not None
        self._cache.step()
        logits_BV = self._asked(self._cache, self._tokens_B[:, None], self._positions_B[:, None])
        self._positions_B += 1
        self._say(range(len(self._places)), logits_BV)

    def _say(self, places: Sequence[int], logits_BV: torch.Tensor) -> None:
        """Choose the next token of the rows in these places; who is done frees its place."""
        tokens = logits_BV.argmax(dim=-1).tolist()
        for at, place in enumerate(places):
            row = self._places[place]
            if row is None:
                continue
            token = tokens[at] if row.source is None else int(row.source.noised(logits_BV[at].float()).argmax())
            row.said.append(token)
            if token in self._limits.ends or len(row.said) == row.most:
                self._done.append((row.number, row.said))
                self._places[place] = None
                self._positions_B[place] = 0  # a free place goes on with nonsense, within what the model can read
                token = 0
            tokens[at] = token
        self._tokens_B[list(places)] = logits_BV.new_tensor(tokens, dtype=self._tokens_B.dtype)
