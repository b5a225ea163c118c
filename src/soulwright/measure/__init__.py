"""Measures: protocols over any model of Inspect, each of which finds out one thing that a single question cannot.

A measure plans its items (from the document and from banks of hand-written items), asks the target, lets code or a
judge say what came of each attempt, and gives a `MeasureResult`: figures with n and intervals, claims with a state, and
the count of where every attempt ended. `measure` takes any of them by name; `MEASURES` lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.measure._auditing import (
    Attempt,
    AttemptState,
    AuditSeed,
    Bounds,
    Move,
    MoveQuestion,
    NoMove,
    NoReply,
    audit,
)
from soulwright.measure._banks import Bank, load_bank
from soulwright.measure._figures import failure_rate
from soulwright.measure._inquiry import Inquiry
from soulwright.measure._measures import MEASURES, Asked, Measure, find_measure, measure
from soulwright.measure._page import render_result
from soulwright.measure._probes import Probe, Said, SaidState
from soulwright.measure._result import (
    Claim,
    Ending,
    Figure,
    MeasureResult,
    MeasureState,
    Outcome,
    Tally,
    make_claim,
    result_to_dict,
)

if TYPE_CHECKING:
    from soulwright.measure._auditor import audit_by_name, auditor
    from soulwright.measure._from_judged import JudgedSituation, can_measure_judged, measure_judged, wanted
    from soulwright.measure._planning import plan_measure

__all__ = [
    "MEASURES",
    "Asked",
    "Attempt",
    "AttemptState",
    "AuditSeed",
    "Bank",
    "Bounds",
    "Claim",
    "Ending",
    "Figure",
    "Inquiry",
    "JudgedSituation",
    "Measure",
    "MeasureResult",
    "MeasureState",
    "Move",
    "MoveQuestion",
    "NoMove",
    "NoReply",
    "Outcome",
    "Probe",
    "Said",
    "SaidState",
    "Tally",
    "audit",
    "audit_by_name",
    "auditor",
    "can_measure_judged",
    "failure_rate",
    "find_measure",
    "load_bank",
    "make_claim",
    "measure",
    "measure_judged",
    "plan_measure",
    "render_result",
    "result_to_dict",
    "wanted",
]

_LATE = {
    "JudgedSituation": "_from_judged",
    "audit_by_name": "_auditor",
    "auditor": "_auditor",
    "can_measure_judged": "_from_judged",
    "measure_judged": "_from_judged",
    "plan_measure": "_planning",
    "wanted": "_from_judged",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:  # these load Inspect: only when they are asked for
        import importlib

        return getattr(importlib.import_module(f"soulwright.measure.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
