"""What was settled before the first question was asked: thresholds, weights, corrections and the budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from soulwright.spec import Kind, Spec
from soulwright.verify._disputes import ALLOWED
from soulwright.verify._findings import Rule
from soulwright.verify._statistics import LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The declarations of a run. `weights` are those of the total, by clause id; hard limits have none.

    `margin` is the loss of pass rate that a comparison accepts, `budget` how many replies may be asked for beyond the
    fixed ones (then the rule is ALWAYS), `hard_limits` the clauses whose rows Holm's correction holds together.
    `disagreement` is the share of replies in which two readers of a clear clause may differ.
    """

    level: float = LEVEL
    rule: Rule = Rule.ONCE
    budget: int = 0
    margin: float = 0.05
    disagreement: float = ALLOWED
    hard_limits: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    corrections: str = "Holm across the rows of hard limits, Benjamini-Hochberg across the other rows"
    declared: str = ""


def make_plan(spec: Spec, tested: frozenset[str], *, budget: int, margin: float = 0.05, declared: str = "") -> Plan:
    """The plan for a document: each clause that can be tested counts alike in the total, hard limits not at all.

    `declared` is when it was written down (ISO 8601).
    """
    hard = tuple(clause.id for clause in spec.clauses if clause.kind is Kind.HARD_LIMIT)
    return Plan(
        rule=Rule.ALWAYS if budget else Rule.ONCE,
        budget=budget,
        margin=margin,
        hard_limits=hard,
        weights={clause.id: 1.0 for clause in spec.clauses if clause.id in tested and clause.id not in hard},
        declared=declared,
    )
