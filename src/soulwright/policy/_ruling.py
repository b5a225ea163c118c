"""The ruling: the value of every behaviour for one deployment and one user, who decided it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

IN_FORCE = "in_force"
LIFTED = "lifted"


class Outcome(StrEnum):
    """What became of one level's say in a behaviour."""

    APPLIED = "applied"
    """The level asked for a value and was entitled to it."""
    REJECTED = "rejected"
    """The level asked for a value and does not get it; the step says why."""
    SILENT = "silent"
    """The level asked for nothing."""


class Reason(StrEnum):
    """Why a step came out as it did, for machines; `Step.reason` says the same to people."""

    DEFAULT = "default"
    """It is what the document says when nobody asks for anything."""
    BOUND = "bound"
    """A hard limit or a protection on the same concept leaves the document no other value."""
    EXCEPTION = "exception"
    """The clause names an exception (`unless=`) that the operator vouches for."""
    LIFTED = "lifted"
    """Another behaviour that is on takes the clause away (`lifts=`)."""
    SILENT = "silent"
    """Nothing was asked for."""
    ENTITLED = "entitled"
    """The document lets this level move it."""
    GRANTED = "granted"
    """A higher level lent this one its own permission."""
    LOCKED = "locked"
    """A higher level has fixed it."""
    NOT_ADJUSTABLE = "not_adjustable"
    """The document does not let this level move it."""
    NEEDS_GRANT = "needs_grant"
    """This level could move it if a higher one granted it."""
    OVERRULED = "overruled"
    """A higher level has set it, and in this document what a higher level sets binds the lower ones."""
    NOT_EXPLICIT = "not_explicit"
    """It was only implied, and the clause wants to be told explicitly."""
    UNKNOWN_VALUE = "unknown_value"
    """The behaviour has no such value."""
    NEEDS_PAPER = "needs_paper"
    """An agreement or attestation that the clause requires is missing."""
    EXCLUDED = "excluded"
    """The clause excludes the move under a condition (`unless=`) that the operator vouches for."""
    HARD_LIMIT = "hard_limit"
    """It is a hard limit, or one stands in the way."""
    PROTECTION = "protection"
    """It is a protection that this level cannot waive, or one stands in the way."""
    NO_EFFECT = "no_effect"
    """A grant or a lock on something that the operator may not move."""
    UNKNOWN_BEHAVIOUR = "unknown_behaviour"
    """The document has no such behaviour, so there is nothing that it could switch on."""
    UNKNOWN_LEVEL = "unknown_level"
    """The document declares no such level."""


class Principal(StrEnum):
    """Who answers for an outcome, whatever a document calls its levels."""

    PROVIDER = "provider"
    OPERATOR = "operator"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One level's say in one behaviour."""

    level: str
    outcome: Outcome
    wanted: str | None
    reason: str
    clause_id: str
    code: Reason = Reason.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The value of one behaviour, the level that it comes from, every step on the way to it, and who answers for it."""

    behaviour: str
    value: str
    clause_id: str
    decided_by: str
    trace: tuple[Step, ...]
    responsible: Principal = Principal.PROVIDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Something that a level asked for and does not get; `clause_id` is None where no clause knows the behaviour."""

    level: str
    behaviour: str
    wanted: str
    reason: str
    clause_id: str | None
    code: Reason = Reason.UNKNOWN_BEHAVIOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """All decisions, by behaviour, and all that was refused."""

    decisions: Mapping[str, Decision]
    rejected: tuple[Rejection, ...] = ()

    def value(self, behaviour: str) -> str | None:
        """The value of `behaviour`; None where the document has no such behaviour."""
        decision = self.decisions.get(behaviour)
        return None if decision is None else decision.value
