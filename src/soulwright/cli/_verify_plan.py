"""`soulwright verify --target M --judge J --plan`: what would be asked of whom, before anything is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.cli._answer import Outcome
from soulwright.cli._asking import planned_outcome
from soulwright.cli._bank import bank_of
from soulwright.cli._model_options import ModelOptions
from soulwright.cli._options import RunOptions
from soulwright.cli._verify_model import document_of
from soulwright.errors import InputError
from soulwright.situations import Situation
from soulwright.spec import Spec

if TYPE_CHECKING:
    from soulwright.models import Planned

_REPLY_TOKENS = 300  # of a reply that nobody has given yet; stated, as on the page of sizes
_ORDER_TOKENS = 200  # of the order to a violator, with its clause
_WORDS_A_TOKEN = 0.75


def plan_verification(asked: RunOptions, options: ModelOptions) -> Outcome:
    """The questions to the target, the judge, violators and second judges; of an old run only those to judges.

    What a budget buys depends on verdicts: the first of what waits stand for it.
    """
    from soulwright.judge import model_judge, plan_of_judging, transcripts_of

    if options.judge is None:
        raise InputError("nobody is named who judges", help="name any model of Inspect with --judge")
    spec = document_of(options.rejudge or asked.run, options)
    rows: list[Planned] = []
    planted: list[Situation] = []
    tokens = min(options.reply_tokens, _REPLY_TOKENS)
    if options.rejudge is not None:
        said = [(one.situation, one.old.reply) for one in transcripts_of(options.rejudge)]
    elif options.target is None:
        raise InputError("there is nobody to ask", help="name a model with --target, or an old run with --rejudge")
    else:
        bank = bank_of(asked.run, spec, options, budget=asked.budget or 0)
        situations = [*bank.asked, *bank.further[: asked.budget or 0]]
        said = _said(situations, tokens)
        rows.append(replies_planned("replies", options.target, situations, tokens))
        if options.violators:
            planted = _planted(spec, options, situations)
            rows.append(replies_planned("violators", options.violators, planted, tokens, more=_ORDER_TOKENS))
    rows += plan_of_judging(model_judge(spec, options.judge), [*said, *_said(planted, tokens)])
    for name in options.again:
        rows += plan_of_judging(model_judge(spec, name), said, share=options.sample)
    return planned_outcome(rows)


def _said(situations: Sequence[Situation], tokens: int) -> list[tuple[Situation, str]]:
    """Each situation with as many words as a reply may have."""
    return [(one, "word " * round(tokens * _WORDS_A_TOKEN)) for one in situations]


def _planted(spec: Spec, options: ModelOptions, situations: list[Situation]) -> list[Situation]:
    """What violators would be asked: everything by one that keeps to the document, and each clause by who breaks it."""
    from soulwright.judge import model_judge
    from soulwright.models import ModelRole, find_model
    from soulwright.verify import Ordered

    assert options.violators is not None
    assert options.judge is not None
    ordered = Ordered(
        spec=spec,
        model=find_model(options.violators, ModelRole.TARGET),
        situations=situations,
        judge=model_judge(spec, options.judge).judge,
        logs=Path(),
        depends_on="",
    )
    broken = set(ordered.clauses)
    return [*situations, *(one for one in situations for name in one.clause_ids if name in broken)]


def replies_planned(what: str, model: str, situations: Sequence[Situation], tokens: int, *, more: int = 0) -> Planned:
    """The replies of a model to these situations, each read with so many tokens more and answered with so many."""
    from soulwright.models import ModelRole, Planned
    from soulwright.spec.exports import estimate_tokens

    return Planned(
        what=what,
        role=ModelRole.TARGET,
        model=model,
        calls=len(situations),
        most_calls=len(situations),
        tokens_in=sum(more + sum(estimate_tokens(turn.content) for turn in one.messages) for one in situations),
        tokens_out=len(situations) * tokens,
    )
