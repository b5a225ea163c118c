"""The measures of a run in its report: what protocols of their own found, beside what single questions found.

A measure keeps its result in the run (`measures/NAME/result.json`); `measured_from_dict` reads what is said of it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from soulwright.errors import InputError
from soulwright.verify._findings import FindingState
from soulwright.verify._statistics import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFigure:
    """One figure of a measure; `worst_case` is what it could be if what has no verdict had ended badly, or well."""

    name: str
    label: str
    value: float | None
    n: int
    interval: Interval | None
    worst_case: tuple[float, float] | None
    band: tuple[float, float] | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredClaim:
    """What a measure proves of one tolerance; `missing` attempts have no verdict and are inside both bounds."""

    name: str
    label: str
    state: FindingState
    clause_ids: tuple[str, ...]
    tolerance: float
    failed: int
    n: int
    missing: int
    lower: float
    upper: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measure: of which model, by which judge and bank, and where every attempt ended; `page` has transcripts."""

    name: str
    title: str
    target: str
    judge: str
    spec: str
    bank: str
    state: FindingState
    page: str
    tally: Mapping[str, int]
    claims: tuple[MeasuredClaim, ...]
    figures: tuple[MeasuredFigure, ...]
    notes: tuple[str, ...]


_MEASURED = TypeAdapter(Measured)


def measured_from_dict(result: Mapping[str, object], *, page: str, source: str) -> Measured:
    """The summary of a kept result; InputError where it is none."""
    kept = {name: result[name] for name in Measured.__slots__ if name in result}
    try:
        return _MEASURED.validate_python({**kept, "page": page})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputError(
            f"this is no result of a measure of this version: `{where}`", source=source, help="take the measure again"
        ) from error
