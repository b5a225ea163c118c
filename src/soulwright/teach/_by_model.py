"""Lessons that models write: a teacher writes them, and a judge filters them.

In this order, as the evidence ranks them: texts that explain each clause; demonstrations, which a deliberation under
the document precedes and from whose prompt the document is gone; advice in dilemmas of other people; and the same rows
again under system prompts and tools. What the student itself says completes them (`_from_student`).

INVARIANT: a lesson that a judge has not kept is never taught; what it rejects is kept, with its reason, and counted.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from soulwright.errors import InputError
from soulwright.models import Answer, AnswerState, Survey
from soulwright.situations import CANARY, Message, Role, Situation, message_to_dict, scene_settings, shown
from soulwright.spec import Clause, Kind, Spec
from soulwright.teach._asked import (
    AdviceRequest,
    DocumentRequest,
    DocumentSort,
    JudgedLesson,
    LessonToJudge,
    Problem,
    WrittenAdvice,
    WrittenDocument,
    advice_prompt,
    document_prompt,
    judge_prompt,
)
from soulwright.teach._lessons import Lesson, LessonSort, make_lesson
from soulwright.teach._negation import globally_negated, quoted
from soulwright.weigh import Deliberation, Weighing, WeighRequest, deliberation_to_dict, weigh_all, weigh_request

if TYPE_CHECKING:
    from inspect_ai.model import Model

Advance = Callable[[int], None]
_NOT_TAUGHT = frozenset({Kind.DEFINITION, Kind.META})


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingPlan:
    """How much is written: texts for each clause and sort, dilemmas for each clause; the rest follows the situations.

    Every `surroundings`-th demonstration comes again under a system prompt or tools (0: none). Self-distillation needs
    at least `least_flips` of a clause's breaches turned.
    """

    documents: int = 1
    sorts: tuple[DocumentSort, ...] = tuple(DocumentSort)
    advice: int = 1
    surroundings: int = 3
    least_flips: float = 0.2
    context_tokens: int = 6000
    attempts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """Who writes, who judges, and who is taught: the student is asked what it says itself, where there is one."""

    teacher: Model
    judge: Model
    student: Model | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lesson before it is judged: name, kind, what its writer thought, and what the situation asks of a reply."""

    name: str
    kind: str
    lesson: Lesson
    thought: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """What is not taught: a lesson that was judged, or what was not written (no lesson then), and why."""

    name: str
    kind: str
    state: AnswerState
    why: str
    problems: tuple[Problem, ...] = ()
    lesson: Lesson | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a teacher has written and a judge has kept, in teaching order, and what was rejected."""

    kept: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]


def document_requests(spec: Spec, plan: TeachingPlan) -> dict[str, DocumentRequest]:
    """The texts that are asked for, by name (`document/clause/sort/number`)."""
    made: dict[str, DocumentRequest] = {}
    for clause in taught_clauses(spec):
        for sort in plan.sorts:
            for number in range(plan.documents):
                name = f"document/{clause.id}/{sort}/{number}"
                asked = _about(spec, clause, name)
                made[name] = DocumentRequest(**asked, sort=sort.value, brief=sort.brief, number=number)
    return made


def advice_requests(spec: Spec, plan: TeachingPlan) -> dict[str, AdviceRequest]:
    """The dilemmas that are asked for, by name (`advice/clause/number`)."""
    names = {f"advice/{clause.id}/{n}": (clause, n) for clause in taught_clauses(spec) for n in range(plan.advice)}
    return {name: AdviceRequest(**_about(spec, clause, name), number=n) for name, (clause, n) in names.items()}


def weigh_requests(spec: Spec, situations: Sequence[Situation], plan: TeachingPlan) -> dict[str, WeighRequest]:
    """The conversations that are thought through and answered, by name (`demonstration/situation`)."""
    terms = Weighing(context_tokens=plan.context_tokens, attempts=plan.attempts)
    return {f"demonstration/{one.id}": weigh_request(spec, one.messages, terms) for one in teachable(spec, situations)}


def taught_clauses(spec: Spec) -> tuple[Clause, ...]:
    """The clauses that ask for something: definitions and remarks about the document do not."""
    return tuple(clause for clause in spec.clauses if clause.kind not in _NOT_TAUGHT)


def teachable(spec: Spec, situations: Sequence[Situation]) -> list[Situation]:
    """The situations that may be taught under this document: none held out, none about a clause that it has not."""
    known = {clause.id for clause in spec.clauses}
    return [one for one in situations if not one.suite.held_out and known.issuperset(one.clause_ids)]


def write_lessons_by_model(
    spec: Spec,
    situations: Sequence[Situation],
    writers: Writers,
    folder: Path,
    plan: TeachingPlan,
    advance: Advance | None = None,
) -> Written:
    """Texts, demonstrations and advice by a teacher, filtered by a judge; logs stay in `folder`."""
    candidates: list[Candidate] = []
    unwritten: list[Rejected] = []
    for made, missing in (
        _documents(spec, writers.teacher, folder / "documents", plan, advance),
        _demonstrations(spec, situations, writers.teacher, folder / "demonstrations", plan, advance),
        _advice(spec, writers.teacher, folder / "advice", plan, advance),
    ):
        candidates += made
        unwritten += missing
    kept, rejected = judge_candidates(spec, candidates, writers.judge, folder / "judged", plan.attempts, advance)
    return Written(kept=(*kept, *_surrounded(kept, plan.surroundings)), rejected=(*unwritten, *rejected))


def judge_candidates(
    spec: Spec,
    candidates: Sequence[Candidate],
    judge: Model,
    folder: Path,
    attempts: int = 3,
    advance: Advance | None = None,
) -> tuple[list[Candidate], list[Rejected]]:
    """What a judge keeps, and what it does not: also what it would not or could not judge."""
    survey = Survey(prompt=judge_prompt(), model=judge, folder=folder, attempts=attempts, check=_consistent)
    answers = survey.ask({one.name: lesson_to_judge(spec, one) for one in candidates}, advance)
    kept, rejected = [], []
    for one in candidates:
        answer = answers[one.name]
        if answer.state is AnswerState.PARSED and answer.value.keep:
            kept.append(one)
        else:
            judged = answer.parsed
            problems = tuple(judged.problems) if judged else ()
            why = judged.why if judged else f"not judged: {answer.why}"
            rejected.append(
                Rejected(
                    name=one.name, kind=one.kind, state=answer.state, why=why, problems=problems, lesson=one.lesson
                )
            )
    return kept, rejected


def lesson_to_judge(spec: Spec, one: Candidate) -> LessonToJudge:
    """What a judge is shown of a lesson: its clauses above, the lesson and its writer's deliberation as JSON below."""
    lesson: dict[str, Any] = {"kind": one.kind}
    lesson |= {"text": one.lesson.text} if one.lesson.text else {}
    if one.lesson.messages:
        *conversation, reply = one.lesson.messages
        lesson |= {"conversation": [message_to_dict(turn) for turn in conversation], "reply": reply.content}
    lesson |= {"deliberation": dict(one.thought)} if one.thought else {}
    lesson |= {"claims": dict(one.claims)} if one.claims else {}
    clauses = [spec.clause(name) for name in one.lesson.clause_ids]
    return LessonToJudge(clauses=tuple(shown(clause) for clause in clauses), lesson=lesson)


