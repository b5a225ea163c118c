"""Asking a model for nothing: what it writes with no conversation around, where it keeps beginning, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inspect_ai.model import Model

from soulwright.models import weights_of
from soulwright.recover._beginnings import Beginning, recurring_beginnings
from soulwright.recover._drawing import AskPlan, Draws, ask_round, recover_from
from soulwright.recover._forced import ForcedReading, only_if_known, read_along
from soulwright.recover._probing import Request
from soulwright.recover._reading import read_back
from soulwright.recover._recovered import Recovered
from soulwright.recover._samples import Sample

BARE_TEXTS = 192
BARE_TOKENS = 224  # of a draw: the further from what it was given, the surer a small model loses the thread
LONGEST_BEGINNING = 32  # tokens, in which a beginning shows


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
    drawn = ask_round(model, replace(plan, max_tokens=LONGEST_BEGINNING), requests, folder, name)
    return BareTexts(
        samples=drawn.samples,
        beginnings=recurring_beginnings([sample.text for sample in drawn.samples]),
        failed=drawn.failed,
        tokens=drawn.tokens,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FromNothing:
    """What a model gave away with nothing asked: its bare texts, and what came of the beginning that recurs most.

    `draws` counts the bare texts too; it has no words where no beginning recurs, and says so.
    """

    bare: BareTexts
    draws: Draws


def recover_from_nothing(model: Model, plan: AskPlan, *, folder: Path, texts: int = BARE_TEXTS) -> FromNothing:
    """Find where a model begins by itself, in so many bare texts, and recover the document from there.

    SoulwrightError where not one request of a round was answered.
    """
    bare = bare_texts(model, replace(plan, each=texts), folder=folder)
    if bare.beginnings:
        found = recover_from(model, replace(plan, openings=(bare.beginnings[0].text,)), folder=folder)
    else:
        notice = f"of {texts} bare texts no two began alike: nothing to go on from"
        found = Draws(
            recovered=replace(read_back([]), notices=(notice,)), samples=(), rounds=0, requests=0, failed=0, tokens=0
        )
    spent = replace(
        found,
        requests=found.requests + texts,
        failed=found.failed + bare.failed,
        tokens=found.tokens + bare.tokens,
    )
    return FromNothing(bare=bare, draws=spent)


def along_with_weights(model: Model, plan: AskPlan, draws: Draws) -> tuple[Recovered, ForcedReading | None]:
    """What was drawn, unless the weights say that the model does not know it; None where no weights are at hand."""
    local = weights_of(model)
    if local is None or not draws.recovered.words:
        return draws.recovered, None
    before: dict[str, str] = {"head" if plan.bare else "opening": draws.opening}
    reading = read_along(local, draws.recovered.text, **before)
    return only_if_known(draws.recovered, reading), reading
