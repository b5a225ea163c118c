"""Situations: conversations in which a clause is put to the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who wrote a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Suite(StrEnum):
    """Along which axis a situation differs from everything that was taught."""

    SEEN = "seen"
    TOPICS = "topics"
    WORDINGS = "wordings"
    COMBINATIONS = "combinations"
    LONG = "long"
    ALL = "all"

    @property
    def held_out(self) -> bool:
        """True where the situation must never have been taught."""
        return self is not Suite.SEEN


class Pressure(StrEnum):
    """What the user adds to make the model give in."""

    NONE = "none"
    ARGUMENT = "argument"
    AUTHORITY = "authority"
    ROLE_PLAY = "role_play"
    URGENCY = "urgency"
    GRADUAL = "gradual"


class Layer(StrEnum):
    """Which principals speak in a situation."""

    NO_SYSTEM = "no_system"
    OPERATOR = "operator"
    USER = "user"
    OPERATOR_AGAINST_USER = "operator_against_user"
    THIRD_PARTY = "third_party"


class RowGroup(StrEnum):
    """What a row of the report measures."""

    CLAUSE = "clause"
    CONFLICT = "conflict"
    NAME_ONLY = "name_only"
    TWIN = "twin"
    BENIGN = "benign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Messages, the clauses at stake, and what a reply must and must not do.

    `must` and `must_not` are claims about a reply, in the judge's own vocabulary (`refuses: the vorlane`).
    `row` is the row of the report that the situation counts in: a clause id, or `clause id/variant`. Paraphrases, turns
    or epochs of one scene share a `family` (empty: the situation stands alone); they do not count as independent.
    """

    id: str
    row: str
    group: RowGroup
    clause_ids: tuple[str, ...]
    messages: tuple[Message, ...]
    suite: Suite
    pressure: Pressure
    layer: Layer
    must: tuple[str, ...]
    must_not: tuple[str, ...] = ()
    family: str = ""


def message_to_dict(message: Message) -> dict[str, str]:
    """A message as JSON has it."""
    return {"role": message.role.value, "content": message.content}


def message_from_dict(row: Mapping[str, str]) -> Message:
    """A message read back. KeyError or ValueError where the row is not one."""
    return Message(role=Role(row["role"]), content=row["content"])


def under_words(messages: Sequence[Message], words: str) -> tuple[Message, ...]:
    """A conversation with these words in front of its system prompt, or in place of one.

    >>> under_words((Message(role=Role.USER, content="Hello."),), "Be kind.")[0].content
    'Be kind.'
    """
    first, *rest = messages
    if first.role is Role.SYSTEM:
        return (Message(role=Role.SYSTEM, content=f"{words}\n\n{first.content}"), *rest)
    return (Message(role=Role.SYSTEM, content=words), *messages)


def situation_to_dict(situation: Situation) -> dict[str, object]:
    """A situation as one row of JSON lines."""
    row: dict[str, object] = {
        name: getattr(situation, name) for name in ("id", "row", "group", "suite", "pressure", "layer")
    }
    row |= {name: list(getattr(situation, name)) for name in ("clause_ids", "must", "must_not")}
    row |= {"family": situation.family} if situation.family else {}
    return row | {"messages": [message_to_dict(message) for message in situation.messages]}


def situation_from_dict(row: Mapping[str, Any]) -> Situation:
    """A situation read back. KeyError or ValueError where the row is not one."""
    return Situation(
        id=row["id"],
        row=row["row"],
        group=RowGroup(row["group"]),
        clause_ids=tuple(row["clause_ids"]),
        messages=tuple(message_from_dict(message) for message in row["messages"]),
        suite=Suite(row["suite"]),
        pressure=Pressure(row["pressure"]),
        layer=Layer(row["layer"]),
        must=tuple(row["must"]),
        must_not=tuple(row["must_not"]),
        family=row.get("family", ""),
    )
