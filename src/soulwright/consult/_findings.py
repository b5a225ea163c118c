"""From remarks to findings, and from findings to what is worth saying: new, still open, or settled by somebody.

A finding is recognised by its rule, its clause and the sentence that it quotes (and, for a contradiction, the other
clauses), for a model words its reasons differently each time. A changed sentence is a new question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from soulwright.consult._answers import Concern, Remark, where_quoted
from soulwright.consult._ask import ClauseReply
from soulwright.spec import Clause, Span, Spec
from soulwright.spec.lint import Accepted, Baseline, Finding, Severity

RULES = {
    Concern.UNCLEAR: "SW411",
    Concern.CONTRADICTORY: "SW412",
    Concern.UNTESTABLE: "SW413",
    Concern.NOT_ENDORSED: "SW414",
}
_REMEDY = {
    Concern.UNCLEAR: "reword it, or add an example that settles it",
    Concern.CONTRADICTORY: "say in one of the clauses which gives way, or add an example of the conflict",
    Concern.UNTESTABLE: "name what a reply does or does not do, or make it a reason instead of a clause",
    Concern.NOT_ENDORSED: "give the reason beneath the clause, or think again",
}
_NAMES = {concern: f"consulted-{concern.value.replace('_', '-')}" for concern in Concern}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Standing(StrEnum):
    """Where a finding stands against what was decided before."""

    NEW = "new"
    """Nobody has looked at it yet."""
    OPEN = "open"
    """It was found before, and nobody has decided."""
    REAL = "real"
    """Somebody has confirmed it."""
    SETTLED = "settled"
    """Somebody has settled it; it is not raised again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """One finding with its remark, where it stands, and what somebody noted about it.

    `place` is the locator of the sentence that the remark quotes, or of the clause.
    """

    finding: Finding
    remark: Remark
    standing: Standing
    place: str
    note: str = ""


def found(spec: Spec, replies: Iterable[ClauseReply], baseline: Baseline) -> tuple[Consulted, ...]:
    """The findings of a consultation in the order of the document, each once, held against the baseline."""
    decided = {entry.key: entry for entry in baseline.entries}
    findings: dict[tuple[str, str, str], Consulted] = {}
    for reply in replies:
        for remark in reply.remarks:
            clause = spec.clause(reply.clause_id)
            finding = _finding(spec, clause, remark)
            key = (finding.rule, finding.locator, finding.fingerprint)
            entry = decided.get(key)
            consulted = Consulted(
                finding=finding,
                remark=remark,
                standing=_standing(entry),
                place=_place(clause, finding.span),
                note="" if entry is None else entry.note,
            )
            findings.setdefault(key, consulted)
    return tuple(findings.values())


def remembered(baseline: Baseline, consulted: Sequence[Consulted], spec: Spec) -> Baseline:
    """The baseline with every new finding as an open entry; what stands in it already is kept as it is.

    Entries that no model raises this time stay too: another model, or the same one tomorrow, may raise them again.
    """
    entries = [_entry(one, spec) for one in consulted if one.standing is Standing.NEW]
    return replace(baseline, entries=(*baseline.entries, *entries))


def stale(baseline: Baseline, spec: Spec) -> tuple[Accepted, ...]:
    """The entries of a consultation whose clause is gone, or no longer holds the sentence that they are about."""
    hashes = {clause.id: clause.hash for clause in spec.clauses}
    ours = (entry for entry in baseline.entries if entry.rule in RULES.values())
    return tuple(
        entry
        for entry in ours
        if hashes.get(entry.locator) != entry.extra.get("clause_hash", hashes.get(entry.locator))
    )


def _standing(entry: Accepted | None) -> Standing:
    if entry is None:
        return Standing.NEW
    return Standing.SETTLED if entry.verdict.startswith("settled") else Standing(entry.verdict)


def _place(clause: Clause, span: Span) -> str:
    sentences = [item for item in clause.statements if item.span.start <= span.start and span.end <= item.span.end]
    return next((item.locator for item in sentences if item.locator), clause.locator or clause.id)


def _finding(spec: Spec, clause: Clause, remark: Remark) -> Finding:
    against = f" (against {', '.join(f'`{other}`' for other in remark.others)})" if remark.others else ""
    about = f"`{remark.words}`: " if remark.words else ""
    return Finding(
        rule=RULES[remark.concern],
        name=_NAMES[remark.concern],
        severity=Severity.SUGGESTION,
        message=f"{about}{remark.why}{against}",
        help=_REMEDY[remark.concern],
        span=_span(spec, clause, remark.words),
        locator=clause.id,
        context=" | ".join([_sentence(clause.text, remark.words), *sorted(remark.others)]),
        source=clause.source or spec.source,
    )


def _entry(consulted: Consulted, spec: Spec) -> Accepted:
    finding, remark = consulted.finding, consulted.remark
    extra = {"clause_hash": spec.clause(finding.locator).hash, "quote": remark.words, "with": ", ".join(remark.others)}
    return Accepted(
        rule=finding.rule,
        locator=finding.locator,
        fingerprint=finding.fingerprint,
        message=finding.message,
        extra={key: value for key, value in extra.items() if value},
    )


def _sentence(text: str, words: str) -> str:
    """The sentences of the clause that the quoted words touch; the whole clause where nothing is quoted."""
    place = where_quoted(text, words)
    if place is None:
        return text
    start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, place[0] + 1)), default=0)
    end = _SENTENCE_END.search(text, place[1])
    return text[start : end.start() if end else len(text)]


def _span(spec: Spec, clause: Clause, words: str) -> Span:
    """Where the quoted words stand in the source; the clause where markup stands between them, or nothing is quoted."""
    text = _source_of(spec, clause)
    written = text[clause.span.start : clause.span.end]
    place = where_quoted(written, words)
    if place is None:
        return clause.span
    start = clause.span.start + place[0]
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    lines = len(re.findall(r"\r\n|\n|\r", text[clause.span.start : start]))
    return Span(
        start=start,
        end=clause.span.start + place[1],
        line=clause.span.line + lines,
        column=start - line_start + 1,
    )


def _source_of(spec: Spec, clause: Clause) -> str:
    """The text that the clause stands in: the document's own, or that of one it extends."""
    return next((parent.text for parent in spec.parents if parent.source == clause.source), spec.text)
