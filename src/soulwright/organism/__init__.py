"""The embedded organism: a tiny closed world, a base model that lives in it, its teacher and its judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.organism._behaviour import Observed, clause_effects, explore, observe
from soulwright.organism._exam import Question, examine_judge, questions
from soulwright.organism._gate import Gate, measure_gate
from soulwright.organism._judge import Judge, Judgement
from soulwright.organism._lessons import Curriculum, make_lessons, representable
from soulwright.organism._pretrain import Recipe as BaseRecipe
from soulwright.organism._pretrain import build as build_base
from soulwright.organism._scene import OutsideWorld
from soulwright.organism._shipped import BASE, world_hash
from soulwright.organism._situations import make_situations, not_representable, topic_of
from soulwright.organism._teacher import Teacher
from soulwright.organism._tokens import DOC as DOCUMENT_TOKEN
from soulwright.organism._world import World, load_world

if TYPE_CHECKING:
    from soulwright.organism._inspect import adherence, world

__all__ = [
    "BASE",
    "DOCUMENT_TOKEN",
    "BaseRecipe",
    "Curriculum",
    "Gate",
    "Judge",
    "Judgement",
    "Observed",
    "OutsideWorld",
    "Question",
    "Teacher",
    "World",
    "adherence",
    "build_base",
    "clause_effects",
    "examine_judge",
    "explore",
    "load_world",
    "make_lessons",
    "make_situations",
    "measure_gate",
    "not_representable",
    "observe",
    "questions",
    "representable",
    "topic_of",
    "world",
    "world_hash",
]

# These load Inspect, which takes a second: only when they are asked for.
_WITH_INSPECT = frozenset(["adherence", "world"])


def __getattr__(name: str) -> Any:
    if name in _WITH_INSPECT:
        from soulwright.organism import _inspect

        return getattr(_inspect, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
