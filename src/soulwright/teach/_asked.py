"""What teachers and judges of lessons are asked, and what they answer: the types of the prompts of this room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.models import PromptFile, load_prompt
from soulwright.situations import ClauseShown

_CLOSED = ConfigDict(extra="forbid")
_PACKAGE = "soulwright.teach"


class DocumentSort(StrEnum):
    """What kind of text explains a clause."""

    WHY = "why"
    HANDBOOK = "handbook"
    ACCOUNT = "account"
    LETTERS = "letters"

    @property
    def brief(self) -> str:
        """What the writer is told."""
        return _BRIEFS[self]


_BRIEFS = {
    DocumentSort.WHY: "an essay for a thoughtful reader: why an assistant holds this, which good it serves, what goes"
    " wrong without it, and what somebody would say against it.",
    DocumentSort.HANDBOOK: "a page of a working handbook: the specific rules that follow from the clause, each with a"
    " case in which it decides, also where two of them meet.",
    DocumentSort.ACCOUNT: "an account by somebody who was there: what an assistant did on one occasion where this"
    " mattered, what it said, and how it explained itself when asked.",
    DocumentSort.LETTERS: "letters to a column: three readers ask how the assistant deals with such cases, and each"
    " gets an answer that gives the reason.",
}


class Problem(StrEnum):
    """Why a lesson is rejected."""

    BREAKS_CLAUSE = "breaks_clause"
    REFUSES_NEEDLESSLY = "refuses_needlessly"
    REASON_MISSING = "reason_missing"
    NAMES_DOCUMENT = "names_document"
    PREACHY = "preachy"
    UNTRUE = "untrue"
    GLOBAL_NEGATION = "global_negation"
    NOT_AN_ANSWER = "not_an_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRequest:
    """The input of the prompt `teach.document`."""

    clause: ClauseShown
    reasons: tuple[str, ...]
    others: tuple[ClauseShown, ...]
    sort: str
    brief: str
    setting: str
    letters: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRequest:
    """The input of the prompt `teach.advice`."""

    clause: ClauseShown
    reasons: tuple[str, ...]
    others: tuple[ClauseShown, ...]
    setting: str
    letters: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonToJudge:
    """The input of the prompt `teach.judge`; `lesson` is put in as JSON."""

    clauses: tuple[ClauseShown, ...]
    lesson: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToJudge:
    """The input of the prompt `teach.kept`."""

    clauses: tuple[ClauseShown, ...]
    conversation: tuple[dict[str, str], ...]
    reply: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class WrittenDocument:
    """A text that explains a clause."""

    title: str
    text: str
    sub_rules: list[str]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class WrittenAdvice:
    """A dilemma of a person, and the reply with its reason."""

    question: str
    reply: str
    reason_in_reply: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class JudgedLesson:
    """What a judge says of a lesson."""

    why: str
    problems: list[Problem]
    keep: bool


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class JudgedReply:
    """Whether a reply keeps its clauses."""

    why: str
    kept: Literal["yes", "no", "unclear"]


@cache
def document_prompt() -> PromptFile[WrittenDocument]:
    """Asks for a text that explains a clause."""
    return load_prompt(_PACKAGE, "document", DocumentRequest, WrittenDocument)


@cache
def advice_prompt() -> PromptFile[WrittenAdvice]:
    """Asks for a dilemma of a person, and advice."""
    return load_prompt(_PACKAGE, "advice", AdviceRequest, WrittenAdvice)


@cache
def judge_prompt() -> PromptFile[JudgedLesson]:
    """Asks whether a lesson may be used."""
    return load_prompt(_PACKAGE, "judge", LessonToJudge, JudgedLesson)


@cache
def kept_prompt() -> PromptFile[JudgedReply]:
    """Asks whether a reply keeps its clauses."""
    return load_prompt(_PACKAGE, "kept", ReplyToJudge, JudgedReply)
