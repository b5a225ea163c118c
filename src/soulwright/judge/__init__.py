"""Judges: examined before they are believed, and read again by others.

A judge is a model of Inspect (`model_judge`) or a program (`program_judge`). `examine_judge_on` puts replies to it of
which the right verdict is known, blind and in many forms; the ledger (`keep_record`, `load_judge`) keeps what was found
under the judge's fingerprint, and verification carries its errors into every rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.judge._exam_cases import ExamCase, cases_of_document, cases_of_file
from soulwright.judge._forms import Form
from soulwright.judge._plan import plan_of_judging
from soulwright.judge._readers import Reader, disputes_of
from soulwright.judge._readings import (
    Disagreement,
    PersonLabel,
    ReadingPlan,
    RowReading,
    add_label,
    disagreements,
    labels_of,
    planned_reading,
    row_readings,
    second_of,
    waiting,
)
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
from soulwright.judge._review import Review, ReviewItem, Told, readings_of
from soulwright.judge._review_server import ReviewServer

if TYPE_CHECKING:
    from soulwright.judge._again import Transcript, judge_again, shift_between, transcripts_of
    from soulwright.judge._anchors import anchor_shift, freeze_anchors, read_anchors
    from soulwright.judge._examine import ExamPlan, examine_judge_on, plan_of_exam, questions_of_exam
    from soulwright.judge._model import Better, Compared, JudgeSettings, ModelJudge, family_of
    from soulwright.judge._named import NamedJudge, model_judge, program_judge
    from soulwright.judge._second import read_again

__all__ = [
    "Agreement",
    "AnchorShift",
    "Better",
    "Compared",
    "Disagreement",
    "ExamCase",
    "ExamPlan",
    "Form",
    "FormFigure",
    "JudgeRecord",
    "JudgeSettings",
    "ModelJudge",
    "NamedJudge",
    "OwnFamily",
    "PersonLabel",
    "Position",
    "Reader",
    "ReadingPlan",
    "Review",
    "ReviewItem",
    "ReviewServer",
    "RowReading",
    "Told",
    "Transcript",
    "add_label",
    "anchor_shift",
    "cases_of_document",
    "cases_of_file",
    "cohen_kappa",
    "disagreements",
    "disputes_of",
    "examine_judge_on",
    "family_of",
    "freeze_anchors",
    "judge_again",
    "keep_record",
    "krippendorff_alpha",
    "labels_of",
    "load_judge",
    "model_judge",
    "plan_of_exam",
    "plan_of_judging",
    "planned_reading",
    "program_judge",
    "questions_of_exam",
    "read_again",
    "read_anchors",
    "readings_of",
    "record_to_dict",
    "row_readings",
    "second_of",
    "shift_between",
    "transcripts_of",
    "waiting",
]

# These load Inspect, which takes a second: only when they are asked for.
_LATE = {
    "anchor_shift": "_anchors",
    "freeze_anchors": "_anchors",
    "questions_of_exam": "_examine",
    "read_anchors": "_anchors",
    "Transcript": "_again",
    "judge_again": "_again",
    "shift_between": "_again",
    "transcripts_of": "_again",
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
    "read_again": "_second",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(f"soulwright.judge.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
