"""The blocks of a document, line by line: headings, paragraphs, list items, fences and admonitions, each with its span.

This is a scanner of our own and no Markdown parser. Attribute lines and admonitions are not CommonMark, an unclosed
fence (which CommonMark accepts) must be an error here, and edits need spans that are exact in the source as it was
written, CR LF included, which `marko` gives up when it normalises its input. It reads only what the clause model needs.
Left out on purpose: tables, block quotes, HTML, set-ext headings, reference links; they pass through as prose. The
tests hold it against `marko` on the published documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from soulwright.spec._attributes import (
    ATTRIBUTE_LINE,
    HEADING_ATTRIBUTES,
    TRAILING_ATTRIBUTES,
    Attributes,
    parse_attributes,
)
from soulwright.spec._mistakes import Mistakes

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r"[ \t]*(~{3,}|`{3,})[ \t]*([^`]*)")
_ADMONITION = re.compile(r'!!![ \t]+([\w-]+)(?:[ \t]+"([^"]*)")?[ \t]*')
_ITEM = re.compile(r"[ \t]*(?:[-*+]|(\d{1,9})[.)])[ \t]+\S")
_INDENT = re.compile(r"(?: {4}|\t)")


class BlockKind(Enum):
    """What sort of block it is."""

    HEADING = auto()
    PARAGRAPH = auto()
    FENCE = auto()
    ADMONITION = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the source: its text without the line end, and where it stands."""

    number: int
    text: str
    start: int
    end: int
    next: int

    @property
    def blank(self) -> bool:
        """True where the line holds nothing but white space."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A range of whole lines (without the last line end).

    `text` is the block's own text: the title of a heading, the raw prose of a paragraph, the body of a fence or an
    admonition. `label` is the information string of a fence and the title of an admonition.
    """

    kind: BlockKind
    text: str
    line: int
    start: int
    end: int
    level: int = 0
    label: str = ""
    attributes: Attributes | None = None


def split_lines(text: str, start: int = 0, number: int = 1) -> tuple[Line, ...]:
    """The lines of `text` from `start` on, the first of them numbered `number`."""
    lines = []
    while start < len(text):
        match = _LINE.match(text, start)
        assert match is not None
        lines.append(Line(number=number, text=match[1], start=start, end=match.end(1), next=match.end()))
        start, number = match.end(), number + 1
    return tuple(lines)


def scan(lines: tuple[Line, ...], mistakes: Mistakes) -> tuple[Block, ...]:
    """The blocks that `lines` consist of; what cannot be read is recorded in `mistakes`."""
    return tuple(_Scanner(lines, mistakes).blocks())


