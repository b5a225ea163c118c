"""SW301: a section with authority and without an example."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._clauses import Kind
from soulwright.spec._document import Section
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import GREETING, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_SHOWN_BY_NO_REPLY = {Kind.META, Kind.DEFINITION, Kind.PRIORITY, Kind.FACTOR}


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    shown = {turn.clause_id for turn in subject.judged if turn.clause_id is not None}
    for section in subject.document.sections:
        if subject.own_authority(section) is None or not _asks(subject, section):
            continue
        if _has_example(subject, section, shown):
            continue
        yield Hit(
            span=subject.heading_span(section),
            message=f"no example shows what `{section.title}` asks",
            help="add a conversation with a GOOD and a BAD reply",
        )


def _asks(subject: Subject, section: Section) -> bool:
    """Whether the section asks for something that a reply can show."""
    if not subject.written_clauses:
        return bool(section.prose)
    kinds = {subject.clauses[name].kind for name in subject.clauses_in(section)}
    return bool(kinds - _SHOWN_BY_NO_REPLY)


def _has_example(subject: Subject, section: Section, shown: set[str]) -> bool:
    if any(each.examples for each in subject.below(section)):
        return True
    return bool(shown & {section.id, *subject.clauses_in(section)})


_WRONG = "## Care {#care authority=root}\n\nThe assistant must be kind.\n"

RULE = Rule(
    id="SW301",
    name="no-example",
    severity=Severity.WARNING,
    what="A section with authority has no example, in itself or in its subsections, and no verdict names its clauses.",
    why="Readers agree on a sentence and disagree on the case. An example is where the sentence becomes decidable.",
    remedy="Write the case that authors argued about, with a reply that keeps the clause and one that breaks it. Where "
    "clauses have ids, sections of only priorities, factors, definitions and notes on the document are not asked.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=f"{_WRONG}\n{GREETING}"),
    find=_find,
)
