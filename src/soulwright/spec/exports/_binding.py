"""How firmly a clause binds, as an order: what nobody may move comes first."""

from __future__ import annotations

from soulwright.spec._clauses import Clause, Kind, Polarity, Spec

_UNMOVABLE = (Kind.HARD_LIMIT, Kind.PROTECTION, Kind.PRIORITY)
_AMONG_EQUALS = (
    *(Kind.RULE, Kind.HONESTY, Kind.PERMISSION, Kind.DEFAULT),
    *(Kind.CHARACTER, Kind.FACTOR, Kind.DEFINITION, Kind.META),
)
_FORCE = {Polarity.MUST: 0, Polarity.MUST_NOT: 0, Polarity.SHOULD: 1, Polarity.SHOULD_NOT: 1, Polarity.MAY: 2}


def by_binding(spec: Spec) -> tuple[Clause, ...]:
    """The clauses, the most binding first.

    Hard limits, then protections, then priorities by rank; then the others by the level they speak for, highest level
    first, and within a level by kind (rules and honesty before defaults, what explains last), by force (must, should,
    may) and in the order of the document.
    """
    levels = {level: place for place, level in enumerate(spec.levels)}
    places = {clause.id: place for place, clause in enumerate(spec.clauses)}

    def key(clause: Clause) -> tuple[int, ...]:
        place = places[clause.id]
        if clause.kind in _UNMOVABLE:
            return _UNMOVABLE.index(clause.kind), clause.rank or 0, _FORCE[clause.polarity], place
        level = levels.get(clause.authority, len(levels))
        kind = _AMONG_EQUALS.index(clause.kind) if clause.kind in _AMONG_EQUALS else len(_AMONG_EQUALS)
        return len(_UNMOVABLE), level, kind, _FORCE[clause.polarity], place

    return tuple(sorted(spec.clauses, key=key))
