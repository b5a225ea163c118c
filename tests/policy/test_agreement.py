"""Two that were written independently say the same: the resolver, and a slow reference made of plain questions."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.policy.slow import Answer, answers
from tests.policy.strategies import CASES, Case, case

from soulwright.policy import Deployment, Outcome, Ruling, UserAdjustments, resolve, resolve_one, switches
from soulwright.spec import compile_spec, load_spec

BUNDLED = load_spec(Path(__file__).parents[2] / "specs" / "soulwright.md")
SMALL = """---
levels: [provider, operator, user]
---
# A {#a authority=provider}

It must not show doses.
{#a.soft kind=default about=soft values=off,on default=off adjustable_by=operator requires=ward}

It should joke.
{#a.both kind=default about=both values=off,on default=on adjustable_by=operator,user}

It should be brief.
{#a.own kind=default about=own values=low,middle,high default=middle adjustable_by=user}

It must never help with weapons.
{#a.limit kind=hard_limit about=limit polarity=must_not}

It must say that it is an AI.
{#a.owed kind=protection about=owed polarity=must waivable_by=user}
"""


def said(ruling: Ruling) -> dict[str, Answer]:
    """A ruling as the slow reference would put it."""
    found = {}
    for name, decision in ruling.decisions.items():
        spoken = [step for step in decision.trace if step.code not in _DOCUMENT]
        granted = tuple(
            (step.level, None if step.outcome is Outcome.SILENT else step.outcome is Outcome.APPLIED) for step in spoken
        )
        found[name] = Answer(decision.value, decision.decided_by, granted)
    return found


_DOCUMENT = ("default", "bound", "exception", "lifted")


def test_on_three_thousand_random_documents_and_inputs_the_slow_reference_agrees() -> None:
    for seed in range(3000):
        made = case(seed)
        ours = said(resolve(made.spec, made.deployment, made.user))
        assert ours == answers(made.spec, made.deployment, made.user), f"seed {seed}"


@settings(max_examples=100)
@given(CASES)
def test_on_any_document_and_any_input_the_slow_reference_agrees(made: Case) -> None:
    assert said(resolve(made.spec, made.deployment, made.user)) == answers(made.spec, made.deployment, made.user)


@pytest.mark.parametrize("name", ["soft", "both", "own", "limit", "owed"])
def test_on_every_input_of_a_small_document_the_slow_reference_agrees(name: str) -> None:
    spec = compile_spec(SMALL)
    wishes = (None, "off", "on", "low", "high", "lifted", "in_force")
    flags = (False, True)
    cases = 0
    for operator, person, lent, fixed, papers, hinted in product(wishes, wishes, flags, flags, flags, flags):
        wanted = {} if operator is None else {name: operator}
        deployment = Deployment(
            attestations=frozenset({"ward"} if papers else ()),
            settings={} if hinted else wanted,
            implied=wanted if hinted else {},
            grants=frozenset({name} if lent else ()),
            locked=frozenset({name} if fixed else ()),
        )
        user = UserAdjustments(settings={} if person is None else {name: person})
        assert said(resolve(spec, deployment, user)) == answers(spec, deployment, user)
        cases += 1
    assert cases == 784


def test_on_the_bundled_document_the_slow_reference_agrees() -> None:
    names = [*switches(BUNDLED), "no_such_thing"]
    for seed in range(300):
        dice = random.Random(seed)
        wanted = {name: dice.choice(["on", "off", "simple", "lifted"]) for name in dice.sample(names, 6)}
        deployment = Deployment(
            agreements=frozenset(dice.sample(["usage_policy", "medical_setting", "age_verification"], 1)),
            settings=wanted,
            grants=frozenset(dice.sample(names, 3)),
            locked=frozenset(dice.sample(names, 2)),
        )
        user = UserAdjustments(settings=dict.fromkeys(dice.sample(names, 5), "on"))
        assert said(resolve(BUNDLED, deployment, user)) == answers(BUNDLED, deployment, user), f"seed {seed}"


def test_one_behaviour_alone_is_decided_as_in_the_whole() -> None:
    for seed in range(500):
        made = case(seed)
        ruling = resolve(made.spec, made.deployment, made.user)
        alone = {name: resolve_one(made.spec, name, made.deployment, made.user) for name in switches(made.spec)}
        assert alone == dict(ruling.decisions)
        assert resolve_one(made.spec, "no such thing", made.deployment, made.user) is None


def test_what_is_remembered_changes_no_ruling() -> None:
    for seed in range(500):
        made = case(seed)
        first = resolve(made.spec, made.deployment, made.user)
        assert resolve(made.spec, made.deployment, made.user) == first
        assert resolve(replace(made.spec), made.deployment, made.user) == first
