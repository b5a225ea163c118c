"""The clause model: what a compiled specification is made of (values only, no parsing)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What sort of norm a clause is (GLOSSARY.md explains each)."""

    HARD_LIMIT = "hard_limit"
    RULE = "rule"
    DEFAULT = "default"
    PROTECTION = "protection"
    PERMISSION = "permission"
    PRIORITY = "priority"
    HONESTY = "honesty"
    FACTOR = "factor"
    CHARACTER = "character"
    DEFINITION = "definition"
    META = "meta"


class Polarity(StrEnum):
    """The modal force of a clause."""

    MUST = "must"
    MUST_NOT = "must_not"
    SHOULD = "should"
    SHOULD_NOT = "should_not"
    MAY = "may"

    @property
    def forbids(self) -> bool:
        """True for the two polarities that ask the model to refrain."""
        return self in (Polarity.MUST_NOT, Polarity.SHOULD_NOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open range of characters in the source text; line and column count from 1."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One dialogue of the document, with what it shows about a clause."""

    caption: str
    body: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The smallest normative unit of a specification.

    `about` names the concept or behaviour that the clause concerns, in an open vocabulary: whoever tests or teaches
    clauses (the embedded organism, an evaluation set) lists the concepts it can represent, the rest is NOT TESTED.
    """

    id: str
    kind: Kind
    authority: str
    polarity: Polarity
    text: str
    span: Span
    hash: str
    section: str = ""
    about: str | None = None
    default: str | None = None
    values: tuple[str, ...] = ()
    adjustable_by: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    waivable_by: tuple[str, ...] = ()
    rank: int | None = None
    tolerance: float = 0.1
    reasons: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A compiled document: its clauses in document order, and the exact text they came from."""

    name: str
    version: str
    levels: tuple[str, ...]
    clauses: tuple[Clause, ...]
    text: str
    hash: str
    source: str = "<text>"
    front_matter: Mapping[str, object] = field(default_factory=dict)

    def clause(self, clause_id: str) -> Clause:
        """The clause with this id; KeyError where there is none."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)

    def about(self, concept: str) -> Clause | None:
        """The first clause that concerns `concept`, or None where the document is silent on it."""
        return next((clause for clause in self.clauses if clause.about == concept), None)

    @property
    def priorities(self) -> tuple[Clause, ...]:
        """The priority clauses, highest first."""
        ranked = (clause for clause in self.clauses if clause.kind is Kind.PRIORITY)
        return tuple(sorted(ranked, key=lambda clause: (clause.rank or 0, clause.span.start)))
