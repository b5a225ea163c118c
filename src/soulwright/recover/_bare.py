"""Asking a model for nothing: what it writes when no conversation is around, and where it keeps beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inspect_ai.model import Model

from soulwright.recover._beginnings import Beginning, recurring_beginnings
from soulwright.recover._drawing import AskPlan, Draws, ask_round
from soulwright.recover._probing import Request, draws_of
from soulwright.recover._reading import read_back
from soulwright.recover._recovered import Recovered
from soulwright.recover._samples import Sample
from soulwright.recover._words import text_of

_LED_UP = 12  # words before a place with which a reply begins, so that it shows what the place follows
_GIVEN = 30  # words before these that are given: few, so that a model that learned short texts goes on past the place
_EVERY = 40
_DRAWS = 4  # of a place
_THIN = 3  # samples, below which a word is asked for again


@dataclass(frozen=True, slots=True, kw_only=True)
class BareTexts:
    """What a model wrote unasked: the texts, the beginnings that recur among them, and what it cost in tokens."""

    samples: tuple[Sample, ...]
    beginnings: tuple[Beginning, ...]
    failed: int
    tokens: int

    def going_on(self, beginning: Beginning) -> tuple[Sample, ...]:
        """The texts with this beginning, without it: it was found by what they share and is no vote of theirs."""
        return tuple(
            Sample(
                id=sample.id,
                text=sample.text.removeprefix(beginning.text),
                opening=beginning.text,
                temperature=sample.temperature,
            )
            for sample in self.samples
            if sample.text.startswith(beginning.text)
        )


def bare_texts(model: Model, plan: AskPlan, *, folder: Path, name: str = "bare") -> BareTexts:
    """Let a model write `plan.each` texts out of nothing, at temperature 1; `plan.bare` must hold.

    For providers that go on with a bare text (`weights`). The log is `NAME/NAME.eval`. SoulwrightError where not one
    request was answered.
    """
    assert plan.bare
    requests: Sequence[Request] = [
        Request(id=f"{name}-{number}", opening="", context="", temperature=1.0) for number in range(1, plan.each + 1)
    ]
    drawn = ask_round(model, plan, requests, folder, name)
    return BareTexts(
        samples=drawn.samples,
        beginnings=recurring_beginnings([sample.text for sample in drawn.samples]),
        failed=drawn.failed,
        tokens=drawn.tokens,
    )


def read_through(
    model: Model, plan: AskPlan, draws: Draws, *, folder: Path, more: Sequence[Sample] = (), rounds: int = 3
) -> Draws:
    """Ask how the text goes on, from a few words before each place, and read it again.

    For a model that goes on with bare texts. The first round asks every forty words, so that no seam is passed over by
    samples which all end there; further ones at seams, gaps, thin places and the end, until none is left or the text
    stays as it is. Four draws a place. The logs are `through/through-N`; `more` are samples that were drawn elsewhere.
    """
    opening, samples = plan.openings[0], [*draws.samples, *more]
    recovered = read_back(samples) if more else draws.recovered
    asked, failed, tokens = draws.requests, draws.failed, draws.tokens
    for number in range(1, rounds + 1):
        requests = _through(recovered, opening, number)
        if not requests:
            break
        found = ask_round(model, plan, requests, folder / "through", f"through-{number}")
        asked, failed, tokens = asked + len(requests), failed + found.failed, tokens + found.tokens
        samples += found.samples
        before, recovered = recovered, read_back(samples)
        if recovered.text == before.text:
            break
    return replace(draws, recovered=recovered, samples=tuple(samples), requests=asked, failed=failed, tokens=tokens)


def _through(recovered: Recovered, opening: str, number: int) -> tuple[Request, ...]:
    words = recovered.words
    places = {gap.at for gap in recovered.gaps} | {at for at, word in enumerate(words) if word.covered < _THIN}
    places |= set(range(0, len(words), _EVERY)) if number == 1 else set()
    chosen: list[int] = []
    for at in sorted(places | {len(words)}):
        if at > _LED_UP and (not chosen or at - chosen[-1] > _LED_UP):
            chosen.append(at)
    requests: list[Request] = []
    for at in chosen:
        given = text_of(word.word for word in words[max(0, at - _LED_UP - _GIVEN) : at - _LED_UP]).strip()
        requests += draws_of(f"t{number}-w{at}", opening, _DRAWS, context=given)
    return tuple(requests)
