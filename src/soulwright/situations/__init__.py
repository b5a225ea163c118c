"""Situations: conversations that put a clause to the test, split into what may be taught and what is held out."""

from soulwright.situations._cases import (
    Case,
    CaseFile,
    Label,
    LabelledReply,
    layer_of_messages,
    load_cases,
    messages_of,
)
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
)

__all__ = [
    "Case",
    "CaseFile",
    "Label",
    "LabelledReply",
    "Layer",
    "Message",
    "Pressure",
    "Role",
    "RowGroup",
    "Situation",
    "Suite",
    "layer_of_messages",
    "load_cases",
    "message_from_dict",
    "message_to_dict",
    "messages_of",
    "situation_from_dict",
    "situation_to_dict",
]
