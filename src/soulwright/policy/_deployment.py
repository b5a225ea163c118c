"""What an operator and a user bring: the whole input of a ruling besides the document.

A ruling reads words and switches only: agreements, attestations, settings, grants, locks and the provider's layers.
Who signed what, the persona, the scope and the system prompt are for people, and no ruling ever reads them.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class PaperSort(StrEnum):
    """What sort of promise a paper is."""

    AGREEMENT = "agreement"
    """The operator accepted something that the provider asks for, such as a usage policy."""
    ATTESTATION = "attestation"
    """The operator vouches for a fact, such as that the ages of users are verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One agreement or attestation: the word that clauses ask for, and who stands behind it from when until when."""

    name: str
    sort: PaperSort
    version: str = ""
    by: str = ""
    on: datetime.date | None = None
    until: datetime.date | None = None

    def in_force(self, day: datetime.date) -> bool:
        """Whether it counts on `day`: from the day it was given up to and including its last."""
        return (self.on is None or self.on <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """The name and manner under which an operator lets the model speak."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What one operator has agreed to, attested, set, lent to users and fixed.

    `agreements` and `attestations` hold the words that `requires=` of a clause asks for. `settings` maps behaviours to
    values, `implied` those that the operator's context only suggests. Users may adjust the behaviours in `grants` as
    far as the operator may, and none of those in `locked`. `layers` holds the settings of further levels, such as the
    provider's own configuration: whoever runs the model fills it, never a file or a text of an operator.
    """

    operator: str = ""
    agreements: frozenset[str] = frozenset()
    attestations: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    grants: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    implied: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    persona: Persona | None = None
    scope: tuple[str, ...] = ()
    system_prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAdjustments:
    """What one user asked for: behaviours and the values wanted for them, and those that context only suggests."""

    settings: Mapping[str, str] = field(default_factory=dict)
    implied: Mapping[str, str] = field(default_factory=dict)


def as_of(deployment: Deployment, day: datetime.date) -> Deployment:
    """The deployment with only those agreements and attestations that are in force on `day`.

    Words without a paper have no date and stay. A service calls this for each new day: rulings know no clock.
    """
    lapsed = {(paper.sort, paper.name) for paper in deployment.papers if not paper.in_force(day)}
    return replace(
        deployment,
        agreements=frozenset(name for name in deployment.agreements if (PaperSort.AGREEMENT, name) not in lapsed),
        attestations=frozenset(name for name in deployment.attestations if (PaperSort.ATTESTATION, name) not in lapsed),
        papers=tuple(paper for paper in deployment.papers if paper.in_force(day)),
    )
