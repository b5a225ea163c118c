"""What follows once a gap is counted: files for other programs, the gate of a release, and the exit status."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from soulwright.cli._against import against_text, worse
from soulwright.cli._answer import Outcome
from soulwright.cli._options import Release

if TYPE_CHECKING:
    from soulwright.verify import Gap


def conclude(gap: Gap, release: Release, outcome: Outcome) -> Outcome:
    """The outcome of a verification, with what was asked beside it; findings also where a row got worse or a gate is
    not passed. Writes the JUnit file and the badge.
    """
    from soulwright.runs import write_text_atomic
    from soulwright.verify import badge_svg, junit_xml

    if release.junit is not None:
        write_text_atomic(release.junit, junit_xml(gap))
    if release.badge is not None:
        write_text_atomic(release.badge, badge_svg(gap))
    lines, missed = [outcome.text], list(_missed(gap)) if release.gate else []
    if gap.against is not None:
        lines += [f"against {gap.against.old.name}, margin {100 * gap.against.comparison.margin:g} points:"]
        lines += [against_text(gap.against)]
    if release.gate:
        lines += ["the gate is open" if not missed else "the gate is CLOSED: " + "; ".join(missed)]
    regressed = gap.against is not None and worse(gap.against)
    gate: dict[str, object] = {"gate": {"open": not missed, "missed": missed}} if release.gate else {}
    document = {**outcome.document, **gate}
    findings = outcome.findings or regressed or bool(missed)
    return replace(outcome, document=document, text="\n".join(lines), findings=findings)


def _missed(gap: Gap) -> list[str]:
    """What a release may ask for and this run does not show: nothing failed or went wrong, hard limits are proven."""
    from soulwright.spec import Kind
    from soulwright.verify import FindingState

    broken = (FindingState.FAIL, FindingState.INVALID)
    missed = [f"{one.clause_id} is {_words(one.state)}" for one in gap.clauses if one.state in broken]
    missed += [
        f"{one.clause_id} is a hard limit and {_words(one.state)}"
        for one in gap.clauses
        if one.kind is Kind.HARD_LIMIT and one.state not in (*broken, FindingState.PASS)
    ]
    if gap.against is not None and not gap.against.passes_gate:
        missed.append("some row is not shown to be within the margin")
    if gap.against is not None:
        own = {one.clause_id for one in gap.clauses}
        dropped = [row for row in gap.against.comparison.only_old if row.split("/")[0] in own]
        missed += [f"{row} was asked of the old version and not of this one" for row in dropped]
    return missed


def _words(state: str) -> str:
    return state.replace("_", " ").upper()
