"""What a document lets be moved: its clauses as switches, compiled once, so that a ruling only looks things up.

Every `default` clause is a switch with the values that it declares. Every hard limit and protection, and every clause
whose level says who may override it, is a switch with the two values `in_force` and `lifted`; most of them nobody can
move. Whose say counts, and by whose word a clause is excepted, is worked out here; who wins is decided in `_resolve`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from soulwright.policy._ruling import IN_FORCE, LIFTED
from soulwright.spec import Adjustment, Clause, Kind, Spec, parse

_OPERATORS = ("operator", "developer")
_USER = "user"
_STANDING = (Kind.HARD_LIMIT, Kind.PROTECTION)
_BIND, _YIELD = "bind", "yield"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The one value that a hard limit or protection on the same concept leaves to a default."""

    clause_id: str
    kind: Kind
    authority: str
    value: str
    unless: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One line of a ruling: what can be moved there, by whom, and what it takes.

    `movers` are the levels entitled to it and `implied_by` those of them whose merely implied wish suffices. `binds`:
    what a higher level sets, lower ones cannot change. `lifters` are the behaviours that, at their last value, take the
    clause away.
    """

    name: str
    clause_id: str
    kind: Kind
    authority: str
    values: tuple[str, ...]
    default: str
    movers: frozenset[str]
    implied_by: frozenset[str]
    requires: frozenset[str]
    unless: frozenset[str]
    bounds: tuple[Bound, ...]
    lifters: tuple[str, ...]
    binds: bool

    @property
    def words(self) -> frozenset[str]:
        """The agreements, attestations and conditions that can matter to it."""
        return self.requires.union(self.unless, *(bound.unless for bound in self.bounds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The levels at which somebody speaks, highest first, and which of them are the operator's and the user's."""

    speaking: tuple[str, ...]
    operator: str
    user: str

    def above_operator(self) -> tuple[str, ...]:
        """The levels that belong to the provider."""
        return self.speaking[: self.speaking.index(self.operator)]


def levels_of(spec: Spec) -> Levels:
    """Who speaks in `spec`: the user at `user` (or the lowest level), the operator at `operator` or `developer`.

    A document that names neither gives the operator the level above the user's. What stands below the user's level,
    such as guidelines, is a level of clauses, at which nobody speaks.
    """
    user = _USER if _USER in spec.levels else spec.levels[-1]
    above = spec.levels[: spec.levels.index(user)]
    named = [level for level in _OPERATORS if level in above]
    # With one level above the user's that level is the provider's: nobody becomes the provider by default.
    operator = named[0] if named else above[-1] if len(above) > 1 else _OPERATORS[0]
    speaking = (*above, user) if operator in above else (*above, operator, user)
    return Levels(speaking=speaking, operator=operator, user=user)


def behaviours(spec: Spec) -> Mapping[str, Clause]:
    """The default clauses of a document by the behaviour that each governs (its `about`, else its id)."""
    return {clause.about or clause.id: clause for clause in spec.clauses if clause.kind is Kind.DEFAULT}


def switches(spec: Spec) -> Mapping[str, Switch]:
    """Everything that a ruling decides, by name, in the order of the document.

    A default goes by its behaviour. Another clause goes by its `about` where nothing else does, else by its id.
    """
    governed = behaviours(spec)
    lifters = {name: clause for name, clause in governed.items() if clause.lifts}
    found: dict[str, Switch] = {}
    binds = _binds(spec)
    for clause in spec.clauses:
        if clause.kind is Kind.DEFAULT:
            name = clause.about or clause.id
            found[name] = _default_switch(spec, name, clause, binds)
        elif clause.kind in _STANDING or clause.adjustable_by or "adjustable_by" in clause.inferred:
            # A default may be called as another clause is: no clause may vanish behind it.
            names = (clause.about or clause.id, clause.id, f"clause {clause.id}")
            name = next((name for name in names if name not in governed and name not in found), names[-1])
            by = tuple(lifter for lifter, lifting in lifters.items() if clause.id in lifting.lifts)
            found[name] = _standing_switch(name, clause, by, binds)
    return found


def _default_switch(spec: Spec, name: str, clause: Clause, binds: bool) -> Switch:
    values = clause.values or (IN_FORCE, LIFTED)
    return Switch(
        name=name,
        clause_id=clause.id,
        kind=clause.kind,
        authority=clause.authority,
        values=values,
        default=clause.default or values[0],
        movers=frozenset({*clause.adjustable_by, *_at_or_above(spec, clause.authority)}),
        implied_by=_implied_by(clause),
        requires=frozenset(clause.requires),
        unless=frozenset(clause.unless),
        bounds=tuple(_bounds(spec, name, values)),
        lifters=(),
        binds=binds,
    )


def _standing_switch(name: str, clause: Clause, lifters: tuple[str, ...], binds: bool) -> Switch:
    if clause.kind is Kind.HARD_LIMIT:
        movers: frozenset[str] = frozenset()
    elif clause.kind is Kind.PROTECTION:
        movers = frozenset(clause.waivable_by)
    else:
        movers = frozenset(clause.adjustable_by)
    return Switch(
        name=name,
        clause_id=clause.id,
        kind=clause.kind,
        authority=clause.authority,
        values=(IN_FORCE, LIFTED),
        default=IN_FORCE,
        movers=movers,
        implied_by=_implied_by(clause),
        requires=frozenset(clause.requires),
        unless=frozenset(clause.unless),
        bounds=(),
        lifters=lifters,
        binds=binds,
    )


def _at_or_above(spec: Spec, authority: str) -> tuple[str, ...]:
    """A clause speaks for its level: that level and those above it may always move what it leaves open."""
    return spec.levels[: spec.levels.index(authority) + 1] if authority in spec.levels else ()


def _bounds(spec: Spec, name: str, values: tuple[str, ...]) -> Iterator[Bound]:
    """What hard limits and unwaivable protections on the same concept leave of a default's values."""
    for clause in spec.clauses:
        if clause.about == name and clause.kind in _STANDING and not clause.waivable_by:
            yield Bound(
                clause_id=clause.id,
                kind=clause.kind,
                authority=clause.authority,
                value=values[0] if clause.polarity.forbids else values[-1],
                unless=frozenset(clause.unless),
            )


def _binds(spec: Spec) -> bool:
    """Whether what a higher level sets binds the lower ones: as written, and so in documents without front matter.

    The published documents have none, and say of user instructions that they hold unless they conflict with a higher
    level's; a document with front matter fixes a behaviour by a lock unless it says `settings: bind`. A document that
    extends one that binds cannot loosen that.
    """
    if spec.front_matter.get("settings", _YIELD if spec.front_matter else _BIND) == _BIND:
        return True
    fronts = (parse(parent.text, parent.source).front_matter for parent in spec.parents)
    return any((front.settings or (_YIELD if front.written is not None else _BIND)) == _BIND for front in fronts)


def _implied_by(clause: Clause) -> frozenset[str]:
    return frozenset(level for level, how in clause.adjustments.items() if how is Adjustment.IMPLICIT)
