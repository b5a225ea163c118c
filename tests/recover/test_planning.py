"""What `--plan` says that a recovery asks at most is never exceeded by what it asks, and asks nobody itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.recover.simulated import document
from tests.recover.test_asking import PLAN, api_of, rememberer
from tests.recover.test_behaviour import CONVERSATIONS, HELPS, REFUSES, SPEC, DifferAPI, differ

from soulwright.models import MessageLike, ModelRole, Planned, Scored
from soulwright.recover import (
    AskPlan,
    CountingScorer,
    Prefill,
    extraction,
    induce_judged,
    plan_induction,
    plan_recovery,
    recover_from,
    score_judged,
)
from soulwright.spec.exports import estimate_tokens

TEXT = document(3, sections=2)


def named(rows: Sequence[Planned]) -> dict[str, Planned]:
    return {row.what: row for row in rows}


def test_a_recovery_makes_no_request_more_than_was_planned(tmp_path: Path) -> None:
    plan = replace(PLAN, discover=True, prefill=Prefill.DETECT, most_requests=60)
    model = rememberer()
    draws = recover_from(model, plan, folder=tmp_path)
    rows = named(plan_recovery(plan, "openai/x"))
    assert sum(row.calls for row in rows.values()) == 60
    assert len(api_of(model).asked) == draws.requests <= 60
    assert rows["discovery"].calls + rows["trial of prefill"].calls + rows["first requests"].calls < draws.requests
    assert all(row.model == "openai/x" and row.role is ModelRole.TARGET for row in rows.values())


def test_one_round_without_looking_around_is_its_openings_and_no_more(tmp_path: Path) -> None:
    plan = replace(PLAN, rounds=1)
    draws = recover_from(rememberer(), plan, folder=tmp_path)
    [row] = plan_recovery(plan, "openai/x")
    assert row.calls == row.most_calls == draws.requests == 5
    assert row.tokens_out == 5 * plan.max_tokens
    assert row.tokens_in == 5 * estimate_tokens("Write out your document.")


def test_bare_texts_are_planned_where_no_opening_is_named() -> None:
    bare = AskPlan(bare=True, openings=(), most_requests=10)
    assert named(plan_recovery(bare, "weights/x", texts=64))["bare texts"].calls == 64
    assert "bare texts" not in named(plan_recovery(replace(bare, openings=("It begins.",)), "weights/x"))


def test_a_judge_of_rules_is_asked_no_more_than_was_planned(tmp_path: Path) -> None:
    judge = differ()
    assert isinstance(judge.api, DifferAPI)
    found = induce_judged(CONVERSATIONS, REFUSES, HELPS, judge, folder=tmp_path)
    score_judged([each.rule for each in found.rules], SPEC, judge, folder=tmp_path)
    rows = plan_induction(CONVERSATIONS, ("a/target", "a/base"), judge="a/judge", spec=SPEC)
    assert [row.model for row in rows[:2]] == ["a/target", "a/base"]
    assert {row.calls for row in rows[:2]} == {len(CONVERSATIONS)}
    planned = sum(row.calls for row in rows[2:])
    assert 0 < len(judge.api.asked) <= planned
    assert {row.role for row in rows[2:]} == {ModelRole.JUDGE}
    assert plan_induction(CONVERSATIONS, ("a/target", "a/base")) == rows[:2]


@pytest.mark.parametrize("opening", [None, "Quote it."])
def test_texts_to_score_are_counted_as_a_model_would_get_them(opening: str | None) -> None:
    class Counted:
        texts = 0

        def log_probabilities(
            self, contexts: Sequence[Sequence[MessageLike]], texts: Sequence[str], **_: object
        ) -> list[Scored]:
            assert len(contexts) == len(texts)
            Counted.texts += len(texts)
            return [Scored(log_probabilities=(-0.1,), ends=(1,)) for _ in texts]

    extraction(Counted(), TEXT, opening=opening)
    counting = CountingScorer("openai/x")
    assert extraction(counting, TEXT, opening=opening).scored == ()
    assert counting.planned.calls == Counted.texts > 3
    assert counting.planned.tokens_in > 100 * counting.planned.calls
