"""The embedded organism: a tiny closed world, a base model that lives in it, its teacher and its judge."""

from __future__ import annotations

from soulwright.organism._exam import Question, examine_judge, questions
from soulwright.organism._gate import Gate, measure_gate
from soulwright.organism._judge import Judge, Judgement
from soulwright.organism._lessons import Curriculum, make_lessons, representable
from soulwright.organism._scene import OutsideWorld
from soulwright.organism._situations import make_situations, not_representable
from soulwright.organism._teacher import Teacher
from soulwright.organism._world import World, load_world

__all__ = [
    "Curriculum",
    "Gate",
    "Judge",
    "Judgement",
    "OutsideWorld",
    "Question",
    "Teacher",
    "World",
    "examine_judge",
    "load_world",
    "make_lessons",
    "make_situations",
    "measure_gate",
    "not_representable",
    "questions",
    "representable",
]
