"""Verification: judged replies become rates, findings and the gap report, clause by clause, with confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.verify._budget import Spent, Waiting, spend
from soulwright.verify._card import CardFacts, render_card
from soulwright.verify._checkpoint_gate import (
    CheckpointGate,
    GateItem,
    GateState,
    Kept,
    KeptFigure,
    gate_checkpoint,
    gate_items,
    gate_to_dict,
)
from soulwright.verify._compare import Comparison, RowComparison, compare_runs
from soulwright.verify._disputes import ALLOWED as ALLOWED_DISAGREEMENT
from soulwright.verify._disputes import (
    Contested,
    Dispute,
    Opinion,
    ReadTwice,
    Stratum,
    disagreement,
    find_disputes,
)
from soulwright.verify._estimates import (
    Epochs,
    Estimate,
    SecondReading,
    Spread,
    TwoPhase,
    all_of_k,
    any_of_k,
    spread_of,
    two_phase,
    weighted_total,
)
from soulwright.verify._exam import ExamSet, JudgeExam, examine
from soulwright.verify._findings import Finding, FindingState, JudgeStanding, Rule, find, settle, worst_state
from soulwright.verify._frozen import Core, CoreGap, core_gap, freeze_core, leaked_into, write_core
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
)
from soulwright.verify._gap_json import gap_to_dict
from soulwright.verify._intervals import Family, collapsed, design_effect, family_interval, rate_interval, repeats_of
from soulwright.verify._judged import Arm, Judged, Judging, Prompt, Verdict, judged_from_dict, judged_in, judged_to_dict
from soulwright.verify._judging import AsksJudge, Grade, Graded, GradesReplies, judged_by
from soulwright.verify._junit import badge_svg, junit_xml
from soulwright.verify._know_do import (
    ClauseRecall,
    Corner,
    KnowDoMap,
    KnowDoPoint,
    Recalled,
    Recovery,
    Side,
    Stated,
    know_do_map,
)
from soulwright.verify._measured import Measured, MeasuredClaim, MeasuredFigure, measured_from_dict
from soulwright.verify._measured_page import place_measured, render_measured
from soulwright.verify._owners import OfRow, row_owner, rows_by_clause
from soulwright.verify._paired import (
    Against,
    PairedComparison,
    PairedRow,
    Pairs,
    Regression,
    Version,
    compare_paired,
    judge_pairs,
    pair,
    smallest_detectable,
)
from soulwright.verify._plan import Plan, make_plan
from soulwright.verify._power import Planted, Power
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
from soulwright.verify._tallies import Attempts, Counts
from soulwright.verify._true_rates import TrueRate, true_rate
from soulwright.verify._violators import measure_power

if TYPE_CHECKING:
    from soulwright.verify._each import ask_each
    from soulwright.verify._inspect import (
        ArmPlan,
        adherence_task,
        judged_from_log,
        run_arm,
        verify_run,
    )
    from soulwright.verify._planting import BREAK, KEEP, Ordered, run_ordered_violators, run_violators

__all__ = [
    "ALLOWED_DISAGREEMENT",
    "BREAK",
    "KEEP",
    "Against",
    "Arm",
    "ArmPlan",
    "AsksJudge",
    "Attempts",
    "Band",
    "CardFacts",
    "Cell",
    "Change",
    "CheckpointGate",
    "Claim",
    "ClauseGap",
    "ClauseRecall",
    "Comparison",
    "ConflictGap",
    "Contested",
    "Core",
    "CoreGap",
    "Corner",
    "Corrected",
    "Counts",
    "Dispute",
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
    "GateItem",
    "GateState",
    "Grade",
    "Graded",
    "GradesReplies",
    "GroupGap",
    "Interval",
    "JudgeExam",
    "JudgeStanding",
    "Judged",
    "Judging",
    "Kept",
    "KeptFigure",
    "KnowDoMap",
    "KnowDoPoint",
    "LossPoint",
    "Manifest",
    "Mean",
    "Measure",
    "Measured",
    "MeasuredClaim",
    "MeasuredFigure",
    "OfRow",
    "Opinion",
    "Ordered",
    "PairedComparison",
    "PairedRow",
    "Pairs",
    "Plan",
    "Planted",
    "Power",
    "Prompt",
    "Rate",
    "Ratio",
    "RatioState",
    "ReadTwice",
    "Recalled",
    "Recovery",
    "Regression",
    "RowComparison",
    "RowGap",
    "Rule",
    "RunRecord",
    "SecondReading",
    "Side",
    "Spent",
    "Spread",
    "Standing",
    "Stated",
    "Stratum",
    "TrueRate",
    "TwoPhase",
    "Verdict",
    "Version",
    "Waiting",
    "adherence_task",
    "all_of_k",
    "any_of_k",
    "ask_each",
    "badge_svg",
    "benjamini_hochberg",
    "build_gap",
    "claim",
    "clopper_pearson",
    "collapsed",
    "compare_paired",
    "compare_runs",
    "confidence_sequence",
    "core_gap",
    "design_effect",
    "disagreement",
    "examine",
    "family_interval",
    "find",
    "find_disputes",
    "fisher_exact",
    "flagged_tolerance",
    "freeze_core",
    "gap_to_dict",
    "gate_checkpoint",
    "gate_items",
    "gate_to_dict",
    "holm",
    "internalisation",
    "judge_corrected",
    "judge_pairs",
    "judged_by",
    "judged_from_dict",
    "judged_from_log",
    "judged_in",
    "judged_to_dict",
    "junit_xml",
    "know_do_map",
    "leaked_into",
    "log_evidence_above",
    "log_evidence_below",
    "lower_bound",
    "make_plan",
    "make_rate",
    "mcnemar_exact",
    "mean_of_rates",
    "measure_power",
    "measured_from_dict",
    "newcombe",
    "newcombe_paired",
    "next_clause",
    "pair",
    "place_measured",
    "rate_interval",
    "rate_of",
    "render_card",
    "render_measured",
    "render_report",
    "repeats_of",
    "replies_to_go",
    "row_owner",
    "rows_by_clause",
    "run_arm",
    "run_ordered_violators",
    "run_violators",
    "settle",
    "situations_needed",
    "smallest_detectable",
    "spend",
    "spread_of",
    "true_rate",
    "two_phase",
    "upper_bound",
    "verify_run",
    "weighted_total",
    "wilson",
    "worst_state",
    "write_core",
]

# These load Inspect, which takes a second: only when they are asked for.
_WITH_INSPECT = frozenset("ArmPlan adherence_task judged_from_log run_arm verify_run".split())
_PLANTING = frozenset("BREAK KEEP Ordered run_ordered_violators run_violators".split())


def __getattr__(name: str) -> Any:
    if name in _WITH_INSPECT:
        from soulwright.verify import _inspect

        return getattr(_inspect, name)
    if name == "ask_each":
        from soulwright.verify import _each

        return _each.ask_each
    if name in _PLANTING:
        from soulwright.verify import _planting

        return getattr(_planting, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
