"""The keys and values of a batch whose rows come and go: a cache of transformers with places.

A step writes into columns that were set aside, where transformers' own layer copies all it has; what a leaving row has
written is overwritten by the next one in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import Cache, DynamicLayer

_SPARE = 48  # columns set aside at a time


class _Layer(DynamicLayer):  # type: ignore[no-untyped-call]  # transformers leaves `__init_subclass__` untyped
    """One layer: `keys` and `values` are views of what was set aside."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)  # type: ignore[no-untyped-call]  # untyped in transformers
        self._set_aside: list[torch.Tensor] = []

    @property
    def kept(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values, once there are any."""
        assert self.keys is not None
        assert self.values is not None
        return self.keys, self.values

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the keys and values of the next tokens; the first ones are kept as they are."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states, value_states
            return key_states, value_states
        width, more = self.kept[0].shape[-2], key_states.shape[-2]
        if not self._set_aside or self._set_aside[0].shape[-2] < width + more:
            self._set_aside = [_wider(one, after=more + _SPARE) for one in self.kept]
        for aside, new in zip(self._set_aside, (key_states, value_states), strict=True):
            aside[:, :, width : width + more] = new
        self.keys, self.values = (aside[:, :, : width + more] for aside in self._set_aside)
        return self.kept

    def rearrange(self, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Have other keys and values: `change` takes what is there and gives what is to be there."""
        self.keys, self.values = map(change, self.kept)
        self._set_aside = []

    def forget(self, columns: int) -> None:
        """Without the first columns; nothing is copied."""
        self.keys, self.values = (one[:, :, columns:] for one in self.kept)
        self._set_aside = [aside[:, :, columns:] for aside in self._set_aside]

    def put(self, rows: torch.Tensor, other: _Layer) -> None:
        """Write what `other` has read into these rows, ending at the last column."""
        for one, read in zip(self.kept, other.kept, strict=True):
            one[rows, :, -read.shape[-2] :] = read


class Places(Cache):
    """The keys and values of all layers, and the mask that says which columns of a place are filled."""

    def __init__(self) -> None:
        super().__init__(layer_class_to_replicate=_Layer)
        self.mask_BT = torch.zeros(0, 0, dtype=torch.long)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.mask_BT.shape[1]

    def step(self) -> None:
        """A column more, which the model is about to fill in every place.

        Free places are filled like the others: what was never written could be no number, and would spoil whoever
        gets the place even where the mask covers it.
        """
        self.mask_BT = torch.cat([self.mask_BT, self.mask_BT.new_ones(len(self.mask_BT), 1)], dim=1)

    def keep(self, rows: Sequence[int]) -> None:
        """Only these rows, in this order; a row may stand twice."""
        chosen = torch.tensor(rows)
        self.mask_BT = self.mask_BT[chosen]
        self._rearrange(lambda kept: kept[chosen])

    def more_places(self, count: int) -> None:
        """Empty places after the others."""
        self.mask_BT = torch.cat([self.mask_BT, self.mask_BT.new_zeros(count, self.width)])
        self._rearrange(lambda kept: torch.cat([kept, kept.new_zeros(count, *kept.shape[1:])]))

    def forget(self, columns: int) -> None:
        """Without the first columns, which no row needs any more."""
        self.mask_BT = self.mask_BT[:, columns:]
        for layer in self.layers:
            assert isinstance(layer, _Layer)
            layer.forget(columns)

    def put(self, rows: Sequence[int], other: Places) -> None:
        """Write rows that `other` has read into these places, ending at the last column."""
        missing = other.width - self.width
        if missing > 0:
            self.mask_BT = torch.cat([self.mask_BT.new_zeros(self.mask_BT.shape[0], missing), self.mask_BT], dim=1)
            self._rearrange(lambda kept: _wider(kept, before=missing))
        chosen = torch.tensor(rows)
        self.mask_BT[chosen] = 0
        self.mask_BT[chosen, -other.width :] = other.mask_BT
        for layer, read in zip(self.layers, other.layers, strict=True):
            assert isinstance(layer, _Layer)
            assert isinstance(read, _Layer)
            layer.put(chosen, read)

    def _rearrange(self, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
        for layer in self.layers:
            assert isinstance(layer, _Layer)
            layer.rearrange(change)


def _wider(kept_BHTD: torch.Tensor, *, before: int = 0, after: int = 0) -> torch.Tensor:
    """The same with columns before, which the mask will cover, or after, which will be written before they are read."""
    rows, heads, width, size = kept_BHTD.shape
    wider = kept_BHTD.new_empty(rows, heads, before + width + after, size)
    wider[:, :, :before] = 0  # what is covered must be a number: no share of it is nothing, but of NaN it is NaN
    wider[:, :, before : before + width] = kept_BHTD
    return wider
