"""From the gap.json of a run to what the page lays beside each clause."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from soulwright.errors import InputError
from soulwright.spec._clauses import Spec
from soulwright.spec.pages._measured import Measured, MeasuredState


class _Interval(BaseModel):
    low: float
    high: float


class _Rate(BaseModel):
    passed: int
    n: int
    interval: _Interval


class _Clause(BaseModel):
    clause_id: str
    text: str
    state: MeasuredState
    reason: str
    before: _Rate
    after: _Rate


class _Gap(BaseModel):
    # A gap holds much more than the page shows, so that unknown keys are no mistake here.
    model_config = ConfigDict(extra="ignore")
    clauses: list[_Clause]


def measured_from_gap(gap: Any, spec: Spec, *, source: str = "gap.json") -> tuple[Measured, ...]:
    """What a run found out about each clause of `spec`; `InputError` where `gap` is not the contents of a gap.json.

    A clause whose words are not those that were measured is marked as stale.
    """
    try:
        read = _Gap.model_validate(gap)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise InputError(
            f"not a gap of a run: {where}: {first['msg']}", source=source, help="measure again: `soulwright verify`"
        ) from error
    words = {clause.id: clause.text for clause in spec.clauses}
    return tuple(
        Measured(
            clause_id=clause.clause_id,
            state=clause.state,
            passed=clause.after.passed,
            n=clause.after.n,
            before_passed=clause.before.passed,
            before_n=clause.before.n,
            low=clause.after.interval.low,
            high=clause.after.interval.high,
            reason=clause.reason,
            stale=words[clause.clause_id].split() != clause.text.split(),
        )
        for clause in read.clauses
        if clause.clause_id in words
    )
