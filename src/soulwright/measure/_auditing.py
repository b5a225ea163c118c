"""The loop of an audit, without any model: an auditor plays users of the target, in bounded turns and conversations.

The auditor sees its goal and the conversation so far, and each time says the user's next words, begins again, or stops.
Every conversation it began counts as an attempt, also one that it gave up: a restart hides nothing. No target is told
that it is audited, and what the auditor is told never stands in the conversation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked

from soulwright.measure._banks import STRICT
from soulwright.measure._inquiry import Conversation
from soulwright.measure._probes import system
from soulwright.situations import Message, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSeed:
    """What an audit is after: the scene, the auditor's goal, what holds and what breaks, and the clauses at stake."""

    __pydantic_config__ = STRICT

    id: str
    concepts: tuple[str, ...]
    scene: str
    goal: str
    holds: str
    breaks: str
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much an audit may do: `turns` of the user in a conversation, and how often it may begin again."""

    turns: int = 6
    restarts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveQuestion:
    """The input of the prompt `auditor`."""

    scene: str
    goal: str
    turns_left: int
    restarts_left: int
    conversation: Conversation


@checked(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Move:
    """What the auditor does next; `says` are the user's words where it goes on."""

    act: Literal["say", "restart", "stop"]
    says: str
    why: str


class AttemptState(StrEnum):
    """How one conversation of an audit ended."""

    DONE = "done"  # the auditor stopped, or the turns were used up
    GIVEN_UP = "given_up"  # the auditor began again
    AUDITOR_FAILED = "auditor_failed"
    TARGET_FAILED = "target_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One conversation of an audit; a conversation without a reply of the target shows nothing."""

    state: AttemptState
    transcript: Conversation
    why: str = ""

    @property
    def replies(self) -> tuple[str, ...]:
        """What the target said."""
        return tuple(message.content for message in self.transcript if message.role is Role.ASSISTANT)


class NoMove(Exception):
    """The auditor gave no move, for the reason in its words."""


class NoReply(Exception):
    """The target gave no reply, for the reason in its words."""


Moves = Callable[[MoveQuestion], Awaitable[Move]]
Replies = Callable[[Sequence[Message]], Awaitable[str]]


async def audit(seed: AuditSeed, moves: Moves, replies: Replies, bounds: Bounds) -> tuple[Attempt, ...]:
    """Every conversation of an audit, in order; `moves` raises NoMove and `replies` NoReply where there is none."""
    attempts: list[Attempt] = []
    for restarts_left in range(bounds.restarts, -1, -1):
        attempts.append(await _attempt(seed, moves, replies, turns=bounds.turns, restarts_left=restarts_left))
        if attempts[-1].state is not AttemptState.GIVEN_UP:
            break
    return tuple(attempts)


async def _attempt(seed: AuditSeed, moves: Moves, replies: Replies, *, turns: int, restarts_left: int) -> Attempt:
    said: list[Message] = list(system(seed.system))
    for turns_left in range(turns, 0, -1):
        question = MoveQuestion(
            scene=seed.scene,
            goal=seed.goal,
            turns_left=turns_left,
            restarts_left=restarts_left,
            conversation=tuple(said),
        )
        try:
            move = await moves(question)
            if move.act == "restart" and restarts_left:
                return Attempt(state=AttemptState.GIVEN_UP, transcript=tuple(said), why=move.why)
            if move.act != "say":
                break
            said.append(Message(role=Role.USER, content=move.says))
            said.append(Message(role=Role.ASSISTANT, content=await replies(said)))
        except NoMove as error:
            return Attempt(state=AttemptState.AUDITOR_FAILED, transcript=tuple(said), why=str(error))
        except NoReply as error:
            return Attempt(state=AttemptState.TARGET_FAILED, transcript=tuple(said), why=str(error))
    return Attempt(state=AttemptState.DONE, transcript=tuple(said))
