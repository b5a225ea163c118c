"""Training: lessons go in, a model that learned them comes out, in the layout that plain `transformers` loads.

    result = train(lessons, base=Path("base"), out=run.model, recipe=Recipe(seed=1), work=run.path / "training")
    result = train_course(lessons, Path("base"), run.model, Course(lora=Lora(rank=64)), work=run.path / "training")

`train` is full fine-tuning for small models on a CPU, in one readable loop of our own: it pays for no logits and
attention masks that right-padded conversations do not need. `train_course` trains any Hugging Face model by TRL and
PEFT: documents, then demonstrations on the same adapter (or all weights), then preferences or self-distillation, on one
machine or, launched by Ray, on many. Both go on from a kill at any moment to the very same weights on a CPU.
"""

from __future__ import annotations

from soulwright.train._course import Course, Lora, Method
from soulwright.train._course_run import CourseResult, Engine, PhaseDone, software, train_course
from soulwright.train._hub import find_base
from soulwright.train._layout import LayoutFinding, LayoutState, check_layout
from soulwright.train._loop import CurvePoint, TrainResult, train
from soulwright.train._pairs import Sampler, Student, sample_here, sample_with
from soulwright.train._ray import on_ray, sample_on_ray
from soulwright.train._recipe import Recipe, Schedule, WeightType
from soulwright.train._record import (
    LEARNED,
    PhaseRecord,
    TrainedFrom,
    as_json,
    order_hash,
    read_learned,
    read_record,
    weights_hash,
    write_learned,
)
from soulwright.train._sizing import ORGANISM, Assumptions, Sizing, assumption_rows, sizing, tokens_per_second
from soulwright.train._threads import probe_threads
from soulwright.train._trace import Link, LinkState, Trace, TracedClause, TracedLesson, trace

__all__ = [
    "LEARNED",
    "ORGANISM",
    "Assumptions",
    "Course",
    "CourseResult",
    "CurvePoint",
    "Engine",
    "LayoutFinding",
    "LayoutState",
    "Link",
    "LinkState",
    "Lora",
    "Method",
    "PhaseDone",
    "PhaseRecord",
    "Recipe",
    "Sampler",
    "Schedule",
    "Sizing",
    "Student",
    "Trace",
    "TracedClause",
    "TracedLesson",
    "TrainResult",
    "TrainedFrom",
    "WeightType",
    "as_json",
    "assumption_rows",
    "check_layout",
    "find_base",
    "on_ray",
    "order_hash",
    "probe_threads",
    "read_learned",
    "read_record",
    "sample_here",
    "sample_on_ray",
    "sample_with",
    "sizing",
    "software",
    "tokens_per_second",
    "trace",
    "train",
    "train_course",
    "weights_hash",
    "write_learned",
]
