"""SW112: an exception without an end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._document import Section
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import INTERNAL, Subject

_EXCEPTS = re.compile(r"\b(?:except|unless|exceptions?|exempt|may|only|allowed|permitted|acceptable)\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:or|and)\s+(?:in\s+)?(?:any\s+|some\s+)?(?:other|similar)\s+(?:\w+\s+){0,3}?"
    r"(?:contexts?|cases?|situations?|circumstances?|settings?|purposes?|reasons?)\b"
    r"|\band\s+(?:so\s+on|the\s+like)\b|\betc\.|\bor\s+the\s+like\b",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(r"\bexceptions?\b|_exceptions?\b", re.IGNORECASE)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage in subject.passages:
        excepts = _EXCEPTS.search(passage.raw)
        if excepts is None or subject.idle(passage):
            continue
        for match in _OPEN.finditer(passage.raw):
            if match.start() > excepts.start():
                message = f"`{' '.join(match[0].split())}` leaves this exception open"
                remedy = "list the cases, or say what has to be true of any other case"
                yield subject.hit(passage, subject.part(passage, match), message, remedy)
    for section in subject.document.sections:
        names_itself = _EXCEPTION.search(section.title) or _EXCEPTION.search(section.id)
        if names_itself and subject.authority(section) is not None and not _names_targets(subject, section):
            message = "an exception that does not say from what"
            yield Hit(span=subject.heading_span(section), message=message, help="link to the clauses that it lifts")


def _names_targets(subject: Subject, section: Section) -> bool:
    linked = any(reference.kind in INTERNAL for reference in subject.references_in(section))
    return linked or any(subject.clauses[name].lifts for name in subject.clauses_in(section))


_WRONG = "## Gore {#gore authority=root}\n\nIt must not depict gore, except in medical or other suitable contexts.\n"

RULE = Rule(
    id="SW112",
    name="exception-unscoped",
    severity=Severity.WARNING,
    what="An exception ends in `or other contexts`, or a section that calls itself an exception does not say from "
    "what.",
    why="An exception without an end takes back what the sentence before it promised.",
    remedy="List the cases. A permission names what it lifts, by links or with `lifts=`.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("medical or other suitable contexts", "medical contexts")),
    find=_find,
)
