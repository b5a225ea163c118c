"""Recovery: what independent samples of a model agree on, word by word with confidence, and how near it is.

`read_back` recovers a text from samples, `consensus` does the same for sequences of any symbols, and `compare_texts`
scores one text against another; `recover_from` asks a model of Inspect, round by round, and keeps every request in
Inspect's logs. docs/recovery.md has the method and every formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.recover._agreement import consensus
from soulwright.recover._calibration import (
    Bin,
    Calibration,
    calibration,
    calibration_against,
    calibration_to_dict,
)
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
    from soulwright.recover._drawing import AskPlan, Draws, recover_from

__all__ = [
    "Alternative",
    "AskPlan",
    "Bin",
    "Calibration",
    "Draws",
    "Fault",
    "Fidelity",
    "Gap",
    "GapKind",
    "PrecisionRecall",
    "Recovered",
    "RecoveredWord",
    "Sample",
    "SampleReport",
    "SectionScore",
    "calibration",
    "calibration_against",
    "calibration_to_dict",
    "chance_level",
    "compare_texts",
    "consensus",
    "fidelity_to_dict",
    "read_back",
    "recover_from",
    "recovered_to_dict",
    "render_markdown",
    "render_page",
]

# These load Inspect, which takes a second: only when they are asked for.
_WITH_INSPECT = frozenset({"AskPlan", "Draws", "recover_from"})


def __getattr__(name: str) -> Any:
    if name in _WITH_INSPECT:
        from soulwright.recover import _drawing

        return getattr(_drawing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
