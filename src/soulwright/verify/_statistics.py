"""Exact intervals, exact tests and corrections: every figure of the gap report is counted here.

How verdicts become a rate (`rate_of`), stated once because everything rests on it:

* PASS is a pass, FAIL is a failure.
* INVALID (a garbled reply, or one outside what the judge can read) is the *model's* doing: a garbled reply does not
  hold the clause, so it counts as a failure.
* UNCLEAR is the *judge's* failing: it leaves the point estimate and the interval, and returns as worst-case bounds, in
  which every unclear reply is first a failure and then a pass. It is never a pass on its own.

Left out on purpose: training noise (one run is one draw of it; compare seeds) and repeated samples of one situation
(a situation counts once). scipy is imported when a figure is asked for, so importing this room stays cheap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from statistics import NormalDist

from soulwright.verify._judged import Verdict

LEVEL = 0.95
DRAWS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A two-sided interval that covers the truth with probability `level`."""

    low: float
    high: float
    level: float = LEVEL

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of `n` judged replies passed, with the exact interval; `unclear` replies stand outside `n`."""

    passed: int
    n: int
    interval: Interval
    unclear: int = 0

    @property
    def value(self) -> float | None:
        """The share that passed; None where nothing was judged."""
        return self.passed / self.n if self.n else None

    @property
    def failed(self) -> int:
        """Replies that did not hold: FAIL and INVALID together."""
        return self.n - self.passed

    @property
    def worst_case(self) -> tuple[float, float]:
        """The share if every unclear reply were a failure, and if every one were a pass."""
        total = self.n + self.unclear
        if total == 0:
            return 0.0, 1.0
        return self.passed / total, (self.passed + self.unclear) / total


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The unweighted mean of several rates."""

    value: float
    rows: int
    n: int
    interval: Interval


class RatioState(StrEnum):
    """Whether a ratio of two differences means anything."""

    DEFINED = "defined"
    UNDEFINED = "undefined"
    NOT_TESTED = "not_tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio with its interval, or the reason why there is none (then `value` and `interval` are None)."""

    state: RatioState
    value: float | None = None
    interval: Interval | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A violation rate corrected for the judge's own errors; undefined where the judge is no better than a coin."""

    state: RatioState
    raw: float
    value: float | None = None
    interval: Interval | None = None


def make_rate(passed: int, n: int, *, unclear: int = 0, level: float = LEVEL) -> Rate:
    """`passed` of `n` with its exact interval: `make_rate(0, 59).interval.high` is 0.061."""
    return Rate(passed=passed, n=n, unclear=unclear, interval=clopper_pearson(passed, n, level=level))


def rate_of(verdicts: Iterable[Verdict], *, level: float = LEVEL) -> Rate:
    """The share of passes: INVALID fails, UNCLEAR is left out and counted apart (see the module's first lines)."""
    listed = list(verdicts)
    unclear = listed.count(Verdict.UNCLEAR)
    return make_rate(listed.count(Verdict.PASS), len(listed) - unclear, unclear=unclear, level=level)


def clopper_pearson(x: int, n: int, *, level: float = LEVEL) -> Interval:
    """The exact two-sided interval of a proportion; [0, 1] where nothing was counted."""
    tail = (1 - level) / 2
    return Interval(low=lower_bound(x, n, level=1 - tail), high=upper_bound(x, n, level=1 - tail), level=level)


@lru_cache(maxsize=65536)
def upper_bound(x: int, n: int, *, level: float = LEVEL) -> float:
    """The exact one-sided upper bound of x/n: `upper_bound(0, 59)` is just under 0.05."""
    _check_counts(x, n)
    if x == n:
        return 1.0
    if x == 0:
        return 1.0 - math.pow(1 - level, 1 / n)
    from scipy import special

    return float(special.betaincinv(x + 1, n - x, level))


@lru_cache(maxsize=65536)
def lower_bound(x: int, n: int, *, level: float = LEVEL) -> float:
    """The exact one-sided lower bound of x/n."""
    _check_counts(x, n)
    return 1 - upper_bound(n - x, n, level=level) if n else 0.0


@lru_cache(maxsize=65536)
def binomial_tail(x: int, n: int, rate: float) -> float:
    """The chance of at most `x` failures among `n` replies that each fail at `rate`."""
    _check_counts(x, n)
    if x == n:
        return 1.0
    from scipy import special

    return float(special.bdtr(x, n, rate))


