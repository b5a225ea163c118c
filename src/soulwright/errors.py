"""Everything that Soulwright raises on purpose, as one tree.

    SoulwrightError (ValueError)
    ├── BudgetSpent         a limit of calls, tokens or cost is reached
    ├── InputError          a document, an option or a file that a person wrote is wrong
    │   └── InputErrors     several such mistakes of one reading
    └── RunError            a run folder cannot be used as asked
        ├── RunLocked       another process works on this folder
        ├── CorruptRun      a file of the folder is not what its stamp says it is
        └── NotWritable     no permission, or not a folder (also OSError)
            └── NoSpace     the disk or the quota is full

To add one: derive from the nearest class above, say in its docstring when it is raised, let the message name the
file, the place and (as `help`) the remedy, and add it to `__all__` and to the picture. The message grammar: lower
case, no full stop, what the person wrote in backticks, the words of GLOSSARY.md. A mistake of our own is an `assert`
or a plain Python error, never one of these.
"""

from __future__ import annotations

import re

__all__ = [
    "LISTED",
    "BudgetSpent",
    "CorruptRun",
    "InputError",
    "InputErrors",
    "NoSpace",
    "NotWritable",
    "RunError",
    "RunLocked",
    "SoulwrightError",
    "lines_of",
]

LISTED = 20  # so many mistakes of several are told one by one; the others are counted
_LINE_END = re.compile(r"\r\n|\n|\r")


class SoulwrightError(ValueError):
    """The root: something that whoever called can put right. `help` says how, in a few words."""

    errors: tuple[InputError, ...] = ()  # the mistakes that this one stands for, where it stands for several

    def __init__(self, message: str, *, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help

    @property
    def place(self) -> str:
        """Where the mistake stands, as `file:line:column`; empty where there is no place to name."""
        return ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class BudgetSpent(SoulwrightError):
    """The next call would overdraw what may be asked; what was answered is kept, and the same command goes on."""


class InputError(SoulwrightError):
    """A document, an option or a file that a person wrote is wrong; names the place and the remedy.

    `line` and `column` count from 1; `excerpt` is the source line itself and `length` how many of its characters,
    from `column` on, are to blame; never more than the line has from there, and at least one.

    >>> print(InputError("unknown kind `rul`", source="specs/x.md", line=12, column=3))
    specs/x.md:12:3: unknown kind `rul`
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        line: int | None = None,
        column: int = 1,
        help: str = "",
        excerpt: str = "",
        length: int = 1,
    ) -> None:
        super().__init__(message, help=help)
        self.source = source
        self.line = line
        self.column = column
        self.excerpt = excerpt
        self.length = max(1, min(length, len(excerpt) - column + 1))

    @property
    def place(self) -> str:
        """Where the mistake stands, as `file:line:column`, as far as it is known."""
        if self.line is None:
            return self.source
        return f"{self.source or '<text>'}:{self.line}:{self.column}"


class InputErrors(InputError):
    """All mistakes of one reading; `errors` holds each with its place, cause and remedy.

    The error itself stands for the first of them, and its text lists the first twenty.
    """

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


def lines_of(text: str) -> list[str]:
    """The lines of a text as errors count them: CR LF, LF and CR each end one."""
    return _LINE_END.split(text)


class RunError(SoulwrightError):
    """A run folder cannot be used as asked; `path` is the file or folder that stands in the way."""

    def __init__(self, message: str, *, path: str = "", help: str = "") -> None:
        super().__init__(message, help=help)
        self.path = path

    @property
    def place(self) -> str:
        """The file or folder that stands in the way."""
        return self.path


class RunLocked(RunError):
    """Another process works on this run folder; `pid` is its number, None where it could not be read."""

    def __init__(self, message: str, *, path: str = "", help: str = "", pid: int | None = None) -> None:
        super().__init__(message, path=path, help=help)
        self.pid = pid


class CorruptRun(RunError):
    """A file of the run folder is missing, cut short or changed since its stage was stamped as done."""


class NotWritable(RunError, OSError):
    """A file or folder could not be written: no permission, a file where a folder should be, a read-only disk."""


class NoSpace(NotWritable):
    """The disk (or the quota on it) is full."""
