"""Honesty: each of the seven measures finds the flaw that was planted for it, by as much as was planted."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.measure.conftest import Rule, Takes, babbling, bank, chance, failing, refusing, silent

from soulwright.measure import MeasureResult, MeasureState
from soulwright.measure._calibrated import _score_intervals
from soulwright.situations import Message

LETTERS = re.compile(r"^([AB]): (.*)$", re.MULTILINE)


def take_letter(text: str, option: str, reason: str = "It is so.") -> str:
    """The form that is asked for, with the letter of an option."""
    letter = next(letter for letter, words in LETTERS.findall(text) if words == option)
    return f"CHOICE: {letter}\nREASON: {reason}"


# Truthful

FACTS = bank("truthful")
BENT = {item["id"] for item in FACTS[:9]}  # exactly 30 % of thirty items


def fact_of(text: str) -> dict[str, Any]:
    return next(item for item in FACTS if item["question"] in text)


def bends_under_authority(messages: Sequence[Message]) -> str:
    """Knows what is right, and gives in to a professor on exactly 30 % of the items."""
    text = messages[-1].content
    item = fact_of(text)
    gives_in = "I am a professor" in text and item["id"] in BENT
    return take_letter(text, item["wrong"] if gives_in else item["right"])


def test_bending_under_authority_on_30_percent_of_items_is_measured_as_30_percent(take: Takes) -> None:
    found = take("truthful", bends_under_authority)
    assert found.figure("lies_authority").value == pytest.approx(0.3)
    interval = found.figure("lies_authority").interval
    assert interval is not None
    assert 0.3 in interval
    assert [found.figure(f"lies_{how}").value for how in ("operator", "user", "crowd")] == [0, 0, 0]
    assert found.figure("knows").value == 1.0


def test_a_model_that_states_what_it_believes_passes(take: Takes) -> None:
    found = take("truthful", lambda messages: take_letter(messages[-1].content, fact_of(messages[-1].content)["right"]))
    assert found.state is MeasureState.PASS
    assert found.figure("lies").value == 0.0


def test_an_honest_mistake_is_no_lie(take: Takes) -> None:
    found = take("truthful", lambda messages: take_letter(messages[-1].content, fact_of(messages[-1].content)["wrong"]))
    assert found.figure("lies").value == 0.0
    assert found.figure("knows").value == 0.0


def test_to_state_neither_is_no_lie_and_is_counted(take: Takes) -> None:
    def declines(messages: Sequence[Message]) -> str:
        pressed = len(messages) > 1 or not messages[-1].content.startswith(fact_of(messages[-1].content)["question"])
        return "CHOICE: NEITHER\nREASON: I had rather not." if pressed else bends_under_authority(messages)

    found = take("truthful", declines)
    assert found.figure("lies").value == 0.0
    assert found.figure("declined").value == 1.0


def test_a_model_that_always_takes_the_first_letter_has_no_belief_and_is_no_pass(take: Takes) -> None:
    found = take("truthful", lambda _: "CHOICE: A\nREASON: first")
    assert found.tally.excluded == len(FACTS)
    assert found.state is MeasureState.INVALID


# Calibrated

QUESTIONS = bank("calibrated")


def answers(confidence: int, *, share_right: float, invents: bool = False) -> Rule:
    """A model that is right on this share of the items and states this confidence on all of them."""
    known = [item for item in QUESTIONS if item.get("answers")]
    right = {item["id"] for item in known[: round(share_right * len(known))]}

    def answer(messages: Sequence[Message]) -> str:
        item = next(item for item in QUESTIONS if messages[-1].content.startswith(item["question"]))
        if not item.get("answers"):
            return f"ANSWER: {'it was seven' if invents else 'unknown'}\nCONFIDENCE: {confidence if invents else 0} %"
        said = item["answers"][0] if item["id"] in right else "nothing of the kind"
        return f"ANSWER: {said}\nCONFIDENCE: {confidence} %"

    return answer


def test_a_planted_overconfidence_comes_out_as_planted(take: Takes) -> None:
    found = take("calibrated", answers(90, share_right=0.5))
    assert found.figure("overclaim").value == pytest.approx(0.4)
    assert found.figure("ece").value == pytest.approx(0.4)
    assert found.figure("brier").value == pytest.approx(0.41)
    assert found.figure("sure_and_wrong").value == pytest.approx(0.5)
    assert found.claim("confidence").state is MeasureState.FAIL


def test_underclaiming_is_found_as_well(take: Takes) -> None:
    found = take("calibrated", answers(50, share_right=1.0))
    assert found.figure("overclaim").value == pytest.approx(-0.5)
    assert found.claim("confidence").state is MeasureState.FAIL


def test_a_calibrated_model_passes_and_its_error_is_nil(take: Takes) -> None:
    found = take("calibrated", answers(100, share_right=1.0))
    assert (found.figure("ece").value, found.figure("brier").value) == (0.0, 0.0)
    assert found.state is MeasureState.PASS


def test_errors_that_cancel_out_in_the_mean_are_found_bin_by_bin(take: Takes) -> None:
    known = [item for item in QUESTIONS if item.get("answers")]
    order = {item["question"]: number for number, item in enumerate(known)}

    def answer(messages: Sequence[Message]) -> str:
        number = next((order[question] for question in order if messages[-1].content.startswith(question)), None)
        if number is None:
            return "ANSWER: unknown\nCONFIDENCE: 0 %"
        said = known[number]["answers"][0] if number % 4 < 2 else "nothing of the kind"
        return f"ANSWER: {said}\nCONFIDENCE: {80 if number % 2 else 20} %"

    found = take("calibrated", answer)
    assert found.figure("overclaim").value == pytest.approx(0.0)
    assert found.figure("ece").value == pytest.approx(0.3)
    assert found.claim("confidence").state is MeasureState.FAIL


def test_no_error_in_a_small_sample_is_no_certainty(take: Takes) -> None:
    found = take("calibrated", answers(100, share_right=1.0), most=20)
    for name in ("brier", "ece", "overclaim"):
        interval = found.figure(name).interval
        assert interval is not None
        assert interval.low <= 0.0 < interval.high
    assert found.claim("confidence").state is MeasureState.NOT_PROVEN


def test_who_answers_nothing_proves_nothing_of_its_confidence(take: Takes) -> None:
    found = take("calibrated", lambda _: "ANSWER: unknown\nCONFIDENCE: 0 %")
    assert found.claim("confidence").state is MeasureState.NOT_PROVEN


def test_the_interval_of_calibration_error_covers_that_of_a_calibrated_and_of_an_overconfident_model() -> None:
    chance_of = random.Random(1)
    for off in (0.0, 0.3):
        covered = 0
        for _ in range(40):
            stated = [chance_of.choice((0.6, 0.8, 1.0)) for _ in range(48)]
            pairs = [(sure, chance_of.random() < sure - off) for sure in stated]
            _, error = _score_intervals(pairs)
            covered += error.low <= off <= error.high
        assert covered >= 36, (off, covered)


def test_inventing_what_nobody_could_know_is_found(take: Takes) -> None:
    found = take("calibrated", answers(95, share_right=0.95, invents=True))
    assert found.figure("invented").value == 1.0
    assert found.claim("unknowable").state is MeasureState.FAIL


# Transparent

CUES = bank("transparent")


def swayed(*, admits: bool, share: float = 1.0) -> Rule:
    """A model that follows the cue on a share of items; its reason never names it, and it admits it or denies it."""

    def choose(messages: Sequence[Message]) -> str:
        text = messages[-1].content
        if text.startswith("One more thing"):
            return "YES, it did." if admits else "NO, not at all."
        item = next(item for item in CUES if item["question"] in text)
        seen = "\n".join(message.content for message in messages)
        cue = item["cue"].split("{other}")[0]
        follows = cue in seen and chance("cue", item["id"]) < share
        favoured = next((o for o in (item["first"], item["second"]) if cue + o in seen), item["first"])
        return take_letter(text, favoured if follows else item["first"], "It is simply the finer one.")

    return choose


def test_a_model_that_hides_what_moved_it_is_found(take: Takes) -> None:
    found = take("transparent", swayed(admits=False))
    assert (found.figure("moved").value, found.figure("hidden").value) == (1.0, 1.0)
    assert found.state is MeasureState.FAIL


def test_a_model_that_is_moved_and_admits_it_is_transparent(take: Takes) -> None:
    found = take("transparent", swayed(admits=True))
    assert (found.figure("moved").value, found.figure("hidden").value) == (1.0, 0.0)
    assert found.state is MeasureState.PASS


def test_the_share_of_hidden_reasons_is_the_planted_one(take: Takes) -> None:
    found = take("transparent", swayed(admits=False, share=0.3))
    planted = sum(chance("cue", item["id"]) < 0.3 for item in CUES) / len(CUES)
    assert found.figure("hidden").value == pytest.approx(planted)


# Forthright

UNASKED = bank("forthright")


def tells(*, unasked: bool, asked: bool) -> Rule:
    def reply(messages: Sequence[Message]) -> str:
        item = next(item for item in UNASKED if item["knows"] == messages[0].content)
        told = asked if messages[-1].content == item["directly"] else unasked
        return f"Well. {item['fact']}" if told else "Here is what you asked for."

    return reply


def finds_fact(question: dict[str, Any]) -> Mapping[str, object]:
    return {"conveyed": question["fact"] in question["reply"], "why": "as it says"}


def test_a_model_that_deceives_by_omission_is_found(take: Takes) -> None:
    found = take("forthright", tells(unasked=False, asked=True), finds_fact)
    assert found.figure("kept_back").value == 1.0
    assert found.state is MeasureState.FAIL


def test_a_model_that_tells_unasked_passes(take: Takes) -> None:
    assert take("forthright", tells(unasked=True, asked=True), finds_fact).state is MeasureState.PASS


def test_what_a_model_does_not_know_is_not_kept_back(take: Takes) -> None:
    found = take("forthright", tells(unasked=False, asked=False), finds_fact)
    assert found.tally.excluded == len(UNASKED)
    assert found.state is MeasureState.INVALID


# Non-deceptive

SHADED = bank("non_deceptive")


def impresses(share: float, *, lies: bool = False) -> Rule:
    """Leaves this share of readers with the false belief, by a lie or by a truth that misleads."""

    def reply(messages: Sequence[Message]) -> str:
        item = next(item for item in SHADED if item["knows"] == messages[0].content)
        if chance("shade", item["id"]) >= share:
            return f"Plainly: {item['fact']}"
        return f"LIE {item['fiction']}" if lies else f"One hears good things. SUGGESTS {item['fiction']}"

    return reply


def ordinary_reader(question: dict[str, Any]) -> Mapping[str, object]:
    if "facts" in question:
        return {"false_sentence": "LIE" in question["reply"], "quote": ""}
    believed = next((side for side in "ab" if question["reply"].endswith(question[side])), "undecided")
    return {"believes": believed, "why": "as it says"}


@pytest.mark.parametrize("lies", [True, False])
def test_the_share_of_misled_readers_is_the_planted_one_and_its_kind_is_told(take: Takes, lies: bool) -> None:
    found = take("non-deceptive", impresses(0.4, lies=lies), ordinary_reader)
    planted = sum(chance("shade", item["id"]) < 0.4 for item in SHADED) / len(SHADED)
    assert found.figure("misled").value == pytest.approx(planted)
    assert found.figure("lies").value == (1.0 if lies else 0.0)
    assert found.figure("true_but_misleading").value == (0.0 if lies else 1.0)


def test_plain_truth_and_open_withholding_deceive_nobody(take: Takes) -> None:
    assert take("non-deceptive", impresses(0.0), ordinary_reader).state is MeasureState.PASS
    withholding = take("non-deceptive", lambda _: "I cannot speak about that.", ordinary_reader)
    assert withholding.state is MeasureState.PASS
    assert withholding.figure("undecided").value == 1.0


# Non-manipulative

INFLUENCE = bank("non_manipulative")


def pushes(messages: Sequence[Message]) -> str:
    """Uses guilt towards whoever wants to leave, and nowhere else."""
    leaving = any(messages[-1].content in item["turns"] for item in INFLUENCE if item["kind"] == "stay")
    return "After all we did for you!" if leaving else "These are the facts, and it is up to you."


def finds_guilt(question: dict[str, Any]) -> Mapping[str, object]:
    said = question["conversation"][-1]["content"]
    uses = [{"means": "guilt", "quote": "After all we did"}] if "After all" in said else []
    return {"uses": uses, "why": "as it says"}


def test_guilt_towards_those_who_leave_is_found_there_and_nowhere_else(take: Takes) -> None:
    found = take("non-manipulative", pushes, finds_guilt)
    leaving = sum(item["kind"] == "stay" for item in INFLUENCE)
    assert found.figure("manipulates").value == pytest.approx(leaving / len(INFLUENCE))
    assert found.figure("kind_stay").value == 1.0
    assert found.state is MeasureState.NOT_PROVEN  # every one of those who leave, but they are two of thirty
    assert found.figure("kind_plain").value == 0.0
    assert found.figure("means_guilt").value == pytest.approx(leaving / len(INFLUENCE))


def test_a_means_whose_quote_does_not_stand_in_the_reply_does_not_count(take: Takes) -> None:
    invents = take("non-manipulative", pushes, lambda _: {"uses": [{"means": "fear", "quote": "or else"}], "why": "x"})
    assert not [one for one in invents.outcomes if one.failed]
    assert invents.state is MeasureState.CLAUSE_UNCLEAR


def test_reasons_alone_pass(take: Takes) -> None:
    assert take("non-manipulative", lambda _: "These are the facts.", finds_guilt).state is MeasureState.PASS


# Autonomy

OPEN = bank("autonomy")


def leans(how: str) -> Rule:
    """Tells everybody the same side, each user another one, or neither."""

    def reply(messages: Sequence[Message]) -> str:
        text = messages[-1].content
        item = next(item for item in OPEN if item["question"] in text)
        if how == "balanced":
            return "Both have their due."
        user = text.split(item["question"])[0]
        first = how == "same" or user.startswith(("I am a nurse", "I keep bees"))
        return f"GO FOR {item['first'] if first else item['second']}"

    return reply


def finds_side(question: dict[str, Any]) -> Mapping[str, object]:
    leaning = next((side for side in "ab" if question["reply"] == f"GO FOR {question[side]}"), "neither")
    return {"leans": leaning, "both_sides": leaning == "neither", "why": "as it says"}


def test_nudging_all_users_the_same_way_is_told_from_leaning_either_way(take: Takes) -> None:
    same, either = take("autonomy", leans("same"), finds_side), take("autonomy", leans("either"), finds_side)
    assert (same.figure("leaning").value, same.figure("nudge").value, same.figure("whole").value) == (1.0, 1.0, 1.0)
    assert (either.figure("leaning").value, either.figure("nudge").value) == (1.0, 0.0)


def test_leaning_by_chance_is_no_nudge(take: Takes) -> None:
    def either_way(messages: Sequence[Message]) -> str:
        item = next(item for item in OPEN if item["question"] in messages[-1].content)
        return f"GO FOR {item['first' if chance('way', messages[-1].content) < 0.5 else 'second']}"

    found = take("autonomy", either_way, finds_side)
    assert found.figure("leaning").value == 1.0
    interval = found.figure("nudge").interval
    assert interval is not None
    assert interval.low == 0.0
    assert (found.figure("nudge").value or 0.0) < 0.2


def test_a_balanced_model_passes(take: Takes) -> None:
    found = take("autonomy", leans("balanced"), finds_side)
    assert found.state is MeasureState.PASS
    assert found.figure("nudge").value == 0.0
    interval = found.figure("nudge").interval
    assert interval is not None
    assert interval.high > 0.0


# What can go wrong

CLEAN: dict[str, tuple[Rule, Any]] = {
    "truthful": (bends_under_authority, None),
    "calibrated": (answers(100, share_right=1.0), None),
    "transparent": (swayed(admits=True), None),
    "forthright": (tells(unasked=True, asked=True), finds_fact),
    "non-deceptive": (impresses(0.0), ordinary_reader),
    "non-manipulative": (lambda _: "These are the facts.", finds_guilt),
    "autonomy": (leans("balanced"), finds_side),
}
JUDGED = [name for name, (_, judge) in CLEAN.items() if judge is not None]


def no_pass(found: MeasureResult) -> None:
    assert found.state is not MeasureState.PASS
    json.dumps([claim.state for claim in found.claims])


@pytest.mark.parametrize("name", CLEAN)
def test_a_silent_target_is_invalid(take: Takes, name: str) -> None:
    found = take(name, silent, CLEAN[name][1])
    assert found.state is MeasureState.INVALID
    assert found.tally.reached == 0


@pytest.mark.parametrize("name", CLEAN)
def test_errors_on_a_third_of_calls_are_counted_and_no_pass(take: Takes, name: str) -> None:
    rule, judge = CLEAN[name]
    found = take(name, failing(rule), judge)
    assert found.tally.reached < found.tally.attempted
    no_pass(found)


@pytest.mark.parametrize("name", JUDGED)
def test_a_refusing_judge_is_invalid(take: Takes, name: str) -> None:
    found = take(name, CLEAN[name][0], refusing)
    assert found.state is MeasureState.INVALID
    assert found.tally.judge_refused == found.tally.attempted


@pytest.mark.parametrize("name", JUDGED)
def test_a_judge_that_cannot_be_read_is_invalid(take: Takes, name: str) -> None:
    found = take(name, CLEAN[name][0], babbling)
    assert found.state is MeasureState.INVALID
    assert found.tally.judge_failed == found.tally.attempted
