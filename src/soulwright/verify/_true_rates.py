"""The rate behind the flags: what share of replies truly breaks a clause, given scenes of several replies and a judge.

One interval serves every row (`family_interval`, design page S2 and S6). Without an examination of the judge the rate
is what he says, and is marked so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soulwright.verify._exam import JudgeExam
from soulwright.verify._findings import JudgeStanding
from soulwright.verify._intervals import Family, design_effect, family_interval
from soulwright.verify._statistics import LEVEL, Interval, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueRate:
    """The failure rate of one selection, corrected where the judge was examined; None where nothing was judged.

    `design_effect` says how many replies tell as much as one from a scene of its own; 1 where each scene has one reply.
    `repeats` is how many replies share the words of one, on all of which a judge errs at once.
    """

    judge: JudgeStanding
    value: float | None
    interval: Interval
    scenes: int
    design_effect: float
    repeats: float = 1.0


def true_rate(
    rate: Rate, families: Sequence[Family], exam: JudgeExam, *, repeats: float = 1.0, level: float = LEVEL
) -> TrueRate:
    """The true failure rate behind `rate`; `families` are its replies by scene, `repeats` tells how alike they are."""
    standing = JudgeStanding.of(exam)
    examined = standing is JudgeStanding.EXAMINED
    caught, spared = (exam.sensitivity, exam.specificity) if examined else (None, None)
    return TrueRate(
        judge=standing,
        value=_value(rate, exam) if examined else (rate.failed / rate.n if rate.n else None),
        interval=family_interval(families, repeats=repeats, sensitivity=caught, specificity=spared, level=level),
        scenes=len(families),
        design_effect=design_effect(families),
        repeats=repeats,
    )


def _value(rate: Rate, exam: JudgeExam) -> float | None:
    """Rogan and Gladen's estimate, kept inside [0, 1]; None for a judge no better than a coin."""
    caught, alarms = exam.sensitivity.passed / exam.sensitivity.n, exam.specificity.failed / exam.specificity.n
    if not rate.n or caught <= alarms:
        return None
    return min(1.0, max(0.0, (rate.failed / rate.n - alarms) / (caught - alarms)))
