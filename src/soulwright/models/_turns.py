"""Turns of a conversation as the messages that Inspect sends."""

from __future__ import annotations

from collections.abc import Iterable

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

from soulwright.models._local import MessageLike

_MESSAGES: dict[str, type[ChatMessageSystem | ChatMessageUser | ChatMessageAssistant]] = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}


def chat_messages(turns: Iterable[MessageLike]) -> list[ChatMessage]:
    """The messages of these turns, in order; KeyError where a role is none of `system`, `user` and `assistant`."""
    return [_MESSAGES[turn.role](content=turn.content) for turn in turns]
