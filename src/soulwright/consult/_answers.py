"""What a model answers, read strictly: an answer is exactly of the asked shape, or it is a failure with its reason.

Pure. Nothing is guessed from a reply that is nearly right: whoever asks may ask again, a bounded number of times.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import ConfigDict, StrictStr, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.spec import Clause

MOST_REMARKS = 12
LONGEST = 1200
_FENCED = re.compile(r"```(?:json)?[ \t]*\n(?P<inside>.*)\n[ \t]*```", re.DOTALL)
# Curly quotation marks, long dashes and the no-break space, as a keyboard writes them.
_ALIKE = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u00a0", "''\"\"-- ")


class Concern(StrEnum):
    """What a model may find about a clause."""

    UNCLEAR = "unclear"
    """Two careful readers would act differently."""
    CONTRADICTORY = "contradictory"
    """There is a situation in which it and another clause cannot both be kept, and nothing says which gives way."""
    UNTESTABLE = "untestable"
    """No reply that could be observed would show that it is kept or broken."""
    NOT_ENDORSED = "not_endorsed"
    """The model would not, on reflection, want to act on it as it is worded."""


class Unreadable(StrEnum):
    """Why a reply is no answer."""

    EMPTY = "empty"
    """There are no words in it."""
    CUT_SHORT = "cut_short"
    """It ended because it was as long as a reply may be."""
    NO_ROOM = "no_room"
    """The question does not fit into what the model can read."""
    NO_OBJECT = "no_object"
    """It holds no JSON object, or something beside the one."""
    BROKEN_JSON = "broken_json"
    """Its object is not JSON."""
    WRONG_SHAPE = "wrong_shape"
    """A field is missing, unknown, of another type, or too long."""
    OTHER_CLAUSE = "other_clause"
    """It answers about another clause."""
    UNKNOWN_CONCERN = "unknown_concern"
    """A concern is none of the four."""
    WORDS_NOT_THERE = "words_not_there"
    """The words that it quotes do not stand in the clause."""
    UNKNOWN_OTHER = "unknown_other"
    """It names a clause that the document has not, or the clause itself."""
    NO_OTHER = "no_other"
    """A contradiction without the clause that is contradicted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that a model finds; `words` stand in the clause, and are empty where it is about the whole of it."""

    concern: Concern
    words: str
    why: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model finds about one clause; no remarks means that it found nothing."""

    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reply that is no answer: why, and in words that the model can be told."""

    reason: Unreadable
    detail: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class WrittenRemark:
    """A remark as a model writes it."""

    concern: StrictStr
    words: StrictStr
    why: StrictStr
    others: list[StrictStr]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class WrittenAnswer:
    """The output of the prompt `consult.clause`, before anything of it is held against the document."""

    clause: StrictStr
    remarks: list[WrittenRemark]


@cache
def _adapter() -> TypeAdapter[WrittenAnswer]:
    return TypeAdapter(WrittenAnswer)


def read_answer(reply: str, clause: Clause, ids: Collection[str]) -> Answer | Failure:
    """The answer in a reply about `clause`, or why it is none; `ids` are the clauses of the document.

    Total: no reply makes it raise. The reply is one JSON object, alone or as the one fenced block, of exactly the
    asked fields; quoted words must stand in the clause (white space and the shape of quotation marks aside).
    """
    written = _written(reply)
    if isinstance(written, Failure):
        return written
    if written.clause != clause.id:
        return Failure(
            reason=Unreadable.OTHER_CLAUSE, detail=f"it is about `{written.clause}`, the question was `{clause.id}`"
        )
    if len(written.remarks) > MOST_REMARKS:
        return Failure(reason=Unreadable.WRONG_SHAPE, detail=f"more than {MOST_REMARKS} remarks")
    remarks: list[Remark] = []
    for number, remark in enumerate(written.remarks, start=1):
        read = _remark(remark, clause, ids)
        if isinstance(read, Failure):
            return Failure(reason=read.reason, detail=f"remark {number}: {read.detail}")
        remarks.append(read)
    return Answer(remarks=tuple(remarks))


def _written(reply: str) -> WrittenAnswer | Failure:
    text = reply.strip()
    if not text:
        return Failure(reason=Unreadable.EMPTY, detail="it is empty")
    if fenced := _FENCED.fullmatch(text):
        text = fenced["inside"].strip()
    if not (text.startswith("{") and text.endswith("}")):
        return Failure(reason=Unreadable.NO_OBJECT, detail="it is not one JSON object with nothing around it")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refused)
        text.encode()
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return Failure(reason=Unreadable.BROKEN_JSON, detail=f"it is not JSON: {said}")
    try:
        return _adapter().validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the object"
        return Failure(reason=Unreadable.WRONG_SHAPE, detail=f"{where}: {first['msg'].lower()}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _refused(name: str) -> object:
    raise ValueError(f"{name} is not a value of JSON")


def _remark(written: WrittenRemark, clause: Clause, ids: Collection[str]) -> Remark | Failure:
    if written.concern not in list(Concern):
        known = ", ".join(Concern)
        return Failure(
            reason=Unreadable.UNKNOWN_CONCERN, detail=f"`{_told(written.concern)}` is none of the concerns {known}"
        )
    why = readable(written.why)
    if not why or len(why) > LONGEST:
        return Failure(reason=Unreadable.WRONG_SHAPE, detail=f"`why` needs 1 to {LONGEST} characters")
    words = readable(written.words)
    if words and where_quoted(clause.text, words) is None:
        return Failure(
            reason=Unreadable.WORDS_NOT_THERE, detail=f"the words `{_told(words)}` do not stand in the clause"
        )
    others = tuple(dict.fromkeys(written.others))
    if strange := next((other for other in others if other not in ids or other == clause.id), None):
        return Failure(reason=Unreadable.UNKNOWN_OTHER, detail=f"`{_told(strange)}` is no other clause of the document")
    concern = Concern(written.concern)
    if concern is Concern.CONTRADICTORY and not others:
        return Failure(reason=Unreadable.NO_OTHER, detail="a contradiction must name the other clause in `others`")
    return Remark(concern=concern, words=words, why=why, others=others)


def where_quoted(text: str, words: str) -> tuple[int, int] | None:
    """Where `words` stand in `text`, as characters from and to; None where they do not."""
    pieces = words.translate(_ALIKE).split()
    if not pieces:
        return None
    found = re.search(r"\s+".join(map(re.escape, pieces)), text.translate(_ALIKE))
    return None if found is None else found.span()


def readable(text: str) -> str:
    """The text on one line, without anything that could drive a terminal."""
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in text)
    return " ".join(visible.split())


def _told(text: str) -> str:
    line = readable(text)
    return line if len(line) <= 80 else f"{line[:80]}…"
