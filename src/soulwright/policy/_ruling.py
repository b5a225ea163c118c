"""The ruling: the value of every behaviour for one deployment and one user, who decided it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one level's say in a behaviour."""

    APPLIED = "applied"
    """The level asked for a value and was entitled to it."""
    REJECTED = "rejected"
    """The level asked for a value and does not get it; the step says why."""
    SILENT = "silent"
    """The level asked for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One level's say in one behaviour."""

    level: str
    outcome: Outcome
    wanted: str | None
    reason: str
    clause_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The value of one behaviour, the level that it comes from, and every step on the way to it."""

    behaviour: str
    value: str
    clause_id: str
    decided_by: str
    trace: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Something that a level asked for and does not get; `clause_id` is None where no clause knows the behaviour."""

    level: str
    behaviour: str
    wanted: str
    reason: str
    clause_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """All decisions, by behaviour, and all that was refused."""

    decisions: Mapping[str, Decision]
    rejected: tuple[Rejection, ...] = ()

    def value(self, behaviour: str) -> str | None:
        """The value of `behaviour`; None where the document has no such behaviour."""
        decision = self.decisions.get(behaviour)
        return None if decision is None else decision.value
