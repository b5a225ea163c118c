"""SW000: what keeps the document from compiling, as findings."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for mistake in subject.mistakes:
        start = subject.line_start(mistake.line or 1) + mistake.column - 1
        span = subject.span(start, min(len(subject.document.text), start + mistake.length))
        yield Hit(span=span, message=mistake.message, help=mistake.help)


RULE = Rule(
    id="SW000",
    name="does-not-compile",
    severity=Severity.ERROR,
    what="The document cannot be compiled into clauses.",
    why="Nothing can be resolved, taught, measured or exported from a document that does not compile, so this comes "
    "first.",
    remedy="Do what the message asks. The exit status is 2 until the document compiles.",
    wrong=Sample(text="# Care {#care authority=root}\n\nIt must be kind.\n{#care.kind kind=rul}\n"),
    right=Sample(text="# Care {#care authority=root}\n\nIt must be kind.\n{#care.kind kind=rule}\n"),
    find=_find,
)
