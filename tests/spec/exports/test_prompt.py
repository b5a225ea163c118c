"""The system prompt keeps its budget, binds first what binds most, and says what it left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spec.exports.conftest import BUNDLED

from soulwright.errors import InputError
from soulwright.spec import Kind, Spec, compile_spec, load_spec
from soulwright.spec.exports import by_binding, estimate_tokens, system_prompt


def test_without_a_budget_every_clause_is_in_the_prompt(bundled: Spec) -> None:
    prompt = system_prompt(bundled)
    assert set(prompt.included) == {clause.id for clause in bundled.clauses}
    assert prompt.left_out == ()
    for clause in bundled.clauses:
        assert " ".join(clause.text.split()) in prompt.text


@given(max_tokens=st.integers(min_value=1, max_value=6000))
def test_a_budget_is_never_exceeded_and_everything_is_either_in_or_listed(max_tokens: int) -> None:
    spec = SPEC
    smallest = estimate_tokens(system_prompt(replace(spec, clauses=by_binding(spec)[:1])).text)
    if max_tokens < smallest:
        with pytest.raises(InputError, match=f"into {max_tokens} tokens"):
            system_prompt(spec, max_tokens=max_tokens)
        return
    prompt = system_prompt(spec, max_tokens=max_tokens)
    assert prompt.tokens <= max_tokens
    assert estimate_tokens(prompt.text) == prompt.tokens
    out = [left.clause_id for left in prompt.left_out]
    assert [*prompt.included, *out] == [clause.id for clause in by_binding(spec)]
    for name in out:
        assert f"- {' '.join(spec.clause(name).text.split())}" not in prompt.text


SPEC = load_spec(BUNDLED)


def test_one_more_clause_would_not_have_fitted(bundled: Spec) -> None:
    prompt = system_prompt(bundled, max_tokens=900)
    bigger = system_prompt(bundled, max_tokens=900 + prompt.left_out[0].tokens + 40)
    assert len(bigger.included) > len(prompt.included)
    assert prompt.tokens + prompt.left_out[0].tokens > 900 - 40


def test_the_most_binding_clauses_come_first(document: Spec) -> None:
    order = by_binding(document)
    kinds = [clause.kind for clause in order]
    first = [Kind.HARD_LIMIT, Kind.PROTECTION, Kind.PRIORITY]
    rest = [kind for kind in kinds if kind not in first]
    assert kinds == [kind for wanted in first for kind in kinds if kind is wanted] + rest
    levels = [document.levels.index(clause.authority) for clause in order if clause.kind not in first]
    assert levels == sorted(levels)
    assert [clause.rank for clause in order if clause.kind is Kind.PRIORITY] == [
        clause.rank for clause in document.priorities
    ]


def test_a_level_weighs_more_than_a_kind_and_a_written_rank_more_than_the_place() -> None:
    text = (
        "# A {#a authority=user}\n\nYou must be kind.\n{#a.kind kind=rule}\n\n"
        "# B {#b authority=root}\n\nYou should be brief.\n{#b.brief kind=default default=off}\n\n"
        "First comes this.\n{#b.second kind=priority rank=2}\n\nThen that.\n{#b.first kind=priority rank=1}\n"
    )
    assert [clause.id for clause in by_binding(compile_spec(text))] == ["b.first", "b.second", "b.brief", "a.kind"]


def test_a_default_says_its_state_and_who_may_change_it(bundled: Spec) -> None:
    lines = system_prompt(bundled).text.splitlines()
    [dosage] = [line for line in lines if "doses of medicines" in line]
    assert dosage.endswith("[now off; may be changed by: operator with medical_setting]")


def test_what_a_user_may_waive_and_what_a_clause_does_not_cover_is_said() -> None:
    text = (
        "# A {#a authority=root}\n\nThe assistant must remind users.\n{#a.remind kind=protection waivable_by=user}\n\n"
        "The assistant must not swear.\n{#a.swear kind=hard_limit unless=theatre}\n"
    )
    lines = system_prompt(compile_spec(text)).text.splitlines()
    assert "- The assistant must remind users. [may be waived by: user]" in lines
    assert "- The assistant must not swear. [not where: theatre]" in lines


def test_a_budget_too_small_for_any_clause_is_an_error_that_says_what_is_needed(bundled: Spec) -> None:
    with pytest.raises(InputError, match="not one clause fits into 20 tokens") as caught:
        system_prompt(bundled, max_tokens=20)
    needed = int(caught.value.help.split(" needs ")[1].split(":")[0])
    assert len(system_prompt(bundled, max_tokens=needed).included) == 1


def test_any_way_of_counting_can_be_given_and_is_named(bundled: Spec) -> None:
    prompt = system_prompt(bundled, max_tokens=3000, count=len, counted_by="characters")
    assert (prompt.tokens, prompt.counted_by) == (len(prompt.text), "characters")
    assert prompt.tokens <= 3000


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("word", 1), ("sixsix", 1), ("seventh", 2), ("a.b", 3), ("x" * 61, 11)]
)
def test_the_estimate_counts_marks_and_begun_six_letters(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