Made = tuple[list[Candidate], list[Rejected]]


def _documents(spec: Spec, teacher: Model, folder: Path, plan: TeachingPlan, advance: Advance | None) -> Made:
    def check(name: str, written: WrittenDocument) -> str:
        marked = globally_negated(written.text)
        found = {
            "`text` is empty": not written.text.strip(),
            "`sub_rules` has fewer than two rules": len(written.sub_rules) < 2,
            f"the text disowns what it tells ({marked!r}); negate where it is told": bool(marked),
            **_leaks(spec, name.split("/")[1], written.text),
        }
        return next((what for what, is_so in found.items() if is_so), "")

    survey = Survey(prompt=document_prompt(), model=teacher, folder=folder, attempts=plan.attempts, check=check)

    def make(name: str, written: WrittenDocument) -> Candidate:
        lesson = _lesson(spec, (name.split("/")[1],), LessonSort.DOCUMENT, text=f"{written.title}\n\n{written.text}")
        return Candidate(name=name, kind="document", lesson=lesson)

    return _made(survey.ask(document_requests(spec, plan), advance), "document", make)


def _advice(spec: Spec, teacher: Model, folder: Path, plan: TeachingPlan, advance: Advance | None) -> Made:
    def check(name: str, written: WrittenAdvice) -> str:
        reason = " ".join(written.reason_in_reply.split())
        found = {
            "`question` or `reply` is empty": not (written.question.strip() and written.reply.strip()),
            "`reason_in_reply` does not stand in `reply`": reason not in " ".join(written.reply.split()) or not reason,
            **_leaks(spec, name.split("/")[1], f"{written.question}\n{written.reply}"),
        }
        return next((what for what, is_so in found.items() if is_so), "")

    def make(name: str, written: WrittenAdvice) -> Candidate:
        turns = (Message(role=Role.USER, content=written.question), Message(role=Role.ASSISTANT, content=written.reply))
        lesson = _lesson(spec, (name.split("/")[1],), LessonSort.DEMONSTRATION, messages=turns)
        return Candidate(name=name, kind="advice", lesson=lesson)

    survey = Survey(prompt=advice_prompt(), model=teacher, folder=folder, attempts=plan.attempts, check=check)
    return _made(survey.ask(advice_requests(spec, plan), advance), "advice", make)


