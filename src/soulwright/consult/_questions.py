"""From clauses to questions: what a model is shown of a document when it is asked about one clause of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from soulwright.consult._answers import WrittenAnswer
from soulwright.models import PromptFile, load_prompt
from soulwright.runs import content_key
from soulwright.spec import Clause, Spec
from soulwright.spec.exports import by_binding, estimate_tokens

CONTEXT_TOKENS = 6000
_Weighed = tuple[tuple[Clause, int], ...]  # the clauses, the most binding first, each with its estimated tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherClause:
    """A clause that is shown beside the one that is asked about."""

    id: str
    kind: str
    authority: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedClause:
    """The clause that is asked about; `inferred` names what the document does not state of it."""

    id: str
    kind: str
    authority: str
    section: str
    text: str
    adjustable_by: tuple[str, ...]
    inferred: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseQuestion:
    """The input of the prompt `consult.clause`: one clause, and what stands around it."""

    name: str
    version: str
    levels: tuple[str, ...]
    clause: AskedClause
    reasons: tuple[str, ...]
    examples: tuple[str, ...]
    others: tuple[OtherClause, ...]
    omitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One clause with the words in which a model is asked about it; `key` is a hash of all that they were made from.

    `system` is ours alone and the same for every clause; every word of the document stands in `user`, as JSON.
    """

    clause: Clause
    system: str
    user: str
    key: str


@cache
def clause_prompt() -> PromptFile[WrittenAnswer]:
    """The prompt that asks about a clause."""
    return load_prompt("soulwright.consult", "clause", ClauseQuestion, WrittenAnswer)


def questions(spec: Spec, *, context_tokens: int = CONTEXT_TOKENS) -> tuple[Question, ...]:
    """A question for each clause, in the order of the document.

    Beside the clause the model sees others of the document, as many as fit into about `context_tokens`: those of the
    same section or the same behaviour first, then the most binding ones.
    """
    order = tuple((clause, estimate_tokens(clause.text)) for clause in by_binding(spec))
    return tuple(_question(spec, clause, order, context_tokens) for clause in spec.clauses)


def _question(spec: Spec, clause: Clause, order: _Weighed, context_tokens: int) -> Question:
    others = _others(clause, order, context_tokens)
    asked = AskedClause(
        id=clause.id,
        kind=clause.kind.value,
        authority=clause.authority,
        section=clause.section,
        text=clause.text,
        adjustable_by=clause.adjustable_by,
        inferred=clause.inferred,
    )
    system, user = clause_prompt().render(
        ClauseQuestion(
            name=spec.name,
            version=spec.version,
            levels=spec.levels,
            clause=asked,
            reasons=clause.reasons,
            examples=tuple(f"{example.caption}\n{example.body}".strip() for example in clause.examples),
            others=others,
            omitted=len(order) - 1 - len(others),
        )
    )
    return Question(clause=clause, system=system, user=user, key=content_key(clause_prompt().hash, system, user))


def _others(clause: Clause, order: _Weighed, context_tokens: int) -> tuple[OtherClause, ...]:
    def near(other: Clause) -> bool:
        return other.section == clause.section or (other.about is not None and other.about == clause.about)

    chosen: list[Clause] = []
    room = context_tokens
    rest = [weighed for weighed in order if weighed[0] is not clause]
    for other, tokens in sorted(rest, key=lambda weighed: not near(weighed[0])):
        room -= tokens
        if room < 0:
            break
        chosen.append(other)
    return tuple(
        OtherClause(id=other.id, kind=other.kind.value, authority=other.authority, text=other.text) for other in chosen
    )
