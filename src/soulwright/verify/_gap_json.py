"""The gap as gap.json has it: plain values under stable names, with the figures that types derive beside their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import cast

from soulwright.verify._compare import Comparison, RowComparison
from soulwright.verify._exam import ExamSet, JudgeExam
from soulwright.verify._frozen import CoreGroup
from soulwright.verify._gap import Change, Gap, GateFigure
from soulwright.verify._paired import Against, PairedRow
from soulwright.verify._power import Planted, Power
from soulwright.verify._statistics import Rate


def gap_to_dict(gap: Gap) -> dict[str, object]:
    """The contents of gap.json: plain values, stable names, null (never NaN) for what was not measured."""
    return cast("dict[str, object]", _plain(gap))


_DERIVED: Mapping[type, tuple[str, ...]] = {
    Against: ("passes_gate", "judges_differ"),
    CoreGroup: ("ahead",),
    Gap: ("attempts",),
    PairedRow: ("old_rate", "new_rate"),
    Planted: ("caught",),
    Power: ("caught", "false_alarms"),
    Rate: ("value", "worst_case"),
    Change: ("moved",),
    GateFigure: ("rate", "reached"),
    Comparison: ("as_expected",),
    RowComparison: ("moved",),
    ExamSet: ("sensitivity", "specificity"),
    JudgeExam: ("sensitivity", "specificity"),
}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        names = [f.name for f in dataclasses.fields(value)]
        names += _DERIVED.get(type(value), ())
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
