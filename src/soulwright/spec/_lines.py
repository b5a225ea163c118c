"""The lines of a text, and from a position to its line and column."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from soulwright.spec._document import Span

_END = re.compile(r"\r\n|\n|\r")


class Line(NamedTuple):
    """One line of the source: its text without the line end, and where it stands (`next` is behind the line end)."""

    number: int
    text: str
    start: int
    end: int
    next: int

    @property
    def blank(self) -> bool:
        """True where the line holds nothing but white space."""
        return not self.text or self.text.isspace()

    def dedented(self, width: int) -> Line:
        """The same line without its first `width` characters."""
        cut = min(width, len(self.text))
        return self._replace(text=self.text[cut:], start=self.start + cut)


class Source:
    """A text with an index of its lines; CR LF, LF and CR each end one, as they stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = _split(text)
        self._starts = [line.start for line in self.lines]

    def span(self, start: int, end: int) -> Span:
        """The span of these characters, with the line and column of the first."""
        at = max(0, bisect_right(self._starts, start) - 1)
        first = self._starts[at] if self._starts else 0
        return Span(start=start, end=end, line=at + 1, column=start - first + 1)

    def from_position(self, start: int) -> tuple[Line, ...]:
        """The lines that begin at `start` or later; a line that holds `start` begins there."""
        at = bisect_right(self._starts, start) - 1
        if at < 0:
            return tuple(self.lines)
        first = self.lines[at]
        rest = self.lines[at + 1 :]
        cut = start - first.start
        return tuple(rest) if start >= first.next else (first.dedented(cut), *rest)

    def between(self, start: int, end: int) -> Sequence[Line]:
        """The lines that begin at or behind `start` and end at or before `end`."""
        return self.lines[bisect_left(self._starts, start) : bisect_left(self._starts, end)] if start < end else ()


def _split(text: str) -> list[Line]:
    lines, start, number = [], 0, 1
    for match in _END.finditer(text):
        lines.append(Line(number, text[start : match.start()], start, match.start(), match.end()))
        start, number = match.end(), number + 1
    if start < len(text):
        lines.append(Line(number, text[start:], start, len(text), len(text)))
    return lines
