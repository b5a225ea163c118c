"""Situations: conversations that put a clause to the test, split into what may be taught and what is held out.

A model writes them scene by scene (`write_situations`); `split` separates what may be taught from what is held out, and
`coverage` says which clauses, layers and pressures they reach. What asks models is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.situations._cases import (
    Case,
    CaseFile,
    Label,
    LabelledReply,
    layer_of_messages,
    load_cases,
    messages_of,
)
from soulwright.situations._coverage import Coverage, coverage, coverage_text, coverage_to_dict
from soulwright.situations._likeness import EmbeddedLikeness, Likeness, WordLikeness
from soulwright.situations._shapes import LADDER, SHAPES, Shape, ShapeRules, scene_settings
from soulwright.situations._shown import ClauseShown, clauses_for, shown
from soulwright.situations._situations import (
    Layer,
    Message,
    Pressure,
    Role,
    RowGroup,
    Situation,
    Suite,
    message_from_dict,
    message_to_dict,
    situation_from_dict,
    situation_to_dict,
    under_words,
)
from soulwright.situations._splitting import CANARY, Split, read_core, read_situations, split, write_split

if TYPE_CHECKING:
    from soulwright.situations._writing import (
        SceneRequest,
        Unwritten,
        Writing,
        WritingPlan,
        WrittenScene,
        plan_likeness,
        plan_writing,
        read_writing,
        scene_prompt,
        scene_requests,
        write_situations,
    )

__all__ = [
    "CANARY",
    "LADDER",
    "SHAPES",
    "Case",
    "CaseFile",
    "ClauseShown",
    "Coverage",
    "EmbeddedLikeness",
    "Label",
    "LabelledReply",
    "Layer",
    "Likeness",
    "Message",
    "Pressure",
    "Role",
    "RowGroup",
    "SceneRequest",
    "Shape",
    "ShapeRules",
    "Situation",
    "Split",
    "Suite",
    "Unwritten",
    "WordLikeness",
    "Writing",
    "WritingPlan",
    "WrittenScene",
    "clauses_for",
    "coverage",
    "coverage_text",
    "coverage_to_dict",
    "layer_of_messages",
    "load_cases",
    "message_from_dict",
    "message_to_dict",
    "messages_of",
    "plan_likeness",
    "plan_writing",
    "read_core",
    "read_situations",
    "read_writing",
    "scene_prompt",
    "scene_requests",
    "scene_settings",
    "shown",
    "situation_from_dict",
    "situation_to_dict",
    "split",
    "under_words",
    "write_situations",
    "write_split",
]

_LATE = frozenset(
    {
        "SceneRequest",
        "Unwritten",
        "Writing",
        "WritingPlan",
        "WrittenScene",
        "plan_likeness",
        "plan_writing",
        "read_writing",
        "scene_prompt",
        "scene_requests",
        "write_situations",
    }
)


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module("soulwright.situations._writing"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
