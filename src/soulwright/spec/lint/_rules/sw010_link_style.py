"""SW010: two styles for one thing: bullets, and blanks before a footnote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from soulwright.spec._document import ListItem
from soulwright.spec.lint._finding import Fix, Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    yield from _bullets(subject)
    yield from _blanks(subject)


def _bullets(subject: Subject) -> Iterator[Hit]:
    items = [block for block in subject.document.blocks if isinstance(block, ListItem) and not block.ordered]
    counts = Counter(item.marker for item in items)
    if len(counts) < 2:
        return
    usual = max(counts, key=lambda marker: (counts[marker], marker))
    for item in items:
        if item.marker == usual:
            continue
        start = subject.document.text.index(item.marker, item.span.start)
        yield Hit(
            span=subject.span(start, start + len(item.marker)),
            message=f"a bullet `{item.marker}` where the document has `{usual}`",
            help=f"write `{usual}`",
            fix=Fix(start=start, end=start + len(item.marker), replacement=usual),
        )


def _blanks(subject: Subject) -> Iterator[Hit]:
    text = subject.document.text
    for reference in subject.evaluation_references:
        line = subject.line_of(reference.span)
        words = text[line.start : reference.span.start].rstrip(" \t")
        start = line.start + len(words)
        if words and start < reference.span.start:
            yield Hit(
                span=subject.span(start, reference.span.end),
                message="a blank before a footnote",
                help="put the footnote directly behind the word",
                fix=Fix(start=start, end=reference.span.start, replacement=""),
            )


_WRONG = "## Care {#care authority=root}\n\nBe kind [^ab12] to:\n\n- friends\n- strangers\n* yourself\n"

RULE = Rule(
    id="SW010",
    name="link-style",
    severity=Severity.INFO,
    what="The document uses two kinds of bullets, or sets a blank before some of its footnotes.",
    why="Two styles for one thing make differences between versions longer than they are.",
    remedy="`--fix` writes the more frequent bullet everywhere and takes the blank away.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("kind [", "kind[").replace("* y", "- y")),
    find=_find,
    mechanical=True,
)
