"""Consulting: what a model finds unclear, contradictory, untestable, or would not endorse in a document, and why.

Earlier models were consulted when the first document of this kind was written. `consult` asks any model of Inspect
about each clause; its answers are findings with places in the document, suggestions all of them, never errors. What
somebody settled is not raised again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.consult._answers import Answer, Concern, Failure, Remark, Unreadable, read_answer
from soulwright.consult._questions import Question, clause_prompt, questions

if TYPE_CHECKING:
    from soulwright.consult._ask import ClauseReply, ReplyState
    from soulwright.consult._consult import Consultation, Terms, consult, consultation_to_dict
    from soulwright.consult._findings import RULES, Consulted, Standing

__all__ = [
    "RULES",
    "Answer",
    "ClauseReply",
    "Concern",
    "Consultation",
    "Consulted",
    "Failure",
    "Question",
    "Remark",
    "ReplyState",
    "Standing",
    "Terms",
    "Unreadable",
    "clause_prompt",
    "consult",
    "consultation_to_dict",
    "questions",
    "read_answer",
]

# These need Inspect, which questions and the reading of answers do not.
_LATE = {
    "ClauseReply": "_ask",
    "Consultation": "_consult",
    "Consulted": "_findings",
    "RULES": "_findings",
    "ReplyState": "_ask",
    "Standing": "_findings",
    "Terms": "_consult",
    "consult": "_consult",
    "consultation_to_dict": "_consult",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(f"soulwright.consult.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
