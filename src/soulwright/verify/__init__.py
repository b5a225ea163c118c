"""Verification: judged replies become rates, findings and the gap report, clause by clause, with confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.verify._compare import Comparison, RowComparison, compare_runs
from soulwright.verify._estimates import (
    Epochs,
    Estimate,
    Spread,
    TwoPhase,
    all_of_k,
    any_of_k,
    spread_of,
    two_phase,
    weighted_total,
)
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
from soulwright.verify._intervals import Family, collapsed, design_effect, family_interval, rate_interval
from soulwright.verify._judged import Arm, Judged, Judging, Prompt, Verdict, judged_from_dict, judged_to_dict
from soulwright.verify._judging import AsksJudge, Grade, Graded, GradesReplies
from soulwright.verify._paired import (
    PairedComparison,
    PairedRow,
    Pairs,
    Regression,
    compare_paired,
    judge_pairs,
    pair,
    smallest_detectable,
)
from soulwright.verify._report import render_report
from soulwright.verify._sequential import (
    Band,
    Claim,
    Flagged,
    Standing,
    claim,
    confidence_sequence,
    flagged_tolerance,
    log_evidence_above,
    log_evidence_below,
    next_clause,
    replies_to_go,
)
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
        adherence_task,
        judged_from_log,
        run_arm,
        verify_run,
    )

__all__ = [
    "Arm",
    "ArmPlan",
    "AsksJudge",
    "Band",
    "Cell",
    "Change",
    "Claim",
    "ClauseGap",
    "Comparison",
    "ConflictGap",
    "Corrected",
    "Counts",
    "Epochs",
    "Estimate",
    "ExamSet",
    "Family",
    "Finding",
    "FindingState",
    "Flagged",
    "FourCells",
    "Gap",
    "GateFigure",
    "Grade",
    "Graded",
    "GradesReplies",
    "GroupGap",
    "Interval",
    "JudgeExam",
    "Judged",
    "Judging",
    "LossPoint",
    "Manifest",
    "Mean",
    "Measure",
    "PairedComparison",
    "PairedRow",
    "Pairs",
    "Prompt",
    "Rate",
    "Ratio",
    "RatioState",
    "Regression",
    "RowComparison",
    "RowGap",
    "RunRecord",
    "Spread",
    "Standing",
    "TwoPhase",
    "Verdict",
    "adherence_task",
    "all_of_k",
    "any_of_k",
    "benjamini_hochberg",
    "build_gap",
    "claim",
    "clopper_pearson",
    "collapsed",
    "compare_paired",
    "compare_runs",
    "confidence_sequence",
    "design_effect",
    "examine",
    "family_interval",
    "find",
    "fisher_exact",
    "flagged_tolerance",
    "gap_to_dict",
    "holm",
    "internalisation",
    "judge_corrected",
    "judge_pairs",
    "judged_from_dict",
    "judged_from_log",
    "judged_to_dict",
    "log_evidence_above",
    "log_evidence_below",
    "lower_bound",
    "make_rate",
    "mcnemar_exact",
    "mean_of_rates",
    "newcombe",
    "newcombe_paired",
    "next_clause",
    "pair",
    "rate_interval",
    "rate_of",
    "render_report",
    "replies_to_go",
    "run_arm",
    "situations_needed",
    "smallest_detectable",
    "spread_of",
    "two_phase",
    "upper_bound",
    "verify_run",
    "weighted_total",
    "wilson",
    "worst_state",
]

# These load Inspect, which takes a second: only when they are asked for.
_WITH_INSPECT = frozenset("ArmPlan adherence_task judged_from_log run_arm verify_run".split())


def __getattr__(name: str) -> Any:
    if name in _WITH_INSPECT:
        from soulwright.verify import _inspect

        return getattr(_inspect, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
