"""The clause model: what a compiled specification is made of (values only, no parsing)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from soulwright.spec._document import Adjustment, Dialogue, ExampleVerdict, Span


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
class BoundVerdict:
    """A reply that an example shows, what the document says of it, and the clause that the verdict is about.

    `clause_id` is None where the document names no clause and none follows; `inferred` says that it follows from the
    rest of the example or from its section rather than from the verdict itself.
    """

    verdict: ExampleVerdict
    clause_id: str | None
    reason: str
    reply: str
    span: Span
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One dialogue of the document, with what it shows about a clause."""

    caption: str
    body: str
    span: Span
    verdicts: tuple[BoundVerdict, ...] = ()
    dialogue: Dialogue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """What a clause does not cover: a tag (`unless=under_18`), or words of its own text, which are `inferred`."""

    condition: str
    span: Span | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One normative sentence of a clause. Its id keeps while other sentences change; `locator` counts places."""

    id: str
    text: str
    polarity: Polarity
    span: Span
    hash: str
    locator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The smallest normative unit of a specification.

    `about` names the concept or behaviour that the clause concerns, in an open vocabulary: whoever tests or teaches
    clauses (the embedded organism, an evaluation set) lists the concepts it can represent, the rest is NOT TESTED.
    `adjustments` has the levels of `adjustable_by` with how each may change the clause. `inferred` names the fields
    that the document does not state and stated rules filled in. `source` is the document that holds the clause, where
    that is not the one that was compiled but one that it extends.
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
    title: str = ""
    locator: str = ""
    source: str = ""
    adjustments: Mapping[str, Adjustment] = field(default_factory=dict, hash=False)
    unless: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    weight_of: str | None = None
    severity: str | None = None
    beneficiary: str | None = None
    tags: tuple[str, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    evaluations: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A document that another one extends: what it is called, and the exact text that was inherited from."""

    name: str
    version: str
    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A compiled document: its clauses in document order, and the exact text they came from.

    `parents` are the documents that it extends, the nearest first; their clauses stand before its own.
    """

    name: str
    version: str
    levels: tuple[str, ...]
    clauses: tuple[Clause, ...]
    text: str
    hash: str
    source: str = "<text>"
    front_matter: Mapping[str, object] = field(default_factory=dict)
    parents: tuple[Parent, ...] = ()

    def clause(self, clause_id: str) -> Clause:
        """The clause with this id; KeyError where there is none."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)

    def about(self, concept: str) -> Clause | None:
        """The first clause that concerns `concept`, or None where the document is silent on it."""
        return next((clause for clause in self.clauses if clause.about == concept), None)

    def find(self, name: str) -> Clause | None:
        """The clause with this id or locator, or the one that holds such a statement; None where there is none."""
        for clause in self.clauses:
            if name in (clause.id, clause.locator):
                return clause
        return next(
            (clause for clause in self.clauses for item in clause.statements if name in (item.id, item.locator)), None
        )

    @property
    def priorities(self) -> tuple[Clause, ...]:
        """The priority clauses, highest first."""
        ranked = (clause for clause in self.clauses if clause.kind is Kind.PRIORITY)
        return tuple(sorted(ranked, key=lambda clause: (clause.rank or 0, clause.span.start)))
