"""From clauses to questions: what a model is shown of a document when it is asked about one clause of it."""

from __future__ import annotations

from dataclasses import dataclass

from soulwright.consult._prompts import ClauseQuestion, OtherClause, Prompt, load_prompt
from soulwright.runs import content_key
from soulwright.spec import Clause, Spec
from soulwright.spec.exports import by_binding, estimate_tokens

CONTEXT_TOKENS = 6000
_Weighed = tuple[tuple[Clause, int], ...]  # the clauses, the most binding first, each with its estimated tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One clause with the words in which a model is asked about it; `key` is a hash of all that they were made from."""

    clause: Clause
    text: str
    key: str


def questions(spec: Spec, *, context_tokens: int = CONTEXT_TOKENS) -> tuple[Question, ...]:
    """A question for each clause, in the order of the document.

    Beside the clause the model sees others of the document, as many as fit into about `context_tokens`: those of the
    same section or the same behaviour first, then the most binding ones.
    """
    prompt = load_prompt("clause")
    order = tuple((clause, estimate_tokens(clause.text)) for clause in by_binding(spec))
    return tuple(_question(spec, clause, order, prompt, context_tokens) for clause in spec.clauses)


def _question(spec: Spec, clause: Clause, order: _Weighed, prompt: Prompt, context_tokens: int) -> Question:
    others = _others(clause, order, context_tokens)
    text = prompt.render(
        ClauseQuestion(
            name=spec.name,
            version=spec.version,
            levels=spec.levels,
            clause_id=clause.id,
            kind=clause.kind.value,
            authority=clause.authority,
            section=clause.section,
            text=clause.text,
            inferred=clause.inferred,
            adjustable_by=clause.adjustable_by,
            reasons=clause.reasons,
            examples=tuple(f"{example.caption}\n{example.body}".strip() for example in clause.examples),
            others=others,
            omitted=len(order) - 1 - len(others),
        )
    )
    return Question(clause=clause, text=text, key=content_key(prompt.hash, load_prompt("again").hash, text))


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
