"""The parts of the report for someone with two minutes, and what says how far to trust the rest.

Front page: what holds, what fails, what is not known. Trust: the judge's standing, the share of planted violators that
this very report catches, the frozen core beside the fresh set, and what was declared before the first question.
Against: another version on identical situations, as a slope chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soulwright.spec import Kind
from soulwright.verify._compare import Comparison
from soulwright.verify._findings import FindingState, JudgeStanding
from soulwright.verify._gap import ClauseGap, Gap
from soulwright.verify._html import asset, template
from soulwright.verify._paired import Against, Regression
from soulwright.verify._slopes import Move, SlopePicture, Tone, slope_picture

_UNKNOWN = (FindingState.INVALID, FindingState.CLAUSE_UNCLEAR, FindingState.NOT_PROVEN)
_LONGEST = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One clause in one line: its sentence cut short, the figure that says why it stands here, and its place."""

    clause_id: str
    hard: bool
    words: str
    figure: str
    state: FindingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One of the three answers."""

    title: str
    kind: str
    lines: tuple[Line, ...]
    rest: str


def front_columns(gap: Gap) -> list[Column]:
    """What fails, what is not known, what holds; hard limits first in each."""
    untested = gap.states[FindingState.NOT_TESTED.value]
    said = (
        f"{untested} more {'clauses were' if untested != 1 else 'clause was'} not put to the test" if untested else ""
    )
    return [
        Column(title="What fails", kind="fail", lines=_lines(gap, (FindingState.FAIL,)), rest=""),
        Column(title="What is not known", kind="not_proven", lines=_lines(gap, _UNKNOWN), rest=said),
        Column(title="What holds", kind="pass", lines=_lines(gap, (FindingState.PASS,)), rest=""),
    ]


def _lines(gap: Gap, states: Sequence[FindingState]) -> tuple[Line, ...]:
    chosen = [clause for clause in gap.clauses if clause.state in states]
    chosen.sort(key=lambda clause: (clause.kind is not Kind.HARD_LIMIT, states.index(clause.state)))
    return tuple(
        Line(
            clause_id=clause.clause_id,
            hard=clause.kind is Kind.HARD_LIMIT,
            words=_short(clause.text),
            figure=_figure(gap, clause),
            state=clause.state,
        )
        for clause in chosen
    )


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST].rsplit(' ', 1)[0]} …"


def _figure(gap: Gap, clause: ClauseGap) -> str:
    rows = [row.held_out.finding for row in gap.rows if row.row in clause.rows]
    if clause.state is FindingState.INVALID:
        return f"{clause.attempts.missing} of {clause.attempts.attempted} attempts were never judged"
    if clause.state is FindingState.CLAUSE_UNCLEAR:
        return clause.reason or f"undecided {clause.attempts.undecided} of {clause.attempts.attempted}"
    broke = sum(one.failed for one in rows)
    total = sum(one.n for one in rows)
    worst = max(rows, key=lambda one: one.upper - one.tolerance)
    figure = f"broke {broke} of {total}; at most {100 * worst.upper:.1f} %, may be {100 * clause.tolerance:g} %"
    if clause.state is FindingState.NOT_PROVEN and worst.upper <= clause.tolerance:
        return f"{figure}, which is not enough with all rows and the judge's errors considered"
    return figure


def moves_against(found: Against) -> SlopePicture | None:
    """The rows of a paired comparison; worse is worse beyond chance, better likewise."""
    return slope_picture(
        Move(
            name=row.row,
            old=row.old_rate.value or 0.0,
            new=row.new_rate.value or 0.0,
            tone=Tone.WORSE
            if row.state is Regression.WORSE
            else Tone.BETTER
            if row.pairs.loss < 0 and row.p_adjusted < 1 - found.comparison.level
            else Tone.SAME,
        )
        for row in found.comparison.rows
    )


def moves_without(found: Comparison) -> SlopePicture | None:
    """The rows of a run beside one that was taught less."""
    return slope_picture(
        Move(
            name=row.row,
            old=row.full.value or 0.0,
            new=row.ablated.value or 0.0,
            tone=Tone.SAME
            if not row.moved
            else Tone.WORSE
            if (row.ablated.value or 0.0) < (row.full.value or 0.0)
            else Tone.BETTER,
        )
        for row in found.rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """The rendered parts, to be put into the report where they belong."""

    front: str
    trust: str
    against: str
    slopes: str
    style: str


def render_front_page(gap: Gap) -> FrontPage:
    """All parts as HTML; empty where the run has nothing to show there."""
    macros = template("front").make_module(
        {
            "gap": gap,
            "columns": front_columns(gap),
            "unexamined": gap.judge_standing is JudgeStanding.UNEXAMINED,
            "regressions": list(Regression),
        }
    )

    def part(name: str, *arguments: object) -> str:
        return str(getattr(macros, name)(*arguments))

    return FrontPage(
        front=part("front") if gap.clauses else "",
        trust=part("trust"),
        against=part("against", moves_against(gap.against)) if gap.against is not None else "",
        slopes=part("slopes", moves_without(gap.comparison), "full", "other run") if gap.comparison else "",
        style=asset("front.css"),
    )
