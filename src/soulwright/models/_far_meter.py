"""One budget for many workers: an actor of the cluster counts, and the meter of each worker asks it.

What a worker held that died is settled as calls without a reply when another one takes over its share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from soulwright.errors import BudgetSpent
from soulwright.models._budget import Budget, Hold, Meter

if TYPE_CHECKING:
    from inspect_ai.model import ModelUsage


class Counter:
    """The actor: it holds the meter of the whole call."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._held: dict[int, list[Hold]] = {}

    def begin(self, share: int) -> Budget:
        """A worker begins a share, perhaps not for the first time; the budget that it works under."""
        for hold in self._held.pop(share, []):
            self._meter.settle(hold, None)
        return self._meter.budget

    def take(self, share: int, model: str, tokens_in: int, tokens_out: int) -> Hold | str | None:
        """As `Meter.take`; what is spent comes back in words, since an error would come back as one of Ray's."""
        try:
            hold = self._meter.take(model, tokens_in, tokens_out)
        except BudgetSpent:
            return self._meter.beyond
        if hold is not None:
            self._held.setdefault(share, []).append(hold)
        return hold

    def settle(self, share: int, hold: Hold, usage: ModelUsage | None) -> None:
        """As `Meter.settle`."""
        self._held[share].remove(hold)
        self._meter.settle(hold, usage)

    def counted(self) -> Meter:
        """The meter as it stands."""
        return self._meter


class FarMeter(Meter):
    """The meter of a worker, for one share of the work."""

    def __init__(self, counter: Any, share: int, budget: Budget) -> None:
        super().__init__(budget=budget)
        self._counter = counter
        self._share = share

    @classmethod
    def begun(cls, counter: Any, share: int) -> FarMeter:
        """The meter for a share that this worker begins now."""
        import ray

        return cls(counter, share, ray.get(counter.begin.remote(share)))

    @override
    def take(self, model: str, tokens_in: int, tokens_out: int) -> Hold | None:
        import ray

        answer: Hold | str | None = ray.get(self._counter.take.remote(self._share, model, tokens_in, tokens_out))
        if isinstance(answer, str):
            self._beyond_what = answer
            raise self.refusal()
        return answer

    @override
    def settle(self, hold: Hold, usage: ModelUsage | None) -> None:
        import ray

        ray.get(self._counter.settle.remote(self._share, hold, usage))
