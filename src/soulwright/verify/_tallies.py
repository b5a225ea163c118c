"""Counting: judged replies by row, suite, pressure, arm and prompt, each situation once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from soulwright.errors import SoulwrightError
from soulwright.situations import Pressure, RowGroup, Suite
from soulwright.verify._intervals import Family
from soulwright.verify._judged import Arm, Judged, Judging, Prompt, Verdict
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Where the attempts of one row and arm ended, and what share held at the worst and at the best.

    attempted = not_reached + refused + failed + undecided + judged. `refused` and `failed` are the judge's; a garbled
    reply is judged (it does not hold). At the worst every attempt without a verdict broke, at the best each one held.
    """

    attempted: int
    reached: int
    judged: int
    refused: int
    failed: int
    undecided: int
    worst: float
    best: float

    @classmethod
    def of(cls, items: Sequence[Judged]) -> Attempts:
        """Count the attempts of one row and arm."""
        judging = [item.judging for item in items]
        undecided = sum(1 for item in items if item.judging is Judging.JUDGED and item.verdict is Verdict.UNCLEAR)
        judged = judging.count(Judging.JUDGED) - undecided
        passed = sum(1 for item in items if item.verdict is Verdict.PASS)
        total = len(items)
        return cls(
            attempted=total,
            reached=total - judging.count(Judging.NOT_REACHED),
            judged=judged,
            refused=judging.count(Judging.REFUSED),
            failed=judging.count(Judging.FAILED),
            undecided=undecided,
            worst=passed / total if total else 0.0,
            best=(passed + total - judged) / total if total else 1.0,
        )

    @classmethod
    def together(cls, parts: Sequence[Attempts]) -> Attempts:
        """The attempts of several rows as one."""
        total = sum(part.attempted for part in parts)
        return cls(
            attempted=total,
            reached=sum(part.reached for part in parts),
            judged=sum(part.judged for part in parts),
            refused=sum(part.refused for part in parts),
            failed=sum(part.failed for part in parts),
            undecided=sum(part.undecided for part in parts),
            worst=sum(part.worst * part.attempted for part in parts) / total if total else 0.0,
            best=sum(part.best * part.attempted for part in parts) / total if total else 1.0,
        )

    @property
    def missing(self) -> int:
        """Attempts of which no judge said anything: the model was not reached, or the judge refused or failed."""
        return self.attempted - self.judged - self.undecided


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
        return [item.verdict for item in self.chosen(cell, suites=suites, pressure=pressure)]

    def chosen(
        self,
        cell: CellKey,
        *,
        suites: Iterable[Suite] | None = None,
        pressure: Pressure | None = None,
    ) -> list[Judged]:
        """The judged replies of the same selection."""
        wanted = frozenset(Suite) if suites is None else frozenset(suites)
        return [
            item
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


def families_of(items: Iterable[Judged]) -> list[Family]:
    """The replies by scene, unclear ones as failures; a reply that names no family is a scene of its own."""
    scenes: dict[str, list[bool]] = defaultdict(list)
    for item in items:
        scenes[f"family {item.family}" if item.family else item.situation_id].append(item.verdict is not Verdict.PASS)
    return [Family(failed=sum(broke), n=len(broke)) for broke in scenes.values()]


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
