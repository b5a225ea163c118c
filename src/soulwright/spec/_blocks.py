"""The blocks of a document, line by line: headings, paragraphs, list items, fences and admonitions, each with its span.

This is a scanner of our own and no Markdown parser. Attribute lines and admonitions are not CommonMark, an unclosed
fence (which CommonMark accepts) must be an error here, and edits need spans that are exact in the source as it was
written, CR LF included, which Markdown parsers give up when they normalise their input. It reads only what the clause
model needs. Left out on purpose: tables, block quotes, HTML other than comments, reference links; they pass through as
prose. The tests hold it against a Markdown parser on the published documents.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from soulwright.spec._attributes import ATTRIBUTE_LINE, HEADING_ATTRIBUTES, TRAILING_ATTRIBUTES, parse_attributes
from soulwright.spec._document import (
    Admonition,
    AttributeLine,
    Attributes,
    Block,
    CodeBlock,
    Heading,
    HtmlComment,
    ListItem,
    Paragraph,
    Problem,
)
from soulwright.spec._lines import Line, Source

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)", re.DOTALL)
_SETEXT = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*")
_FENCE = re.compile(r"[ \t]*(~{3,}|`{3,})[ \t]*([^`]*)")
_ADMONITION = re.compile(r'!!![ \t]+([\w-]+)(?:[ \t]+"([^"]*)")?[ \t]*')
_ITEM = re.compile(r"([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+\S")
_INDENT = re.compile(r"(?: {4}|\t)")

Report = Callable[[Problem], None]


def _unreported(problem: Problem) -> None:
    """Commentary may hold what looks like attributes; and of an orphan, that it is one is problem enough."""


def scan(lines: Sequence[Line], source: Source, report: Report) -> Iterator[Block]:
    """The blocks that `lines` consist of, without the gaps; what cannot be read is reported."""
    return _Scanner(lines, source, report).blocks()


def _match(pattern: re.Pattern[str], first: str, opens: str, text: str) -> re.Match[str] | None:
    """A full match of `pattern`, tried only where the first character can begin one."""
    return pattern.fullmatch(text) if first in opens else None


class _Scanner:
    """One pass over the lines; `at` is the next line to read, `in_list` whether an indented line continues a list."""

    def __init__(self, lines: Sequence[Line], source: Source, report: Report) -> None:
        self.lines = lines
        self.source = source
        self.report = report
        self.at = 0
        self.in_list = False
        self.comment_end = -1  # the last `-->` that was looked for: keeps a text of many `<!--` linear

    def blocks(self) -> Iterator[Block]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.blank:
                self.at += 1
            else:
                yield self._block(line)

    def _block(self, line: Line) -> Block:
        first = line.text.lstrip()[:1]
        if first == "{" and ATTRIBUTE_LINE.match(line.text):
            return self._orphan(line)
        if line.text[0] in " \t" and not self.in_list and _INDENT.match(line.text):
            return self._indented_code()
        if heading := _match(_HEADING, first, "#", line.text):
            return self._heading(line, heading)
        if fence := _match(_FENCE, first, "~`", line.text):
            return self._fence(line, fence)
        if admonition := _match(_ADMONITION, line.text[0], "!", line.text):
            return self._admonition(line, admonition)
        if first == "<" and (comment := self._comment(line)) is not None:
            return comment
        return self._paragraph(line)

    def _raw(self, first: Line, end: int) -> str:
        return self.source.text[first.start : end]

    def _indented_code(self) -> CodeBlock:
        body: list[Line] = []
        first = self.lines[self.at]
        while self.at < len(self.lines) and (self.lines[self.at].blank or _INDENT.match(self.lines[self.at].text)):
            body.append(self.lines[self.at])
            self.at += 1
        while body[-1].blank:
            body.pop()
        text = "\n".join(re.sub(r"\A(?: {4}|\t)", "", line.text) for line in body)
        span = self.source.span(first.start, body[-1].end)
        return CodeBlock(raw=self._raw(first, body[-1].end), span=span, text=text, text_span=span)

    def _heading(self, line: Line, match: re.Match[str]) -> Heading:
        self.at += 1
        self.in_list = False
        title, attributes = match[2].rstrip(), None
        if trailing := HEADING_ATTRIBUTES.search(line.text):
            attributes = self._attributes(trailing[0], line.start + trailing.start())
            title = line.text[match.start(2) : max(match.start(2), trailing.start())].rstrip()
        elif "{#" in title:
            self._problem(
                "heading-attributes-open",
                "the attributes of this heading are not closed",
                (line.start + line.text.index("{#", match.start(2)), line.end),
                "end the heading with `{#id key=value}`",
            )
        return Heading(
            raw=line.text,
            span=self.source.span(line.start, line.end),
            level=len(match[1]),
            title=title,
            attributes=attributes,
        )

    def _attributes(self, raw: str, start: int) -> Attributes | None:
        return parse_attributes(raw, start=start, source=self.source, report=self.report)

    def _problem(self, code: str, message: str, at: tuple[int, int], help: str, *, fatal: bool = True) -> None:
        span = self.source.span(*at)
        self.report(Problem(code=code, message=message, span=span, help=help, fatal=fatal))

    def _fence(self, line: Line, match: re.Match[str]) -> CodeBlock:
        mark = match[1]
        close = re.compile(rf"[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*")
        self.at += 1
        first = self.at
        while self.at < len(self.lines) and not (
            mark in self.lines[self.at].text and close.fullmatch(self.lines[self.at].text)
        ):
            self.at += 1
        body = self.lines[first : self.at]
        closed = self.at < len(self.lines)
        last = self.lines[min(self.at, len(self.lines) - 1)]
        self.at += closed
        if not closed:
            place = (line.start + match.start(1), line.start + match.end(1))
            remedy = f"add a line `{mark}` where it ends"
            self._problem("fence-open", f"the fence `{mark}` is never closed", place, remedy)
        return CodeBlock(
            raw=self._raw(line, last.end),
            span=self.source.span(line.start, last.end),
            text="\n".join(item.text for item in body),
            text_span=self.source.span(body[0].start, body[-1].end) if body else self.source.span(line.end, line.end),
            fence=mark,
            info=match[2].strip(),
            closed=closed,
        )

    def _admonition(self, line: Line, match: re.Match[str]) -> Admonition:
        self.at += 1
        self.in_list = False
        body: list[Line] = []
        while self.at < len(self.lines) and (self.lines[self.at].blank or _INDENT.match(self.lines[self.at].text)):
            body.append(self.lines[self.at])
            self.at += 1
        while body and body[-1].blank:
            body.pop()
        end = (body or [line])[-1].end
        inside = [item.dedented(1 if item.text.startswith("\t") else 4) for item in body]
        blocks = _Scanner(inside, self.source, _unreported).blocks()
        return Admonition(
            raw=self._raw(line, end),
            span=self.source.span(line.start, end),
            sort=match[1],
            title=match[2] or match[1],
            text="\n".join(item.text.strip() for item in body),
            body=tuple(block for block in blocks if isinstance(block, Paragraph | ListItem)),
        )

    def _comment(self, line: Line) -> HtmlComment | None:
        """A comment on lines of its own; None where it is never closed, or where prose follows it on its last line."""
        begin = line.start + len(line.text) - len(line.text.lstrip())
        text = self.source.text
        if not text.startswith("<!--", begin):
            return None
        if self.comment_end < begin + 4:
            found = text.find("-->", begin + 4)
            self.comment_end = len(text) if found < 0 else found
        end = self.comment_end + 3
        at = bisect_left(self.lines, end, lo=self.at, key=lambda item: item.end)
        if at == len(self.lines) or text[end : self.lines[at].end].strip():
            return None
        self.at = at + 1
        stop = self.lines[at].end
        return HtmlComment(
            raw=self._raw(line, stop), span=self.source.span(line.start, stop), text=text[begin + 4 : end - 3].strip()
        )

    def _orphan(self, line: Line) -> AttributeLine:
        self.at += 1
        self._problem(
            "attributes-orphan",
            "an attribute line with no clause before it",
            (line.start + len(line.text) - len(line.text.lstrip()), line.start + len(line.text.rstrip())),
            "put it directly beneath the paragraph or list item that it describes, with no blank line between",
        )
        attributes = parse_attributes(line.text, start=line.start, source=self.source, report=_unreported)
        return AttributeLine(raw=line.text, span=self.source.span(line.start, line.end), attributes=attributes)

    def _paragraph(self, first: Line) -> Block:
        item = _ITEM.match(first.text)
        in_item = item is None and self.in_list and first.text[:1] in " \t"
        self.at += 1
        if item is None and not in_item and (title := self._setext(first)) is not None:
            return title
        self.in_list = item is not None or in_item
        body = [first]
        while self.at < len(self.lines) and self._continues(self.lines[self.at], in_item=item is not None):
            body.append(self.lines[self.at])
            self.at += 1
        self._trailing(body)
        attributes, end = None, body[-1].end
        if self.at < len(self.lines) and ATTRIBUTE_LINE.match(self.lines[self.at].text):
            line = self.lines[self.at]
            self.at += 1
            attributes = self._attributes(line.text, line.start)
            end = line.end
        raw, span = self._raw(first, end), self.source.span(first.start, end)
        text, text_span = "\n".join(line.text for line in body), self.source.span(first.start, body[-1].end)
        if item is None:
            return Paragraph(
                raw=raw,
                span=span,
                text=text,
                text_span=text_span,
                attributes=attributes,
                indent=_width(first.text),
                in_item=in_item,
            )
        return ListItem(
            raw=raw,
            span=span,
            text=text,
            text_span=text_span,
            marker=item[2],
            attributes=attributes,
            indent=_width(first.text),
        )

    def _setext(self, first: Line) -> Heading | None:
        """A title with a line of `===` or `---` beneath it."""
        underline = self.lines[self.at] if self.at < len(self.lines) else None
        if underline is None or not _SETEXT.fullmatch(underline.text) or _SETEXT.fullmatch(first.text):
            return None
        self.at += 1
        self.in_list = False
        return Heading(
            raw=self._raw(first, underline.end),
            span=self.source.span(first.start, underline.end),
            level=1 if "=" in underline.text else 2,
            title=first.text.strip(),
        )

    def _trailing(self, body: Sequence[Line]) -> None:
        """Report attributes at the end of a line of prose, where no renderer looks for them."""
        for line in body:
            if line.text.rstrip().endswith("}") and (trailing := TRAILING_ATTRIBUTES.search(line.text)):
                place = (line.start + trailing.start(), line.start + len(line.text.rstrip()))
                message = "attributes at the end of a line of prose"
                self._problem("attributes-trailing", message, place, "put them on a line of their own beneath it")

    def _continues(self, line: Line, *, in_item: bool) -> bool:
        """Whether `line` goes on with the paragraph above it."""
        if line.blank:
            return False
        first = line.text.lstrip()[:1]
        if first == "{" and ATTRIBUTE_LINE.match(line.text):
            return False
        if _match(_HEADING, first, "#", line.text) or _match(_FENCE, first, "~`", line.text):
            return False
        if _match(_ADMONITION, line.text[0], "!", line.text) or _match(_SETEXT, first, "-=", line.text):
            return False
        item = _ITEM.match(line.text)
        # As in CommonMark, a wrapped line of prose that happens to begin with `1984. ` starts no list.
        return item is None or not (in_item or item[2] in ("-", "*", "+", "1.", "1)"))


def _width(text: str) -> int:
    """How far a line is indented; a tab reaches the next multiple of four."""
    width = 0
    for character in text:
        if character not in " \t":
            break
        width += 1 if character == " " else 4 - width % 4
    return width
