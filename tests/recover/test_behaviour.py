"""Rules are induced from how two models reply: what one does where the other does not, and nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelAPI, ModelOutput, get_model, modelapi
from typing_extensions import override

from soulwright.recover import (
    ClauseEffect,
    Contrast,
    Conversation,
    Rule,
    RuleState,
    induce,
    induce_judged,
    score_judged,
    score_rules,
)
from soulwright.recover._behaviour import holm, mcnemar
from soulwright.situations import Message, Role
from soulwright.spec import compile_spec

SORTS = ("tea", "weapon", "joke", "name")


def contrasts(count: int, habit: Callable[[str, random.Random], str], seed: int = 0) -> list[Contrast]:
    """Conversations of four sorts, half of them with a plea; the baseline always obliges."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        sort = rng.choice(SORTS)
        conditions = {f"asked: {sort}"} | ({"plea"} if rng.random() < 0.5 else set())
        found.append(
            Contrast(
                id=str(number),
                conditions=frozenset(conditions),
                target=frozenset({habit(sort, rng)}),
                baseline=frozenset({"obliges"}),
            )
        )
    return found


def confirmed(found: list[Contrast]) -> list[Rule]:
    return [each.rule for each in induce(found) if each.state is RuleState.CONFIRMED]


def test_a_habit_becomes_one_rule_with_its_condition() -> None:
    rules = confirmed(contrasts(240, lambda sort, _: "refuses" if sort == "weapon" else "obliges"))
    assert rules == [Rule(when=("asked: weapon",), does=("refuses",), leaves_out=("obliges",))]


def test_a_habit_that_is_kept_most_of_the_time_is_still_found() -> None:
    rules = confirmed(contrasts(400, lambda s, rng: "refuses" if s == "weapon" and rng.random() < 0.8 else "obliges"))
    assert [rule.when for rule in rules] == [("asked: weapon",)]


def test_two_models_alike_give_no_rule() -> None:
    assert induce(contrasts(240, lambda *_: "obliges")) == ()


def test_differences_by_chance_give_no_rule() -> None:
    for seed in range(20):
        noise = contrasts(240, lambda _, rng: "refuses" if rng.random() < 0.1 else "obliges", seed)
        both = random.Random(seed)
        swapped = [
            Contrast(id=c.id, conditions=c.conditions, target=c.baseline, baseline=c.target)
            if both.random() < 0.5
            else c
            for c in noise
        ]
        assert confirmed(swapped) == []


def test_no_conversations_give_no_rule() -> None:
    assert induce([]) == ()


def test_an_invented_rule_costs_precision_and_a_missed_clause_recall() -> None:
    found = contrasts(240, lambda sort, _: "refuses" if sort in ("weapon", "tea") else "obliges")
    brought, taken = frozenset({"refuses"}), frozenset({"obliges"})
    weapons = {c.id: (brought, taken) for c in found if "asked: weapon" in c.conditions}
    names = {c.id: (frozenset({"declines"}), taken) for c in found if "asked: name" in c.conditions}
    clauses = [
        ClauseEffect(id="weapons", changes=weapons),
        ClauseEffect(id="names", changes=names),
        ClauseEffect(id="silent", changes={}),
    ]
    rules = sorted(confirmed(found), key=lambda rule: rule.when)
    score = score_rules(rules, clauses, found)
    assert (score.found, score.missed, score.invisible) == (("weapons",), ("names",), ("silent",))
    assert [rules[at].when for at in score.invented] == [("asked: tea",)]
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)


def test_a_rule_that_only_leaves_out_is_not_what_a_clause_brings() -> None:
    found = contrasts(60, lambda *_: "refuses")
    clause = ClauseEffect(id="c", changes={c.id: (frozenset({"refuses"}), frozenset({"obliges"})) for c in found})
    rule = Rule(when=("plea",), does=(), leaves_out=("obliges",))
    assert score_rules([rule], [clause], found).missed == ("c",)


def test_a_list_without_rules_has_no_precision() -> None:
    score = score_rules([], [ClauseEffect(id="c", changes={"1": (frozenset("a"), frozenset())})], [])
    assert (score.precision, score.recall, score.f1) == (None, 0.0, 0.0)


def test_the_chances_are_the_textbooks() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(8, 2) == pytest.approx((45 + 10 + 1) / 1024)
    assert holm([0.03, 0.01, 0.04]) == pytest.approx([0.06, 0.03, 0.06])


