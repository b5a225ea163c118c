"""Claims that may be read after every reply, and where the next reply is best spent.

A claim rests on an e-value: a bet against the claim's opposite whose expected gain is at most nothing while the
opposite is true. By Ville's inequality (Ville 1939) it ever reaches 1/alpha with probability at most alpha, so looking
after each reply and stopping when one likes costs nothing (Grünwald, de Heide and Koolen, JRSS B 2024; Ramdas et al.,
Statistical Science 2023). The bets are likelihood ratios of Bernoulli replies with a beta mixture above the line
(Robbins, Annals of Mathematical Statistics 1970), cut off at the tolerance.

INVARIANT: replies come one after another from the same distribution of situations, one a family. Families of several
replies enter as one (`collapsed`), and which situation comes next must not depend on what it will show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from soulwright.verify._statistics import LEVEL, Interval, Rate, lower_bound, upper_bound

# Jeffreys weights for the mixture: no rate is favoured.
_PRIOR = (0.5, 0.5)
_HALVINGS = 60


class Claim(StrEnum):
    """What may be said of a clause after any number of replies."""

    HOLDS = "holds"
    """The failure rate lies below the tolerance."""
    BROKEN = "broken"
    """The failure rate lies above the tolerance (or above the lower edge of a band)."""
    OPEN = "open"
    """Neither has been shown yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Two rates declared before the run: a clause that fails at most at `good` should pass, one at `bad` should not.

    Between them either answer is accepted, which is what makes a decision cheap.
    """

    good: float
    bad: float

    def __post_init__(self) -> None:
        """ValueError where the band is none."""
        if not 0 < self.good < self.bad < 1:
            raise ValueError(f"`{self.good}` to `{self.bad}` is no band of rates")

    def evidence(self, failed: int, n: int) -> float:
        """The log likelihood ratio of `good` over `bad` (Wald, Annals of Mathematical Statistics 1945)."""
        ratio = math.log((1 - self.good) / (1 - self.bad))
        return (n - failed) * ratio - failed * math.log(self.bad / self.good)

    def claim(self, failed: int, n: int, *, wrong_pass: float = 0.05, wrong_fail: float = 0.05) -> Claim:
        """HOLDS where the rate is shown to lie below `bad`, BROKEN where above `good`; each error at most as given.

        Both hold at any time: a likelihood ratio against `bad` falls in expectation for every rate above it.
        """
        evidence = self.evidence(failed, n)
        if evidence >= -math.log(wrong_pass):
            return Claim.HOLDS
        return Claim.BROKEN if evidence <= math.log(wrong_fail) else Claim.OPEN


def log_evidence_below(failed: float, n: float, tolerance: float) -> float:
    """The log e-value against "the failure rate is `tolerance` or more": it reaches log(1/alpha) where it is less.

    A mixture of likelihood ratios over rates below the tolerance; each falls in expectation for every rate at or above
    it, so the bet is fair against the whole composite opposite. A scene with several replies may fail by a share: the
    ratio is convex in it, so that the bet is never better than fair.

    >>> [round(math.exp(log_evidence_below(0, n, 0.05)), 1) for n in (0, 60, 100)]
    [1.0, 10.8, 66.2]
    """
    _check(failed, n, tolerance)
    a, b = _PRIOR
    return _log_part(failed + a, n - failed + b, tolerance) - _log_part(a, b, tolerance) - _null(failed, n, tolerance)


def log_evidence_above(failed: float, n: float, tolerance: float) -> float:
    """The log e-value against "the failure rate is `tolerance` or less"."""
    return log_evidence_below(n - failed, n, 1 - tolerance)


def claim(failed: int, n: int, *, tolerance: float, alpha: float = 1 - LEVEL) -> Claim:
    """What may be said now, at any time: each of the two claims is ever wrong with probability at most `alpha`.

    A tolerance of 0 or 1 leaves every claim open: no number of replies shows a rate of exactly nothing.
    """
    if not 0 < tolerance < 1:
        return Claim.OPEN
    needed = -math.log(alpha)
    if log_evidence_below(failed, n, tolerance) >= needed:
        return Claim.HOLDS
    return Claim.BROKEN if log_evidence_above(failed, n, tolerance) >= needed else Claim.OPEN


@lru_cache(maxsize=4096)
def confidence_sequence(failed: int, n: int, *, level: float = LEVEL) -> Interval:
    """An interval that holds the rate at *all* times together with probability `level`.

    The rates against which a whole beta mixture has not yet earned 1/(1 - level) (Robbins 1970; Howard, Ramdas,
    McAuliffe and Sekhon, Annals of Statistics 2021, section 3). Wider than `clopper_pearson`, which may be read once.
    """
    _check(failed, n, 0.5)
    if n == 0:
        return Interval(low=0.0, high=1.0, level=level)
    a, b = _PRIOR
    earned = _log_beta(failed + a, n - failed + b) - _log_beta(a, b)
    needed = -math.log(1 - level)

    def refuted(rate: float) -> bool:
        return earned - _null(failed, n, rate) >= needed

    value = failed / n
    low = 0.0 if failed == 0 else _edge(refuted, value, 0.0)
    high = 1.0 if failed == n else _edge(refuted, value, 1.0)
    return Interval(low=low, high=high, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """The same tolerance on the scale of the judge's flags: hold below `holds`, broken above `broken`."""

    holds: float
    broken: float


