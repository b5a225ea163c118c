"""Clauses as a prompt shows them: those that a conversation touches, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soulwright.spec import Clause, Kind, Spec
from soulwright.spec.exports import by_binding, estimate_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseShown:
    """A clause as a model sees it."""

    id: str
    kind: str
    authority: str
    text: str


def shown(clause: Clause) -> ClauseShown:
    """What a prompt shows of a clause."""
    return ClauseShown(id=clause.id, kind=clause.kind.value, authority=clause.authority, text=clause.text)


def clauses_for(spec: Spec, conversation: str, tokens: int) -> tuple[Clause, ...]:
    """The clauses that a conversation is likely to touch, in the document's order; all of them where there is room.

    Hard limits come first, then those whose words (with their reasons and examples) are most like the conversation's.
    """
    if sum(estimate_tokens(clause.text) for clause in spec.clauses) <= tokens:
        return spec.clauses
    likeness = dict(zip((clause.id for clause in spec.clauses), _likeness(spec.clauses, conversation), strict=True))
    order = sorted(by_binding(spec), key=lambda one: (one.kind is not Kind.HARD_LIMIT, -likeness[one.id]))
    chosen: set[str] = set()
    for clause in order:
        tokens -= estimate_tokens(clause.text)
        if tokens < 0:
            break
        chosen.add(clause.id)
    return tuple(clause for clause in spec.clauses if clause.id in chosen)


def _likeness(clauses: Sequence[Clause], conversation: str) -> list[float]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [
        " ".join((clause.title, clause.text, *clause.reasons, *(example.body for example in clause.examples)))
        for clause in clauses
    ]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(
        [*texts, conversation]
    )
    return [float(value) for value in (vectors[:-1] @ vectors[-1].T).toarray().ravel()]
