"""What a document that extends another may say: it adds and tightens; it never loosens a hard limit or a protection.

A clause of the child with the id of a clause of the parent restates it; every other clause is added. Nothing can be
removed. The rules, one function each:

- a hard limit or a protection stays one, word for word, at its authority; its tolerance may only fall, and nothing may
  waive, except or adjust it
- a default stays one, about the same thing; its value may change within the parent's values, but not where leaving it
  requires something; adjusters and values may only become fewer, requirements only more
- any other clause keeps its kind and may be reworded, but not be turned round, weakened or given a lower authority
- priorities keep their order; new ones come after them
- a new clause may not govern a behaviour that a clause of the parent governs, nor lift a hard limit or protection of it
- the tolerance that the front matter gives may only fall for hard limits and protections; a lower one holds for what
  is inherited too
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from soulwright.spec._clauses import Clause, Kind, Polarity, Spec
from soulwright.spec._document import Adjustment, Attributes, Document
from soulwright.spec._mistakes import Mistakes

_FIXED = (Kind.HARD_LIMIT, Kind.PROTECTION)
_FORCE = {
    Polarity.MAY: 0,
    Polarity.SHOULD: 1,
    Polarity.SHOULD_NOT: 1,
    Polarity.MUST: 2,
    Polarity.MUST_NOT: 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loosened:
    """One thing that a child may not do, and the remedy."""

    message: str
    help: str


def inherit(parent: Spec, own: Sequence[Clause], document: Document, mistakes: Mistakes) -> tuple[Clause, ...]:
    """The clauses of the parent, as far as they are not restated, with the child's; records what may not be."""
    inherited = {clause.id: clause for clause in parent.clauses}
    written = _written(document)
    restated: dict[str, Clause] = {}
    added: list[Clause] = []
    for clause in own:
        marks = written.get(clause.id)
        line = clause.span.line if marks is None else marks.line
        before = inherited.get(clause.id)
        if before is None:
            added.append(clause)
            found = [*_added(clause, parent)]
        else:
            restated[clause.id] = _completed(before, clause, marks.values if marks else {})
            found = [*_restated(before, restated[clause.id], parent), *_reranked(before, marks, parent)]
        for item in found:
            mistakes.add(item.message, line=line, help=item.help)
    _check_ids(parent, document, mistakes)
    for item in _front(parent, document):
        mistakes.add(item.message, line=1, help=item.help)
    kept = [restated.get(clause.id) or _from(parent, clause, document) for clause in parent.clauses]
    return (*kept, *_ranked_after(kept, added))


def _from(parent: Spec, clause: Clause, document: Document) -> Clause:
    """A clause as it was inherited; a lower tolerance that the child gives its kind holds for it too."""
    share = document.front_matter.tolerance.get(clause.kind.value, clause.tolerance)
    return replace(clause, source=clause.source or parent.source, tolerance=min(clause.tolerance, share))


def _written(document: Document) -> Mapping[str, Attributes]:
    """The attributes of every clause of the child, as written."""
    sections = (document.preamble, *document.sections)
    blocks = [block.attributes for section in sections for block in section.prose]
    found = [attributes for attributes in (*(section.attributes for section in sections), *blocks) if attributes]
    return {attributes.id: attributes for attributes in found}


def _completed(before: Clause, after: Clause, written: Mapping[str, str]) -> Clause:
    """The restated clause; what it does not say itself, it takes from the clause that it restates."""
    same: dict[str, Any] = {"rank": before.rank}
    for key in ("about", "values", "requires", "waivable_by", "tolerance", "severity", "beneficiary"):
        if key not in written:
            same[key] = getattr(before, key)
    if "adjustable_by" not in written:
        same |= {"adjustable_by": before.adjustable_by, "adjustments": before.adjustments}
    return replace(
        after,
        **same,
        reasons=tuple(dict.fromkeys((*before.reasons, *after.reasons))),
        examples=(*before.examples, *after.examples),
        inferred=tuple(name for name in after.inferred if name not in same),
    )


def _reranked(before: Clause, marks: Attributes | None, parent: Spec) -> Iterator[_Loosened]:
    rank = marks.get("rank") if marks else None
    if rank is not None and rank != str(before.rank):
        message = f"`{before.id}` of `{parent.name}` has rank {before.rank}"
        yield _Loosened(message=message, help="leave `rank` out: priorities keep their order")


def _ranked_after(kept: Sequence[Clause], added: Sequence[Clause]) -> Iterator[Clause]:
    """New priorities rank after all of the parent's."""
    last = max((clause.rank or 0 for clause in kept), default=0)
    new = sorted((clause for clause in added if clause.kind is Kind.PRIORITY), key=lambda clause: clause.rank or 0)
    ranks = {clause.id: last + place for place, clause in enumerate(new, start=1)}
    for clause in added:
        yield replace(clause, rank=ranks[clause.id]) if clause.id in ranks else clause


def _check_ids(parent: Spec, document: Document, mistakes: Mistakes) -> None:
    """A heading of the child may not take the id of a clause of the parent."""
    known = {clause.id for clause in parent.clauses}
    for section in document.sections:
        if section.attributes is not None and section.id in known and section.authority is None:
            message = f"the heading `{section.id}` has the id of a clause of `{parent.name}`"
            mistakes.add(message, line=section.span.line, help="choose another id for the heading")


