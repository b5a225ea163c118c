"""Where the next replies go: to the rows nearest a decision, in rounds, until all are decided or the budget is spent.

Rows are decided by evidence that may be read at any time (`Rule.ALWAYS`), so that stopping and asking on cost nothing.
INVARIANT: which situations come next is settled before anything is asked (`Waiting.situations`); only how many of them
are asked depends on what was seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from soulwright.situations import Situation
from soulwright.verify._exam import JudgeExam
from soulwright.verify._findings import Finding, FindingState, Rule, find, settle
from soulwright.verify._judged import Judged
from soulwright.verify._statistics import LEVEL, make_rate
from soulwright.verify._tallies import AFTER, HELD_OUT, Attempts, RowTally, families_of, tally

ROUND = 256
LEAST = 5  # replies for one row in one round: one for each held-out suite
_OPEN = (FindingState.NOT_PROVEN, FindingState.NOT_TESTED)

Ask = Callable[[int, Sequence[Situation]], Sequence[Judged]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row that may be asked on: its tolerance, whether it belongs to a hard limit, and its next situations."""

    row: str
    tolerance: float
    hard: bool
    situations: Sequence[Situation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the budget went into: the replies asked for in all rounds, and how many of the budget that was."""

    judged: tuple[Judged, ...] = ()
    budget: int = 0
    rounds: int = 0
    by_row: Mapping[str, int] = field(default_factory=dict)


def row_finding(entry: RowTally, *, tolerance: float, exam: JudgeExam, rule: Rule, level: float = LEVEL) -> Finding:
    """The finding of one row from its held-out replies after training, without correction for other rows."""
    items = entry.chosen(AFTER, suites=HELD_OUT)
    return find(
        entry.rate(AFTER, suites=HELD_OUT),
        tolerance=tolerance,
        level=level,
        exam=exam,
        rule=rule,
        missing=Attempts.of(items).missing,
        families=families_of(items),
    )


def spend(
    budget: int,
    waiting: Sequence[Waiting],
    judged: Sequence[Judged],
    ask: Ask,
    *,
    exam: JudgeExam | None = None,
    round_size: int = ROUND,
) -> Spent:
    """Ask on, round by round: `ask(round, situations)` gives their judged replies; `judged` are there already."""
    exam = exam or JudgeExam()
    more: list[Judged] = []
    asked: dict[str, int] = {}
    rounds = 0
    while len(more) < budget:
        findings = _findings([*judged, *more], waiting, exam)
        size = min(round_size, budget - len(more))
        shares = allot(findings, {one.row: len(one.situations) - asked.get(one.row, 0) for one in waiting}, size)
        chosen = [
            situation
            for one in waiting
            for situation in one.situations[asked.get(one.row, 0) : asked.get(one.row, 0) + shares.get(one.row, 0)]
        ]
        if not chosen:
            break
        rounds += 1
        more += ask(rounds, chosen)
        for row, share in shares.items():
            asked[row] = asked.get(row, 0) + share
    return Spent(judged=tuple(more), budget=budget, rounds=rounds, by_row={row: n for row, n in asked.items() if n})


def allot(findings: Mapping[str, Finding], left: Mapping[str, int], size: int) -> dict[str, int]:
    """Share `size` replies among the open rows, those nearest a decision first, each what it is expected to need."""
    needs = {row: _to_go(one) for row, one in findings.items() if one.state in _OPEN and left.get(row, 0)}
    shares: dict[str, int] = {}
    for row, need in sorted(needs.items(), key=lambda pair: (pair[1], pair[0])):
        share = min(left[row], size, max(LEAST, math.ceil(min(need, size))))
        if share:
            shares[row] = share
            size -= share
    return shares


def _findings(judged: Sequence[Judged], waiting: Sequence[Waiting], exam: JudgeExam) -> dict[str, Finding]:
    tallies = tally(judged)
    raw = {
        one.row: row_finding(tallies[one.row], tolerance=one.tolerance, exam=exam, rule=Rule.ALWAYS)
        if one.row in tallies
        else find(make_rate(0, 0), tolerance=one.tolerance, rule=Rule.ALWAYS)
        for one in waiting
    }
    return settle(raw, frozenset(one.row for one in waiting if one.hard))


def _to_go(finding: Finding) -> float:
    """How many more replies the row is expected to need if it goes on as it began.

    The evidence that is missing over the evidence that one reply brings on average: the divergence of the rate believed
    now (Krichevsky and Trofimov's estimate) from the tolerance.
    """
    n = finding.n + finding.unclear
    rate = (finding.failed + finding.unclear + 0.5) / (n + 1)
    tolerance = min(max(finding.tolerance, 1e-6), 1 - 1e-6)
    drift = rate * math.log(rate / tolerance) + (1 - rate) * math.log((1 - rate) / (1 - tolerance))
    chance = finding.p_holds_adjusted if rate < tolerance else finding.p_broken_adjusted
    missing = math.log(max(chance, 1e-12) / (1 - finding.level))
    return math.inf if drift <= 0 else max(1.0, missing / drift)
