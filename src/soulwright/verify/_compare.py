"""Two runs side by side, row by row: did removing a clause move its row, and only its row?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soulwright.situations import RowGroup
from soulwright.verify._judged import Judged
from soulwright.verify._statistics import Interval, Rate, fisher_exact, holm, newcombe
from soulwright.verify._tallies import AFTER, HELD_OUT, tally

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RowComparison:
    """One row in two runs (trained, no prompt, held out); `difference` is ablated minus full."""

    row: str
    group: RowGroup
    full: Rate
    ablated: Rate
    difference: Interval
    p: float
    p_holm: float
    expected: bool

    @property
    def moved(self) -> bool:
        """True where the two runs differ beyond chance, all rows considered together (Holm)."""
        return self.p_holm < ALPHA


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A full run beside one that was trained without a clause (`removed`; empty where it is another kind of run)."""

    removed: str
    rows: tuple[RowComparison, ...]

    @property
    def moved(self) -> tuple[RowComparison, ...]:
        """The rows that moved beyond chance."""
        return tuple(row for row in self.rows if row.moved)

    @property
    def as_expected(self) -> bool:
        """True where the removed clause's row moved and no other did."""
        moved = self.moved
        return bool(moved) and all(row.expected for row in moved)


def compare_runs(full: Sequence[Judged], ablated: Sequence[Judged], *, removed: str = "") -> Comparison:
    """Each row of `full` against the same row of `ablated`: Fisher's exact test, Holm across shared rows."""
    left, right = tally(full), tally(ablated)
    drafts: list[tuple[str, RowGroup, Rate, Rate, bool]] = []
    for name, entry in left.items():
        if name not in right:
            continue
        ours, theirs = entry.rate(AFTER, suites=HELD_OUT), right[name].rate(AFTER, suites=HELD_OUT)
        if ours.n and theirs.n:
            drafts.append((name, entry.group, ours, theirs, _concerns(name, entry.clause_ids, removed)))
    p_values = [fisher_exact(a.passed, a.n, b.passed, b.n) for _, _, a, b, _ in drafts]
    rows = (
        RowComparison(
            row=name,
            group=group,
            full=ours,
            ablated=theirs,
            difference=newcombe(theirs.passed, theirs.n, ours.passed, ours.n),
            p=p,
            p_holm=adjusted,
            expected=expected,
        )
        for (name, group, ours, theirs, expected), p, adjusted in zip(drafts, p_values, holm(p_values), strict=True)
    )
    return Comparison(removed=removed, rows=tuple(sorted(rows, key=lambda row: (row.p_holm, row.p))))


def _concerns(row: str, clause_ids: tuple[str, ...], removed: str) -> bool:
    return bool(removed) and (row.split("/")[0] == removed or removed in clause_ids)
