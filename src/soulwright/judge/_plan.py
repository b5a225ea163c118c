"""What judging would ask of a model, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from soulwright.judge._checks import decided
from soulwright.judge._model import ModelJudge, reply_prompt
from soulwright.judge._named import NamedJudge
from soulwright.models import ModelRole, Planned, planned
from soulwright.situations import Situation


def plan_of_judging(
    judge: NamedJudge, said: Iterable[tuple[Situation, str]], *, share: float = 1.0
) -> tuple[Planned, ...]:
    """What judging these replies would ask of a model; nothing of a program, nor where a program decides a reply.

    A second judge reads a `share` of them, and all of them at most: where the first one flags them all.
    """
    if not isinstance(judge.judge, ModelJudge):
        return ()
    attempts = judge.judge.settings.attempts
    left = [(situation, reply) for situation, reply in said if decided(situation, reply) is None]
    questions = [one for situation, reply in left if (one := judge.judge.question(situation, reply)) is not None]
    whole = planned(reply_prompt(), questions, role=ModelRole.JUDGE, model=judge.name, attempts=attempts)
    part = replace(
        whole,
        calls=round(whole.calls * share),
        tokens_in=round(whole.tokens_in * share),
        tokens_out=round(whole.tokens_out * share),
    )
    return (part,)
