"""Lessons from what the student itself says: preferences against its own breaches, and its own better self.

The student is asked each conversation as it stands, and a judge says whether its reply keeps the clauses. Where it does
not, the kept demonstration is preferred over what it said. The same conversations are then asked with the clauses shown
above them: the share of breaches that this turns is the flip rate of the clause (the teacher flip rate of OPSA, arXiv
2605.15239). Where it is high enough, the turned replies are lessons on the student's own distribution, without the
clauses in the prompt; where it is not, showing the clause teaches nothing and no such lesson is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.models import AnswerState, Survey, reply_all
from soulwright.situations import Message, Role, Situation, message_to_dict, shown, under_words
from soulwright.spec import Spec
from soulwright.teach._asked import ReplyToJudge, kept_prompt
from soulwright.teach._by_model import Advance, Candidate, TeachingPlan, Writers
from soulwright.teach._lessons import Lesson, LessonSort, make_lesson

if TYPE_CHECKING:
    from inspect_ai.model import Model

YES, NO, UNCLEAR, NOT_JUDGED, NO_REPLY = "yes", "no", "unclear", "not judged", "no reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Of one clause: how many conversations the student was asked, how many it broke, and how many of these turned."""

    asked: int
    broken: int
    turned: int

    @property
    def rate(self) -> float | None:
        """The flip rate; None where nothing was broken."""
        return self.turned / self.broken if self.broken else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FromStudent:
    """Lessons from the student's replies, with the flip rate of each clause and how its replies were judged."""

    lessons: tuple[Lesson, ...]
    flips: Mapping[str, Flips]
    judged: Mapping[str, int]


def lessons_from_student(
    spec: Spec,
    situations: Sequence[Situation],
    kept: Sequence[Candidate],
    writers: Writers,
    folder: Path,
    plan: TeachingPlan,
    *,
    advance: Advance | None = None,
) -> FromStudent | None:
    """Preferences and self-distillation for the demonstrations that were kept; None where there is no student."""
    student = writers.student
    if student is None:
        return None
    by_name = {f"demonstration/{one.id}": one for one in situations}
    demonstrations = {one.name: one.lesson for one in kept if one.kind == "demonstration" and one.name in by_name}
    asked = {name: by_name[name] for name in demonstrations}
    desk = _Desk(spec=spec, judge=writers.judge, folder=folder, attempts=plan.attempts, advance=advance)
    own = reply_all(student, {name: one.messages for name, one in asked.items()}, folder / "own", advance)
    verdicts = desk.judged("own-judged", asked, own)
    broken = {name: one for name, one in asked.items() if verdicts[name] == NO}
    shown_to = {name: _with_clauses(spec, one) for name, one in broken.items()}
    better = reply_all(student, shown_to, folder / "shown", advance)
    turned = {name for name, verdict in desk.judged("shown-judged", broken, better).items() if verdict == YES}
    flips = _flips(spec, asked, set(broken), turned)
    preferred = [_preference(demonstrations[name], own[name] or "") for name in broken]
    distilled = [
        _distilled(demonstrations[name], better[name] or "")
        for name in broken
        if name in turned and all(_enough(flips[clause], plan) for clause in broken[name].clause_ids)
    ]
    return FromStudent(lessons=(*preferred, *distilled), flips=flips, judged=Counter(verdicts.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where a judge says whether replies keep their clauses."""

    spec: Spec
    judge: Model
    folder: Path
    attempts: int
    advance: Advance | None

    def judged(self, stage: str, asked: Mapping[str, Situation], replies: Mapping[str, str | None]) -> dict[str, str]:
        """A verdict for each conversation: never a guess where there was no reply or no judgement."""
        questions = {name: self._question(one, reply) for name, one in asked.items() if (reply := replies.get(name))}
        survey = Survey(prompt=kept_prompt(), model=self.judge, folder=self.folder / stage, attempts=self.attempts)
        answers = survey.ask(questions, self.advance)
        said = {
            name: answer.value.kept if answer.state is AnswerState.PARSED else NOT_JUDGED
            for name, answer in answers.items()
        }
        return {name: said.get(name, NO_REPLY) for name in asked}

    def _question(self, one: Situation, reply: str) -> ReplyToJudge:
        return ReplyToJudge(
            clauses=tuple(shown(self.spec.clause(name)) for name in one.clause_ids),
            conversation=tuple(message_to_dict(message) for message in one.messages),
            reply=reply,
            must=one.must,
            must_not=one.must_not,
        )


def _with_clauses(spec: Spec, one: Situation) -> tuple[Message, ...]:
    return under_words(one.messages, "\n\n".join(spec.clause(name).text for name in one.clause_ids))


def _flips(spec: Spec, asked: Mapping[str, Situation], broken: set[str], turned: set[str]) -> dict[str, Flips]:
    return {
        clause.id: Flips(
            asked=len(about),
            broken=len(about & broken),
            turned=len(about & turned),
        )
        for clause in spec.clauses
        if (about := {name for name, one in asked.items() if clause.id in one.clause_ids})
    }


def _enough(flips: Flips, plan: TeachingPlan) -> bool:
    return flips.rate is not None and flips.rate >= plan.least_flips


def _preference(demonstration: Lesson, own: str) -> Lesson:
    return make_lesson(
        LessonSort.PREFERENCE,
        messages=demonstration.messages,
        rejected=(Message(role=Role.ASSISTANT, content=own),),
        clause_ids=demonstration.clause_ids,
        clause_hashes=demonstration.clause_hashes,
        row=demonstration.row,
    )


def _distilled(demonstration: Lesson, better: str) -> Lesson:
    return make_lesson(
        LessonSort.DISTILLATION,
        messages=(*demonstration.messages[:-1], Message(role=Role.ASSISTANT, content=better)),
        clause_ids=demonstration.clause_ids,
        clause_hashes=demonstration.clause_hashes,
        row=demonstration.row,
    )
