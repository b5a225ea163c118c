"""The words beside a clause: what sort of norm it is, who speaks, and who may change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from soulwright.spec._clauses import Clause, Kind
from soulwright.spec._document import Adjustment
from soulwright.spec.pages._measured import Measured
from soulwright.spec.pages._nodes import Badge, Norm

_KIND_MEANS = {
    Kind.HARD_LIMIT: "never, whoever asks; nobody may unlock it",
    Kind.RULE: "what the model does or refrains from, with no switch",
    Kind.DEFAULT: "what holds until someone entitled changes it",
    Kind.PROTECTION: "owed to users; operators cannot remove it",
    Kind.PERMISSION: "what the model may do",
    Kind.PRIORITY: "one of the things that matter, in order",
    Kind.HONESTY: "one component of honesty",
    Kind.FACTOR: "something to weigh in a judgement",
    Kind.CHARACTER: "what the model is like",
    Kind.DEFINITION: "what a word of the document means",
    Kind.META: "about the document itself",
}


def norm_of(clause: Clause, measured: Mapping[str, Measured]) -> Norm:
    """Everything the page says about a clause besides its words."""
    return Norm(
        id=clause.id,
        kind=clause.kind.value,
        authority=clause.authority,
        badges=tuple(_badges(clause)),
        measured=measured.get(clause.id),
    )


def _badges(clause: Clause) -> Iterator[Badge]:
    inferred = " (inferred, the document does not say so)" if "kind" in clause.inferred else ""
    yield Badge(
        text=clause.kind.value.replace("_", " "),
        css=f"kind k-{clause.kind.value}" + (" inferred" if inferred else ""),
        title=_KIND_MEANS[clause.kind] + inferred,
    )
    yield Badge(text=clause.authority, css="authority", title=f"the level that speaks: {clause.authority}")
    if clause.default is not None and not ("default" in clause.inferred and clause.default == "on"):
        values = f" of {', '.join(clause.values)}" if len(clause.values) > 2 else ""
        yield Badge(text=f"default: {clause.default}", css="switch", title=f"what holds until it is changed{values}")
    yield from _adjusters(clause)
    for word in clause.requires:
        yield Badge(text=f"needs {word.replace('_', ' ')}", css="needs", title="what must be agreed or attested first")
    for word in clause.unless:
        yield Badge(text=f"unless {word.replace('_', ' ')}", css="unless", title="an exception")
    if clause.waivable_by:
        yield Badge(text=f"{' or '.join(clause.waivable_by)} may waive it", css="who", title="for themselves")


def _adjusters(clause: Clause) -> Iterator[Badge]:
    said = [level for level, how in clause.adjustments.items() if how is Adjustment.EXPLICIT]
    implied = [level for level, how in clause.adjustments.items() if how is Adjustment.IMPLICIT]
    if said:
        yield Badge(
            text=f"{' or '.join(said)} may change it",
            css="who",
            title="by saying so",
        )
    if implied:
        yield Badge(text=f"{' or '.join(implied)} may change it, also by context", css="who", title="implicitly")
