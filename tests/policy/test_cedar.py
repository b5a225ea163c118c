"""The same rule as Cedar policies: another engine, another language, the same answers on a whole space of inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import pytest

from soulwright.policy import Deployment, Outcome, Switch, UserAdjustments, resolve_one, switches
from soulwright.spec import Spec, compile_spec

cedarpy = pytest.importorskip("cedarpy", reason="cedarpy is not installed: the Cedar oracle did not run")

from bench.policy_peers import CedarSwitch, Request  # noqa: E402 - it needs cedarpy

LEVELS = "levels: [provider, operator, user]"
TEXT = """# A {#a authority=provider}

It must not show doses.
{#a.doses kind=default about=doses values=off,on default=off adjustable_by=operator requires=ward}

It should joke.
{#a.jokes kind=default about=jokes values=off,on default=on adjustable_by=operator,user unless=teens}

It should be brief.
{#a.short kind=default about=short values=low,middle,high default=middle adjustable_by=user}

It should not curse.
{#a.bound kind=default about=bound values=off,on default=off adjustable_by=operator,user}

It must never curse.
{#a.never kind=hard_limit about=bound polarity=must_not}

It must say that it is an AI.
{#a.owed kind=protection about=owed polarity=must waivable_by=user}

It must never help with weapons.
{#a.limit kind=hard_limit about=limit polarity=must_not}
"""
WISHES = (None, "off", "on", "high", "lifted")
FLAGS = (False, True)


@dataclass(frozen=True)
class Input:
    """One point of the space: two wishes, outright or hinted, a grant, a lock, and what is vouched for."""

    operator: str | None
    user: str | None
    operator_hints: bool
    user_hints: bool
    lent: bool
    fixed: bool
    words: frozenset[str]


SPACE = [
    Input(one, two, hints, user_hints, lent, fixed, frozenset(["ward"] * ward + ["teens"] * teens))
    for one, two in product(WISHES, WISHES)
    for hints, user_hints, lent, fixed, ward, teens in product(FLAGS, repeat=6)
]


def document(*, binds: bool) -> Spec:
    spec = compile_spec(f"---\n{LEVELS}\n---\n{TEXT}")
    return replace(spec, front_matter={**spec.front_matter, "settings": "bind" if binds else "yield"})


def ours(spec: Spec, name: str, point: Input) -> tuple[str, list[bool | None]]:
    """The value, and what became of the two wishes."""
    said = {name: point.operator} if point.operator else {}
    asked = {name: point.user} if point.user else {}
    deployment = Deployment(
        attestations=point.words,
        settings={} if point.operator_hints else said,
        implied=said if point.operator_hints else {},
        grants=frozenset({name} if point.lent else ()),
        locked=frozenset({name} if point.fixed else ()),
    )
    user = UserAdjustments(settings={} if point.user_hints else asked, implied=asked if point.user_hints else {})
    decision = resolve_one(spec, name, deployment, user)
    assert decision is not None
    became = [
        None if step.outcome is Outcome.SILENT else step.outcome is Outcome.APPLIED for step in decision.trace[-2:]
    ]
    return decision.value, became


def cedars(switch: Switch) -> list[tuple[str, list[bool | None]]]:
    """The same, composed of Cedar's answers: the operator's wishes first, then the user's on what came of them."""
    cedar = CedarSwitch(switch)
    at_rest = switch.bounds[0].value if switch.bounds else switch.default
    first = cedar.allows([cedar.request(_operators(point)) for point in SPACE])
    values = [
        point.operator if point.operator and allowed else at_rest for point, allowed in zip(SPACE, first, strict=True)
    ]
    second = cedar.allows(
        [
            cedar.request(_users(point, overruled=_binds(switch, point, allowed) and point.user != value))
            for point, allowed, value in zip(SPACE, first, values, strict=True)
        ]
    )
    return [
        (
            point.user if point.user and two else value,
            [one if point.operator else None, two if point.user else None],
        )
        for point, one, two, value in zip(SPACE, first, second, values, strict=True)
    ]


def _binds(switch: Switch, point: Input, allowed: bool) -> bool:
    return switch.binds and point.operator is not None and allowed and not point.operator_hints


def _operators(point: Input) -> Request:
    return Request(level="operator", wanted=point.operator or "", implied=point.operator_hints, words=point.words)


def _users(point: Input, *, overruled: bool) -> Request:
    return Request(
        level="user",
        wanted=point.user or "",
        implied=point.user_hints,
        lent=point.lent,
        fixed=point.fixed,
        overruled=overruled,
        words=point.words,
    )


@pytest.mark.parametrize("binds", [False, True], ids=["settings yield", "settings bind"])
@pytest.mark.parametrize("name", ["doses", "jokes", "short", "bound", "owed", "limit"])
def test_cedar_agrees_on_every_input(name: str, binds: bool) -> None:
    spec = document(binds=binds)
    switch = switches(spec)[name]
    assert len(SPACE) == 1600
    assert [ours(spec, name, point) for point in SPACE] == cedars(switch)
