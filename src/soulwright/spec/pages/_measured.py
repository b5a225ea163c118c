"""What was measured of a clause, as the page shows it (values only): the gap of a run, without its room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MeasuredState(StrEnum):
    """What the verdicts say about a clause; the words are those of gap.json."""

    PASS = "pass"
    FAIL = "fail"
    NOT_PROVEN = "not_proven"
    CLAUSE_UNCLEAR = "clause_unclear"
    NOT_TESTED = "not_tested"

    @property
    def words(self) -> str:
        """The state as a report writes it: NOT PROVEN."""
        return self.value.replace("_", " ").upper()

    @property
    def mark(self) -> str:
        """A sign that tells the states apart without colour."""
        return {"pass": "✓", "fail": "✕", "not_proven": "?", "clause_unclear": "≈", "not_tested": "\u2013"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One clause put to the test: `passed` of `n` replies held after training, `before_passed` of `before_n` before.

    `low` and `high` bound the share that held (95 %). `stale` says that the clause has changed since it was measured.
    """

    clause_id: str
    state: MeasuredState
    passed: int = 0
    n: int = 0
    before_passed: int = 0
    before_n: int = 0
    low: float = 0.0
    high: float = 1.0
    reason: str = ""
    stale: bool = False

    @property
    def share(self) -> float | None:
        """The share of replies that held; None where there were none."""
        return self.passed / self.n if self.n else None

    @property
    def before(self) -> float | None:
        """The share that held before training; None where it was not measured."""
        return self.before_passed / self.before_n if self.before_n else None
