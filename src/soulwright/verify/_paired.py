"""Two versions on identical situations: did it get worse, by how much at most, and what could have been seen at all?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from soulwright.verify._judged import Judged, Verdict
from soulwright.verify._statistics import (
    LEVEL,
    Interval,
    Rate,
    benjamini_hochberg,
    holm,
    make_rate,
    mcnemar_exact,
    newcombe_paired,
)
from soulwright.verify._tallies import AFTER, HELD_OUT, RowTally, tally

POWER = 0.8
_TO = " -> "  # between the names that two documents give the clause of one situation


class Regression(StrEnum):
    """What may be said of a row in the new version against the old one."""

    NOT_WORSE = "not_worse"
    """Even the upper bound of the loss lies within the margin that was stated before."""
    WORSE = "worse"
    """It lost beyond chance, all rows considered together."""
    NOT_SHOWN = "not_shown"
    """Neither: the situations are too few for this margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Identical situations by how the old and the new version did: `lost` held before and does not now."""

    both: int
    lost: int
    gained: int
    neither: int

    @property
    def n(self) -> int:
        """How many situations both versions answered."""
        return self.both + self.lost + self.gained + self.neither

    @property
    def loss(self) -> float:
        """The pass rate of the old version minus that of the new one; 0 where nothing was paired."""
        return (self.lost - self.gained) / self.n if self.n else 0.0

    def interval(self, *, level: float = LEVEL) -> Interval:
        """The interval of the loss (Newcombe, Statistics in Medicine 1998, 17:2635, method 10)."""
        return newcombe_paired(self.both, self.lost, self.gained, self.neither, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRow:
    """One row in two versions. `p` is McNemar's exact one, `p_adjusted` with all rows of its kind considered."""

    row: str
    hard: bool
    pairs: Pairs
    unpaired: int
    loss: Interval
    p: float
    p_adjusted: float
    detectable: float | None
    state: Regression

    @property
    def old_rate(self) -> Rate:
        """How the old version did on the shared situations."""
        return make_rate(self.pairs.both + self.pairs.lost, self.pairs.n)

    @property
    def new_rate(self) -> Rate:
        """How the new version did on them."""
        return make_rate(self.pairs.both + self.pairs.gained, self.pairs.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One side of a comparison: where it lies, and what it was made from."""

    name: str
    document: str = ""
    model: str = ""
    judge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """This run beside an older one, on identical situations; `identical` of them in all rows together."""

    old: Version
    new: Version
    comparison: PairedComparison
    identical: int

    @property
    def judges_differ(self) -> bool:
        """True where both say who judged, and it was not the same judge: a difference may be the judges'."""
        return bool(self.old.judge and self.new.judge) and self.old.judge != self.new.judge

    @property
    def passes_gate(self) -> bool:
        """True where every row is shown to be no worse than the margin allows."""
        return self.comparison.passes_gate


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """All rows of two versions against a margin stated before; worst first.

    `only_old` are rows of the old version of which the new one answered no identical situation: nothing is known there.
    """

    margin: float
    level: float
    rows: tuple[PairedRow, ...]
    only_old: tuple[str, ...] = ()

    def having(self, state: Regression) -> tuple[PairedRow, ...]:
        """The rows in one state."""
        return tuple(row for row in self.rows if row.state is state)

    @property
    def passes_gate(self) -> bool:
        """True where every row is shown to be no worse than the margin allows: what a release may ask for."""
        return bool(self.rows) and all(row.state is Regression.NOT_WORSE for row in self.rows)


def compare_paired(
    old: Sequence[Judged],
    new: Sequence[Judged],
    *,
    margin: float,
    hard: frozenset[str] = frozenset(),
    level: float = LEVEL,
) -> PairedComparison:
    """Each row of both versions (trained, no prompt, held out), paired by situation: same id and the very same words.

    Runs of different seeds share their frozen core and nothing else; two documents may name a row differently. Rows of
    the clauses in `hard` are held together by Holm's correction, the others by Benjamini and Hochberg's. An unclear
    verdict on either side is a lost pass, never a gained one. ValueError for a margin outside [0, 1).
    """
    if not 0 <= margin < 1:
        raise ValueError(f"`{margin}` is no margin: it is a share of situations from 0 to below 1")
    left, right = _rows_by_words(tally(old)), _rows_by_words(tally(new))
    drafts = []
    for name, before, after, total in _rows_in_common(left, right):
        pairs = pair(before, after)
        is_hard = bool(hard & {part.split("/")[0] for part in name.split(_TO)}) or bool(
            hard & {clause for key in before for clause in (*left[key].clause_ids, *right[key].clause_ids)}
        )
        drafts.append((name, is_hard, pairs, total - 2 * pairs.n))
    p_values = [mcnemar_exact(pairs.gained, pairs.lost) for _, _, pairs, _ in drafts]
    adjusted = _adjusted(p_values, [is_hard for _, is_hard, _, _ in drafts])
    rows = (
        PairedRow(
            row=name,
            hard=is_hard,
            pairs=pairs,
            unpaired=unpaired,
            loss=pairs.interval(level=level),
            p=p,
            p_adjusted=p_all,
            detectable=smallest_detectable(pairs, level=level),
            state=judge_pairs(pairs, margin=margin, p=p_all, level=level),
        )
        for (name, is_hard, pairs, unpaired), p, p_all in zip(drafts, p_values, adjusted, strict=True)
    )
    shared = {left[key].row for key in left.keys() & right.keys()}
    return PairedComparison(
        margin=margin,
        level=level,
        rows=tuple(sorted(rows, key=lambda r: (-r.pairs.loss, r.row))),
        only_old=tuple(name for name in dict.fromkeys(one.row for one in left.values()) if name not in shared),
    )


def _rows_by_words(rows: Mapping[str, RowTally]) -> dict[Hashable, Judged]:
    """What counts of all rows, by the situation and its very words."""
    return {
        (one.situation_id, one.messages): one for entry in rows.values() for one in entry.chosen(AFTER, suites=HELD_OUT)
    }


def _rows_in_common(
    left: Mapping[Hashable, Judged], right: Mapping[Hashable, Judged]
) -> Iterator[tuple[str, dict[Hashable, Verdict], dict[Hashable, Verdict], int]]:
    """Each row with the verdicts of both on the situations that they share, and how many both asked in it at all.

    Two documents may name the clause of one situation differently: then the row bears both names.
    """
    rows: dict[tuple[str, str], list[Hashable]] = {}
    for key in left:
        if key in right:
            rows.setdefault((left[key].row, right[key].row), []).append(key)
    asked = Counter(one.row for one in left.values()), Counter(one.row for one in right.values())
    for (old, new), keys in rows.items():
        name = old if old == new else f"{old}{_TO}{new}"
        before, after = ({key: side[key].verdict for key in keys} for side in (left, right))
        yield name, before, after, asked[0][old] + asked[1][new]


def pair(before: Mapping[Hashable, Verdict], after: Mapping[Hashable, Verdict]) -> Pairs:
    """Count the situations that both versions answered; an unclear verdict takes away the new version's pass."""
    held = [
        (before[key] in (Verdict.PASS, Verdict.UNCLEAR), after[key] is Verdict.PASS) for key in before.keys() & after
    ]
    return Pairs(
        both=held.count((True, True)),
        lost=held.count((True, False)),
        gained=held.count((False, True)),
        neither=held.count((False, False)),
    )


def judge_pairs(pairs: Pairs, *, margin: float, p: float, level: float = LEVEL) -> Regression:
    """NOT_WORSE where the one-sided upper bound of the loss is within the margin, WORSE where `p` shows a loss."""
    if pairs.loss > 0 and p < 1 - level:
        return Regression.WORSE
    if pairs.n and pairs.interval(level=2 * level - 1).high <= margin:
        return Regression.NOT_WORSE
    return Regression.NOT_SHOWN


def smallest_detectable(pairs: Pairs, *, level: float = LEVEL, power: float = POWER) -> float | None:
    """The smallest change that this many situations would have shown with probability `power`; None where none would.

    (z of the level + z of the power) * sd / sqrt(n), sd that of one situation's change (Connor, Biometrics 1987). Where
    hardly any situation changed, the fewest one-way changes that McNemar's exact test can notice are the floor.
    """
    if pairs.n == 0:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2) + NormalDist().inv_cdf(power)
    changed = (pairs.lost + pairs.gained) / pairs.n
    spread = math.sqrt(max(0.0, changed - pairs.loss**2))
    fewest = math.ceil(1 - math.log2(1 - level))
    smallest = max(z * spread / math.sqrt(pairs.n), fewest / pairs.n)
    return smallest if smallest <= 1 else None


def _adjusted(p_values: Sequence[float], hard: Sequence[bool]) -> list[float]:
    adjusted = [0.0] * len(p_values)
    for kind, correction in ((True, holm), (False, benjamini_hochberg)):
        places = [index for index, is_hard in enumerate(hard) if is_hard is kind]
        for place, p in zip(places, correction([p_values[place] for place in places]), strict=True):
            adjusted[place] = p
    return adjusted
