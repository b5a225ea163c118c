"""What is put to a model: a conversation so far, and the user's turns still to come, each answered before the next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from soulwright.situations import Message, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One conversation to be had: `before` stands already, then each of `turns` is said and answered."""

    id: str
    turns: tuple[str, ...]
    before: tuple[Message, ...] = ()


class SaidState(StrEnum):
    """What became of a probe."""

    SAID = "said"
    EMPTY = "empty"  # a reply without a word
    WITHHELD = "withheld"  # by the provider's filter, or because the conversation does not fit
    FAILED = "failed"  # an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The replies to a probe, one for each turn that was reached; only SAID has all of them."""

    probe: Probe
    state: SaidState
    replies: tuple[str, ...] = ()
    why: str = ""

    @property
    def last(self) -> str:
        """The last reply; IndexError where there is none."""
        return self.replies[-1]

    @property
    def transcript(self) -> tuple[Message, ...]:
        """Everything that was said, in order."""
        spoken = list(self.probe.before)
        for turn, reply in zip(self.probe.turns, self.replies, strict=False):
            spoken += [Message(role=Role.USER, content=turn), Message(role=Role.ASSISTANT, content=reply)]
        return tuple(spoken)


def system(text: str) -> tuple[Message, ...]:
    """A system prompt as the beginning of a conversation, or nothing where there is none."""
    return (Message(role=Role.SYSTEM, content=text),) if text else ()
