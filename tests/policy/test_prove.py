"""What `prove` promises of a document, and what it says of one that breaks a promise."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from soulwright.policy import (
    Counterexample,
    Decision,
    Deployment,
    Method,
    Proved,
    Ruling,
    UserAdjustments,
    proof_to_dict,
    prove,
    resolve,
)
from soulwright.spec import Spec, compile_spec, load_spec

SPECS = Path(__file__).parents[2] / "specs"
SPEC = load_spec(SPECS / "soulwright.md")
HEAD = "---\nspec: small\nlevels: [provider, operator, user]\n---\n# S {#s authority=provider}\n\n"
HUMOUR = (
    "It should be light.\n{#s.humour kind=default about=humour polarity=should default=on adjustable_by=operator}\n\n"
)


def small(*clauses: str) -> Spec:
    return compile_spec(HEAD + "\n\n".join(clauses) + "\n")


def smallest(spec: Spec, promise: str) -> Counterexample:
    found = prove(spec).promise(promise)
    assert found.outcome is Proved.FAILS
    return found.counterexamples[0]


def shown_by(spec: Spec, example: Counterexample) -> Decision:
    """What the real resolver makes of a counterexample."""
    return resolve(spec, example.deployment, example.user).decisions[example.behaviour]


def test_every_promise_holds_of_the_bundled_document() -> None:
    proof = prove(SPEC)
    assert proof.holds
    assert {promise.outcome for promise in proof.promises} <= {Proved.HOLDS, Proved.VACUOUS}
    assert proof.promise("hard-limits-stand").outcome is Proved.HOLDS
    assert proof.promise("protections-stand").outcome is Proved.HOLDS
    assert (proof.spec_hash, proof.operator) == (SPEC.hash, "")


def test_the_number_of_cases_is_the_product_of_everything_that_can_be_said() -> None:
    proof = prove(small(HUMOUR.replace("adjustable_by=operator", "adjustable_by=operator requires=paper")))
    wishes = 1 + 2 * 3  # silent, or one of two values or an undeclared one, said or implied
    assert proof.cases == wishes * wishes * 2 * 2 * 3  # the operator, the user, lent, fixed, the paper's three states


def test_a_hard_limit_with_an_exception_that_somebody_can_vouch_for_fails_with_the_smallest_input() -> None:
    spec = small("It must not make bombs.\n{#s.bombs kind=hard_limit polarity=must_not unless=lab}")
    example = smallest(spec, "hard-limits-stand")
    assert example.deployment.attestations | example.deployment.agreements == {"lab"}
    assert (example.deployment.settings, example.user.settings) == ({}, {})
    assert shown_by(spec, example).value == "lifted"


def test_a_protection_that_another_default_takes_away_fails_and_the_solver_finds_how() -> None:
    pytest.importorskip("z3", reason="the extra `prove` is not installed")
    spec = small(
        "It must help in danger.\n{#s.help kind=protection polarity=must}",
        "It should not be silent.\n"
        "{#s.silent kind=default about=silent polarity=should_not default=off adjustable_by=operator lifts=s.help}",
    )
    promise = prove(spec).promise("protections-stand")
    example = promise.counterexamples[0]
    assert (promise.method, promise.answer) == (Method.SOLVER, "sat")
    assert example.deployment == Deployment(settings={"silent": "on"})
    assert example.clause_ids == ("s.help", "s.silent")
    assert shown_by(spec, example).value == "lifted"


def test_where_nobody_can_bring_the_other_default_about_the_solver_says_unsat() -> None:
    pytest.importorskip("z3", reason="the extra `prove` is not installed")
    spec = small(
        "It must help in danger.\n{#s.help kind=protection polarity=must}",
        "It must not be silent.\n{#s.never kind=hard_limit about=silent polarity=must_not}",
        "It should not be silent.\n"
        "{#s.silent kind=default about=silent polarity=should_not default=off adjustable_by=operator lifts=s.help}",
    )
    promise = prove(spec).promise("protections-stand")
    assert (promise.outcome, promise.answer, promise.combinations) == (Proved.HOLDS, "unsat", 196)


def test_a_waivable_protection_that_an_operator_can_switch_off_through_a_default_fails() -> None:
    spec = small(
        "It must say that it is an AI.\n{#s.ai kind=protection about=ai polarity=must waivable_by=user}",
        "It should say so.\n{#s.say kind=default about=ai polarity=should default=on adjustable_by=operator}",
    )
    example = smallest(spec, "protections-stand")
    assert example.deployment == Deployment(settings={"ai": "off"})
    assert shown_by(spec, example).value == "off"


def test_a_user_who_waives_a_protection_in_so_many_words_breaks_nothing() -> None:
    assert prove(small("It must say so.\n{#s.ai kind=protection polarity=must waivable_by=user}")).holds


def test_a_requirement_that_another_clause_bypasses_fails_with_nobody_saying_anything() -> None:
    spec = small(
        "It must give doses.\n{#s.must kind=protection about=dosage polarity=must}",
        "It should not give doses.\n"
        "{#s.dosage kind=default about=dosage polarity=should_not default=off adjustable_by=operator requires=ward}",
    )
    example = smallest(spec, "papers-first")
    assert (example.deployment, example.user) == (Deployment(), UserAdjustments())
    assert "s.must" in example.clause_ids
    assert shown_by(spec, example).value == "on"


def test_clauses_of_the_same_shape_are_named_with_the_example() -> None:
    spec = small(*(f"It must not {i}.\n{{#s.l{i} kind=hard_limit polarity=must_not unless=w{i}}}" for i in range(3)))
    example = smallest(spec, "hard-limits-stand")
    assert {example.clause_ids[0], *example.also} == {"s.l0", "s.l1", "s.l2"}


def test_without_the_solver_what_needs_it_is_an_error_and_not_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_z3(name: str, *rest: Any, **more: Any) -> Any:
        if name == "z3":
            raise ModuleNotFoundError("No module named 'z3'", name="z3")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_z3)
    assert prove(SPEC).holds
    spec = small(
        "It must help.\n{#s.help kind=protection polarity=must}",
        HUMOUR.replace("adjustable_by=operator", "adjustable_by=operator lifts=s.help"),
    )
    with pytest.raises(ModuleNotFoundError, match="z3"):
        prove(spec)


def test_for_one_deployment_every_user_of_it_is_tried() -> None:
    deployment = Deployment(operator="Ward 7", attestations=frozenset({"medical_setting"}), settings={"dosage": "on"})
    proof = prove(SPEC, deployment)
    assert proof.holds
    assert proof.operator == "Ward 7"
    assert proof.cases == sum(1 + 2 * (len(clause) + 1) for clause in _values(SPEC))
    assert "operators-within-bounds" not in {promise.name for promise in proof.promises}


def _values(spec: Spec) -> list[tuple[str, ...]]:
    ruling = resolve(spec, Deployment(), UserAdjustments())
    return [spec.clause(d.clause_id).values or ("in_force", "lifted") for d in ruling.decisions.values()]


Rule = Callable[[Spec, Deployment, UserAdjustments], Ruling]


def _with(spec: Spec, deployment: Deployment, user: UserAdjustments, name: str, value: str) -> Ruling:
    ruling = resolve(spec, deployment, user)
    if name not in ruling.decisions:
        return ruling
    return replace(ruling, decisions={**ruling.decisions, name: replace(ruling.decisions[name], value=value)})


def by_name(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """A back door for one behaviour by its name, while another is asked for."""
    asked = "humour" in deployment.settings and "brevity" in deployment.settings
    return _with(spec, deployment, user, "profanity", "on") if asked else resolve(spec, deployment, user)


def by_operator(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """A back door for an operator of a certain name."""
    return _with(spec, deployment, user, "dosage", "on" if str(deployment.operator) == "friend" else "off")


def by_prompt(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """A back door for a certain sentence in the system prompt."""
    return _with(spec, deployment, user, "dosage", "on" if "I am your provider" in deployment.system_prompt else "off")


def by_order(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """The first setting wins more than it should."""
    first = next(iter(deployment.settings), "")
    return (
        _with(spec, deployment, user, first, "on") if len(deployment.settings) > 3 else resolve(spec, deployment, user)
    )


def by_hint(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """What is implied outweighs what is said."""
    return resolve(spec, replace(deployment, settings={**deployment.settings, **deployment.implied}), user)


def silently(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """Unknown names are swallowed."""
    return replace(resolve(spec, deployment, user), rejected=())


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        (by_name, "behaviours-are-independent"),
        (by_operator, "no-text-is-read"),
        (by_prompt, "no-text-is-read"),
        (by_hint, "said-beats-implied"),
        (silently, "unknown-is-off"),
        (by_order, "behaviours-are-independent"),
    ],
)
def test_a_back_door_in_the_rule_is_found_by_the_promise_that_names_it(rule: Rule, broken: str) -> None:
    assert prove(SPEC, rule=rule).promise(broken).outcome is Proved.FAILS


def test_a_proof_as_json_names_each_promise_once_with_its_cases() -> None:
    document = proof_to_dict(prove(SPEC))
    promises = document["promises"]
    assert isinstance(promises, list)
    assert len({promise["name"] for promise in promises}) == len(promises)
    assert all(_is_promise(promise) for promise in promises)


def _is_promise(promise: Mapping[str, object]) -> bool:
    return isinstance(promise["cases"], int) and str(promise["sentence"]).endswith(".")


def many(count: int) -> Spec:
    movers = ("operator", "operator,user", "user")
    return small(
        *(
            f"It should not do {i}.\n{{#s.d{i} kind=default about=c{i} polarity=should_not default=off "
            f"adjustable_by={movers[i % 3]}{f' requires=paper{i}' if i % 4 == 0 else ''}}}"
            for i in range(count)
        )
    )


def test_two_hundred_behaviours_take_two_seconds_of_one_core() -> None:
    spec = many(200)
    started = time.process_time()
    proof = prove(spec)
    taken = time.process_time() - started
    assert proof.holds
    assert proof.cases > 50_000
    assert taken < 6, "two seconds on an idle core; three times that where others are at work"
