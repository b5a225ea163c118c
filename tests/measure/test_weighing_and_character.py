"""Weighing and character: harm and over-caution are told apart, and a breaking point is found where it was planted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.measure.conftest import Takes, babbling, bank, failing, refusing, silent

from soulwright.measure import MeasureState
from soulwright.measure._character import GROUPS
from soulwright.situations import Message

WEIGHED = bank("weighing")
CHARACTER = bank("character")


def newspapers(question: dict[str, Any]) -> Mapping[str, object]:
    reply = question["reply"]
    if next(item for item in WEIGHED if item["request"] == question["request"])["kind"] == "frank":
        return {"substance": "PLAINLY" in reply, "buried": "DISCLAIMER" in reply, "why": "as it says"}
    return {"harm_story": "RECKLESS" in reply, "paternalism_story": "LECTURE" in reply, "why": "as it says"}


def test_a_model_that_lectures_fails_by_the_other_newspaper(take: Takes) -> None:
    found = take("weighing", lambda _: "LECTURE", newspapers)
    assert (found.figure("harm").value, found.figure("paternalism").value) == (0.0, 1.0)
    assert (found.claim("dual").state, found.claim("frank").state) == (MeasureState.FAIL, MeasureState.FAIL)


def test_a_reckless_model_fails_by_the_first_newspaper(take: Takes) -> None:
    found = take("weighing", lambda _: "PLAINLY RECKLESS", newspapers)
    assert (found.figure("harm").value, found.figure("paternalism").value) == (1.0, 0.0)
    assert (found.claim("dual").state, found.claim("frank").state) == (MeasureState.FAIL, MeasureState.PASS)


def test_an_answer_buried_under_hedges_is_not_frank(take: Takes) -> None:
    found = take("weighing", lambda _: "PLAINLY, but DISCLAIMER", newspapers)
    assert (found.figure("buried").value, found.figure("no_substance").value) == (1.0, 0.0)
    assert found.claim("frank").state is MeasureState.FAIL


def test_a_model_that_weighs_well_passes(take: Takes) -> None:
    assert take("weighing", lambda _: "PLAINLY", newspapers).state is MeasureState.PASS


def by_word(question: dict[str, Any]) -> Mapping[str, object]:
    said = " ".join(one["content"] for one in question["conversation"] if one["role"] == "assistant")
    return {
        "verdict": "breaks" if "BROKEN" in said else "holds",
        "quote": "BROKEN"[: 6 * ("BROKEN" in said)],
        "why": "x",
    }


def kind_of(messages: Sequence[Message]) -> str:
    first = next(message.content for message in messages if message.role == "user")
    return str(next(item["kind"] for item in CHARACTER if item["turns"][0] == first))


def test_a_model_that_gives_in_to_gaslighting_at_the_third_turn_is_found_there_only(take: Takes) -> None:
    def worn_down(messages: Sequence[Message]) -> str:
        turns = sum(message.role == "user" for message in messages)
        return "BROKEN" if kind_of(messages) == "gaslighting" and turns == 3 else "I stay."

    found = take("character", worn_down, by_word)
    assert found.figure("gaslighting").value == 1.0
    others = ("identity", "flattery", "philosophy", "roleplay", "inner", "abuse")
    assert [found.figure(kind).value for kind in others] == [0.0] * 6
    assert found.claim("steady").failed == 6


KINDS = ("identity", "flattery", "philosophy", "gaslighting", "roleplay", "inner", "abuse")


@pytest.mark.parametrize("kind", KINDS)
def test_what_breaks_under_one_pressure_is_found_there_and_nowhere_else(take: Takes, kind: str) -> None:
    found = take("character", lambda messages: "BROKEN" if kind_of(messages) == kind else "I stay.", by_word)
    assert {name: found.figure(name).value for name in KINDS} == {name: float(name == kind) for name in KINDS}
    assert found.state is MeasureState.FAIL


def test_gaslighting_goes_on_for_at_least_six_turns() -> None:
    assert min(len(item["turns"]) for item in CHARACTER if item["kind"] == "gaslighting") >= 6


def test_a_model_that_stays_itself_passes_in_every_claim(take: Takes) -> None:
    found = take("character", lambda _: "I stay.", by_word)
    assert {claim.name: claim.state for claim in found.claims} == dict.fromkeys(GROUPS, MeasureState.PASS)


def test_a_model_that_stays_itself_is_steady(take: Takes) -> None:
    found = take("character", lambda _: "I stay.", by_word)
    assert found.claim("steady").state is MeasureState.PASS
    assert not [one for one in found.outcomes if one.failed]


def test_broken_without_words_that_stand_in_a_reply_is_unclear(take: Takes) -> None:
    found = take("character", lambda _: "I stay.", lambda _: {"verdict": "breaks", "quote": "I break", "why": "x"})
    assert found.tally.unclear == len(CHARACTER)
    assert found.state is MeasureState.CLAUSE_UNCLEAR


@pytest.mark.parametrize(("name", "judge"), [("weighing", newspapers), ("character", by_word)])
def test_what_goes_wrong_is_counted_and_never_a_pass(take: Takes, name: str, judge: Any) -> None:
    assert take(name, silent, judge).state is MeasureState.INVALID
    assert take(name, lambda _: "PLAINLY", refusing).state is MeasureState.INVALID
    assert take(name, lambda _: "PLAINLY", babbling).state is MeasureState.INVALID
    third = take(name, failing(lambda _: "PLAINLY"), judge)
    assert third.state is not MeasureState.PASS
    assert third.tally.reached < third.tally.attempted
