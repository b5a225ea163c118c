"""What a judge is: something that reads a reply to a situation and says a verdict, or says that it could not.

A program grades at once (`GradesReplies`); a model or a person is asked and waited for (`AsksJudge`). Whoever takes a
judge takes either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from soulwright.situations import Situation
from soulwright.verify._judged import Judging, Verdict


class Graded(Protocol):
    """What a judge says of one reply, or that it said nothing."""

    @property
    def verdict(self) -> Verdict:
        """Pass, fail, unclear or invalid."""

    @property
    def why(self) -> str:
        """The reason, in words."""

    @property
    def judging(self) -> Judging:
        """Whether the reply was judged at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A verdict with its reason; a judge that refused or failed has no verdict but UNCLEAR."""

    verdict: Verdict
    why: str
    judging: Judging = Judging.JUDGED

    def __post_init__(self) -> None:
        """ValueError for a verdict where nothing was judged."""
        if self.judging is not Judging.JUDGED and self.verdict is not Verdict.UNCLEAR:
            raise ValueError(f"a reply that was not judged ({self.judging}) cannot be `{self.verdict}`")

    @classmethod
    def missing(cls, judging: Judging, why: str) -> Grade:
        """No verdict: the judge refused or failed, for this reason."""
        return cls(verdict=Verdict.UNCLEAR, why=why, judging=judging)


class GradesReplies(Protocol):
    """A judge that is a program."""

    def grade(self, situation: Situation, reply: str) -> Graded:
        """Judge one reply to one situation."""


class AsksJudge(Protocol):
    """A judge that is asked and waited for: a model.

    It says of a refusal or an error of its own that the reply is not judged, and raises for neither.
    """

    async def judge(self, situation: Situation, reply: str) -> Graded:
        """Judge one reply to one situation."""


async def judged_by(judge: GradesReplies | AsksJudge, situation: Situation, reply: str) -> Graded:
    """What a judge of either sort says of a reply."""
    asked = getattr(judge, "judge", None)
    if asked is not None:
        graded: Graded = await asked(situation, reply)
        return graded
    assert hasattr(judge, "grade")
    return judge.grade(situation, reply)
