"""What is wrong with a document: every mistake of one reading, raised as one error."""

from __future__ import annotations

from soulwright.errors import InputError, InputErrors, lines_of
from soulwright.spec._document import Problem

KEPT = 1000  # who has more mistakes than this will read the file again anyway
LONGEST_EXCERPT = 400
LONGEST_MESSAGE = 400


class SpecErrors(InputErrors):
    """A document does not compile; `errors` holds each mistake with its line, cause and remedy."""


class Mistakes:
    """Collects the mistakes of one reading, so that a writer sees all of them at once."""

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._lines: list[str] | None = None
        self._source = source
        self._errors: list[InputError] = []
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._errors) + self._left_out

    def add(self, message: str, *, line: int, help: str, at: str = "") -> None:
        """Record one mistake; `at` is the part of the line to underline (the whole line where it is not found)."""
        excerpt = self._line(line)
        found = excerpt.find(at) if at else -1
        column = found + 1 if found >= 0 else len(excerpt) - len(excerpt.lstrip()) + 1
        length = len(at) if found >= 0 else len(excerpt.strip())
        self._record(message, line, help, excerpt, (column, length))

    def take(self, problem: Problem) -> None:
        """Record a problem of the document tree."""
        span = problem.span
        at = span.column, span.end - span.start
        self._record(problem.message, span.line, problem.help, self._line(span.line), at)

    def _line(self, number: int) -> str:
        if self._lines is None:
            self._lines = lines_of(self._text)
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def _record(self, message: str, line: int, help: str, excerpt: str, at: tuple[int, int]) -> None:
        if len(self._errors) >= KEPT:
            self._left_out += 1
            return
        column, length = at
        cut = max(0, column - LONGEST_EXCERPT // 2) if len(excerpt) > LONGEST_EXCERPT else 0
        self._errors.append(
            InputError(
                shortened(message),
                source=self._source,
                line=line,
                column=column - cut,
                help=shortened(help),
                excerpt=excerpt[cut : cut + LONGEST_EXCERPT],
                length=length,
            )
        )

    def raise_any(self) -> None:
        """Raise what was recorded, in the order of the document; return quietly where there is nothing."""
        if self._errors:
            raise SpecErrors(tuple(sorted(self._errors, key=lambda error: error.line or 0)))


def shortened(text: str) -> str:
    """A message without the middle of what somebody pasted into it."""
    half = LONGEST_MESSAGE // 2
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:half]} ... {text[-half:]}"
