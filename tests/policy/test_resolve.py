"""Who decides a behaviour: sentences about every document, deployment and user."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.policy import (
    IN_FORCE,
    Decision,
    Deployment,
    Outcome,
    Ruling,
    UserAdjustments,
    behaviours,
    resolve,
    resolve_one,
    switches,
)
from soulwright.spec import Kind, compile_spec, load_spec, with_attribute

SPEC = load_spec(Path(__file__).parents[2] / "specs" / "soulwright.md")
BEHAVIOURS = behaviours(SPEC)
SWITCHES = switches(SPEC)
NOBODY = UserAdjustments()

names = st.sampled_from([*BEHAVIOURS, "weapons", "truthful", "no_such_thing", ""])
values = st.sampled_from(["on", "off", "ON", "", "maybe"])
settings = st.dictionaries(names, values, max_size=8)
papers = st.frozensets(st.sampled_from(["medical_setting", "adults", "weapons"]))
deployments = st.builds(
    Deployment,
    operator=st.text(max_size=5),
    agreements=papers,
    attestations=papers,
    settings=settings,
    grants=st.frozensets(names),
    locked=st.frozensets(names),
)
users = st.builds(UserAdjustments, settings=settings)


def _decision(ruling: Ruling, behaviour: str) -> Decision:
    return ruling.decisions[behaviour]


def _ward(**changes: object) -> Deployment:
    ward = Deployment(operator="ward", attestations=frozenset({"medical_setting"}), settings={"dosage": "on"})
    return replace(ward, **changes)  # type: ignore[arg-type]  # fields by name


@given(deployments, users)
def test_every_deployment_and_user_get_one_declared_value_for_every_behaviour(
    deployment: Deployment, user: UserAdjustments
) -> None:
    ruling = resolve(SPEC, deployment, user)
    assert list(ruling.decisions) == list(SWITCHES)
    for name, decision in ruling.decisions.items():
        assert decision.value in SWITCHES[name].values
        assert ruling.value(name) == decision.value


@given(deployments, users)
def test_a_locked_behaviour_is_never_moved_by_the_user(deployment: Deployment, user: UserAdjustments) -> None:
    ruling, without_user = resolve(SPEC, deployment, user), resolve(SPEC, deployment, NOBODY)
    for name in deployment.locked & BEHAVIOURS.keys():
        if "operator" in BEHAVIOURS[name].adjustable_by:
            assert ruling.value(name) == without_user.value(name)


@given(deployments, users)
def test_no_behaviour_leaves_its_default_while_a_requirement_is_unmet(
    deployment: Deployment, user: UserAdjustments
) -> None:
    ruling = resolve(SPEC, deployment, user)
    for name, clause in BEHAVIOURS.items():
        if set(clause.requires) - deployment.agreements - deployment.attestations:
            assert ruling.value(name) == clause.default


@given(deployments, users)
def test_a_user_moves_only_what_users_may_adjust_or_were_granted(deployment: Deployment, user: UserAdjustments) -> None:
    for name, decision in resolve(SPEC, deployment, user).decisions.items():
        if decision.decided_by == "user":
            adjusters = SWITCHES[name].movers
            assert "user" in adjusters or (name in deployment.grants and "operator" in adjusters)


@given(deployments, users, settings, st.frozensets(names))
def test_a_name_that_the_document_does_not_know_changes_nothing_and_is_reported(
    deployment: Deployment, user: UserAdjustments, more: dict[str, str], others: frozenset[str]
) -> None:
    unknown = {name: value for name, value in more.items() if name not in SWITCHES}
    strangers = others - SWITCHES.keys()
    wider = replace(
        deployment,
        settings={**deployment.settings, **unknown},
        grants=deployment.grants | strangers,
        locked=deployment.locked | strangers,
    )
    ruling = resolve(SPEC, wider, user)
    assert ruling.decisions == resolve(SPEC, deployment, user).decisions
    assert {*unknown, *strangers} <= {rejection.behaviour for rejection in ruling.rejected}


@given(deployments, users)
def test_the_trace_explains_the_value(deployment: Deployment, user: UserAdjustments) -> None:
    ruling = resolve(SPEC, deployment, user)
    for name, decision in ruling.decisions.items():
        assert [step.level for step in decision.trace] == ["provider", "operator", "user"]
        last = [step for step in decision.trace if step.outcome is Outcome.APPLIED][-1]
        assert (last.level, last.wanted) == (decision.decided_by, decision.value)
        assert all(step.reason and step.clause_id == SWITCHES[name].clause_id for step in decision.trace)


@given(deployments, users)
def test_every_refused_step_is_among_the_rejections_with_its_reason(
    deployment: Deployment, user: UserAdjustments
) -> None:
    ruling = resolve(SPEC, deployment, user)
    reported = {(item.level, item.behaviour, item.reason) for item in ruling.rejected}
    for name, decision in ruling.decisions.items():
        for step in decision.trace:
            assert (step.outcome is Outcome.REJECTED) == ((step.level, name, step.reason) in reported)


@given(deployments, users)
def test_more_papers_never_take_a_value_away_from_the_operator(deployment: Deployment, user: UserAdjustments) -> None:
    more = replace(deployment, attestations=deployment.attestations | {"medical_setting"})
    before, after = resolve(SPEC, deployment, user), resolve(SPEC, more, user)
    for name in BEHAVIOURS:
        if _decision(before, name).trace[1].outcome is Outcome.APPLIED:
            assert _decision(after, name).trace[1].outcome is Outcome.APPLIED


def test_with_nobody_asking_every_behaviour_stands_at_the_default_of_the_document() -> None:
    ruling = resolve(SPEC, Deployment(), NOBODY)
    expected = {
        **{"dosage": "off", "profanity": "off", "humour": "on", "brevity": "off"},
        **{"persona": "off", "topics": "off", "closing": "on"},
    }
    assert {name: ruling.value(name) for name in expected} == expected
    assert all(ruling.value(name) == clause.default for name, clause in BEHAVIOURS.items())
    assert {ruling.value(name) for name in SWITCHES.keys() - BEHAVIOURS.keys()} == {IN_FORCE}
    assert {decision.decided_by for decision in ruling.decisions.values()} == {"provider"}
    assert ruling.rejected == ()


def test_the_value_of_what_is_no_behaviour_is_none() -> None:
    assert resolve(SPEC, Deployment(), NOBODY).value("truthful") is None


def test_an_operator_who_attests_a_medical_setting_switches_doses_on() -> None:
    decision = _decision(resolve(SPEC, _ward(), NOBODY), "dosage")
    assert (decision.value, decision.decided_by, decision.clause_id) == ("on", "operator", "defaults.dosage")


def test_an_operator_without_the_attestation_is_refused_and_told_what_is_missing() -> None:
    ruling = resolve(SPEC, _ward(attestations=frozenset()), NOBODY)
    assert ruling.value("dosage") == "off"
    [rejection] = ruling.rejected
    assert (rejection.level, rejection.wanted, rejection.reason) == ("operator", "on", "it requires medical_setting")


def test_a_user_alone_cannot_switch_doses_on_but_can_where_the_operator_grants_it() -> None:
    wish = UserAdjustments(settings={"dosage": "on"})
    assert resolve(SPEC, _ward(settings={}), wish).value("dosage") == "off"
    granted = resolve(SPEC, _ward(settings={}, grants=frozenset({"dosage"})), wish)
    assert _decision(granted, "dosage").decided_by == "user"


def test_an_operator_cannot_grant_what_they_have_no_papers_for() -> None:
    grant = Deployment(grants=frozenset({"dosage"}))
    assert resolve(SPEC, grant, UserAdjustments(settings={"dosage": "on"})).value("dosage") == "off"


def test_a_lock_wins_over_a_grant() -> None:
    both = _ward(settings={}, grants=frozenset({"dosage"}), locked=frozenset({"dosage"}))
    ruling = resolve(SPEC, both, UserAdjustments(settings={"dosage": "on"}))
    assert ruling.value("dosage") == "off"
    assert [item.reason for item in ruling.rejected] == ["the operator has fixed it"]


def test_a_user_may_go_against_the_operator_where_both_may_adjust_and_nothing_is_locked() -> None:
    deployment = Deployment(settings={"humour": "off"})
    assert resolve(SPEC, deployment, UserAdjustments(settings={"humour": "on"})).value("humour") == "on"


def test_a_lock_on_what_the_operator_may_not_adjust_has_no_effect_and_is_reported() -> None:
    spec = compile_spec(with_attribute(SPEC.text, "defaults.humour", "adjustable_by", "user"))
    ruling = resolve(spec, Deployment(locked=frozenset({"humour"})), UserAdjustments(settings={"humour": "off"}))
    assert ruling.value("humour") == "off"
    assert [item.reason for item in ruling.rejected] == ["the operator may not adjust it, so a lock has no effect"]


def test_a_hard_limit_in_the_settings_is_refused_by_name() -> None:
    ruling = resolve(SPEC, Deployment(settings={"weapons": "on"}), NOBODY)
    [rejection] = ruling.rejected
    assert rejection.clause_id == "limits.weapons"
    assert rejection.reason == "`limits.weapons` is a hard limit, which nobody can switch"


@pytest.mark.parametrize("name", [name for name, clause in BEHAVIOURS.items() if not clause.requires])
def test_a_flipped_default_in_the_document_flips_the_ruling_and_only_there(name: str) -> None:
    clause = BEHAVIOURS[name]
    flipped = next(value for value in clause.values if value != clause.default)
    other = compile_spec(with_attribute(SPEC.text, clause.id, "default", flipped))
    one, two = resolve(SPEC, Deployment(), NOBODY), resolve(other, Deployment(), NOBODY)
    assert [key for key in BEHAVIOURS if one.value(key) != two.value(key)] == [name]


def test_a_document_without_defaults_gets_an_empty_ruling() -> None:
    spec = compile_spec("# A {#a authority=root}\n\nIt must.\n")
    assert resolve(spec, _ward(), NOBODY).decisions == {}
    assert all(clause.kind is not Kind.DEFAULT for clause in spec.clauses)


def test_a_traced_ruling_is_a_matter_of_microseconds() -> None:
    """The bench has the figures (under 1 µs alone, 40 µs for 64); ten times that means that something is made anew."""
    wide = replace(
        SPEC, clauses=tuple(replace(SPEC.clause("defaults.humour"), id=f"b{n}", about=f"b{n}") for n in range(64))
    )
    deployment = Deployment(settings={f"b{n}": "off" for n in range(0, 64, 2)})
    user = UserAdjustments(settings={f"b{n}": "on" for n in range(0, 64, 3)})
    alone, whole = (
        min(_seconds(work) for _ in range(5))
        for work in (lambda: resolve_one(wide, "b0", deployment, user), lambda: resolve(wide, deployment, user))
    )
    assert alone < 10e-6
    assert whole < 600e-6


def _seconds(work: Callable[[], object], times: int = 200) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times
