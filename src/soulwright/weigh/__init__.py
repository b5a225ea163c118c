"""Weighing: what is at stake in a conversation under a document, thought through in writing before it is answered.

    answer = asyncio.run(weigh(spec, messages, find_model("openai/...")))
    answer.value.reply, answer.value.reason

The record is typed: clauses and their order, the people who would send this, stakes, reversibility, what refusing would
change, the two newspaper stories, then reply and reason. Teachers answer from it, and judges are shown it.
"""

from __future__ import annotations

from soulwright.weigh._deliberation import (
    AtStake,
    Course,
    Degree,
    Deliberation,
    Sender,
    Severity,
    Stakes,
    Weighed,
    deliberation_to_dict,
)
from soulwright.weigh._weigh import Weighing, WeighRequest, plan_weighing, weigh, weigh_all, weigh_prompt, weigh_request

__all__ = [
    "AtStake",
    "Course",
    "Degree",
    "Deliberation",
    "Sender",
    "Severity",
    "Stakes",
    "WeighRequest",
    "Weighed",
    "Weighing",
    "deliberation_to_dict",
    "plan_weighing",
    "weigh",
    "weigh_all",
    "weigh_prompt",
    "weigh_request",
]
