"""What a recovery would ask, before anything is asked.

How many rounds a recovery takes depends on what the model says, so they are planned at their most: every request that
the limits allow, each reply as long as it may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

from soulwright.models import Decoding, MessageLike, ModelRole, Planned, PromptFile, Scored, load_prompt, planned
from soulwright.recover._bare import BARE_TEXTS, LONGEST_BEGINNING
from soulwright.recover._behaviour import Conversation, parted
from soulwright.recover._discovery import FRAGMENT_DRAWS, MOST_FOUND, discovery_requests
from soulwright.recover._drawing import AskPlan, Prefill, tokens_of
from soulwright.recover._extraction import AS_IT_IS
from soulwright.recover._judged_behaviour import (
    AT_ONCE,
    MOST_RULES,
    ClauseText,
    Difference,
    Followings,
    Matches,
    Observations,
    Pair,
    RuleAndClauses,
    Rules,
    RulesAndPair,
)
from soulwright.recover._probing import CONTEXT, Request, begun_requests, first_requests, prefill_requests
from soulwright.situations import message_to_dict
from soulwright.spec import Spec
from soulwright.spec.exports import estimate_tokens

REPLY_TOKENS = 300  # of a reply that nobody has given yet; stated
_FILLING = "word " * 225  # as many words as these tokens have
_RULE = "When: somebody asks for a thing of this sort. Then: it does this, and says so in these words."
_PACKAGE = "soulwright.recover"


def plan_recovery(plan: AskPlan, model: str, *, texts: int = BARE_TEXTS) -> tuple[Planned, ...]:
    """What `recover_from` or, bare and without an opening, `recover_from_nothing` would ask of the model at most."""
    from_nothing = plan.bare and not plan.openings
    beginnings = [_row("bare texts", model, texts, 0, texts * LONGEST_BEGINNING)] if from_nothing else []
    discovery = discovery_requests(plan.each) if plan.discover else ()
    goes_on = plan.discover or bool(plan.begun) or plan.rounds > 1
    prefill = prefill_requests() if plan.prefill is Prefill.DETECT and goes_on else ()
    left = max(0, plan.most_requests - len(discovery))
    openings = plan.openings or ("",)
    first = (*first_requests(openings, plan.each), *begun_requests(plan.begun, openings[0], plan.each))[:left]
    more = max(0, left - len(first) - len(prefill))
    if plan.rounds == 1:
        more = min(more, MOST_FOUND * (plan.each + FRAGMENT_DRAWS)) if plan.discover else 0
    opening = max((estimate_tokens(each) for each in plan.openings), default=LONGEST_BEGINNING)
    rows = [
        *beginnings,
        _requests("discovery", model, discovery, plan),
        _requests("trial of prefill", model, prefill, plan),
        _requests("first requests", model, first, plan),
        _row("further requests", model, more, more * (opening + CONTEXT), more * plan.max_tokens),
    ]
    return tuple(row for row in rows if row.calls)


def plan_induction(
    conversations: Sequence[Conversation],
    models: Sequence[str],
    *,
    judge: str | None = None,
    spec: Spec | None = None,
    max_tokens: int = REPLY_TOKENS,
) -> tuple[Planned, ...]:
    """What it would ask to find rules: the same of each model and, where a judge is named, of the judge at most."""
    read = sum(estimate_tokens(turn.content) for each in conversations for turn in each.messages)
    count, length = len(conversations), min(max_tokens, REPLY_TOKENS)
    rows = [_row("replies", model, count, read, count * length) for model in models]
    return (*rows, *(_readings(conversations, judge, spec) if judge else ()))


class CountingScorer:
    """`ScoresTexts` that scores nothing: it counts what a model of this name would read."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._tokens: list[int] = []

    def log_probabilities(
        self,
        contexts: Sequence[Sequence[MessageLike]],
        texts: Sequence[str],
        *,
        decoding: Decoding = AS_IT_IS,  # noqa: ARG002 - a text is read once, whatever is asked about it
    ) -> list[Scored]:
        """No probability for any text."""
        for context, text in zip(contexts, texts, strict=True):
            self._tokens.append(estimate_tokens(text) + sum(estimate_tokens(turn.content) for turn in context))
        return [Scored(log_probabilities=(), ends=()) for _ in texts]

    @property
    def planned(self) -> Planned:
        """What was counted: a call for each text, which writes one token."""
        return _row("texts to score", self._model, len(self._tokens), sum(self._tokens), len(self._tokens))


def _readings(conversations: Sequence[Conversation], judge: str, spec: Spec | None) -> list[Planned]:
    seen, kept = parted(list(conversations))
    pairs = {each.id: Pair(conversation=_dicts(each), reply_x=_FILLING, reply_y=_FILLING) for each in seen}
    observed = Observations(observations=[{"when": _RULE, "does": _RULE, "the other does": _RULE}] * AT_ONCE)
    parts = ceil(len(seen) / AT_ONCE)
    lists = [observed] * (parts + (parts > 1))
    tests = [
        RulesAndPair(rules=[_RULE] * MOST_RULES, conversation=_dicts(each), reply_x=_FILLING, reply_y=_FILLING)
        for each in kept
    ]
    rows = [
        _judged(load_prompt(_PACKAGE, "difference", Pair, Difference), pairs.values(), judge),
        _judged(load_prompt(_PACKAGE, "consolidate", Observations, Rules), lists, judge),
        _judged(load_prompt(_PACKAGE, "follows", RulesAndPair, Followings), tests, judge),
    ]
    if spec is not None:
        clauses = [ClauseText(id=clause.id, text=clause.text) for clause in spec.clauses]
        asked = [RuleAndClauses(rule=_RULE, clauses=clauses)] * MOST_RULES
        rows.append(_judged(load_prompt(_PACKAGE, "clauses", RuleAndClauses, Matches), asked, judge))
    return rows


def _dicts(conversation: Conversation) -> list[dict[str, str]]:
    return [message_to_dict(message) for message in conversation.messages]


def _judged(prompt: PromptFile[Any], questions: Iterable[object], judge: str) -> Planned:
    return planned(prompt, questions, role=ModelRole.JUDGE, model=judge)


def _requests(what: str, model: str, requests: Sequence[Request], plan: AskPlan) -> Planned:
    read = sum(estimate_tokens(request.opening) + estimate_tokens(request.context) for request in requests)
    return _row(what, model, len(requests), read, sum(tokens_of(plan, request) for request in requests))


def _row(what: str, model: str, calls: int, tokens_in: int, tokens_out: int) -> Planned:
    return Planned(
        what=what,
        role=ModelRole.TARGET,
        model=model,
        calls=calls,
        most_calls=calls,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
    )
