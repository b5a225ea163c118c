"""Situations: conversations that put a clause to the test, split into what may be taught and what is held out."""

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
    situation_to_dict,
)

__all__ = [
    "Layer",
    "Message",
    "Pressure",
    "Role",
    "RowGroup",
    "Situation",
    "Suite",
    "message_from_dict",
    "message_to_dict",
    "situation_to_dict",
]