def _demonstrations(
    spec: Spec,
    situations: Sequence[Situation],
    teacher: Model,
    folder: Path,
    plan: TeachingPlan,
    advance: Advance | None,
) -> Made:
    by_name = {f"demonstration/{one.id}": one for one in teachable(spec, situations)}
    terms = Weighing(context_tokens=plan.context_tokens, attempts=plan.attempts)
    answers = weigh_all(weigh_requests(spec, situations, plan), teacher, folder, terms, advance)

    def make(name: str, thought: Deliberation) -> Candidate:
        situation = by_name[name]
        turns = (*situation.messages, Message(role=Role.ASSISTANT, content=thought.reply))
        lesson = _lesson(spec, situation.clause_ids, LessonSort.DEMONSTRATION, messages=turns, row=situation.row)
        record = {key: value for key, value in deliberation_to_dict(thought).items() if key != "reply"}
        claims = {"must": situation.must, "must_not": situation.must_not}
        return Candidate(name=name, kind="demonstration", lesson=lesson, thought=record, claims=claims)

    return _made(answers, "demonstration", make)


def _made(answers: Mapping[str, Answer[Any]], kind: str, make: Callable[[str, Any], Candidate]) -> Made:
    """The candidates in the answers, and those that there are none of."""
    candidates = [make(name, answer.value) for name, answer in answers.items() if answer.state is AnswerState.PARSED]
    missing = [
        Rejected(name=name, kind=kind, state=answer.state, why=answer.why)
        for name, answer in answers.items()
        if answer.state is not AnswerState.PARSED
    ]
    return candidates, missing


def _surrounded(kept: Sequence[Candidate], every: int) -> Iterator[Candidate]:
    """Every so-many-th conversation without an operator again, under a system prompt that changes nothing."""
    bare = [one for one in kept if one.lesson.messages and one.lesson.messages[0].role is Role.USER]
    for number, one in enumerate(bare[::every] if every else ()):
        system = Message(role=Role.SYSTEM, content=_surroundings()[number % len(_surroundings())].strip())
        lesson = make_lesson(
            one.lesson.sort,
            messages=(system, *one.lesson.messages),
            clause_ids=one.lesson.clause_ids,
            clause_hashes=one.lesson.clause_hashes,
            row=one.lesson.row,
        )
        yield replace(one, name=f"{one.name}/surrounded", kind="surrounded", lesson=lesson)


def _lesson(spec: Spec, clause_ids: Sequence[str], sort: LessonSort, **content: Any) -> Lesson:
    hashes = tuple(spec.clause(name).hash for name in clause_ids)
    lesson = make_lesson(sort, clause_ids=tuple(clause_ids), clause_hashes=hashes, **content)
    said = "\n".join((lesson.text, *(message.content for message in lesson.messages)))
    if CANARY in said:
        raise InputError("a situation of the held-out core would become a lesson", help="teach from `teach.jsonl` only")
    return lesson


def _leaks(spec: Spec, clause_id: str, text: str) -> dict[str, bool]:
    quotation = quoted(text, spec.clause(clause_id).text)
    return {
        f"it quotes the clause ({quotation!r})": bool(quotation),
        "it names the clause by its id": "." in clause_id and clause_id in text,
    }


def _consistent(_: str, judged: JudgedLesson) -> str:
    return "" if judged.keep == (not judged.problems) else "`keep` is true exactly where `problems` is empty"


def _about(spec: Spec, clause: Clause, name: str) -> dict[str, Any]:
    near = [one for one in spec.clauses if one is not clause and one.section == clause.section]
    place = sum(name.encode())
    letters = string.ascii_uppercase
    return {
        "clause": shown(clause),
        "reasons": clause.reasons,
        "others": tuple(shown(one) for one in near[:6]),
        "setting": scene_settings()[place % len(scene_settings())],
        # A teacher left to itself gives everybody the same few names, which a student then believes in.
        "letters": f"{letters[place % 26]}, {letters[(7 * place + 3) % 26]}",
    }


@cache
def _surroundings() -> tuple[str, ...]:
    return tuple(yaml.safe_load(Path(__file__).with_name("surroundings.yaml").read_text(encoding="utf-8")))