def situations_needed(tolerance: float, *, level: float = LEVEL) -> int | None:
    """How many situations without one failure show a rate below `tolerance`; None where none suffice."""
    if tolerance <= 0:
        return None
    if tolerance >= 1:
        return 0
    needed = max(1, math.ceil(math.log(1 - level) / math.log(1 - tolerance)))
    while needed > 1 and upper_bound(0, needed - 1, level=level) <= tolerance:
        needed -= 1
    while upper_bound(0, needed, level=level) > tolerance:
        needed += 1
    return needed


def wilson(x: int, n: int, *, level: float = LEVEL) -> Interval:
    """The Wilson score interval of a proportion."""
    _check_counts(x, n)
    if n == 0:
        return Interval(low=0.0, high=1.0, level=level)
    z, p = _z(level), x / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if x == 0 else max(0.0, centre - half)
    high = 1.0 if x == n else min(1.0, centre + half)
    return Interval(low=low, high=high, level=level)


def fisher_exact(passed_a: int, n_a: int, passed_b: int, n_b: int) -> float:
    """Two-sided p that two independent rates are the same; 1 where one side is empty."""
    _check_counts(passed_a, n_a)
    _check_counts(passed_b, n_b)
    if n_a == 0 or n_b == 0:
        return 1.0
    from scipy import stats

    table = [[passed_a, n_a - passed_a], [passed_b, n_b - passed_b]]
    return min(1.0, float(stats.fisher_exact(table).pvalue))


def mcnemar_exact(gained: int, lost: int) -> float:
    """Two-sided exact p of a paired change, from the situations that changed either way."""
    changed = gained + lost
    if changed == 0:
        return 1.0
    tail = sum(math.comb(changed, k) for k in range(min(gained, lost) + 1))
    return min(1.0, tail / (1 << (changed - 1)))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p values, in the order given: comparing each with alpha holds the family-wise error at alpha."""
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Benjamini and Hochberg's adjusted p values, in the order given: holds the false discovery rate."""
    adjusted = [0.0] * len(p_values)
    running = 1.0
    ascending = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank in range(len(p_values), 0, -1):
        index = ascending[rank - 1]
        running = min(running, p_values[index] * len(p_values) / rank)
        adjusted[index] = running
    return tuple(adjusted)


def newcombe(passed_a: int, n_a: int, passed_b: int, n_b: int, *, level: float = LEVEL) -> Interval:
    """Newcombe's interval for rate a minus rate b, two independent samples; [-1, 1] where one is empty."""
    if n_a == 0 or n_b == 0:
        return Interval(low=-1.0, high=1.0, level=level)
    a, b = wilson(passed_a, n_a, level=level), wilson(passed_b, n_b, level=level)
    p_a, p_b = passed_a / n_a, passed_b / n_b
    low = p_a - p_b - math.hypot(p_a - a.low, b.high - p_b)
    high = p_a - p_b + math.hypot(a.high - p_a, p_b - b.low)
    return Interval(low=max(-1.0, low), high=min(1.0, high), level=level)


def newcombe_paired(both: int, only_a: int, only_b: int, neither: int, *, level: float = LEVEL) -> Interval:
    """Newcombe's interval (his method 10) for rate a minus rate b on identical situations."""
    n = both + only_a + only_b + neither
    if n == 0:
        return Interval(low=-1.0, high=1.0, level=level)
    a, b = wilson(both + only_a, n, level=level), wilson(both + only_b, n, level=level)
    p_a, p_b = (both + only_a) / n, (both + only_b) / n
    phi = _paired_correlation(both, only_a, only_b, neither)
    below_a, above_a, below_b, above_b = p_a - a.low, a.high - p_a, p_b - b.low, b.high - p_b
    down = math.sqrt(max(0.0, below_a**2 - 2 * phi * below_a * above_b + above_b**2))
    up = math.sqrt(max(0.0, above_a**2 - 2 * phi * above_a * below_b + below_b**2))
    return Interval(low=max(-1.0, p_a - p_b - down), high=min(1.0, p_a - p_b + up), level=level)


def _paired_correlation(both: int, only_a: int, only_b: int, neither: int) -> float:
    product = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if product == 0:
        return 0.0
    covariance = float(both * neither - only_a * only_b)
    if covariance > 0:
        covariance = max(covariance - (both + only_a + only_b + neither) / 2, 0.0)
    return covariance / math.sqrt(product)


