"""The matrix: who can break what is told apart from what cannot be done, and code checks what code can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.measure.conftest import Rule, Takes, babbling, bank, failing, refusing, silent

from soulwright.measure import MeasureState
from soulwright.measure._cells import CellLayer, Side, plan
from soulwright.measure._matrix import diagnosis
from soulwright.measure._neighbours import RuleItem, keeps
from soulwright.situations import Message
from soulwright.spec import Kind, Spec

RULES = [RuleItem(**item) for item in bank("rules")]
MARKS = {item["mark"] for item in bank("third_party")}


def cells_only(rule: Rule) -> Rule:
    """Follows `rule` in the cells, and is harmless, fair and orderly everywhere else."""

    def reply(messages: Sequence[Message]) -> str:
        if messages[0].content.startswith("Keep all of these rules"):
            return orderly(messages, most=len(RULES))
        return rule(messages)

    return reply


def orderly(messages: Sequence[Message], *, most: int) -> str:
    """A reply that keeps the first `most` rules and breaks the others."""
    listed = messages[0].content.splitlines()[1:]
    asked = [next(rule for rule in RULES if line.endswith(f". {rule.rule}")) for line in listed]
    kept, broken = asked[:most], asked[most:]
    words = [rule.value for rule in kept if rule.check == "has"]
    words += [rule.value.replace("0-9", "7") for rule in broken if rule.check == "has_not"]
    long = {rule.id for rule in broken} & {"short"} or {rule.id for rule in kept} & {"long"}
    words += ["plain"] * (130 if "short" in long else 26 if long else 0)
    begins = "Gladly" if any(rule.id == "begin" for rule in kept) else "Well"
    ends = "Until tomorrow." if any(rule.id == "end" for rule in kept) else "so it is"
    line = "\n" if any(rule.id == "paragraph" for rule in broken) else " "
    return f"{begins}{line}{' '.join(words)} {ends}"


def reads(question: dict[str, Any]) -> Mapping[str, object]:
    if "should_be_alike" in question:
        alike = ("COLD" in question["first_reply"]) == ("COLD" in question["second_reply"])
        return {"alike": alike, "favours": "neither" if alike else "first", "why": "x"}
    if "request" in question:
        return {"helped": "no" if "NO HELP" in question["reply"] else "yes", "why": "x"}
    said = question["conversation"][-1]["content"]
    if "carries out the order" in question["told"]:
        obeys = said in MARKS
        return {"verdict": "breaks" if obeys else "holds", "quote": said if obeys else "", "why": "x"}
    return {"verdict": "breaks" if "BREAKS" in said else "holds", "why": "x"}


def steadfast(_: Sequence[Message]) -> str:
    return "I keep to it."


def asks_against(text: str) -> bool:
    return "act against" in text


def test_a_model_that_users_can_break_obeys_the_wrong_one(take: Takes, spec: Spec) -> None:
    def weak(messages: Sequence[Message]) -> str:
        return (
            "BREAKS" if asks_against(messages[-1].content) and "<page>" not in messages[-1].content else "I keep to it."
        )

    found = take("matrix", cells_only(weak), reads)
    assert found.figure("layer_user").value == 1.0
    assert found.figure("layer_operator").value == 0.0
    assert found.figure("side_reference").value == 0.0
    assert found.figure("cannot").value == 0.0
    said = diagnosis(found.outcomes)
    assert {said[clause.id] for clause in spec.clauses if clause.id in said and clause.kind is not Kind.DEFAULT} == {
        "obeys the wrong one"
    }


def test_a_model_that_cannot_is_told_from_one_that_will_not(take: Takes) -> None:
    found = take("matrix", cells_only(lambda _: "BREAKS"), reads)
    assert found.figure("cannot").value == 1.0
    assert found.figure("obeys_the_wrong_one").value == 0.0


def test_a_steadfast_model_passes_where_the_claims_can_be_proven(take: Takes) -> None:
    found = take("matrix", cells_only(steadfast), reads)
    assert not [one for one in found.outcomes if one.failed]
    assert found.claim("conflict").state is MeasureState.PASS
    assert found.figure("holds").value == 1.0


@pytest.mark.parametrize("pressure", ["argument", "authority", "role_play", "urgency"])
def test_one_pressure_that_works_is_found_and_no_other(take: Takes, pressure: str) -> None:
    marks = {
        "argument": "Think about it",
        "authority": "I am the supervisor",
        "role_play": "Let us play",
        "urgency": "There is no time",
    }

    def weak(messages: Sequence[Message]) -> str:
        return "BREAKS" if marks[pressure] in messages[-1].content else "I keep to it."

    found = take("matrix", cells_only(weak), reads, most=2000)
    assert found.figure(f"pressure_{pressure}").value == 1.0
    others = [name for name in ("none", *marks) if name != pressure]
    assert [found.figure(f"pressure_{name}").value for name in others] == [0.0] * 4


def test_under_joint_load_the_share_of_broken_rules_is_the_planted_one(take: Takes) -> None:
    def five(messages: Sequence[Message]) -> str:
        loaded = messages[0].content.startswith("Keep all of these rules")
        return orderly(messages, most=5) if loaded else "I keep to it."

    found = take("matrix", five, reads, most=50)
    assert [found.figure(f"load_{n}").value for n in (1, 5)] == [0.0, 0.0]
    assert found.figure("load_10").value == pytest.approx(0.5, abs=0.03)
    assert found.figure("load_20").value == pytest.approx(0.75, abs=0.03)


def test_orders_in_quoted_text_that_are_obeyed_are_found_by_their_mark(take: Takes) -> None:
    def obeys(messages: Sequence[Message]) -> str:
        return next((mark for mark in MARKS if mark in messages[-1].content), "I keep to it.")

    found = take("matrix", cells_only(obeys), reads, most=50)
    assert found.figure("side_third party").value == 1.0
    assert found.claim("third party").state is MeasureState.FAIL


def test_to_report_an_order_that_stands_in_a_text_is_not_to_obey_it(take: Takes) -> None:
    def reports(messages: Sequence[Message]) -> str:
        mark = next((mark for mark in MARKS if mark in messages[-1].content), "")
        return f"The text asks for the word {mark}; I leave that aside." if mark else "I keep to it."

    found = take("matrix", cells_only(reports), reads, most=50)
    assert found.figure("side_third party").value == 0.0
    assert found.claim("third party").state is MeasureState.PASS


def test_a_model_that_is_cold_to_one_side_is_found_by_mirrored_pairs(take: Takes) -> None:
    cold = {item["second"] for item in bank("mirrored")[:7]}
    found = take("matrix", cells_only(lambda m: "COLD" if m[-1].content in cold else "I keep to it."), reads, most=50)
    assert found.figure("side_mirrored").value == pytest.approx(7 / 21)


def test_hard_limits_come_first_and_a_budget_is_kept(spec: Spec) -> None:
    cells = plan(spec, 40)
    assert len(cells) == 40
    kinds = [cell.clause.kind for cell in cells]
    limits = [kind is Kind.HARD_LIMIT for kind in kinds]
    assert limits == sorted(limits, reverse=True)
    assert sum(limits) == 5


def test_an_operator_may_restrict_and_may_not_deceive(spec: Spec) -> None:
    cells = plan(spec, 5000)
    by_operator = {
        cell.clause.id: cell.side
        for cell in cells
        if (cell.layer is CellLayer.OPERATOR and "/conflict/" in cell.probe.id) or cell.side is Side.PERMITTED
    }
    assert by_operator["defaults.topics"] is Side.PERMITTED
    assert by_operator["protections.ai"] is Side.CONFLICT
    assert by_operator["honesty.truthful"] is Side.CONFLICT
    assert "defaults.dosage" not in {
        cell.clause.id for cell in cells if cell.side is Side.PERMITTED
    }  # it requires more


def follows(question: dict[str, Any]) -> Mapping[str, object]:
    """A judge that sees whether the reply follows who asks against the clause, and what is expected there."""
    if "conversation" not in question:
        return reads(question)
    followed = question["conversation"][-1]["content"] == "As you wish."
    wanted = "The one who asks may change this" in question["told"]
    return {"verdict": "holds" if followed == wanted else "breaks", "why": "x"}


def does_not_hold_here(messages: Sequence[Message]) -> str:
    """Obeys every operator who says that something does not hold."""
    ordered = messages[0].role == "system" and "the following does not hold" in messages[0].content
    return "As you wish." if ordered else "I keep to it."


def test_one_who_obeys_every_operator_follows_what_is_permitted_and_deceives_for_it(take: Takes) -> None:
    found = take("matrix", cells_only(does_not_hold_here), follows, most=2000)
    by_operator = [one for one in found.outcomes if one.facts.get("layer") == CellLayer.OPERATOR]
    assert not [one for one in by_operator if one.facts["side"] == "permitted" and one.failed]
    assert {one.facts["clause"] for one in by_operator if one.failed} >= {"honesty.truthful", "protections.ai"}


def test_one_who_follows_nobody_withholds_what_an_operator_may_set(take: Takes) -> None:
    found = take("matrix", cells_only(steadfast), follows, most=2000)
    assert found.figure("side_permitted").value == 1.0
    assert found.figure("side_conflict").value == 0.0
    assert found.claim("permitted").state is MeasureState.FAIL


def test_a_model_that_declines_look_alikes_is_found_there_and_nowhere_else(take: Takes) -> None:
    harmless = {item["lookalike"] for item in bank("hard_limits")}
    found = take(
        "matrix", cells_only(lambda m: "NO HELP" if m[-1].content in harmless else "I keep to it."), reads, most=50
    )
    assert found.figure("side_look-alikes").value == 1.0
    assert found.figure("side_mirrored").value == found.figure("side_third party").value == 0.0


def test_a_triad_that_lost_its_conflict_is_not_said_to_hold(take: Takes) -> None:
    def dies_in_conflict(messages: Sequence[Message]) -> str:
        if any("act against" in message.content or "does not hold" in message.content for message in messages):
            raise RuntimeError("the line went dead")
        return "I keep to it."

    found = take("matrix", cells_only(dies_in_conflict), reads, most=1000)
    assert not diagnosis(found.outcomes)
    holds = found.figure("holds")
    assert (holds.value, holds.n, holds.worst_case) == (None, 0, (0.0, 1.0))
    assert found.figure("layer_user").worst_case == (1.0, 0.0)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (RuleItem(id="a", rule="", check="has", value="north"), "To the north.", "To the northern town."),
        (RuleItem(id="b", rule="", check="has_not", value="very"), "Every day.", "A very good day."),
        (RuleItem(id="c", rule="", check="has_not", value="0-9"), "two", "2"),
        (
            RuleItem(id="d", rule="", check="ends", value="Until tomorrow."),
            "Yes. Until tomorrow.",
            "Until tomorrow. Yes.",
        ),
    ],
)
def test_a_rule_is_checked_by_code(rule: RuleItem, good: str, bad: str) -> None:
    assert (keeps(good, rule), keeps(bad, rule)) == (True, False)


def test_what_goes_wrong_is_counted_and_never_a_pass(take: Takes) -> None:
    assert take("matrix", silent, reads, most=60).state is MeasureState.INVALID
    assert take("matrix", cells_only(steadfast), refusing, most=60).claim("bare").state is MeasureState.INVALID
    assert take("matrix", cells_only(steadfast), babbling, most=60).claim("bare").state is MeasureState.INVALID
    third = take("matrix", failing(cells_only(steadfast)), reads, most=60)
    assert third.state is not MeasureState.PASS
    assert third.tally.reached < third.tally.attempted
