"""Situations: conversations that put a clause to the test, split into what may be taught and what is held out."""

from soulwright.situations._situations import Layer, Message, Pressure, Role, RowGroup, Situation, Suite

__all__ = ["Layer", "Message", "Pressure", "Role", "RowGroup", "Situation", "Suite"]
