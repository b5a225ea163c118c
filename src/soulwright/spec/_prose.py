"""Prose without its markup, its sentences, and the modal force that it states."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._clauses import Polarity
from soulwright.spec._document import Admonition, Paragraph, Prose, Sentence, Span

MARKER = re.compile(r"\A[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_SUBSTITUTIONS = (
    (re.compile(r"(?:(?<!\s)\s+)?\[\^[A-Za-z0-9_]+\]"), ""),  # reference to an evaluation set
    (re.compile(r"\[\?\]\(#([^()\s]*)\)"), lambda match: re.sub(r"[_\-./]+", " ", match[1])),  # link by title
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)"), lambda match: match[1]),
    (re.compile(r"`([^`]*)`"), lambda match: match[1]),
    (re.compile(r"\*\*([^*]+)\*\*"), lambda match: match[1]),
    (re.compile(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])"), lambda match: match[1]),
    (re.compile(r"(?<!\w)_([^_\s](?:[^_]*[^_\s])?)_(?!\w)"), lambda match: match[1]),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!~<>])"), lambda match: match[1]),
)
_MODAL = re.compile(
    r"\b(?:(?P<must_not>must\s+not|must\s+never|shall\s+not|may\s+not|never)|(?P<should_not>should\s+not|should\s+never)"
    r"|(?P<must>must|shall|always)|(?P<should>should)|(?P<may>may))\b",
    re.IGNORECASE,
)
_END = re.compile(r"\r\n|\n|\r")
# What must not be searched for sentence ends or links: code, and the addresses of links.
_OPAQUE = re.compile(r"`[^`]*`|\]\((?:[^()\s]++|\([^()\s]*+\))*+\)")
_STOP = re.compile(r"[.!?]+[\"'\u201d\u2019)\]*_]*(?:[ \t]?\[\^[A-Za-z0-9_]+\][.!?]*)*(?=\s+[^\sa-z])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|approx|Mr|Mrs|Ms|Dr|Prof|St|No|Fig|Sec)|(?<![\w.])[A-Z])\Z")
_LOOK_BACK = 12


def plain(markdown: str) -> str:
    """The sentences of a paragraph or list item: no markup, one space between words.

    >>> plain("- **Kind.** It `must`  help, see [the list](#list)[^ab12].")
    'Kind. It must help, see the list.'
    """
    return words(MARKER.sub("", markdown))


def words(markdown: str) -> str:
    """As `plain`, for a piece from the middle of a paragraph: what looks like a list marker stays."""
    for pattern, replacement in _SUBSTITUTIONS:
        markdown = pattern.sub(replacement, markdown)
    return " ".join(markdown.split())


def masked(markdown: str) -> str:
    """The same text, as long as it was, with code and the addresses of links blanked out."""
    if "`" not in markdown and "](" not in markdown:
        return markdown
    return _OPAQUE.sub(lambda match: match[0][0] + "x" * (len(match[0]) - 2) + match[0][-1], markdown)


def stated_polarity(text: str) -> Polarity | None:
    """The force of the first modal of `text`; None where it has none.

    >>> stated_polarity("The assistant must never lie; it may stay silent.")
    <Polarity.MUST_NOT: 'must_not'>
    """
    modal = _MODAL.search(text)
    return Polarity(modal.lastgroup) if modal and modal.lastgroup else None


def sentences(block: Prose | Admonition) -> tuple[Sentence, ...]:
    """The sentences of a paragraph, a list item or an admonition, in order, each with its exact place."""
    if isinstance(block, Admonition):
        return tuple(sentence for part in block.body for sentence in sentences(part))
    raw = block.raw[: block.text_span.end - block.text_span.start]
    return tuple(_sentences(raw, block))


def _sentences(raw: str, block: Prose) -> Iterator[Sentence]:
    marker = None if isinstance(block, Paragraph) else MARKER.match(raw)
    line, line_start, seen = block.span.line, 1 - block.span.column, 0
    for start, end in _ranges(raw, marker.end() if marker else 0):
        for found in _END.finditer(raw, seen, start):
            line, line_start = line + 1, found.end()
        seen = start
        text = words(raw[start:end])
        if text:
            at = block.span.start
            yield Sentence(
                text=text, span=Span(start=at + start, end=at + end, line=line, column=start - line_start + 1)
            )


def _ranges(raw: str, begin: int) -> Iterator[tuple[int, int]]:
    """Where the sentences of `raw` begin and end, without the white space between them."""
    text = masked(raw)
    for stop in _STOP.finditer(text, begin):
        if stop[0][0] == "." and _ABBREVIATION.search(text[max(0, stop.start() - _LOOK_BACK) : stop.start()]):
            continue
        yield from _trimmed(raw, begin, stop.end())
        begin = stop.end()
    yield from _trimmed(raw, begin, len(raw))


def _trimmed(raw: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = raw[start:end]
    kept = piece.strip()
    if kept:
        first = start + len(piece) - len(piece.lstrip())
        yield first, first + len(kept)