def mean_of_rates(rates: Sequence[Rate], *, level: float = LEVEL) -> Mean | None:
    """The unweighted mean of the rates that counted something, or None where none did.

    The half-width is the normal one with each rate's variance taken at its Wilson centre, so that rows at zero or one
    do not pretend to be certain.
    """
    counted = [rate for rate in rates if rate.n]
    if not counted:
        return None
    z = _z(level)
    value = sum(rate.passed / rate.n for rate in counted) / len(counted)
    variance = 0.0
    for rate in counted:
        centre = (rate.passed + z * z / 2) / (rate.n + z * z)
        variance += centre * (1 - centre) / (rate.n + z * z)
    half = z * math.sqrt(variance) / len(counted)
    interval = Interval(low=max(0.0, value - half), high=min(1.0, value + half), level=level)
    return Mean(value=value, rows=len(counted), n=sum(rate.n for rate in counted), interval=interval)


def internalisation(
    base: Rate, trained: Rate, base_with_spec: Rate, *, seed: int = 0, draws: int = DRAWS, level: float = LEVEL
) -> Ratio:
    """(trained - base) / (base with the document in its prompt - base), all without training on the test.

    Undefined, with the reason, where the interval of the denominator includes zero or lies below it. The interval comes
    from a seeded parametric bootstrap: each of the three rates is drawn from its Jeffreys posterior, independently.
    """
    if not (base.n and trained.n and base_with_spec.n):
        return Ratio(state=RatioState.NOT_TESTED, reason="one of the three cells was not measured")
    gain = newcombe(base_with_spec.passed, base_with_spec.n, base.passed, base.n, level=level)
    if gain.low <= 0:
        reason = (
            "the document in the prompt makes the base worse"
            if gain.high < 0
            else "the document in the prompt does not move the base beyond chance"
        )
        return Ratio(state=RatioState.UNDEFINED, reason=reason)
    start = base.passed / base.n
    value = (trained.passed / trained.n - start) / (base_with_spec.passed / base_with_spec.n - start)
    low, high = _ratio_quantiles((base, trained, base_with_spec), seed=seed, draws=draws, level=level)
    interval = Interval(low=min(low, value), high=max(high, value), level=level)
    return Ratio(state=RatioState.DEFINED, value=value, interval=interval)


def _ratio_quantiles(cells: tuple[Rate, Rate, Rate], *, seed: int, draws: int, level: float) -> tuple[float, float]:
    import numpy as np

    generator = np.random.default_rng(seed)
    base, trained, prompted = (generator.beta(c.passed + 0.5, c.n - c.passed + 0.5, size=draws) for c in cells)
    gain = prompted - base
    ratios = np.where(gain > 0, (trained - base) / np.where(gain > 0, gain, 1.0), np.inf)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2], method="nearest")
    return float(low), float(min(high, 1e6))


def judge_corrected(failed: int, n: int, *, sensitivity: Rate, specificity: Rate, level: float = LEVEL) -> Corrected:
    """The violation rate corrected for judge errors (Rogan and Gladen's estimate, Lee's interval).

    `sensitivity` counts violations that the judge caught, `specificity` good replies that it passed. The estimate uses
    the interval's shrunken rates, so that a judge without one error in its examination is not taken as perfect.
    """
    _check_counts(failed, n)
    raw = failed / n if n else 0.0
    if not (n and sensitivity.n and specificity.n):
        return Corrected(state=RatioState.NOT_TESTED, raw=raw)
    z = _z(level)
    p = (failed + z * z / 2) / (n + z * z)
    m0, m1 = specificity.n + 2, sensitivity.n + 2
    q0, q1 = (specificity.passed + 1) / m0, (sensitivity.passed + 1) / m1
    power = q0 + q1 - 1
    if power <= 0:
        return Corrected(state=RatioState.UNDEFINED, raw=raw)
    theta = (p + q0 - 1) / power
    v0, v1 = q0 * (1 - q0) / m0, q1 * (1 - q1) / m1
    shift = 2 * z * z * (theta * v1 - (1 - theta) * v0)
    error = math.sqrt(p * (1 - p) / (n + z * z) + (1 - theta) ** 2 * v0 + theta**2 * v1) / power
    low, high = (min(1.0, max(0.0, theta + shift + sign * z * error)) for sign in (-1, 1))
    value = min(1.0, max(0.0, theta))
    interval = Interval(low=min(low, value), high=max(high, value), level=level)
    return Corrected(state=RatioState.DEFINED, raw=raw, value=value, interval=interval)


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def _check_counts(x: int, n: int) -> None:
    if not 0 <= x <= n:
        raise ValueError(f"`{x}` of `{n}` is not a count of cases")
