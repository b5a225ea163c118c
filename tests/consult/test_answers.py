"""An answer is exactly what was asked for, or a failure that names its reason; no reply makes the reading fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.consult.conftest import DOCUMENT, answer, remark

from soulwright.consult import Answer, Concern, Failure, Remark, Unreadable, questions, read_answer
from soulwright.spec import Clause, Spec, compile_spec

IDS = ("limits.weapons", "limits.answers", "tone.warm")


@pytest.fixture
def clause(spec: Spec) -> Clause:
    return spec.clause("limits.weapons")


def failure(reply: str, clause: Clause) -> Failure:
    read = read_answer(reply, clause, IDS)
    assert isinstance(read, Failure), read
    return read


def test_an_answer_without_remarks_is_an_answer(clause: Clause) -> None:
    assert read_answer(answer("limits.weapons"), clause, IDS) == Answer(remarks=())


def test_a_remark_keeps_its_concern_its_words_its_reason_and_the_other_clauses(clause: Clause) -> None:
    said = remark("contradictory", "must not help with weapons", "Rifles.\n A question about them.", ["limits.answers"])
    assert read_answer(answer("limits.weapons", said), clause, IDS) == Answer(
        remarks=(
            Remark(
                concern=Concern.CONTRADICTORY,
                words="must not help with weapons",
                why="Rifles. A question about them.",
                others=("limits.answers",),
            ),
        )
    )


def test_one_fenced_block_is_as_good_as_the_bare_object(clause: Clause) -> None:
    assert read_answer(f"```json\n{answer('limits.weapons')}\n```\n", clause, IDS) == Answer(remarks=())


def test_quoted_words_may_differ_in_white_space_and_in_the_shape_of_quotation_marks(clause: Clause) -> None:
    read = read_answer(answer("limits.weapons", remark(words="help\n with  weapons")), clause, IDS)
    assert isinstance(read, Answer)
    assert read.remarks[0].words == "help with weapons"


def without(key: str) -> str:
    row = {"clause": "limits.weapons", "remarks": []}
    return json.dumps({name: value for name, value in row.items() if name != key})


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", Unreadable.EMPTY),
        (" \n\t", Unreadable.EMPTY),
        ("I have no objections.", Unreadable.NO_OBJECT),
        ("Default output from mockllm/model", Unreadable.NO_OBJECT),
        (f"Here it is: {answer('limits.weapons')}", Unreadable.NO_OBJECT),
        (f"{answer('limits.weapons')} That is all.", Unreadable.NO_OBJECT),
        ("[]", Unreadable.NO_OBJECT),
        (f"{answer('limits.weapons')}\n{answer('limits.weapons')}", Unreadable.BROKEN_JSON),
        ('{"clause": "limits.weapons", "remarks": [}', Unreadable.BROKEN_JSON),
        ('{"clause": "limits.weapons", "remarks": [], "remarks": []}', Unreadable.BROKEN_JSON),
        ('{"clause": "limits.weapons", "remarks": NaN}', Unreadable.BROKEN_JSON),
        ('{"clause": "\\ud800", "remarks": []}', Unreadable.BROKEN_JSON),
        ('{"a":' * 100_000 + "}" * 100_000, Unreadable.BROKEN_JSON),
        ('{"clause": ' + "9" * 10_000 + "}", Unreadable.BROKEN_JSON),
        (without("clause"), Unreadable.WRONG_SHAPE),
        (without("remarks"), Unreadable.WRONG_SHAPE),
        ('{"clause": "limits.weapons", "remarks": [], "score": 3}', Unreadable.WRONG_SHAPE),
        ('{"clause": "limits.weapons", "remarks": {}}', Unreadable.WRONG_SHAPE),
        ('{"clause": 7, "remarks": []}', Unreadable.WRONG_SHAPE),
        (answer("limits.weapons", {"concern": "unclear", "why": "It is."}), Unreadable.WRONG_SHAPE),
        (answer("limits.weapons", remark(why="")), Unreadable.WRONG_SHAPE),
        (answer("limits.weapons", remark(why="\u200b\n")), Unreadable.WRONG_SHAPE),
        (answer("limits.weapons", remark(why="x" * 5000)), Unreadable.WRONG_SHAPE),
        (answer("limits.weapons", *[remark()] * 40), Unreadable.WRONG_SHAPE),
        (answer("tone.warm"), Unreadable.OTHER_CLAUSE),
        (answer("limits.weapons", remark("vague")), Unreadable.UNKNOWN_CONCERN),
        (answer("limits.weapons", remark(words="must never help")), Unreadable.WORDS_NOT_THERE),
        (answer("limits.weapons", remark("contradictory", others=["limits.gone"])), Unreadable.UNKNOWN_OTHER),
        (answer("limits.weapons", remark("contradictory", others=["limits.weapons"])), Unreadable.UNKNOWN_OTHER),
        (answer("limits.weapons", remark("contradictory")), Unreadable.NO_OTHER),
    ],
)
def test_every_other_reply_is_a_failure_with_its_reason(reply: str, reason: Unreadable, clause: Clause) -> None:
    assert failure(reply, clause).reason is reason


def test_every_reason_but_those_of_length_can_be_read_off_a_text() -> None:
    [marker] = [mark for mark in test_every_other_reply_is_a_failure_with_its_reason.pytestmark if mark.args]  # type: ignore[attr-defined] # pytest puts it there
    assert {reason for _, reason in marker.args[1]} == set(Unreadable) - {Unreadable.CUT_SHORT, Unreadable.NO_ROOM}


def test_what_a_failure_says_never_drives_a_terminal(clause: Clause) -> None:
    reply = answer("limits.weapons", remark("\x1b[2J\x07" + "x" * 500))
    said = failure(reply, clause).detail
    assert "\x1b" not in said
    assert len(said) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["clause", "remarks", "concern", "words", "why", "others"]), inner, max_size=6),
)  # fmt: skip


@given(st.one_of(st.text(), json_values.map(json.dumps), st.lists(json_values).map(
    lambda rows: json.dumps({"clause": "limits.weapons", "remarks": rows}))))  # fmt: skip
def test_no_reply_whatsoever_makes_the_reading_fail(reply: Any) -> None:
    clause = compile_spec(DOCUMENT).clause("limits.weapons")
    assert isinstance(read_answer(reply, clause, IDS), Answer | Failure)


def test_the_shape_that_the_question_shows_is_one_that_is_read(spec: Spec) -> None:
    for question in questions(spec):
        shape = question.system.replace('"ID"', json.dumps(question.clause.id))
        [empty] = [line for line in shape.splitlines() if '"remarks": []' in line]
        shown = empty.removeprefix("a `contradictory` remark needs at least one. Without remarks: ")
        assert read_answer(shown, question.clause, IDS) == Answer(remarks=())
        [full] = [line for line in shape.splitlines() if line.startswith('{"clause"')]
        filled = full.replace('"..."', '""', 1).replace('"..."', '"because"')
        assert isinstance(read_answer(filled, question.clause, IDS), Answer)
