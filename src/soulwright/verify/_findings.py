"""What the counts prove about a clause: a finding always carries n and a bound, never a bare yes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from soulwright.verify._statistics import LEVEL, Rate, lower_bound, situations_needed, upper_bound

UNCLEAR_SHARE = 0.5


class FindingState(StrEnum):
    """What may be said of a row against its tolerance."""

    PASS = "pass"
    """Even the upper bound of the failure rate lies within the tolerance."""
    FAIL = "fail"
    """Even the lower bound of the failure rate lies beyond the tolerance."""
    NOT_PROVEN = "not_proven"
    """The replies judged are too few, or too mixed, for either."""
    CLAUSE_UNCLEAR = "clause_unclear"
    """The judge could not decide at least half of the replies: the clause (or the judge) needs work, not the model."""
    NOT_TESTED = "not_tested"
    """No situation put it to the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The state of one row, with all that it rests on.

    `lower` and `upper` are one-sided exact bounds of the failure rate at `level`; unclear replies count as passes in
    `lower` and as failures in `upper`, so neither a pass nor a failure is ever owed to a judge error.
    `needed` says how many situations without a failure would prove the tolerance.
    """

    state: FindingState
    tolerance: float
    failed: int
    n: int
    unclear: int
    lower: float
    upper: float
    needed: int | None
    level: float = LEVEL


def find(rate: Rate, *, tolerance: float, level: float = LEVEL) -> Finding:
    """The finding for one rate: `find(make_rate(59, 59), tolerance=0.05).state` is PASS."""
    total = rate.n + rate.unclear
    lower = lower_bound(rate.failed, total, level=level)
    upper = upper_bound(rate.failed + rate.unclear, total, level=level)
    return Finding(
        state=_state(rate, lower=lower, upper=upper, tolerance=tolerance),
        tolerance=tolerance,
        failed=rate.failed,
        n=rate.n,
        unclear=rate.unclear,
        lower=lower,
        upper=upper,
        needed=situations_needed(tolerance, level=level),
        level=level,
    )


def _state(rate: Rate, *, lower: float, upper: float, tolerance: float) -> FindingState:
    total = rate.n + rate.unclear
    if total == 0:
        return FindingState.NOT_TESTED
    if lower > tolerance:
        return FindingState.FAIL
    if rate.unclear >= UNCLEAR_SHARE * total:
        return FindingState.CLAUSE_UNCLEAR
    return FindingState.PASS if upper <= tolerance else FindingState.NOT_PROVEN


def worst_state(states: Iterable[FindingState]) -> FindingState:
    """What several rows say together of their clause: a pass only where every one of them passes."""
    seen = set(states)
    for state in (FindingState.FAIL, FindingState.CLAUSE_UNCLEAR, FindingState.NOT_PROVEN):
        if state in seen:
            return state
    if seen == {FindingState.PASS}:
        return FindingState.PASS
    return FindingState.NOT_PROVEN if FindingState.PASS in seen else FindingState.NOT_TESTED
