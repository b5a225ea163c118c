"""Asking a model for nothing: what it writes with no conversation around, where it keeps beginning, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inspect_ai.model import Model

from soulwright.recover._beginnings import Beginning, recurring_beginnings
from soulwright.recover._drawing import AskPlan, Draws, ask_round, recover_from
from soulwright.recover._probing import Request
from soulwright.recover._samples import Sample

BARE_TEXTS = 192
_ENOUGH = 32  # tokens, in which a beginning shows


@dataclass(frozen=True, slots=True, kw_only=True)
class BareTexts:
    """What a model wrote unasked: the texts, the beginnings that recur among them, and what it cost in tokens."""

    samples: tuple[Sample, ...]
    beginnings: tuple[Beginning, ...]
    failed: int
    tokens: int


def bare_texts(model: Model, plan: AskPlan, *, folder: Path, name: str = "bare") -> BareTexts:
    """Let a model begin `plan.each` texts out of nothing, at temperature 1; `plan.bare` must hold.

    For providers that go on with a bare text (`weights`). The log is `NAME/NAME.eval`. SoulwrightError where not one
    request was answered.
    """
    assert plan.bare
    requests: Sequence[Request] = [
        Request(id=f"{name}-{number}", opening="", context="", temperature=1.0) for number in range(1, plan.each + 1)
    ]
    drawn = ask_round(model, replace(plan, max_tokens=_ENOUGH), requests, folder, name)
    return BareTexts(
        samples=drawn.samples,
        beginnings=recurring_beginnings([sample.text for sample in drawn.samples]),
        failed=drawn.failed,
        tokens=drawn.tokens,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FromNothing:
    """What a model gave away with nothing asked: its bare texts, and what came of the beginning that recurs most.

    `draws` is None where no beginning recurs.
    """

    bare: BareTexts
    draws: Draws | None


def recover_from_nothing(model: Model, plan: AskPlan, *, folder: Path, texts: int = BARE_TEXTS) -> FromNothing:
    """Find where a model begins by itself, in so many bare texts, and recover the document from there.

    SoulwrightError where not one request of a round was answered.
    """
    bare = bare_texts(model, replace(plan, each=texts), folder=folder)
    if not bare.beginnings:
        return FromNothing(bare=bare, draws=None)
    return FromNothing(
        bare=bare, draws=recover_from(model, replace(plan, openings=(bare.beginnings[0].text,)), folder=folder)
    )
