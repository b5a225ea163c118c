"""Recovery: what independent samples of a model agree on, word by word with confidence, and how near it is.

`read_back` recovers a text from samples, `consensus` does the same for sequences of any symbols, and `compare_texts`
scores one text against another; `recover_from` asks a model of Inspect, round by round, and keeps every request in
Inspect's logs. docs/recovery.md has the method and every formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.recover._agreement import consensus
from soulwright.recover._beginnings import Beginning, recurring_beginnings
from soulwright.recover._behaviour import (
    ClauseEffect,
    Contrast,
    Conversation,
    Rule,
    RuleScore,
    RuleState,
    RuleTest,
    induce,
    score_rules,
    score_to_dict,
    tested_to_dict,
)
from soulwright.recover._calibration import (
    Bin,
    Calibration,
    calibration,
    calibration_against,
    calibration_to_dict,
)
from soulwright.recover._chance import ChanceLevel, chance_levels, chance_to_dict, strange_reference
from soulwright.recover._discovery import Discovery, Recurring, discovered, discovery_to_dict, section_opening
from soulwright.recover._extraction import (
    Extraction,
    Membership,
    ScoresTexts,
    Stretch,
    extraction,
    extraction_of,
    extraction_to_dict,
    membership,
    membership_to_dict,
    neighbours,
)
from soulwright.recover._forced import ForcedReading, Recoverable, only_if_known, read_along
from soulwright.recover._intervals import Ranged, ranged_figures, ranged_to_dict
from soulwright.recover._markdown import render_markdown
from soulwright.recover._metrics import (
    Fidelity,
    PrecisionRecall,
    SectionScore,
    chance_level,
    compare_texts,
    fidelity_to_dict,
)
from soulwright.recover._page import render_page
from soulwright.recover._reading import read_back
from soulwright.recover._recall import Passage, PassageRecall, passages_of, recall_of
from soulwright.recover._recovered import (
    Alternative,
    Gap,
    GapKind,
    Recovered,
    RecoveredWord,
    SampleReport,
    recovered_to_dict,
)
from soulwright.recover._samples import Fault, Sample

if TYPE_CHECKING:
    from soulwright.recover._asking_both import replies_of
    from soulwright.recover._bare import (
        BARE_TOKENS,
        BareTexts,
        FromNothing,
        along_with_weights,
        bare_texts,
        recover_from_nothing,
    )
    from soulwright.recover._drawing import AskPlan, Draws, Prefill, recover_from
    from soulwright.recover._judged_behaviour import JudgedRules, induce_judged, score_judged
    from soulwright.recover._planning import CountingScorer, plan_induction, plan_recovery
    from soulwright.recover._scoring import InspectScorer
    from soulwright.recover._stating import StatedRule, Statement, stated_rules, stated_to_dict

__all__ = [
    "BARE_TOKENS",
    "Alternative",
    "AskPlan",
    "BareTexts",
    "Beginning",
    "Bin",
    "Calibration",
    "ChanceLevel",
    "ClauseEffect",
    "Contrast",
    "Conversation",
    "CountingScorer",
    "Discovery",
    "Draws",
    "Extraction",
    "Fault",
    "Fidelity",
    "ForcedReading",
    "FromNothing",
    "Gap",
    "GapKind",
    "InspectScorer",
    "JudgedRules",
    "Membership",
    "Passage",
    "PassageRecall",
    "PrecisionRecall",
    "Prefill",
    "Ranged",
    "Recoverable",
    "Recovered",
    "RecoveredWord",
    "Recurring",
    "Rule",
    "RuleScore",
    "RuleState",
    "RuleTest",
    "Sample",
    "SampleReport",
    "ScoresTexts",
    "SectionScore",
    "StatedRule",
    "Statement",
    "Stretch",
    "along_with_weights",
    "bare_texts",
    "calibration",
    "calibration_against",
    "calibration_to_dict",
    "chance_level",
    "chance_levels",
    "chance_to_dict",
    "compare_texts",
    "consensus",
    "discovered",
    "discovery_to_dict",
    "extraction",
    "extraction_of",
    "extraction_to_dict",
    "fidelity_to_dict",
    "induce",
    "induce_judged",
    "membership",
    "membership_to_dict",
    "neighbours",
    "only_if_known",
    "passages_of",
    "plan_induction",
    "plan_recovery",
    "ranged_figures",
    "ranged_to_dict",
    "read_along",
    "read_back",
    "recall_of",
    "recover_from",
    "recover_from_nothing",
    "recovered_to_dict",
    "recurring_beginnings",
    "render_markdown",
    "render_page",
    "replies_of",
    "score_judged",
    "score_rules",
    "score_to_dict",
    "section_opening",
    "stated_rules",
    "stated_to_dict",
    "strange_reference",
    "tested_to_dict",
]

# These load Inspect, which takes a second: only when they are asked for.
_WITH_INSPECT = {
    "BARE_TOKENS": "_bare",
    "AskPlan": "_drawing",
    "BareTexts": "_bare",
    "CountingScorer": "_planning",
    "Draws": "_drawing",
    "FromNothing": "_bare",
    "InspectScorer": "_scoring",
    "Prefill": "_drawing",
    "JudgedRules": "_judged_behaviour",
    "along_with_weights": "_bare",
    "bare_texts": "_bare",
    "induce_judged": "_judged_behaviour",
    "plan_induction": "_planning",
    "plan_recovery": "_planning",
    "recover_from": "_drawing",
    "recover_from_nothing": "_bare",
    "replies_of": "_asking_both",
    "score_judged": "_judged_behaviour",
    "stated_rules": "_stating",
    "stated_to_dict": "_stating",
    "StatedRule": "_stating",
    "Statement": "_stating",
}


def __getattr__(name: str) -> Any:
    if name in _WITH_INSPECT:
        import importlib

        return getattr(importlib.import_module(f"soulwright.recover.{_WITH_INSPECT[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
