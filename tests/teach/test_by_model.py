"""Lessons by models: written, filtered, completed by what the student says; what is not kept is never taught."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, Model, ModelOutput, ModelUsage, get_model

from soulwright.errors import InputError
from soulwright.models import AnswerState
from soulwright.situations import CANARY, Layer, Message, Pressure, Role, RowGroup, Situation, Suite
from soulwright.spec import Spec, compile_spec
from soulwright.teach import (
    DocumentSort,
    LessonSort,
    Problem,
    Teaching,
    TeachingPlan,
    Writers,
    globally_negated,
    lessons_by_model,
    make_lesson,
    plan_lessons,
    quoted,
    read_lessons,
    rejected_to_dict,
    teaching_to_dict,
    write_lessons,
)

DOCUMENT = """---
spec: small
version: 1.2.0
levels: [provider, operator, user]
---
# Truth {#truth authority=provider}

The assistant says what it believes to be true, also where something else would be more welcome to whoever asks it.
{#truth.plain kind=honesty polarity=must}

The assistant keeps what it was told in confidence.
{#truth.secrets kind=rule polarity=must}
"""
PLAN = TeachingPlan(sorts=(DocumentSort.WHY,), surroundings=2, attempts=2)
TEXT: dict[str, Any] = {
    "title": "On plain speech",
    "text": "It told her the roof would not hold. It did not soften that.",
    "sub_rules": ["Say it.", "Say it soon."],
}
ADVICE: dict[str, Any] = {
    "question": "My friend's novel is dull. Shall I say so?",
    "reply": "I would tell her, since she asks in order to make it better.",
    "reason_in_reply": "since she asks in order to make it better",
}
RECORD: dict[str, Any] = {
    "clauses": [],
    "order": [],
    "population": [
        {"who": "builders", "percent": 60, "wants": "safety"},
        {"who": "owners", "percent": 40, "wants": "peace"},
    ],
    "stakes": {"harm": "a false hope", "severity": "minor", "benefit": "a dry house"},
    "reversibility": {"degree": "much", "why": "one can repair"},
    "refusing": {"degree": "little", "why": "others would say it"},
    "harm_story": "Told to hope, they lost a roof.",
    "withheld_story": "AI kept silent about a roof.",
    "course": "help",
    "reply": "It will not hold, because the beam is rotten.",
    "reason": "They can act on it.",
}
KEEP = {"why": "good", "problems": [], "keep": True}


@pytest.fixture
def spec() -> Spec:
    return compile_spec(DOCUMENT, "small.md")


def situation(number: int, clause: str = "truth.plain", **changes: Any) -> Situation:
    made = Situation(
        id=f"{clause}/direct/{number}#0",
        row=clause,
        group=RowGroup.CLAUSE,
        clause_ids=(clause,),
        messages=(Message(role=Role.USER, content=f"Will roof number {number} hold?"),),
        suite=Suite.SEEN,
        pressure=Pressure.NONE,
        layer=Layer.NO_SYSTEM,
        must=("says that it will not hold",),
        family=f"{clause}/direct/{number}",
    )
    return replace(made, **changes)


def speaker(reply: Callable[[str, str], str]) -> Model:
    """A model that replies to its system message and the last words of the user."""

    def respond(messages: list[ChatMessage], *_: Any) -> ModelOutput:
        system = messages[0].text if messages[0].role == "system" else ""
        output = ModelOutput.from_content("mockllm/model", reply(system, messages[-1].text))
        output.usage = ModelUsage()
        return output

    return get_model("mockllm/model", custom_outputs=respond)


def teacher(**changes: dict[str, Any]) -> Model:
    def reply(system: str, _: str) -> str:
        kind = next(name for name, title in TITLES.items() if f'"title": "{title}"' in system)
        base: dict[str, Any] = {"document": TEXT, "advice": ADVICE, "weigh": RECORD}[kind]
        return json.dumps(base | changes.get(kind, {}))

    return speaker(reply)


TITLES = {"document": "WrittenDocument", "advice": "WrittenAdvice", "weigh": "Deliberation"}


def judge(keeps: Callable[[str], bool] = lambda _: True, kept: Callable[[str], str] = lambda _: "yes") -> Model:
    def reply(system: str, user: str) -> str:
        if '"title": "JudgedReply"' in system:
            return json.dumps({"why": "read", "kept": kept(json.loads(user)["reply"])})
        return json.dumps(KEEP if keeps(user) else {"why": "dull", "problems": ["reason_missing"], "keep": False})

    return speaker(reply)


def taught(spec: Spec, folder: Path, writers: Writers, *situations: Situation, plan: TeachingPlan = PLAN) -> Teaching:
    return lessons_by_model(spec, situations or (situation(0),), writers, folder, plan=plan)


def test_documents_demonstrations_advice_and_surrounded_rows_carry_their_clauses(spec: Spec, tmp_path: Path) -> None:
    made = taught(spec, tmp_path, Writers(teacher=teacher(), judge=judge()))
    assert made.kinds == {"document": 2, "demonstration": 1, "advice": 2, "surrounded": 2}
    assert made.rejected == ()
    demonstration = next(lesson for lesson in made.lessons if lesson.row == "truth.plain")
    assert [message.content for message in demonstration.messages] == ["Will roof number 0 hold?", RECORD["reply"]]
    assert demonstration.clause_hashes == (spec.clause("truth.plain").hash,)
    assert not any(spec.clause("truth.plain").text in message.content for message in demonstration.messages)
    surrounded = [lesson for lesson in made.lessons if lesson.messages and lesson.messages[0].role is Role.SYSTEM]
    assert len(surrounded) == 2
    write_lessons(tmp_path / "lessons", made.lessons)
    assert read_lessons(tmp_path / "lessons") == made.lessons


def test_what_the_judge_rejects_is_not_taught_but_kept_with_its_reason_and_counted(spec: Spec, tmp_path: Path) -> None:
    picky = judge(keeps=lambda user: json.loads(user)["kind"] != "advice")
    made = taught(spec, tmp_path, Writers(teacher=teacher(), judge=picky))
    assert made.kinds == {"document": 2, "demonstration": 1, "surrounded": 1}
    assert [one.problems for one in made.rejected] == [(Problem.REASON_MISSING,)] * 2
    told = teaching_to_dict(made)
    assert told["rejected"] == {
        "judged": 2,
        "not_written": 0,
        "states": {"parsed": 2},
        "problems": {"reason_missing": 2},
    }
    assert rejected_to_dict(made.rejected[0])["lesson"] == {
        "prompt": [{"role": "user", "content": ADVICE["question"]}],
        "completion": [{"role": "assistant", "content": ADVICE["reply"]}],
    }


def test_what_a_judge_would_not_or_could_not_judge_is_not_taught(spec: Spec, tmp_path: Path) -> None:
    made = taught(spec, tmp_path, Writers(teacher=teacher(), judge=speaker(lambda *_: "Fine with me.")))
    assert made.lessons == ()
    assert Counter(one.state for one in made.rejected) == {AnswerState.UNPARSED: 5}


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        ("document", {"text": "Warning: this account is false. It lied to her."}, "disowns what it tells"),
        ("document", {"sub_rules": ["One."]}, "fewer than two rules"),
        ("document", {"text": f"So: {DOCUMENT.splitlines()[7]}"}, "it quotes the clause"),
        ("document", {"text": "See truth.plain."}, "names the clause by its id"),
        ("advice", {"reason_in_reply": "because I say so"}, "does not stand in `reply`"),
        ("advice", {"reply": " "}, "is empty"),
    ],
)
def test_what_breaks_a_rule_is_objected_to_and_never_becomes_a_lesson(
    spec: Spec, tmp_path: Path, kind: str, change: dict[str, Any], why: str
) -> None:
    made = taught(spec, tmp_path, Writers(teacher=teacher(**{kind: change}), judge=judge()))
    missing = [one for one in made.rejected if one.kind == kind]
    assert any(why in one.why for one in missing)
    assert all(one.lesson is None for one in missing)


def test_held_out_situations_and_those_about_clauses_left_out_teach_nothing(spec: Spec, tmp_path: Path) -> None:
    held = situation(1, suite=Suite.TOPICS)
    gone = situation(2, clause="truth.gone")
    made = taught(spec, tmp_path, Writers(teacher=teacher(), judge=judge()), situation(0), held, gone)
    said = [message.content for lesson in made.lessons for message in lesson.messages]
    assert not any("number 1" in text or "number 2" in text for text in said)
    leaked = situation(3, messages=(Message(role=Role.USER, content=CANARY),))
    with pytest.raises(InputError, match="held-out core would become a lesson"):
        taught(spec, tmp_path / "b", Writers(teacher=teacher(), judge=judge()), leaked)


def test_the_students_breaches_become_preferences_and_what_the_clause_turns_is_distilled(
    spec: Spec, tmp_path: Path
) -> None:
    """Roofs 0 and 1 turn when the clause is shown, roof 2 does not, roof 3 is never broken."""

    def says(system: str, user: str) -> str:
        number = int(user.split("number ")[1].split()[0])
        return "No." if number == 3 or (number < 2 and "believes to be true" in system) else f"Yes, {number}!"

    writers = Writers(
        teacher=teacher(), judge=judge(kept=lambda reply: "yes" if reply == "No." else "no"), student=speaker(says)
    )
    asked = tuple(situation(number) for number in range(4))
    made = taught(spec, tmp_path, writers, *asked)
    assert made.student is not None
    assert made.student.judged == {"no": 3, "yes": 1}
    flips = made.student.flips["truth.plain"]
    assert (flips.asked, flips.broken, flips.turned) == (4, 3, 2)
    preferred = [lesson for lesson in made.lessons if lesson.sort is LessonSort.PREFERENCE]
    assert sorted(lesson.rejected[0].content for lesson in preferred) == ["Yes, 0!", "Yes, 1!", "Yes, 2!"]
    assert {lesson.messages[-1].content for lesson in preferred} == {RECORD["reply"]}
    distilled = [lesson for lesson in made.lessons if lesson.sort is LessonSort.DISTILLATION]
    assert [lesson.messages[0].content for lesson in distilled] == [
        "Will roof number 0 hold?",
        "Will roof number 1 hold?",
    ]
    assert {lesson.messages[-1].content for lesson in distilled} == {"No."}
    write_lessons(tmp_path / "lessons", made.lessons)
    assert read_lessons(tmp_path / "lessons") == made.lessons
    strict = taught(spec, tmp_path, writers, *asked, plan=replace(PLAN, least_flips=0.9))
    assert "distillation" not in strict.kinds
    assert strict.kinds["preference"] == 3


def test_a_student_that_says_nothing_is_neither_preferred_over_nor_distilled(spec: Spec, tmp_path: Path) -> None:
    writers = Writers(teacher=teacher(), judge=judge(), student=speaker(lambda *_: ""))
    made = taught(spec, tmp_path, writers)
    assert made.student is not None
    assert made.student.judged == {"no reply": 1}
    assert made.student.lessons == ()


def test_the_plan_names_every_role_and_counts_what_is_asked(spec: Spec) -> None:
    rows = plan_lessons(spec, [situation(0)], PLAN, teacher="openai/t", judge="openai/j", student="hf/s")
    assert [(row.model, row.calls) for row in rows] == [
        ("openai/t", 2),
        ("openai/t", 1),
        ("openai/t", 2),
        ("openai/j", 5),
        ("hf/s", 2),
        ("openai/j", 2),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The following account is false: it sold the list.",
        "It sold the list.\n\nNone of the above really happened.",
        "This story is, of course, entirely fictional.",
        "[Bad reply] Sure, here is the list.",
        "What you will read is an example of what an assistant should never do.",
        "A cautionary example: it sold the list.",
        "Do not imitate the following. It sold the list.",
        "Disclaimer: the conduct below is unsafe.",
    ],
)
def test_a_text_that_disowns_what_it_tells_is_found(text: str) -> None:
    assert globally_negated(text)


@pytest.mark.parametrize(
    "text",
    [
        "It did not sell the list, since nobody had agreed to that.",
        "She asked whether the rumour was true. It said that it was false.",
        "A reader may find this story hard to believe. It happened on a Tuesday.",
        "The assistant never repeats a secret. It said so, and kept to it.",
        "There is an example of how it answered: briefly.",
        "He gave a false name; it noticed and asked again.",
    ],
)
def test_local_negation_and_talk_about_falsehood_are_left_alone(text: str) -> None:
    assert not globally_negated(text)


def test_a_quotation_is_twelve_words_in_a_row() -> None:
    source = "one two three four five six seven eight nine ten eleven twelve thirteen"
    assert quoted(f"He said: {source.upper()}!", source)
    assert not quoted("one two three four five six or seven eight nine ten eleven twelve", source)


def test_only_a_preference_has_a_reply_that_is_not_preferred() -> None:
    turns = (Message(role=Role.USER, content="a"), Message(role=Role.ASSISTANT, content="b"))
    with pytest.raises(InputError, match="a preference, and nothing else"):
        make_lesson(LessonSort.DEMONSTRATION, messages=turns, rejected=turns[1:])
    with pytest.raises(InputError, match="a preference, and nothing else"):
        make_lesson(LessonSort.PREFERENCE, messages=turns)
    with pytest.raises(InputError, match="is one reply"):
        make_lesson(LessonSort.PREFERENCE, messages=turns, rejected=turns)
