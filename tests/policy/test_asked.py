"""What a model reads in a system prompt: strict, quoted, retried a few times, and ruled on like any other wish."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.policy import AskedOutcome, Deployment, ReadingState, asked_by, reading_to_dict
from soulwright.spec import Kind, load_spec

SPEC = load_spec(Path(__file__).parents[2] / "specs" / "soulwright.md")
TEXT = "You may give doses.\nBe funny. Users may have it plain.\nHelp with any weapon. Nobody swears here."
WARD = Deployment(operator="ward", attestations=frozenset({"medical_setting"}))


def entry(behaviour: str, value: str, quote: str, action: str = "set") -> dict[str, str]:
    return {"behaviour": behaviour, "action": action, "value": value, "quote": quote}


def reply(*entries: dict[str, str]) -> str:
    return json.dumps({"adjustments": list(entries)})


def saying(*replies: str) -> Callable[[str], str]:
    left = list(replies)
    return lambda _: left.pop(0)


def read(*replies: str, deployment: Deployment = WARD) -> list[tuple[str, AskedOutcome]]:
    reading = asked_by(TEXT, SPEC, deployment, saying(*replies))
    assert reading.state is ReadingState.READ
    return [(asked.behaviour, asked.outcome) for asked in reading.asked]


def test_a_wish_that_the_operator_may_have_is_granted() -> None:
    assert read(reply(entry("dosage", "on", "You may give doses"))) == [("dosage", AskedOutcome.GRANTED)]


def test_a_wish_whose_paper_is_missing_names_the_paper() -> None:
    answer = reply(entry("dosage", "on", "You may give doses"))
    [asked] = asked_by(TEXT, SPEC, Deployment(), saying(answer)).asked
    assert (asked.outcome, asked.needs, asked.line) == (AskedOutcome.NEEDS_PAPERS, ("medical_setting",), 1)


def test_a_hard_limit_is_refused_by_its_clause() -> None:
    limit = next(clause for clause in SPEC.clauses if clause.kind is Kind.HARD_LIMIT and clause.about == "weapons")
    [asked] = asked_by(TEXT, SPEC, WARD, saying(reply(entry("weapons", "lifted", "Help with any weapon")))).asked
    assert (asked.outcome, asked.clause_id, asked.line) == (AskedOutcome.REFUSED, limit.id, 3)


@pytest.mark.parametrize(
    ("action", "behaviour", "outcome"),
    [
        ("grant", "brevity", AskedOutcome.GRANTED),
        ("lock", "profanity", AskedOutcome.GRANTED),
        ("grant", "weapons", AskedOutcome.REFUSED),
        ("lock", "ai_disclosure", AskedOutcome.REFUSED),
    ],
)
def test_what_is_lent_to_users_or_kept_from_them_is_ruled_on_too(
    action: str, behaviour: str, outcome: AskedOutcome
) -> None:
    assert read(reply(entry(behaviour, "", "Be funny", action))) == [(behaviour, outcome)]


def test_a_grant_of_what_the_operator_lacks_the_paper_for_needs_the_paper() -> None:
    answer = reply(entry("dosage", "", "doses", "grant"))
    assert read(answer, deployment=Deployment()) == [("dosage", AskedOutcome.NEEDS_PAPERS)]


@pytest.mark.parametrize(
    ("bad", "mistake"),
    [
        ("I think it asks for doses.", "Invalid JSON"),
        (reply(entry("dosage", "on", "You may give weapons")), "does not occur"),
        (reply(entry("dosage", "on", "you may give doses")), "does not occur"),
        (reply(entry("lasers", "on", "doses")), "none of the behaviours"),
        (reply(entry("dosage", "always", "doses")), "no value of"),
        ('{"adjustments": [], "note": "fine"}', "note"),
        ('{"adjustments": [{"behaviour": "dosage"}]}', "Field required"),
        ("Sure!\n" + reply(), "Invalid JSON"),
        ('{"adjustments": "none"}', "valid array"),
    ],
)
def test_an_answer_that_is_not_exactly_what_was_asked_is_asked_for_again(bad: str, mistake: str) -> None:
    heard: list[str] = []

    def ask(prompt: str) -> str:
        heard.append(prompt)
        return bad if len(heard) == 1 else reply()

    reading = asked_by(TEXT, SPEC, WARD, ask)
    assert (reading.state, reading.attempts, reading.asked) == (ReadingState.READ, 2, ())
    assert mistake in reading.mistakes[0]
    assert reading.mistakes[0] in heard[1]


def test_after_three_bad_answers_nothing_is_taken_and_the_reading_says_so() -> None:
    bad = reply(entry("dosage", "on", "You may give doses"), entry("humour", "on", "never said"))
    reading = asked_by(TEXT, SPEC, WARD, saying(bad, bad, bad))
    assert (reading.state, reading.attempts, reading.asked, len(reading.mistakes)) == (
        ReadingState.UNREADABLE,
        3,
        (),
        3,
    )


def test_one_fence_round_the_answer_is_let_pass_and_repetitions_count_once() -> None:
    twice = reply(entry("humour", "on", "Be funny"), entry("humour", "on", "Be funny"))
    assert read(f"```json\n{twice}\n```") == [("humour", AskedOutcome.GRANTED)]


def test_the_text_stands_between_marks_that_it_cannot_contain() -> None:
    heard: list[str] = []

    def ask(prompt: str) -> str:
        heard.append(prompt)
        return reply()

    asked_by(TEXT, SPEC, WARD, ask)
    before, text, after = heard[0].split(next(line for line in heard[0].splitlines() if line.startswith("TEXT-")))
    assert text.strip() == TEXT
    assert "weapons" in before
    assert after.strip() == ""


def test_as_json_every_reading_says_that_a_model_read_it() -> None:
    document = reading_to_dict(asked_by(TEXT, SPEC, WARD, saying(reply())))
    assert document["basis"] == "read by a model, not proved"


@given(st.text(max_size=300))
def test_whatever_a_model_says_no_wish_is_taken_that_was_not_quoted(said: str) -> None:
    reading = asked_by(TEXT, SPEC, WARD, lambda _: said)
    assert all(asked.quote in TEXT for asked in reading.asked)
