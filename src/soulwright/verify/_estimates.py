"""Estimates that are more than one count: two-phase judging, epochs, and weighted totals (design page S3, S7, S11)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soulwright.verify._intervals import rate_interval
from soulwright.verify._statistics import LEVEL, Interval, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoPhase:
    """What a second, blind reading found: all `flagged` of `n` replies were read again, and `sampled` of the others."""

    n: int
    flagged: int
    confirmed: int
    sampled: int
    missed: int

    def __post_init__(self) -> None:
        """ValueError where the counts contradict each other."""
        inside = 0 <= self.confirmed <= self.flagged <= self.n and 0 <= self.missed <= self.sampled
        if not inside or self.sampled > self.n - self.flagged:
            raise ValueError(f"counts of two readings that cannot be: {self}")


def two_phase(counts: TwoPhase, *, level: float = LEVEL) -> Estimate | None:
    """The failure rate after both readings; None where nothing, or no unflagged reply though there are some, was read.

    Each reply counts with one over its chance of being read again (Horvitz and Thompson, JASA 1952; double sampling:
    Tenenbein, JASA 1970). The interval adds confirmed flags and missed failures by their own limits (MOVER: Zou and
    Donner, Statistics in Medicine 2008), so that none missed in a small sample is not read as none missed.
    """
    rest = counts.n - counts.flagged
    if counts.n == 0 or (rest and not counts.sampled):
        return None
    share = rest / counts.n
    seen = counts.confirmed / counts.n
    unseen = counts.missed / counts.sampled if counts.sampled else 0.0
    a = rate_interval(counts.confirmed, counts.n, level=level)
    b = rate_interval(counts.missed, counts.sampled, level=level) if rest else Interval(low=0.0, high=0.0)
    value = seen + share * unseen
    down = math.hypot(seen - a.low, share * (unseen - b.low))
    up = math.hypot(a.high - seen, share * (b.high - unseen))
    return Estimate(value=value, interval=Interval(low=max(0.0, value - down), high=min(1.0, value + up), level=level))


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReading:
    """One row after a second, blind reading; no estimate where nothing of what was not flagged was read."""

    counts: TwoPhase
    estimate: Estimate | None

    @classmethod
    def of(cls, counts: TwoPhase) -> SecondReading:
        """The failure rate that follows from both readings."""
        return cls(counts=counts, estimate=two_phase(counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Epochs:
    """One scene asked several times: `passed` of `n`."""

    passed: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Where the variance of a mean over scenes and epochs comes from (S3)."""

    between: float
    within: float
    standard_error: float


def spread_of(scenes: Sequence[Epochs]) -> Spread | None:
    """The variance between scenes and within one, by the analysis of variance; None for fewer than two scenes or
    epochs. More epochs shrink only `within` (Miller, "Adding error bars to evals", arXiv 2411.00640, section 3).
    """
    sizes = {scene.n for scene in scenes}
    if len(scenes) < 2 or len(sizes) != 1 or min(sizes) < 2:
        return None
    k, count = sizes.pop(), len(scenes)
    rates = [scene.passed / scene.n for scene in scenes]
    mean = sum(rates) / count
    within = sum(rate * (1 - rate) for rate in rates) / count * k / (k - 1)
    of_means = sum((rate - mean) ** 2 for rate in rates) / (count - 1)
    return Spread(between=max(0.0, of_means - within / k), within=within, standard_error=math.sqrt(of_means / count))


def all_of_k(passed: int, n: int, k: int) -> float:
    """The chance that `k` replies drawn from these `n` all pass: pass^k (Yao et al., arXiv 2406.12045)."""
    _check_draw(passed, n, k)
    return math.comb(passed, k) / math.comb(n, k)


def any_of_k(failed: int, n: int, k: int) -> float:
    """The chance that one of `k` attempts or more, drawn from these `n`, succeeds (Chen et al., arXiv 2107.03374)."""
    _check_draw(failed, n, k)
    return 1 - math.comb(n - failed, k) / math.comb(n, k)


def weighted_total(rates: Mapping[str, Rate], weights: Mapping[str, float], *, level: float = LEVEL) -> Estimate | None:
    """The weighted mean of rates, by weights declared before the run; None where a weighted row counted nothing.

    The interval adds the rows' own limits (MOVER, Zou and Donner 2008). Hard limits do not belong in a total.
    ValueError for a weight below zero or for a row that has none.
    """
    if set(weights) != set(rates) or any(weight < 0 for weight in weights.values()) or not sum(weights.values()):
        raise ValueError("each row needs a weight of zero or more, declared before the run, and one must be above zero")
    counted = {name: weight / sum(weights.values()) for name, weight in weights.items() if weight}
    if any(rates[name].n == 0 for name in counted):
        return None
    value = down = up = 0.0
    for name, weight in counted.items():
        rate = rates[name]
        own, limits = rate.passed / rate.n, rate_interval(rate.passed, rate.n, level=level)
        value += weight * own
        down += (weight * (own - limits.low)) ** 2
        up += (weight * (limits.high - own)) ** 2
    low, high = max(0.0, value - math.sqrt(down)), min(1.0, value + math.sqrt(up))
    return Estimate(value=value, interval=Interval(low=low, high=high, level=level))


def _check_draw(x: int, n: int, k: int) -> None:
    if not (0 <= x <= n and 1 <= k <= n):
        raise ValueError(f"`{k}` of `{n}` replies, `{x}` of them counted, cannot be drawn")
