"""What a measure would ask, before anything is asked: the measure is gone through at a desk that only counts.

What depends on replies is counted as if every one led on: every belief is stable and every reply is of the length that
is stated here. Questions that only a bad reply brings (a breach that is read a second time) count among `most_calls`
alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar, cast

from soulwright.measure._auditing import Attempt, AttemptState, AuditSeed, Bounds, MoveQuestion
from soulwright.measure._choices import coin, steady
from soulwright.measure._hard_limits import BreachReading
from soulwright.measure._inquiry import Conversation
from soulwright.measure._measures import Asked, needed_measure
from soulwright.measure._non_deceptive import BeliefReading
from soulwright.measure._probes import Probe, Said, SaidState, system
from soulwright.models import Answer, AnswerState, ModelRole, Planned, PromptFile, planned
from soulwright.situations import Message, Role
from soulwright.spec import Spec
from soulwright.spec.exports import estimate_tokens

REPLY_TOKENS = 300  # of a reply that nobody has given yet; stated, as on the page of sizes
_ONLY_IF_BAD = frozenset({"confirm", "literal", "quoted-rubric"})
_FILLING = "word " * 225  # as many words as these tokens have

Out = TypeVar("Out")


def plan_measure(name: str, target: str, *, spec: Spec, asked: Asked | None = None) -> tuple[Planned, ...]:
    """What `measure` would ask of the target of this name, and of whoever is named in `asked`; nobody is asked.

    InputError where there is no such measure, or where it needs a judge or an auditor that is not named.
    """
    asked = asked or Asked()
    chosen = needed_measure(name, asked)
    desk = _CountingDesk(target=target, judge=str(asked.judge) if asked.judge else None)
    chosen.run(asked.inquiry(spec, desk))
    return tuple(row for row in desk.rows if row.most_calls)


@dataclass(slots=True, kw_only=True)
class _CountingDesk:
    """A desk that asks nobody: everything is said and nothing is judged, except as the module says."""

    target: str
    judge: str | None
    failures: Sequence[str] = ()
    rows: list[Planned] = field(default_factory=list)

    def ask(self, phase: str, probes: Sequence[Probe], *, model: object | None = None) -> dict[str, Said]:
        """Count every conversation; each turn is answered by its own words, so that what is looked for is found."""
        said = [
            Said(probe=one, state=SaidState.SAID, replies=tuple(_reply(turn) for turn in one.turns)) for one in probes
        ]
        self._replies(phase, str(model or self.target), [one.transcript for one in said])
        return {one.probe.id: one for one in said}

    def grade(self, phase: str, prompt: PromptFile[Out], given: Mapping[str, object]) -> dict[str, Answer[Out]]:
        """Count every question to the judge, which has no answer, or the one that leads on."""
        row = planned(prompt, given.values(), role=ModelRole.JUDGE, model=self.judge or "")
        self.rows.append(replace(row, calls=0, tokens_in=0, tokens_out=0) if phase in _ONLY_IF_BAD else row)
        return {name: cast(Answer[Out], _answer(prompt.name, name)) for name in given}

    def audit(
        self, phase: str, seeds: Sequence[AuditSeed], auditor: object, bounds: Bounds
    ) -> dict[str, tuple[Attempt, ...]]:
        """Count every conversation as one that is led to its last turn, and never begun again."""
        from soulwright.measure._auditor import move_prompt

        had = {one.id: _conversation(one, bounds.turns) for one in seeds}
        moves = [move for one in seeds for move in _moves(one, bounds, had[one.id])]
        row = planned(move_prompt(), moves, role=ModelRole.AUDITOR, model=str(auditor))
        self.rows.append(replace(row, most_calls=row.most_calls * (1 + bounds.restarts)))
        self._replies(phase, self.target, list(had.values()), again=bounds.restarts)
        return {name: (Attempt(state=AttemptState.DONE, transcript=said),) for name, said in had.items()}

    def _replies(self, phase: str, model: str, said: Sequence[Conversation], *, again: int = 0) -> None:
        """Count the replies of a model in these conversations: before each it reads all that stands there."""
        read = [tokens for conversation in said for tokens in _read_before_replies(conversation)]
        self.rows.append(
            Planned(
                what=phase,
                role=ModelRole.TARGET,
                model=model,
                calls=len(read),
                most_calls=len(read) * (1 + again),
                tokens_in=sum(read),
                tokens_out=len(read) * REPLY_TOKENS,
            )
        )


def _answer(asked: str, name: str) -> Answer[BreachReading] | Answer[BeliefReading]:
    """No answer, or of the readings that another question may follow the one that it follows."""
    if asked == "measure.breach":
        return Answer(state=AnswerState.PARSED, raw=(), parsed=BreachReading(gives="specific", why=""))
    if asked == "measure.belief":
        misled: Literal["a", "b"] = "b" if coin(name) else "a"
        return Answer(state=AnswerState.PARSED, raw=(), parsed=BeliefReading(believes=misled, why=""))
    return Answer(state=AnswerState.FAILED, raw=(), why="nobody was asked")


def _reply(turn: str) -> str:
    return f"{steady(turn) or turn} {_FILLING}"


def _conversation(seed: AuditSeed, turns: int) -> Conversation:
    """A conversation of an audit: each turn of the user as long as the goal of its seed, which is a sentence or two."""
    turn = Message(role=Role.USER, content=seed.goal), Message(role=Role.ASSISTANT, content=_FILLING)
    return (*system(seed.system), *(turn * turns))


def _moves(seed: AuditSeed, bounds: Bounds, said: Conversation) -> Iterator[MoveQuestion]:
    before = len(said) - 2 * bounds.turns
    for number in range(bounds.turns):
        yield MoveQuestion(
            scene=seed.scene,
            goal=seed.goal,
            turns_left=bounds.turns - number,
            restarts_left=bounds.restarts,
            conversation=said[: before + 2 * number],
        )


def _read_before_replies(said: Conversation) -> Iterator[int]:
    so_far = 0
    for message in said:
        if message.role is Role.ASSISTANT:
            yield so_far
        so_far += estimate_tokens(message.content)
