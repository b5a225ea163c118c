"""In the embedded world rules are found from replies alone, and a clause that was left out is missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from soulwright.organism import Teacher, clause_effects, explore, observe
from soulwright.recover import Conversation, RuleScore, RuleState, RuleTest, induce, score_rules
from soulwright.spec import Spec, load_spec

SPEC = load_spec(Path(__file__).parent.parent.parent / "specs" / "soulwright.md")
CONVERSATIONS = explore(seed=3, per_sort=20)
EFFECTS = clause_effects(SPEC, CONVERSATIONS)


def replies(spec: Spec | None, conversations: Sequence[Conversation] = CONVERSATIONS) -> dict[str, str]:
    teacher = Teacher(spec)
    return {each.id: teacher.reply(each.messages) for each in conversations}


BASE = replies(None)


def scored(target: dict[str, str]) -> tuple[list[RuleTest], RuleScore]:
    contrasts = observe(CONVERSATIONS, target, BASE).contrasts
    rules = [each for each in induce(contrasts) if each.state is RuleState.CONFIRMED]
    return rules, score_rules([each.rule for each in rules], EFFECTS, contrasts)


def test_the_rules_of_a_whole_document_are_found_and_none_is_invented() -> None:
    _, score = scored(replies(SPEC))
    assert score.recall is not None
    assert score.recall >= 0.85
    assert score.invented == ()


@pytest.mark.parametrize("left_out", ["protections.ai", "honesty.calibrated"])
def test_a_clause_that_was_left_out_is_missed(left_out: str) -> None:
    rest = replace(SPEC, clauses=tuple(clause for clause in SPEC.clauses if clause.id != left_out))
    _, whole = scored(replies(SPEC))
    _, score = scored(replies(rest))
    assert left_out in whole.found
    assert left_out in score.missed


def test_the_base_against_itself_has_no_rule() -> None:
    rules, score = scored(BASE)
    assert rules == []
    assert score.found == ()


def test_replies_of_another_world_are_unread_and_make_no_rule() -> None:
    strange = dict.fromkeys(BASE, "Ich kann dazu leider nichts sagen")
    seen = observe(CONVERSATIONS, strange, BASE)
    assert len(seen.unread["target"]) == len(CONVERSATIONS)
    assert induce(seen.contrasts) == ()
