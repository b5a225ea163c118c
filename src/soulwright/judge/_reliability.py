"""Agreement beyond chance: Cohen's kappa and Krippendorff's alpha, each with an interval that is honest at no
disagreement at all.

Both are 1 - observed/expected disagreement. Resampling the cases gives the interval (percentiles of a seeded bootstrap;
Hayes and Krippendorff 2007 for alpha); where it says that there can be no disagreement because none was seen, the exact
upper bound of a share that was zero in n cases takes its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

from soulwright.verify import Estimate, Interval, upper_bound

DRAWS = 2000
LEVEL = 0.95
Counted = Counter[tuple[Hashable, ...]]  # how often each pattern of ratings was given to a case
Ratings = Sequence[Sequence[Hashable]]  # for each case what the raters said, as many of them as said anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """The share of disagreement that was seen, and the share that chance alone would give."""

    observed: float
    expected: float

    @property
    def beyond_chance(self) -> float:
        """One for none at all, zero for as much as chance gives."""
        return 1 - self.observed / self.expected


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]], *, seed: int = 0) -> Estimate | None:
    """Agreement of two raters beyond chance (Cohen 1960); None where they leave chance nothing to be beyond of."""
    return _with_interval(Counter(pairs), _kappa, seed=seed)


def krippendorff_alpha(ratings: Ratings, *, seed: int = 0) -> Estimate | None:
    """Agreement of any number of raters beyond chance, nominal (Krippendorff 2004); cases rated once say nothing.

    None where all ratings are the same, or no case was rated twice.
    """
    return _with_interval(Counter(tuple(unit) for unit in ratings if len(unit) > 1), _alpha, seed=seed)


def _with_interval(cases: Counted, measure: Callable[[Counted], Disagreement | None], *, seed: int) -> Estimate | None:
    """Cases that were rated alike count together, so that resampling them is one draw of counts."""
    import numpy as np

    n = cases.total()
    found = measure(cases) if n else None
    if found is None:
        return None
    patterns = list(cases)
    drawn = np.random.default_rng(seed).multinomial(n, [cases[pattern] / n for pattern in patterns], size=DRAWS)
    again = (measure(Counter(dict(zip(patterns, (int(x) for x in counts), strict=True)))) for counts in drawn)
    values = [one.beyond_chance for one in again if one is not None]
    low, high = (float(each) for each in np.quantile(values or [-1.0, 1.0], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    value = found.beyond_chance
    if found.observed == 0:
        low = 1 - upper_bound(0, n, level=(1 + LEVEL) / 2) / found.expected
    interval = Interval(low=max(-1.0, min(low, value)), high=min(1.0, max(high, value)))
    return Estimate(value=value, interval=interval)


def _kappa(pairs: Counted) -> Disagreement | None:
    n = pairs.total()
    first: Counter[Hashable] = Counter()
    second: Counter[Hashable] = Counter()
    for (one, other), count in pairs.items():
        first[one] += count
        second[other] += count
    expected = 1 - sum(first[word] * second[word] for word in first) / n**2
    observed = sum(count for (one, other), count in pairs.items() if one != other) / n
    return None if expected == 0 else Disagreement(observed=observed, expected=expected)


def _alpha(units: Counted) -> Disagreement | None:
    counts: Counter[Hashable] = Counter()
    observed = 0.0
    for unit, times in units.items():
        for word in unit:
            counts[word] += times
        observed += times * 2 * sum(one != other for one, other in combinations(unit, 2)) / (len(unit) - 1)
    n = counts.total()
    expected = 1 - sum(count * (count - 1) for count in counts.values()) / (n * (n - 1))
    return None if expected == 0 else Disagreement(observed=observed / n, expected=expected)
