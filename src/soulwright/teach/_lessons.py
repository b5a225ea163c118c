"""A lesson: one training row, with the ids and hashes of the clauses that it came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from soulwright.errors import InputError
from soulwright.situations import Message, Role

_ID_LENGTH = 16


class LessonSort(StrEnum):
    """What a lesson is for."""

    DEMONSTRATION = "demonstration"  # a conversation whose last reply is the one to learn
    REPLAY = "replay"  # from the base's own training, so that nothing else is forgotten
    DOCUMENT = "document"  # a text to learn by heart or to learn from
    PREFERENCE = "preference"  # a conversation with the reply to prefer, and the student's own that is not
    DISTILLATION = "distillation"  # what the student itself said when it was shown the clauses, without them


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One training row: a conversation that ends with the reply to learn, or a text; `make_lesson` makes one.

    `id` is the hash of the row itself: equal rows have equal ids, whatever clauses they are said to come from.
    `row` is the row of the report that the lesson works for, empty where it works for none; `rejected` is, of a
    preference, the reply that is not preferred: one message.
    """

    id: str
    sort: LessonSort
    messages: tuple[Message, ...] = ()
    text: str = ""
    clause_ids: tuple[str, ...] = ()
    clause_hashes: tuple[str, ...] = ()
    row: str = ""
    rejected: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.messages) == bool(self.text):
            raise InputError("a lesson is either a conversation or a text", help="give `messages` or `text`, not both")
        if self.messages:
            _check_conversation(self.messages)
        if self.text and self.sort is LessonSort.DEMONSTRATION:
            raise InputError("a demonstration is a conversation", help="a text is a `document` or a `replay`")
        if self.messages and self.sort is LessonSort.DOCUMENT:
            raise InputError("a document is a text", help="a conversation is a `demonstration` or a `replay`")
        if bool(self.rejected) != (self.sort is LessonSort.PREFERENCE):
            raise InputError(
                "a preference, and nothing else, has a reply that is not preferred", help="give `rejected`"
            )
        if self.rejected and [message.role for message in self.rejected] != [Role.ASSISTANT]:
            raise InputError("what is not preferred is one reply", help="give one message of the assistant")
        if len(self.clause_ids) != len(self.clause_hashes):
            raise InputError(
                f"{len(self.clause_ids)} clause ids and {len(self.clause_hashes)} clause hashes",
                help="name one hash for each clause",
            )


def make_lesson(
    sort: LessonSort,
    *,
    messages: tuple[Message, ...] = (),
    text: str = "",
    clause_ids: tuple[str, ...] = (),
    clause_hashes: tuple[str, ...] = (),
    row: str = "",
    rejected: tuple[Message, ...] = (),
) -> Lesson:
    """A lesson with its id; InputError where it is neither a conversation that ends with a reply nor a text.

    >>> make_lesson(LessonSort.DOCUMENT, text="Be kind.").id
    'd7647c57c8572bd4'
    """
    return Lesson(
        id=row_id(row_of(messages, text, rejected)),
        sort=sort,
        messages=messages,
        text=text,
        clause_ids=clause_ids,
        clause_hashes=clause_hashes,
        row=row,
        rejected=rejected,
    )


def row_of(messages: tuple[Message, ...], text: str, rejected: tuple[Message, ...] = ()) -> dict[str, object]:
    """The row as a file of lessons holds it: prompt and completion, text, or prompt, chosen and rejected."""
    if not messages:
        return {"text": text}
    turns = [{"role": message.role.value, "content": message.content} for message in messages]
    if rejected:
        refused = [{"role": message.role.value, "content": message.content} for message in rejected]
        return {"prompt": turns[:-1], "chosen": turns[-1:], "rejected": refused}
    return {"prompt": turns[:-1], "completion": turns[-1:]}


def row_id(row: dict[str, object]) -> str:
    """The hash of a row, 16 hexadecimal digits."""
    canonical = json.dumps(row, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_ID_LENGTH]


def _check_conversation(messages: tuple[Message, ...]) -> None:
    if messages[-1].role is not Role.ASSISTANT:
        raise InputError(
            f"the last message is from the {messages[-1].role.value}", help="a lesson ends with the reply to learn"
        )
    if len(messages) < 2 or messages[-2].role is not Role.USER:
        raise InputError("the reply answers nobody", help="put the user's message before the reply to learn")
