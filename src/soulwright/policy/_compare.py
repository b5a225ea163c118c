"""Two deployments, or one deployment under two documents: for each behaviour, which of the two allows users more.

A request is a wish of a user, or none; all of them are tried in both, so an answer is never a guess and each comes with
the request that shows it. More is possible where more values can be reached; where as many can be, what holds without a
wish counts, in the order of the values, least permissive first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._read import user_to_dict
from soulwright.policy._resolve import resolve_one
from soulwright.policy._switches import Switch, switches
from soulwright.spec import Kind, Spec

ABSENT = "absent"  # what a document says of a behaviour that it does not know


class Relation(StrEnum):
    """How the second of two stands to the first, for one behaviour."""

    EQUIVALENT = "equivalent"
    """No user can tell the two apart."""
    MORE_PERMISSIVE = "more_permissive"
    """Whatever could be had can still be had, and something more."""
    LESS_PERMISSIVE = "less_permissive"
    """Nothing new can be had, and something no longer can."""
    INCOMPARABLE = "incomparable"
    """Something more and something less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A user's request that is answered differently, with both answers."""

    user: UserAdjustments
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One behaviour in both: how they stand to each other, and a request that shows it (none where equivalent)."""

    behaviour: str
    relation: Relation
    clause_before: str | None
    clause_after: str | None
    witness: Witness | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two that are compared: a document and a deployment under it."""

    spec: Spec
    deployment: Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Every behaviour of the two, in the order of the documents."""

    before: Side
    after: Side
    compared: tuple[Compared, ...]

    def count(self, relation: Relation) -> int:
        """How many behaviours stand in `relation`."""
        return Counter(item.relation for item in self.compared)[relation]

    @property
    def changed(self) -> tuple[Compared, ...]:
        """The behaviours in which the two differ."""
        return tuple(item for item in self.compared if item.relation is not Relation.EQUIVALENT)


def compare(before: Side, after: Side) -> Comparison:
    """How `after` stands to `before`, behaviour by behaviour."""
    ours, theirs = switches(before.spec), switches(after.spec)
    names = tuple(dict.fromkeys((*ours, *theirs)))
    return Comparison(
        before=before,
        after=after,
        compared=tuple(_compare(name, before, after, ours.get(name), theirs.get(name)) for name in names),
    )


def comparison_to_dict(comparison: Comparison) -> dict[str, object]:
    """The comparison as JSON values."""
    sides = {"before": comparison.before, "after": comparison.after}
    return {
        "format": "soulwright/comparison/1",
        **{
            key: {
                "spec": {"name": side.spec.name, "version": side.spec.version, "hash": side.spec.hash},
                "operator": side.deployment.operator,
            }
            for key, side in sides.items()
        },
        "counts": {relation.value: comparison.count(relation) for relation in Relation},
        "behaviours": [_compared_to_dict(item) for item in comparison.compared],
    }


def _compare(name: str, before: Side, after: Side, ours: Switch | None, theirs: Switch | None) -> Compared:
    requests = list(_requests(name, before, after, ours, theirs))
    answers = [(request, _answer(name, before, request), _answer(name, after, request)) for request in requests]
    order = (*_order(before.spec, ours), *_order(after.spec, theirs))
    relation = _relation([(one, two) for _, one, two in answers], order)
    shown = next((answer for answer in answers if _shows(relation, answer, answers)), None)
    return Compared(
        behaviour=name,
        relation=relation,
        clause_before=ours.clause_id if ours else None,
        clause_after=theirs.clause_id if theirs else None,
        witness=Witness(user=shown[0], before=shown[1], after=shown[2]) if shown else None,
    )


_Answer = tuple[UserAdjustments, str, str]


def _requests(
    name: str, before: Side, after: Side, ours: Switch | None, theirs: Switch | None
) -> Iterator[UserAdjustments]:
    """No wish, each wish outright and each merely implied, and with them what may take the clause away."""
    wishes = dict.fromkeys(value for switch in (ours, theirs) if switch for value in switch.values)
    lifting: dict[str, str] = {}
    for side, switch in ((before, ours), (after, theirs)):
        for lifter in switch.lifters if switch else ():
            lifting[lifter] = switches(side.spec)[lifter].values[-1]
    yield UserAdjustments()
    for chosen in product((False, True), repeat=len(lifting)):
        others = {lifter: value for (lifter, value), on in zip(lifting.items(), chosen, strict=True) if on}
        if others:
            yield UserAdjustments(settings=others)
        for wish in wishes:
            yield UserAdjustments(settings={**others, name: wish})
            yield UserAdjustments(settings=others, implied={name: wish})


def _answer(name: str, side: Side, request: UserAdjustments) -> str:
    decision = resolve_one(side.spec, name, side.deployment, request)
    return ABSENT if decision is None else decision.value


def _order(spec: Spec, switch: Switch | None) -> tuple[str, ...]:
    """The values and `absent`, least permissive first.

    Values are declared in this order, and a behaviour that a document does not know is off. Of a clause that is in
    force or lifted, and of one that only says who may override it, being in force is least, not being there is most.
    """
    if switch is None:
        return ()
    if switch.kind is not Kind.DEFAULT:
        return (*switch.values, ABSENT)
    inferred = "default" in spec.clause(switch.clause_id).inferred
    return (*switch.values[::-1], ABSENT) if inferred else (ABSENT, *switch.values)


def _relation(answers: list[tuple[str, str]], order: tuple[str, ...]) -> Relation:
    """How the second answers stand to the first; `answers` begins with the one to no wish at all."""
    rank = {value: index for index, value in reversed(list(enumerate(order)))}
    moves = [rank[two] - rank[one] for one, two in answers if one != two]
    had, have = {one for one, _ in answers}, {two for _, two in answers}
    standing = rank[answers[0][1]] - rank[answers[0][0]]
    if not moves:
        return Relation.EQUIVALENT
    # A wider choice is more, also where it widens downwards, unless what holds without a wish falls.
    if (had < have and standing >= 0) or (not had < have and not have < had and min(moves) > 0):
        return Relation.MORE_PERMISSIVE
    if (have < had and standing <= 0) or (not had < have and not have < had and max(moves) < 0):
        return Relation.LESS_PERMISSIVE
    return Relation.INCOMPARABLE


def _shows(relation: Relation, answer: _Answer, answers: list[_Answer]) -> bool:
    """Whether a request shows the relation best: one that is newly met or no longer met, else any that differs."""
    request, one, two = answer
    if relation is Relation.EQUIVALENT or one == two:
        return False
    had, have = {one for _, one, _ in answers}, {two for _, _, two in answers}
    new, gone = have - had, had - have
    if relation is Relation.MORE_PERMISSIVE and new:
        return two in new and _asked(request, two)
    if relation is Relation.LESS_PERMISSIVE and gone:
        return one in gone and _asked(request, one)
    return True


def _asked(request: UserAdjustments, value: str) -> bool:
    """Whether the request asks for just this, or for nothing."""
    wishes: Mapping[str, str] = {**request.implied, **request.settings}
    return not wishes or value in wishes.values()


def _compared_to_dict(item: Compared) -> dict[str, object]:
    witness = item.witness
    return {
        "behaviour": item.behaviour,
        "relation": item.relation.value,
        "clause": {"before": item.clause_before, "after": item.clause_after},
        "witness": None
        if witness is None
        else {"user": user_to_dict(witness.user), "before": witness.before, "after": witness.after},
    }
