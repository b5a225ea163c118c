"""Recovery: what independent samples of a model agree on, word by word with confidence, and how near it is.

`read_back` recovers a text from samples, `consensus` does the same for sequences of any symbols, and `compare_texts`
scores one text against another. Nothing here asks a model. docs/recovery.md has the method and every formula.
"""

from __future__ import annotations

from soulwright.recover._agreement import consensus
from soulwright.recover._calibration import Bin, Calibration, calibration
from soulwright.recover._markdown import render_markdown
from soulwright.recover._metrics import Fidelity, PrecisionRecall, SectionScore, compare_texts, fidelity_to_dict
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

__all__ = [
    "Alternative",
    "Bin",
    "Calibration",
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
    "compare_texts",
    "consensus",
    "fidelity_to_dict",
    "read_back",
    "recovered_to_dict",
    "render_markdown",
    "render_page",
]
