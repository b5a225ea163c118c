"""The ruling for people: one page with the whole matrix, behaviours by levels, that needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.policy._deployment import Paper, PaperSort
from soulwright.policy._explain import Explanation, Line
from soulwright.policy._html import filled
from soulwright.policy._record import pins_of
from soulwright.policy._ruling import Outcome, Principal, Reason, Step
from soulwright.spec import Kind

_GROUPS = (
    ("Behaviours", (Kind.DEFAULT,)),
    ("What every user is owed", (Kind.PROTECTION,)),
    ("Hard limits", (Kind.HARD_LIMIT,)),
)


def render_explanation(explanation: Explanation) -> str:
    """The explanation as one self-contained HTML document."""
    lines = explanation.lines
    return filled(
        "explain",
        e=explanation,
        who=explanation.deployment.operator or "No deployment",
        sentence=_sentence(explanation),
        groups=tuple(_groups(lines)),
        papers=tuple(_papers(explanation)),
        pins=pins_of(explanation.spec, explanation.deployment, explanation.user),
        movable=sum(bool(line.switch.movers) for line in lines),
        changed=sum(line.decision.value != line.switch.default for line in lines),
        refused=sum(_refused(line) for line in lines),
        is_refused=_refused,
        document_step=_document_step,
        spoken=_spoken,
        operator=Principal.OPERATOR,
        user=Principal.USER,
    )


def _sentence(explanation: Explanation) -> str:
    lines = explanation.lines
    defaults = [line for line in lines if line.switch.kind is Kind.DEFAULT]
    moved = sum(line.decision.value != line.switch.default for line in defaults)
    standing = [line for line in lines if line.switch.kind in (Kind.HARD_LIMIT, Kind.PROTECTION)]
    gone = [line.clause.id for line in standing if line.decision.value != line.switch.default]
    stand = (
        f"All {len(standing)} hard limits and protections stand."
        if not gone
        else f"{len(gone)} of {len(standing)} hard limits and protections do not stand: {', '.join(gone)}."
    )
    refused = len(explanation.ruling.rejected)
    vain = "Nothing was asked for in vain." if not refused else f"Refused: {refused}."
    away = "is not at its default" if moved == 1 else "are not at their defaults"
    return f"{moved} of {len(defaults)} behaviours {away}. {stand} {vain}"


def _groups(lines: tuple[Line, ...]) -> Iterator[tuple[str, tuple[Line, ...]]]:
    for title, kinds in _GROUPS:
        if members := tuple(line for line in lines if line.switch.kind in kinds):
            yield title, members
    named = {kind for _, kinds in _GROUPS for kind in kinds}
    if others := tuple(line for line in lines if line.switch.kind not in named):
        yield "Other clauses", others


def _papers(explanation: Explanation) -> Iterator[Paper]:
    """Every word that counts, with what is known of it."""
    deployment = explanation.deployment
    known = {(paper.sort, paper.name): paper for paper in deployment.papers}
    words = ((PaperSort.AGREEMENT, deployment.agreements), (PaperSort.ATTESTATION, deployment.attestations))
    for sort, names in words:
        for name in sorted(names):
            yield known.get((sort, name), Paper(name=name, sort=sort))


def _document_step(line: Line) -> Step:
    """What the document itself says: its default, or what a bound or an exception makes of it."""
    own = (Reason.DEFAULT, Reason.BOUND, Reason.EXCEPTION, Reason.LIFTED)
    return [step for step in line.decision.trace if step.code in own][-1]


def _spoken(line: Line) -> bool:
    """Whether any level beyond the document got what it wanted."""
    return any(step.code in (Reason.ENTITLED, Reason.GRANTED) for step in line.decision.trace)


def _refused(line: Line) -> bool:
    return any(step.outcome is Outcome.REJECTED for step in line.decision.trace)
