"""Judges: examined before they are believed, and read again by others.

A judge is a model of Inspect (`model_judge`) or a program (`program_judge`). `examine_judge_on` puts replies to it of
which the right verdict is known, blind and in many forms; the ledger (`keep_record`, `load_judge`) keeps what was found
under the judge's fingerprint, and verification carries its errors into every rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.judge._exam_cases import ExamCase, cases_of_document, cases_of_file
from soulwright.judge._forms import Form
from soulwright.judge._record import (
    Agreement,
    AnchorShift,
    FormFigure,
    JudgeRecord,
    OwnFamily,
    Position,
    keep_record,
    load_judge,
    record_to_dict,
)
from soulwright.judge._reliability import cohen_kappa, krippendorff_alpha

if TYPE_CHECKING:
    from soulwright.judge._examine import ExamPlan, examine_judge_on, plan_of_exam
    from soulwright.judge._model import Better, Compared, JudgeSettings, ModelJudge, family_of
    from soulwright.judge._named import NamedJudge, model_judge, program_judge

__all__ = [
    "Agreement",
    "AnchorShift",
    "Better",
    "Compared",
    "ExamCase",
    "ExamPlan",
    "Form",
    "FormFigure",
    "JudgeRecord",
    "JudgeSettings",
    "ModelJudge",
    "NamedJudge",
    "OwnFamily",
    "Position",
    "cases_of_document",
    "cases_of_file",
    "cohen_kappa",
    "examine_judge_on",
    "family_of",
    "keep_record",
    "krippendorff_alpha",
    "load_judge",
    "model_judge",
    "plan_of_exam",
    "program_judge",
    "record_to_dict",
]

# These load Inspect, which takes a second: only when they are asked for.
_LATE = {
    "Better": "_model",
    "Compared": "_model",
    "ExamPlan": "_examine",
    "JudgeSettings": "_model",
    "ModelJudge": "_model",
    "NamedJudge": "_named",
    "examine_judge_on": "_examine",
    "family_of": "_model",
    "model_judge": "_named",
    "plan_of_exam": "_examine",
    "program_judge": "_named",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(f"soulwright.judge.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
