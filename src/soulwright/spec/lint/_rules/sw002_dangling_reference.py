"""SW002: a link or a verdict names an id that no heading and no clause has."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from soulwright.spec._document import Span
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import INTERNAL, Subject

_GUESSES = 50  # a document in which more is broken has another trouble than spelling, and guessing takes time
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    known = {*subject.sections, *subject.written_clauses, *subject.clauses, *subject.inherited, *_slugs(subject)}
    dangling = ((target, span) for target, span in _targets(subject) if target not in known)
    for place, (target, span) in enumerate(dangling):
        near = difflib.get_close_matches(target, known, n=1, cutoff=0.75) if place < _GUESSES else []
        remedy = f"did you mean `#{near[0]}`?" if near else "name a heading or a clause, or remove the link"
        yield Hit(span=span, message=f"`#{target}` leads nowhere", help=remedy)


def _targets(subject: Subject) -> Iterator[tuple[str, Span]]:
    for reference in subject.document.references:
        if reference.kind in INTERNAL:
            yield reference.target, reference.span
    for turn in subject.judged:
        if turn.clause_id is not None and turn.note_span is not None:
            yield turn.clause_id, turn.note_span


def _slugs(subject: Subject) -> Iterator[str]:
    """The anchors that GitHub gives to headings, for documents whose links were written against them."""
    for heading in subject.document.headings:
        yield _NOT_IN_SLUG.sub("", heading.title.strip().lower()).replace(" ", "-")


RULE = Rule(
    id="SW002",
    name="dangling-reference",
    severity=Severity.ERROR,
    what="A link, or the verdict of an example, names an id that the document does not have.",
    why="Readers are sent nowhere, and an example whose clause does not exist shows nothing about any clause.",
    remedy="Correct the id. In documents without ids the anchors that GitHub derives from headings count as well.",
    wrong=Sample(
        text="## Care {#care authority=root}\n\nBe kind, as [limits](#limit) allow.\n\n## Limits {#limits}\n\nA.\n"
    ),
    right=Sample(
        text="## Care {#care authority=root}\n\nBe kind, as [limits](#limits) allow.\n\n## Limits {#limits}\n\nA.\n"
    ),
    find=_find,
)