class _Scanner:
    """One pass over the lines; `at` is the next line to read, `in_list` whether an indented line continues a list."""

    def __init__(self, lines: tuple[Line, ...], mistakes: Mistakes) -> None:
        self.lines = lines
        self.mistakes = mistakes
        self.at = 0
        self.in_list = False

    def blocks(self) -> Iterator[Block]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.blank:
                self.at += 1
            elif _INDENT.match(line.text) and not self.in_list and not ATTRIBUTE_LINE.match(line.text):
                self._skip_indented_code()
            elif heading := _HEADING.fullmatch(line.text):
                yield self._heading(line, heading)
            elif fence := _FENCE.fullmatch(line.text):
                yield self._fence(line, fence)
            elif admonition := _ADMONITION.fullmatch(line.text):
                yield self._admonition(line, admonition)
            elif ATTRIBUTE_LINE.match(line.text):
                self._orphan(line)
            else:
                yield self._paragraph(line)

    def _skip_indented_code(self) -> None:
        while self.at < len(self.lines) and (self.lines[self.at].blank or _INDENT.match(self.lines[self.at].text)):
            self.at += 1

    def _heading(self, line: Line, match: re.Match[str]) -> Block:
        self.at += 1
        self.in_list = False
        title, attributes = match[2].rstrip(), None
        if trailing := HEADING_ATTRIBUTES.search(line.text):
            start = line.start + trailing.start()
            attributes = parse_attributes(trailing[0], start=start, line=line.number, mistakes=self.mistakes)
            title = line.text[match.start(2) : trailing.start()].rstrip()
        elif "{#" in title:
            self.mistakes.add(
                "the attributes of this heading are not closed",
                line=line.number,
                help="end the heading with `{#id key=value}`",
                at=title[title.index("{#") :],
            )
        return Block(
            kind=BlockKind.HEADING,
            text=title,
            line=line.number,
            start=line.start,
            end=line.end,
            level=len(match[1]),
            attributes=attributes,
        )

    def _fence(self, line: Line, match: re.Match[str]) -> Block:
        mark = match[1]
        close = re.compile(rf"[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*")
        self.at += 1
        first = self.at
        while self.at < len(self.lines) and not close.fullmatch(self.lines[self.at].text):
            self.at += 1
        body = self.lines[first : self.at]
        if self.at == len(self.lines):
            self.mistakes.add(
                f"the fence `{mark}` is never closed",
                line=line.number,
                help=f"add a line `{mark}` where it ends",
                at=mark,
            )
            last = self.lines[-1]
        else:
            last = self.lines[self.at]
            self.at += 1
        return Block(
            kind=BlockKind.FENCE,
            text="\n".join(item.text for item in body),
            line=line.number,
            start=line.start,
            end=last.end,
            label=match[2].strip(),
        )

    def _admonition(self, line: Line, match: re.Match[str]) -> Block:
        self.at += 1
        self.in_list = False
        body: list[Line] = []
        while self.at < len(self.lines) and (self.lines[self.at].blank or _INDENT.match(self.lines[self.at].text)):
            body.append(self.lines[self.at])
            self.at += 1
        while body and body[-1].blank:
            body.pop()
        return Block(
            kind=BlockKind.ADMONITION,
            text="\n".join(item.text.strip() for item in body),
            line=line.number,
            start=line.start,
            end=(body or [line])[-1].end,
            label=match[2] or match[1],
        )

    def _orphan(self, line: Line) -> None:
        self.at += 1
        self.mistakes.add(
            "an attribute line with no clause before it",
            line=line.number,
            help="put it directly beneath the paragraph or list item that it describes, with no blank line between",
            at=line.text.strip(),
        )

    def _paragraph(self, first: Line) -> Block:
        item = _ITEM.match(first.text)
        self.in_list = item is not None or (self.in_list and first.text[:1] in " \t")
        body = [first]
        self.at += 1
        while self.at < len(self.lines) and self._continues(self.lines[self.at], in_item=item is not None):
            body.append(self.lines[self.at])
            self.at += 1
        for line in body:
            if trailing := TRAILING_ATTRIBUTES.search(line.text):
                self.mistakes.add(
                    "attributes at the end of a line of prose",
                    line=line.number,
                    help="put them on a line of their own beneath it",
                    at=trailing[0].rstrip(),
                )
        attributes, end = None, body[-1].end
        if self.at < len(self.lines) and ATTRIBUTE_LINE.match(self.lines[self.at].text):
            line = self.lines[self.at]
            self.at += 1
            attributes = parse_attributes(line.text, start=line.start, line=line.number, mistakes=self.mistakes)
            end = line.end
        return Block(
            kind=BlockKind.PARAGRAPH,
            text="\n".join(line.text for line in body),
            line=first.number,
            start=first.start,
            end=end,
            attributes=attributes,
        )

    def _continues(self, line: Line, *, in_item: bool) -> bool:
        """Whether `line` goes on with the paragraph above it."""
        if line.blank or ATTRIBUTE_LINE.match(line.text):
            return False
        if any(pattern.fullmatch(line.text) for pattern in (_HEADING, _FENCE, _ADMONITION)):
            return False
        item = _ITEM.match(line.text)
        # As in CommonMark, a wrapped line of prose that happens to begin with `1984. ` starts no list.
        return item is None or not (in_item or item[1] in (None, "1"))
