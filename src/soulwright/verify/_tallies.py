"""Counting: judged replies by row, suite, pressure, arm and prompt, each situation once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from soulwright.errors import SoulwrightError
from soulwright.situations import Pressure, RowGroup, Suite
from soulwright.verify._judged import Arm, Judged, Prompt, Verdict
from soulwright.verify._statistics import Rate, rate_of

CellKey = tuple[Arm, Prompt]
BEFORE: CellKey = (Arm.BASE, Prompt.NONE)
AFTER: CellKey = (Arm.TRAINED, Prompt.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Where every attempt ended: attempted = judged + invalid + unclear + lost, so none can vanish in silence."""

    attempted: int
    answered: int
    judged: int
    invalid: int
    unclear: int
    lost: int

    @classmethod
    def of(cls, judged: Sequence[Judged], *, attempted: int | None = None) -> Counts:
        """Count the replies; `attempted` (where it was recorded) shows what never came back."""
        total = len(judged) if attempted is None else attempted
        if total < len(judged):
            raise SoulwrightError(f"`{len(judged)}` judged replies cannot come from `{total}` attempts")
        verdicts = [item.verdict for item in judged]
        return cls(
            attempted=total,
            answered=sum(1 for item in judged if item.reply.strip()),
            judged=verdicts.count(Verdict.PASS) + verdicts.count(Verdict.FAIL),
            invalid=verdicts.count(Verdict.INVALID),
            unclear=verdicts.count(Verdict.UNCLEAR),
            lost=total - len(judged),
        )


class RowTally:
    """Everything that was judged in one row of the report."""

    def __init__(self, row: str, first: Judged) -> None:
        self.row = row
        self.group: RowGroup = first.group
        self.clause_ids = first.clause_ids
        self.items: list[Judged] = []

    def verdicts(
        self,
        cell: CellKey,
        *,
        suites: Iterable[Suite] | None = None,
        pressure: Pressure | None = None,
    ) -> list[Verdict]:
        """The verdicts of one arm and prompt, in some suites and under one pressure (None: in all, under all)."""
        wanted = frozenset(Suite) if suites is None else frozenset(suites)
        return [
            item.verdict
            for item in self.items
            if (item.arm, item.prompt) == cell
            and item.suite in wanted
            and (pressure is None or item.pressure is pressure)
        ]

    def rate(self, cell: CellKey, *, suites: Iterable[Suite] | None = None, pressure: Pressure | None = None) -> Rate:
        """The rate of the same selection."""
        return rate_of(self.verdicts(cell, suites=suites, pressure=pressure))

    def by_situation(self, cell: CellKey, *, suites: Iterable[Suite]) -> Mapping[str, Verdict]:
        """The verdict of each situation, for paired tests."""
        wanted = frozenset(suites)
        return {
            item.situation_id: item.verdict
            for item in self.items
            if (item.arm, item.prompt) == cell and item.suite in wanted
        }


HELD_OUT = tuple(suite for suite in Suite if suite.held_out)


def tally(judged: Sequence[Judged]) -> dict[str, RowTally]:
    """The rows in order of appearance; a situation judged twice in one arm is an error, not a larger n."""
    rows: dict[str, RowTally] = {}
    seen: dict[tuple[str, Arm, Prompt], int] = defaultdict(int)
    for item in judged:
        key = (item.situation_id, item.arm, item.prompt)
        seen[key] += 1
        if seen[key] > 1:
            raise SoulwrightError(
                f"situation `{item.situation_id}` is judged more than once in arm `{item.arm}`, prompt `{item.prompt}`",
                help="give each situation its own id, or one run per seed",
            )
        entry = rows.setdefault(item.row, RowTally(item.row, item))
        if entry.group is not item.group:
            raise SoulwrightError(f"row `{item.row}` is in two groups: `{entry.group}` and `{item.group}`")
        entry.items.append(item)
    return rows
