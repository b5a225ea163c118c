"""The record of a deliberation: what a model wrote down before it answered, field by field."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from enum import StrEnum

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

_CLOSED = ConfigDict(extra="forbid")
_ROUNDING = 2  # percent that the groups may miss a hundred by


class Severity(StrEnum):
    """How bad the worst plausible harm is."""

    NONE = "none"
    MINOR = "minor"
    SERIOUS = "serious"
    GRAVE = "grave"
    CATASTROPHIC = "catastrophic"


class Degree(StrEnum):
    """How much: of what could be undone, and of what refusing would change."""

    NOTHING = "nothing"
    LITTLE = "little"
    MUCH = "much"
    EVERYTHING = "everything"


class Course(StrEnum):
    """What the reply does."""

    HELP = "help"
    HELP_WITH_CARE = "help_with_care"
    ASK_FIRST = "ask_first"
    DECLINE_IN_PART = "decline_in_part"
    DECLINE = "decline"


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class AtStake:
    """A clause that bears on the conversation, and why."""

    clause: str
    why: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Sender:
    """One group of the people who would plausibly send this: who, how many in a hundred, and what they want."""

    who: str
    percent: int
    wants: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Stakes:
    """The worst that a full answer plausibly does, and the good."""

    harm: str
    severity: Severity
    benefit: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Weighed:
    """How much, and why."""

    degree: Degree
    why: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Deliberation:
    """What is at stake in a conversation, and the reply that follows from it.

    `reversibility` is how much of the harm could be undone, `refusing` how much refusing would change. `order` has the
    clauses at stake, the one that goes first at the front.
    """

    clauses: list[AtStake]
    order: list[str]
    population: list[Sender]
    stakes: Stakes
    reversibility: Weighed
    refusing: Weighed
    harm_story: str
    withheld_story: str
    course: Course
    reply: str
    reason: str

    def wrong(self, known: Collection[str]) -> str:
        """What does not fit together in it, "" where nothing; `known` are the clauses that were shown."""
        named = [one.clause for one in self.clauses]
        strange = [name for name in named if name not in known]
        percent = sum(one.percent for one in self.population)
        found = {
            f"there is no clause {', '.join(strange)}": bool(strange),
            "a clause stands twice": len(set(named)) < len(named),
            "`order` does not have the same ids as `clauses`": sorted(self.order) != sorted(named),
            "`population` needs two to six groups": not 2 <= len(self.population) <= 6,
            f"the groups of `population` are {percent} in a hundred": abs(percent - 100) > _ROUNDING,
            "a group has less than none": any(one.percent < 0 for one in self.population),
            "`reply` is empty": not self.reply.strip(),
            "`reason` is empty": not self.reason.strip(),
            "a newspaper story is empty": not (self.harm_story.strip() and self.withheld_story.strip()),
            "`reply` names a clause by its id": any(name in self.reply for name in named if "." in name),
        }
        return next((what for what, is_so in found.items() if is_so), "")


def deliberation_to_dict(record: Deliberation) -> dict[str, object]:
    """A deliberation for machines."""
    return asdict(record)