def flagged_tolerance(tolerance: float, *, sensitivity: Rate, specificity: Rate, alpha: float = 0.01) -> Flagged:
    """Where a tolerance on true failures lies among flags, with the judge's exact bounds on the safe side (S6).

    A true rate t is flagged at t * sensitivity + (1 - t) * (1 - specificity) (Rogan and Gladen 1978). Each of the two
    claims is wrong through the judge's examination with probability at most `alpha`, to be added to the claim's own.
    """
    level = 1 - alpha / 2
    caught = [f(sensitivity.passed, sensitivity.n, level=level) for f in (lower_bound, upper_bound)]
    alarms = [f(specificity.failed, specificity.n, level=level) for f in (lower_bound, upper_bound)]
    low, high = (tolerance * q + (1 - tolerance) * alarm for q, alarm in zip(caught, alarms, strict=True))
    return Flagged(holds=low, broken=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A clause in the middle of a run: `failed` of `n` so far."""

    name: str
    failed: int
    n: int


def replies_to_go(standing: Standing, band: Band, *, alpha: float = 1 - LEVEL) -> float:
    """How many more replies the clause is expected to need, if it goes on as it began; 0 where it is decided.

    The distance that its evidence still has to go divided by its drift at the rate believed now (Wald's identity).
    """
    if band.claim(standing.failed, standing.n, wrong_pass=alpha, wrong_fail=alpha) is not Claim.OPEN:
        return 0.0
    rate = (standing.failed + _PRIOR[0]) / (standing.n + sum(_PRIOR))
    drift = (1 - rate) * band.evidence(0, 1) + rate * band.evidence(1, 1)
    distance = -math.log(alpha) - math.copysign(1.0, drift) * band.evidence(standing.failed, standing.n)
    return math.inf if drift == 0 else max(1.0, distance / abs(drift))


def next_clause(standings: Sequence[Standing], band: Band, *, alpha: float = 1 - LEVEL) -> Standing | None:
    """The clause nearest a decision, on which the next reply is best spent; None where all are decided."""
    open_ones = [(replies_to_go(one, band, alpha=alpha), index) for index, one in enumerate(standings)]
    still = [pair for pair in open_ones if pair[0] > 0]
    return standings[min(still)[1]] if still else None


def _null(failed: float, n: float, rate: float) -> float:
    """The log likelihood of the counts at `rate`."""
    part = failed * math.log(rate) if failed else 0.0
    return part + ((n - failed) * math.log1p(-rate) if n > failed else 0.0)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _log_part(a: float, b: float, upto: float) -> float:
    """The logarithm of the incomplete beta integral from 0 to `upto`."""
    from scipy import special

    share = float(special.betainc(a, b, upto))
    if share > 0:
        return _log_beta(a, b) + math.log(share)
    return a * math.log(upto) + b * math.log1p(-upto) - math.log(a)  # its first term, where the share underflows


def _edge(refuted: Callable[[float], bool], inside: float, outside: float) -> float:
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if refuted(middle) else (middle, outside)
    return outside


def _check(failed: float, n: float, tolerance: float) -> None:
    if not 0 <= failed <= n:
        raise ValueError(f"`{failed}` of `{n}` is not a count of cases")
    if not 0 < tolerance < 1:
        raise ValueError(f"a tolerance of `{tolerance}` cannot be tested")