def _restated(before: Clause, after: Clause, parent: Spec) -> Iterator[_Loosened]:
    name = f"`{before.id}` of `{parent.name}`"
    if after.kind is not before.kind:
        yield _Loosened(
            message=f"{name} is a {before.kind.value.replace('_', ' ')} and stays one",
            help=f"write `kind={before.kind}`, or choose another id for a clause of your own",
        )
        return
    if parent.levels.index(after.authority) > parent.levels.index(before.authority):
        remedy = f"write `authority={before.authority}`"
        yield _Loosened(message=f"{name} has the authority of the {before.authority}", help=remedy)
    if before.about != after.about:
        remedy = f"write `about={before.about}`" if before.about else "leave `about` out"
        yield _Loosened(message=f"{name} is about something else", help=remedy)
    if set(after.unless) - set(before.unless) or set(after.lifts) - set(before.lifts):
        yield _Loosened(message=f"{name} gets a new exception", help="leave `unless` and `lifts` as they are")
    if before.kind in _FIXED:
        yield from _fixed(before, after, name)
    elif before.kind is Kind.DEFAULT:
        yield from _default(before, after, name)
    else:
        yield from _otherwise(before, after, name)


def _fixed(before: Clause, after: Clause, name: str) -> Iterator[_Loosened]:
    what = before.kind.value.replace("_", " ")
    if after.text != before.text or after.polarity is not before.polarity:
        yield _Loosened(
            message=f"{name} is a {what} and holds word for word",
            help="repeat its words, or add a stricter clause with an id of its own",
        )
    if after.tolerance > before.tolerance:
        remedy = f"write a tolerance of at most {before.tolerance}"
        yield _Loosened(message=f"{name} is a {what}, and its tolerance may only fall", help=remedy)
    if set(after.waivable_by) - set(before.waivable_by):
        yield _Loosened(message=f"{name} is a {what} that nobody else may waive", help="leave `waivable_by` as it is")


def _default(before: Clause, after: Clause, name: str) -> Iterator[_Loosened]:
    if set(after.values) - set(before.values):
        remedy = f"choose among {', '.join(before.values)}"
        yield _Loosened(message=f"{name} gets values that it does not have there", help=remedy)
    wider = [level for level, how in after.adjustments.items() if not _within(before, level, how)]
    if wider:
        remedy = f"write `adjustable_by={','.join(before.adjustable_by) or 'none'}`, or fewer"
        yield _Loosened(message=f"{name} may not be adjusted by the {wider[0]} there", help=remedy)
    if before.requires and after.default != before.default:
        yield _Loosened(
            message=f"{name} requires {', '.join(before.requires)} to leave `{before.default}`",
            help=f"write `default={before.default}`: who extends a document cannot attest for its operators",
        )
    missing = sorted(set(before.requires) - set(after.requires))
    if missing:
        yield _Loosened(
            message=f"{name} requires {', '.join(missing)}", help=f"write `requires={','.join(before.requires)}`"
        )


def _within(before: Clause, level: str, how: Adjustment) -> bool:
    allowed = before.adjustments.get(level)
    return allowed is Adjustment.IMPLICIT or allowed is how


def _otherwise(before: Clause, after: Clause, name: str) -> Iterator[_Loosened]:
    if before.kind is not Kind.PERMISSION and (
        _FORCE[after.polarity] < _FORCE[before.polarity] or after.polarity.forbids is not before.polarity.forbids
    ):
        yield _Loosened(
            message=f"{name} asks `{before.polarity}` and would ask `{after.polarity}`",
            help="keep its force or strengthen it",
        )


def _added(clause: Clause, parent: Spec) -> Iterator[_Loosened]:
    known = {other.id: other for other in parent.clauses}
    for name in clause.lifts:
        if name in known and known[name].kind in _FIXED:
            what = known[name].kind.value.replace("_", " ")
            yield _Loosened(
                message=f"`{clause.id}` would lift the {what} `{name}` of `{parent.name}`", help="remove it"
            )
    if clause.kind not in (Kind.DEFAULT, Kind.PERMISSION) or clause.about is None:
        return
    for other in parent.clauses:
        if other.about == clause.about and (other.kind in _FIXED or other.kind is clause.kind is Kind.DEFAULT):
            yield _Loosened(
                message=f"`{clause.about}` is governed by `{other.id}` of `{parent.name}` already",
                help=f"restate it as `#{other.id}`, or give this clause another `about=`",
            )


def _front(parent: Spec, document: Document) -> Iterator[_Loosened]:
    front = document.front_matter
    tie = parent.front_matter.get("tie")
    if tie and front.tie and front.tie != tie:
        yield _Loosened(message=f"the tie rule differs from that of `{parent.name}`", help=f"write `tie: {tie}`")
    before = parent.front_matter.get("tolerance")
    for kind in _FIXED:
        share = before.get(kind.value) if isinstance(before, Mapping) else None
        own = front.tolerance.get(kind.value)
        if isinstance(share, int | float) and own is not None and own > share:
            message = f"the tolerance of `{kind}` is {share} in `{parent.name}` and may only fall"
            yield _Loosened(message=message, help=f"write at most `{kind}: {share}`, or leave it out")