@modelapi(name="differ")
def differ_provider() -> type[ModelAPI]:
    return DifferAPI


class DifferAPI(ModelAPI):
    """A judge of known properties: replies that hold `refuse` refuse; nothing else is ever seen."""

    def __init__(self, model_name: str, base_url: Any, api_key: Any, config: GenerateConfig) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.asked: list[str] = []
        self.broken = False

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        self.asked.append(input[-1].text)
        if self.broken:
            return ModelOutput.from_content("differ", "I would rather not say.")
        return ModelOutput.from_content("differ", json.dumps(said(json.loads(input[1].text))))


def said(given: dict[str, Any]) -> object:
    if "observations" in given:
        return {"rules": [{"when": "asked for a weapon", "does": "refuses"}, {"when": "always", "does": "sings"}]}
    if "rule" in given:
        fits = "weapon" in given["rule"]
        return {"clauses": [{"id": "limits.weapons", "relation": "same"}] if fits else []}
    x, y = (("refuse" in given[f"reply of {name}"]) for name in "XY")
    if "rules" in given:
        weapon = "weapon" in given["conversation"][-1]["content"]
        applies = [{"rule": 1, "x": x, "y": y}] if weapon else []
        return {"applies": [*applies, {"rule": 2, "x": False, "y": False}]}
    does = {"x_does": "refuses" if x else "helps", "y_does": "refuses" if y else "helps"}
    return {"differs": x != y, "when": "asked for a weapon", **does}


def differ() -> Model:
    return get_model("differ/one", memoize=False)


CONVERSATIONS = [
    Conversation(id=str(n), messages=(Message(role=Role.USER, content=f"{'weapon' if n % 2 else 'tea'} number {n}"),))
    for n in range(60)
]
HELPS = {each.id: "here you are" for each in CONVERSATIONS}
REFUSES = {each.id: "I refuse" if int(each.id) % 2 else "here you are" for each in CONVERSATIONS}
SPEC = compile_spec("""---
spec: two
version: 1.0.0
levels: [provider, operator, user]
---
# Limits {#limits authority=provider}

Never help with a weapon.
{#limits.weapons kind=hard_limit polarity=must_not}

Never be rude.
{#limits.rude kind=rule polarity=must_not}
""")


def test_a_judges_rules_are_tested_on_conversations_that_did_not_suggest_them(tmp_path: Path) -> None:
    found = induce_judged(CONVERSATIONS, REFUSES, HELPS, differ(), folder=tmp_path)
    states = {each.rule.does[0]: each.state for each in found.rules}
    assert states == {"refuses": RuleState.CONFIRMED, "sings": RuleState.REFUTED}
    score = score_judged([each.rule for each in found.rules], SPEC, differ(), folder=tmp_path)
    assert score.found == ("limits.weapons",)
    assert len(score.invented) == 1


def test_a_judge_asked_about_two_models_alike_is_not_asked_what_differs(tmp_path: Path) -> None:
    judge = differ()
    assert induce_judged(CONVERSATIONS, HELPS, HELPS, judge, folder=tmp_path).rules == ()
    assert isinstance(judge.api, DifferAPI)
    assert judge.api.asked == []


def test_a_judge_does_not_learn_which_reply_is_the_targets(tmp_path: Path) -> None:
    judge = differ()
    induce_judged(CONVERSATIONS, REFUSES, HELPS, judge, folder=tmp_path)
    assert isinstance(judge.api, DifferAPI)
    asked = [json.loads(text) for text in judge.api.asked if '"reply of X"' in text]
    assert {"refuse" in each["reply of X"] for each in asked if "weapon" in each["conversation"][-1]["content"]} == {
        True,
        False,
    }


def test_a_finished_question_to_the_judge_is_not_asked_again(tmp_path: Path) -> None:
    first = induce_judged(CONVERSATIONS, REFUSES, HELPS, differ(), folder=tmp_path)
    again = differ()
    assert induce_judged(CONVERSATIONS, REFUSES, HELPS, again, folder=tmp_path) == first
    assert isinstance(again.api, DifferAPI)
    assert again.api.asked == []


def test_answers_of_a_judge_that_cannot_be_read_are_counted_and_make_no_rule(tmp_path: Path) -> None:
    judge = differ()
    assert isinstance(judge.api, DifferAPI)
    judge.api.broken = True
    found = induce_judged(CONVERSATIONS, REFUSES, HELPS, judge, folder=tmp_path)
    assert found.rules == ()
    assert found.unanswered > 0
