"""A whole course by models: what is asked for it, what was taught, what was rejected and why, in one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from soulwright.models import ModelRole, Planned, planned
from soulwright.situations import Situation
from soulwright.spec import Spec
from soulwright.teach._asked import advice_prompt, document_prompt, judge_prompt, kept_prompt
from soulwright.teach._by_model import (
    Advance,
    Rejected,
    TeachingPlan,
    Writers,
    advice_requests,
    document_requests,
    weigh_requests,
    write_lessons_by_model,
)
from soulwright.teach._from_student import FromStudent, lessons_from_student
from soulwright.teach._lessons import Lesson, row_of
from soulwright.weigh import Weighing, plan_weighing

_LESSON_TOKENS = 900  # what a judge reads of a lesson and its clauses, where nothing is written yet
_REPLY_TOKENS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """The lessons of a course in teaching order, how many of which kind, and what was rejected.

    `student` is None where no student was asked.
    """

    lessons: tuple[Lesson, ...]
    kinds: dict[str, int]
    rejected: tuple[Rejected, ...]
    student: FromStudent | None


def lessons_by_model(
    spec: Spec,
    situations: Sequence[Situation],
    writers: Writers,
    folder: Path,
    *,
    plan: TeachingPlan,
    advance: Advance | None = None,
) -> Teaching:
    """Write, filter and complete the lessons of a document; `folder` keeps the logs, and none is asked twice."""
    written = write_lessons_by_model(spec, situations, writers, folder, plan, advance)
    own = lessons_from_student(spec, situations, written.kept, writers, folder / "student", plan, advance=advance)
    more = own.lessons if own else ()
    kinds = Counter(one.kind for one in written.kept) + Counter(lesson.sort.value for lesson in more)
    lessons = (*(one.lesson for one in written.kept), *more)
    return Teaching(lessons=lessons, kinds=dict(kinds), rejected=written.rejected, student=own)


def plan_lessons(
    spec: Spec, situations: Sequence[Situation], plan: TeachingPlan, *, teacher: str, judge: str, student: str = ""
) -> list[Planned]:
    """What a course would ask of the models of these names; a judge's share is estimated, nothing being written yet."""
    weighed = weigh_requests(spec, situations, plan)
    documents, advice = document_requests(spec, plan), advice_requests(spec, plan)
    terms = Weighing(context_tokens=plan.context_tokens, attempts=plan.attempts)
    role, attempts = ModelRole.TEACHER, plan.attempts
    rows = [
        planned(document_prompt(), documents.values(), role=role, model=teacher, attempts=attempts),
        plan_weighing(weighed.values(), teacher, terms),
        planned(advice_prompt(), advice.values(), role=role, model=teacher, attempts=attempts),
        _judging(judge_prompt().name, judge, len(documents) + len(weighed) + len(advice), plan),
    ]
    if student:
        asked = 2 * len(weighed)
        tokens_in, tokens_out = asked * _REPLY_TOKENS, asked * _REPLY_TOKENS
        rows += [
            Planned(
                what="the student's own replies, then with the clauses shown",
                role=ModelRole.TARGET,
                model=student,
                calls=asked,
                most_calls=asked,
                tokens_in=tokens_in,
                tokens_out=tokens_out,
            ),
            _judging(kept_prompt().name, judge, asked, plan),
        ]
    return rows


def teaching_to_dict(made: Teaching) -> dict[str, object]:
    """What was taught and what was not, for machines."""
    problems = Counter(problem.value for one in made.rejected for problem in one.problems)
    flips = made.student.flips if made.student else {}
    return {
        "lessons": len(made.lessons),
        "kinds": made.kinds,
        "rejected": {
            "judged": sum(one.lesson is not None for one in made.rejected),
            "not_written": sum(one.lesson is None for one in made.rejected),
            "states": dict(Counter(one.state.value for one in made.rejected)),
            "problems": dict(problems),
        },
        "student": dict(made.student.judged) if made.student else None,
        "flips": {
            name: {"asked": one.asked, "broken": one.broken, "turned": one.turned, "rate": one.rate}
            for name, one in flips.items()
        },
    }


def rejected_to_dict(one: Rejected) -> dict[str, object]:
    """A rejected lesson as one row of JSON lines, with its words where there are any."""
    row = row_of(one.lesson.messages, one.lesson.text) if one.lesson else {}
    about = {"name": one.name, "kind": one.kind, "state": one.state.value, "why": one.why}
    return about | {"problems": [problem.value for problem in one.problems], "lesson": row}


def _judging(what: str, model: str, calls: int, plan: TeachingPlan) -> Planned:
    return Planned(
        what=what,
        role=ModelRole.JUDGE,
        model=model,
        calls=calls,
        most_calls=calls * plan.attempts,
        tokens_in=calls * _LESSON_TOKENS,
        tokens_out=calls * 100,
    )
