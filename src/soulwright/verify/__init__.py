"""Verification: judged replies become rates, findings and the gap report, clause by clause, with confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.verify._compare import Comparison, RowComparison, compare_runs
from soulwright.verify._exam import ExamSet, JudgeExam, examine
from soulwright.verify._findings import Finding, FindingState, find, worst_state
from soulwright.verify._gap import (
    Cell,
    Change,
    ClauseGap,
    ConflictGap,
    FourCells,
    Gap,
    GateFigure,
    GroupGap,
    LossPoint,
    Manifest,
    Measure,
    RowGap,
    RunRecord,
    build_gap,
    gap_to_dict,
)
from soulwright.verify._judged import Arm, Judged, Prompt, Verdict, judged_from_dict, judged_to_dict
from soulwright.verify._report import render_report
from soulwright.verify._statistics import (
    Corrected,
    Interval,
    Mean,
    Rate,
    Ratio,
    RatioState,
    benjamini_hochberg,
    clopper_pearson,
    fisher_exact,
    holm,
    internalisation,
    judge_corrected,
    lower_bound,
    make_rate,
    mcnemar_exact,
    mean_of_rates,
    newcombe,
    newcombe_paired,
    rate_of,
    situations_needed,
    upper_bound,
    wilson,
)
from soulwright.verify._tallies import Counts

if TYPE_CHECKING:
    from soulwright.verify._inspect import (
        ArmPlan,
        Graded,
        GradesReplies,
        adherence_task,
        judged_from_log,
        run_arm,
        verify_run,
    )

__all__ = [
    "Arm",
    "ArmPlan",
    "Cell",
    "Change",
    "ClauseGap",
    "Comparison",
    "ConflictGap",
    "Corrected",
    "Counts",
    "ExamSet",
    "Finding",
    "FindingState",
    "FourCells",
    "Gap",
    "GateFigure",
    "Graded",
    "GradesReplies",
    "GroupGap",
    "Interval",
    "JudgeExam",
    "Judged",
    "LossPoint",
    "Manifest",
    "Mean",
    "Measure",
    "Prompt",
    "Rate",
    "Ratio",
    "RatioState",
    "RowComparison",
    "RowGap",
    "RunRecord",
    "Verdict",
    "adherence_task",
    "benjamini_hochberg",
    "build_gap",
    "clopper_pearson",
    "compare_runs",
    "examine",
    "find",
    "fisher_exact",
    "gap_to_dict",
    "holm",
    "internalisation",
    "judge_corrected",
    "judged_from_dict",
    "judged_from_log",
    "judged_to_dict",
    "lower_bound",
    "make_rate",
    "mcnemar_exact",
    "mean_of_rates",
    "newcombe",
    "newcombe_paired",
    "rate_of",
    "render_report",
    "run_arm",
    "situations_needed",
    "upper_bound",
    "verify_run",
    "wilson",
    "worst_state",
]

# These load Inspect, which takes a second: only when they are asked for.
_WITH_INSPECT = frozenset("ArmPlan Graded GradesReplies adherence_task judged_from_log run_arm verify_run".split())


def __getattr__(name: str) -> Any:
    if name in _WITH_INSPECT:
        from soulwright.verify import _inspect

        return getattr(_inspect, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
