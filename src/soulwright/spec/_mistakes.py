"""What is wrong with a document: every mistake of one reading, raised as one error."""

from __future__ import annotations

import re

from soulwright.errors import InputError

LISTED = 20
_LINE_END = re.compile(r"\r\n|\n|\r")


class SpecErrors(InputError):
    """A document does not compile; `errors` holds each mistake with its line, cause and remedy.

    The error itself stands for the first of them, and its text lists the first twenty.
    """

    errors: tuple[InputError, ...]

    def __init__(self, errors: tuple[InputError, ...]) -> None:
        first = errors[0]
        super().__init__(
            first.message,
            source=first.source,
            line=first.line,
            column=first.column,
            help=first.help,
            excerpt=first.excerpt,
            length=first.length,
        )
        self.errors = errors

    def __str__(self) -> str:
        if len(self.errors) == 1:
            return super().__str__()
        listed = [str(error) for error in self.errors[:LISTED]]
        left = len(self.errors) - len(listed)
        rest = [f"... and {left} more"] if left else []
        return "\n".join([f"{len(self.errors)} mistakes in {self.source}", *listed, *rest])


class Mistakes:
    """Collects the mistakes of one reading, so that a writer sees all of them at once."""

    def __init__(self, text: str, source: str) -> None:
        self._lines = _LINE_END.split(text)
        self._source = source
        self._errors: list[InputError] = []

    def __len__(self) -> int:
        return len(self._errors)

    def add(self, message: str, *, line: int, help: str, at: str = "") -> None:
        """Record one mistake; `at` is the part of the line to underline (the whole line where it is not found)."""
        excerpt = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        found = excerpt.find(at) if at else -1
        column = found + 1 if found >= 0 else len(excerpt) - len(excerpt.lstrip()) + 1
        length = len(at) if found >= 0 else max(1, len(excerpt.strip()))
        self._errors.append(
            InputError(
                message, source=self._source, line=line, column=column, help=help, excerpt=excerpt, length=length
            )
        )

    def raise_any(self) -> None:
        """Raise what was recorded, in the order of the document; return quietly where there is nothing."""
        if self._errors:
            raise SpecErrors(tuple(sorted(self._errors, key=lambda error: error.line or 0)))
