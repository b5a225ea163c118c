"""What a check says: a finding, how grave it is, and the edit that would settle it. Values only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from soulwright.spec._document import Span


class Severity(StrEnum):
    """How grave a finding is, gravest first."""

    ERROR = "error"
    WARNING = "warning"
    SUGGESTION = "suggestion"
    INFO = "info"

    def reaches(self, threshold: Severity) -> bool:
        """Whether this is as grave as `threshold`, or graver.

        >>> Severity.ERROR.reaches(Severity.WARNING), Severity.INFO.reaches(Severity.WARNING)
        (True, False)
        """
        order = list(Severity)
        return order.index(self) <= order.index(threshold)


class Tier(IntEnum):
    """What a rule looks at, and so how far its word can be taken; the hundreds of its number."""

    STRUCTURE = 0
    AUTHORITY = 1
    PROSE = 2
    COVERAGE = 3
    MEANING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One mechanical edit: the characters from `start` to `end` of the source become `replacement`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule found, with its place.

    `span` is what is underlined. `locator` names the clause or the section it stands in, and `context` is the sentence
    or line around it: the two identify the finding when its line moves. A `fix` stays within `span`.
    """

    rule: str
    name: str
    severity: Severity
    message: str
    help: str
    span: Span
    locator: str
    context: str
    source: str
    fix: Fix | None = None

    def __post_init__(self) -> None:
        """A fix that reaches beyond the flagged range is a mistake of the rule."""
        if self.fix is not None:
            assert self.span.start <= self.fix.start <= self.fix.end <= self.span.end, self.rule

    @property
    def key(self) -> tuple[str, str, str]:
        """What an entry of a baseline shares with the findings that it accepts."""
        return (self.rule, self.locator, self.fingerprint)

    @property
    def fingerprint(self) -> str:
        """What stays the same when the text above it changes: a hash of the words around it, white space aside."""
        return hashlib.sha256(" ".join(self.context.split()).encode()).hexdigest()[:16]
