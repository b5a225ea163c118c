"""Any document's own levels: the published releases, what is only implied, and the provider's own configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.policy.slow import answers
from tests.policy.test_agreement import said
from tests.spec.published import RELEASES, text_of

from soulwright.policy import (
    IN_FORCE,
    LIFTED,
    Deployment,
    Principal,
    Reason,
    UserAdjustments,
    levels_of,
    resolve,
    resolve_one,
    switches,
)
from soulwright.spec import Kind, Parent, Spec, compile_spec

NOBODY = UserAdjustments()


@pytest.fixture(params=RELEASES)
def published(request: pytest.FixtureRequest) -> Spec:
    return compile_spec(text_of(request.param), f"{request.param}/model_spec.md")


def made(attributes: str, *, front: str = "levels: [provider, operator, user]", more: str = "") -> Spec:
    return compile_spec(f"---\n{front}\n---\n# A {{#a authority=provider}}\n\nIt must.\n{{#a.b {attributes}}}\n{more}")


def with_authority(spec: Spec, authority: str) -> list[str]:
    return [name for name, switch in switches(spec).items() if switch.authority == authority]


def value(spec: Spec, name: str, deployment: Deployment, user: UserAdjustments = NOBODY) -> str:
    decision = resolve_one(spec, name, deployment, user)
    assert decision is not None
    return decision.value


def test_a_published_release_has_a_ruling_for_each_of_its_levels(published: Spec) -> None:
    assert levels_of(published).speaking == ("root", "system", "developer", "user")
    ruling = resolve(published, Deployment(), NOBODY)
    assert {decision.value for decision in ruling.decisions.values()} <= {"on", IN_FORCE}
    assert len(with_authority(published, "guideline")) == 18
    assert len(with_authority(published, "user")) >= 12


def test_nobody_moves_what_a_release_puts_at_the_root(published: Spec) -> None:
    names = with_authority(published, "root")
    assert names
    off = dict.fromkeys(names, LIFTED) | {
        name: "off" for name in names if switches(published)[name].kind is Kind.DEFAULT
    }
    everything = Deployment(settings=off, grants=frozenset(names), layers={"root": off, "system": off})
    ruling = resolve(published, everything, UserAdjustments(settings=off))
    assert {ruling.value(name) for name in names} == {IN_FORCE}


def test_a_system_level_rule_is_moved_by_the_provider_and_by_nobody_below() -> None:
    spec = compile_spec(text_of("2025-10-27"))
    for name in with_authority(spec, "system"):
        off = {name: "off"}
        assert value(spec, name, Deployment(settings=off, grants=frozenset(off)), UserAdjustments(settings=off)) == "on"
        assert value(spec, name, Deployment(layers={"system": off})) == "off"


def test_a_developer_level_rule_is_the_developers_to_move_or_to_lend(published: Spec) -> None:
    for name in with_authority(published, "developer"):
        off = {name: "off"}
        wish = UserAdjustments(settings=off)
        assert value(published, name, Deployment(), wish) == "on"
        assert value(published, name, Deployment(settings=off)) == "off"
        assert value(published, name, Deployment(grants=frozenset(off)), wish) == "off"


def test_a_user_level_rule_is_overridden_explicitly_and_never_by_implication(published: Spec) -> None:
    for name in with_authority(published, "user"):
        off = {name: "off"}
        assert value(published, name, Deployment(), UserAdjustments(settings=off)) == "off"
        assert value(published, name, Deployment(settings=off)) == "off"
        assert value(published, name, Deployment(implied=off), UserAdjustments(implied=off)) == "on"


def test_a_guideline_is_also_overridden_by_implication(published: Spec) -> None:
    for name in with_authority(published, "guideline"):
        off = {name: "off"}
        assert value(published, name, Deployment(), UserAdjustments(implied=off)) == "off"
        assert value(published, name, Deployment(implied=off)) == "off"


def test_in_the_chain_of_command_a_users_wish_yields_to_what_the_developer_set(published: Spec) -> None:
    name = with_authority(published, "guideline")[0]
    developer = Deployment(settings={name: "off"})
    wish = UserAdjustments(settings={name: "on"})
    decision = resolve_one(published, name, developer, wish)
    assert decision is not None
    assert (decision.value, decision.trace[-1].code) == ("off", Reason.OVERRULED)
    assert value(published, name, replace(developer, grants=frozenset({name})), wish) == "on"
    assert value(published, name, Deployment(implied={name: "off"}), wish) == "on"


def test_on_a_release_the_slow_reference_agrees(published: Spec) -> None:
    names = list(switches(published))
    for step in range(1, 6):
        deployment = Deployment(
            settings=dict.fromkeys(names[::step], "off"),
            implied=dict.fromkeys(names[1::step], "off"),
            grants=frozenset(names[2::step]),
            locked=frozenset(names[3::step]),
        )
        user = UserAdjustments(settings=dict.fromkeys(names[::2], "on"), implied=dict.fromkeys(names[1::2], "off"))
        assert said(resolve(published, deployment, user)) == answers(published, deployment, user)


def test_a_document_says_whether_settings_bind_or_yield() -> None:
    attributes = "kind=default about=tone values=off,on default=off adjustable_by=operator,user"
    yielding = made(attributes, front="levels: [provider, operator, user]\nsettings: yield")
    binding = made(attributes, front="levels: [provider, operator, user]\nsettings: bind")
    deployment, wish = Deployment(settings={"tone": "on"}), UserAdjustments(settings={"tone": "off"})
    assert value(yielding, "tone", deployment, wish) == "off"
    assert value(binding, "tone", deployment, wish) == "on"


def test_a_document_cannot_loosen_one_that_binds_by_extending_it() -> None:
    attributes = "kind=default about=tone values=off,on default=off adjustable_by=operator,user"
    binding = made(attributes, front="levels: [provider, operator, user]\nsettings: bind")
    parent = Parent(name="a", version="1", source="a.md", text=binding.text)
    child = replace(made(attributes, front="levels: [provider, operator, user]\nsettings: yield"), parents=(parent,))
    deployment, wish = Deployment(settings={"tone": "on"}), UserAdjustments(settings={"tone": "off"})
    assert value(child, "tone", deployment, wish) == "on"


def test_the_providers_layer_moves_a_default_and_never_a_hard_limit_or_a_protection() -> None:
    spec = made(
        "kind=default about=tone values=off,on default=off adjustable_by=user",
        more="\nIt must.\n{#a.c kind=hard_limit about=c}\n\nIt must.\n{#a.d kind=protection about=d}\n",
    )
    deployment = Deployment(layers={"provider": {"tone": "on", "c": LIFTED, "d": LIFTED}})
    ruling = resolve(spec, deployment, NOBODY)
    assert {name: ruling.value(name) for name in ruling.decisions} == {"tone": "on", "c": IN_FORCE, "d": IN_FORCE}
    assert ruling.decisions["tone"].responsible is Principal.PROVIDER
    assert {item.code for item in ruling.rejected} == {Reason.HARD_LIMIT, Reason.PROTECTION}


def test_a_layer_that_is_no_level_of_the_providers_has_no_effect_and_is_reported() -> None:
    spec = made("kind=default about=tone values=off,on default=off adjustable_by=operator,user")
    for level in ("operator", "user", "emperor"):
        ruling = resolve(spec, Deployment(layers={level: {"tone": "on"}}), NOBODY)
        assert ruling.value("tone") == "off"
        assert [item.code for item in ruling.rejected] == [Reason.UNKNOWN_LEVEL]


def test_with_one_level_above_the_user_nobody_becomes_the_provider() -> None:
    spec = made("kind=default about=tone values=off,on default=off", front="levels: [provider, user]")
    assert levels_of(spec).operator == "operator"
    assert value(spec, "tone", Deployment(settings={"tone": "on"})) == "off"


def test_only_whom_a_protection_names_waives_it_and_no_operator_can_forbid_that() -> None:
    spec = made("kind=protection about=owed waivable_by=user")
    lifted, name = {"owed": LIFTED}, frozenset({"owed"})
    assert value(spec, "owed", Deployment(settings=lifted, grants=name)) == IN_FORCE
    assert value(spec, "owed", Deployment(locked=name), UserAdjustments(settings=lifted)) == LIFTED
    decision = resolve_one(spec, "owed", Deployment(), UserAdjustments(settings=lifted))
    assert decision is not None
    assert decision.responsible is Principal.USER


def test_a_default_on_the_concept_of_a_hard_limit_cannot_leave_it() -> None:
    spec = made(
        "kind=default about=poison polarity=should_not values=off,on default=on adjustable_by=operator",
        more="\nIt must not.\n{#a.c kind=hard_limit about=poison polarity=must_not}\n",
    )
    decision = resolve(spec, Deployment(settings={"poison": "on"}), NOBODY).decisions["poison"]
    assert (decision.value, decision.trace[-2].code) == ("off", Reason.HARD_LIMIT)
    assert [step.code for step in decision.trace[:2]] == [Reason.DEFAULT, Reason.BOUND]


def test_an_exception_that_a_clause_names_lifts_it_and_the_operator_answers_for_it() -> None:
    spec = made("kind=hard_limit about=limit unless=range_day")
    decision = resolve_one(spec, "limit", Deployment(attestations=frozenset({"range_day"})), NOBODY)
    assert decision is not None
    assert (decision.value, decision.responsible, decision.trace[1].code) == (
        *(LIFTED, Principal.OPERATOR),
        Reason.EXCEPTION,
    )
    assert value(spec, "limit", Deployment()) == IN_FORCE


def test_a_behaviour_that_lifts_a_clause_takes_it_away_while_it_is_on() -> None:
    spec = made(
        "kind=default about=play values=off,on default=off adjustable_by=operator,user lifts=a.c",
        more="\nIt must.\n{#a.c kind=protection about=owed}\n",
    )
    assert value(spec, "owed", Deployment()) == IN_FORCE
    decision = resolve_one(spec, "owed", Deployment(), UserAdjustments(settings={"play": "on"}))
    assert decision is not None
    assert (decision.value, decision.decided_by, decision.responsible) == (LIFTED, "user", Principal.USER)


def test_who_lends_a_permission_answers_for_what_comes_of_it() -> None:
    spec = made("kind=default about=tone values=off,on default=off adjustable_by=operator")
    wish = UserAdjustments(settings={"tone": "on"})
    decision = resolve_one(spec, "tone", Deployment(grants=frozenset({"tone"})), wish)
    assert decision is not None
    assert (decision.value, decision.decided_by, decision.responsible) == ("on", "user", Principal.OPERATOR)


def test_no_clause_vanishes_behind_a_behaviour_of_its_name() -> None:
    spec = made(
        "kind=default about=a.c values=off,on default=off adjustable_by=operator",
        more="\nIt must not.\n{#a.c kind=hard_limit polarity=must_not}\n",
    )
    assert {switch.clause_id for switch in switches(spec).values()} == {"a.b", "a.c"}
