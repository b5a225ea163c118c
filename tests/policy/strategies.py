"""Documents, deployments and users, made up at random from small pools of names, so that things meet.

One seed is one case: drawing each part by Hypothesis would cost a hundred times as much and find the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st

from soulwright.policy import Deployment, UserAdjustments
from soulwright.spec import Adjustment, Clause, Kind, Polarity, Span, Spec

LEVELS = (
    ("provider", "operator", "user"),
    ("root", "system", "developer", "user", "guideline"),
    ("root", "user"),
    ("head", "desk", "guest"),
    ("only",),
)
WORDS = ("papers", "teens", "ward")
CONCEPTS = ("a", "b", "c", "c0")
NAMES = (*CONCEPTS, "c1", "c2", "c3", "nothing", "")
VALUES = (("off", "on"), ("low", "middle", "high"))
WANTED = ("off", "on", "low", "high", "in_force", "lifted", "", "ON")
KINDS = (Kind.DEFAULT, Kind.DEFAULT, Kind.HARD_LIMIT, Kind.PROTECTION, Kind.RULE, Kind.HONESTY)
FRONT: tuple[dict[str, object], ...] = ({}, {"spec": "x"}, {"settings": "bind"}, {"settings": "yield"})
_T = TypeVar("_T")


@dataclass(frozen=True)
class Case:
    spec: Spec
    deployment: Deployment
    user: UserAdjustments


def case(seed: int) -> Case:
    """A document and what an operator and a user say under it; equal seeds give equal cases."""
    dice = random.Random(seed)
    levels = dice.choice(LEVELS)
    taken = {f"c{index}" for index in range(6)}  # one default a behaviour, as the compiler sees to
    clauses = tuple(_clause(dice, index, levels, taken) for index in range(dice.randint(0, 5)))
    spec = Spec(
        name="x", version="1", levels=levels, clauses=clauses, text="", hash="", front_matter=dice.choice(FRONT)
    )
    return Case(spec, deployment(dice), user(dice))


def deployment(dice: random.Random) -> Deployment:
    return Deployment(
        agreements=frozenset(some((*WORDS, "more"), dice)),
        attestations=frozenset(some((*WORDS, "more"), dice)),
        settings=_settings(dice),
        implied=_settings(dice),
        grants=frozenset(some(NAMES, dice)),
        locked=frozenset(some(NAMES, dice)),
        layers={level: _settings(dice) for level in some(("provider", "root", "system", "head", "user", "none"), dice)},
    )


def user(dice: random.Random) -> UserAdjustments:
    return UserAdjustments(settings=_settings(dice), implied=_settings(dice))


def some(pool: Sequence[_T], dice: random.Random) -> list[_T]:
    """A few of the pool, or none."""
    return dice.sample(pool, dice.choice((0, 0, 1, 1, 2, min(3, len(pool)))) if len(pool) > 1 else dice.randint(0, 1))


def _settings(dice: random.Random) -> dict[str, str]:
    return {name: dice.choice(WANTED) for name in dice.sample(NAMES, dice.randint(0, 6))}


def _clause(dice: random.Random, index: int, levels: tuple[str, ...], taken: set[str]) -> Clause:
    kind = dice.choice(KINDS)
    about = dice.choice((None, *CONCEPTS))
    values: tuple[str, ...] = ()
    if kind is Kind.DEFAULT:
        about = None if about in taken else about
        taken.add(about or f"c{index}")
        values = dice.choice(VALUES)
    adjustable = tuple(some(levels, dice)) if kind in (Kind.DEFAULT, Kind.RULE) else ()
    return Clause(
        id=f"c{index}",
        kind=kind,
        authority=dice.choice(levels),
        polarity=dice.choice((Polarity.MUST, Polarity.MUST_NOT)),
        text="It must.",
        span=Span(start=0, end=0, line=1, column=1),
        hash="",
        about=about,
        default=dice.choice(values) if values else None,
        values=values,
        adjustable_by=adjustable,
        adjustments={level: dice.choice(tuple(Adjustment)) for level in adjustable},
        requires=tuple(some(WORDS, dice)) if kind is Kind.DEFAULT else (),
        waivable_by=tuple(some(levels, dice)) if kind is Kind.PROTECTION else (),
        unless=tuple(some(WORDS, dice)[:1]),
        lifts=tuple(some(("c0", "c1", "c2", "c3"), dice)) if kind is Kind.DEFAULT else (),
        inferred=dice.choice(((), ("adjustable_by",))),
    )


CASES = st.builds(case, st.integers(0, 2**32))
