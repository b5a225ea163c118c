"""The ruling on a whole document: `decide` for every switch, remembered, and what was asked for in vain.

The inputs of one switch are few, so each is decided once and looked up from then on; nothing that is remembered can
change a ruling. Left out on purpose: a clock (`as_of` drops what has lapsed) and texts of any kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from soulwright.policy._decide import STANDING, Say, decide, immovable
from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._ruling import Decision, Outcome, Principal, Reason, Rejection, Ruling
from soulwright.policy._switches import Levels, Switch, levels_of, switches
from soulwright.spec import Spec


def resolve(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """The value of every behaviour and clause of `spec` that a ruling decides, for this deployment and this user."""
    table = table_of(spec)
    words = deployment.agreements | deployment.attestations
    on = _lifting(table, deployment, user, words) if table.lifters else {}
    decisions: dict[str, Decision] = {}
    refused: list[Rejection] = []
    for name, row in table.rows.items():
        entry = _entry(row, table.levels, deployment, user, words, on)
        decisions[name] = entry.decision
        if entry.rejected:
            refused.extend(entry.rejected)
    return Ruling(decisions=decisions, rejected=(*refused, *_in_vain(spec, table, deployment, user)))


def resolve_one(spec: Spec, behaviour: str, deployment: Deployment, user: UserAdjustments) -> Decision | None:
    """What `resolve` decides on one behaviour, alone; None where the document has no such behaviour."""
    table = table_of(spec)
    row = table.rows.get(behaviour)
    if row is None:
        return None
    words = deployment.agreements | deployment.attestations
    on = _lifting(table, deployment, user, words) if row.switch.lifters else {}
    return _entry(row, table.levels, deployment, user, words, on).decision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A decision, and what of it was refused."""

    decision: Decision
    rejected: tuple[Rejection, ...]


_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A switch, the words that can matter to it, and what was decided so far for which input."""

    switch: Switch
    words: frozenset[str]
    known: dict[_Key, _Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A document, ready to be ruled on. `by_operator` are the switches that grants and locks can concern."""

    spec: Spec
    levels: Levels
    rows: Mapping[str, _Row]
    lifters: tuple[str, ...]
    by_operator: frozenset[str]


# What can be remembered without a limit would be a leak: wanted values come from outside.
_MOST_REMEMBERED = 4096
_MOST_TABLES = 64
_NO_WORDS: frozenset[str] = frozenset()
_TABLES: dict[int, _Table] = {}


def table_of(spec: Spec) -> _Table:
    """The table of `spec`, made on the first call. Whether it is remembered changes no ruling."""
    table = _TABLES.get(id(spec))
    if table is None or table.spec is not spec:
        if len(_TABLES) >= _MOST_TABLES:
            _TABLES.clear()
        table = _TABLES[id(spec)] = _make_table(spec)
    return table


def _make_table(spec: Spec) -> _Table:
    levels, found = levels_of(spec), switches(spec)
    rows = {name: _Row(switch=switch, words=switch.words) for name, switch in found.items()}
    return _Table(
        spec=spec,
        levels=levels,
        rows=rows,
        lifters=tuple(dict.fromkeys(lifter for switch in found.values() for lifter in switch.lifters)),
        by_operator=frozenset(name for name, switch in found.items() if levels.operator in switch.movers),
    )


def _entry(
    row: _Row,
    levels: Levels,
    deployment: Deployment,
    user: UserAdjustments,
    words: frozenset[str],
    on: Mapping[str, Decision],
) -> _Entry:
    """`decide` for one row, looked up where the same input was decided before."""
    switch = row.switch
    name = switch.name
    relevant = row.words & words if row.words else _NO_WORDS
    lifted_by = _taking_away(switch, on) if on and switch.lifters else ()
    key = (
        deployment.settings.get(name),
        user.settings.get(name),
        name in deployment.grants,
        name in deployment.locked,
        relevant,
        deployment.implied.get(name) if deployment.implied else None,
        user.implied.get(name) if user.implied else None,
        _lifted_key(lifted_by) if lifted_by else (),
        _layers_key(name, deployment.layers) if deployment.layers else (),
    )
    entry = row.known.get(key)
    if entry is None:
        decision = decide(switch, _says(name, levels, deployment, user), relevant, lifted_by)
        entry = _Entry(decision=decision, rejected=tuple(_refused(decision)))
        if len(row.known) < _MOST_REMEMBERED:
            row.known[key] = entry
    return entry


def _says(name: str, levels: Levels, deployment: Deployment, user: UserAdjustments) -> tuple[Say, ...]:
    """What each level says of one behaviour, highest first; the provider's only where it is configured to speak."""
    says = []
    for level in levels.speaking:
        if level == levels.operator:
            wanted, implied = _wanted(name, deployment.settings, deployment.implied)
            grants, locks = name in deployment.grants, name in deployment.locked
            says.append(
                Say(
                    level=level,
                    principal=Principal.OPERATOR,
                    wanted=wanted,
                    implied=implied,
                    grants=grants,
                    locks=locks,
                )
            )
        elif level == levels.user:
            wanted, implied = _wanted(name, user.settings, user.implied)
            says.append(Say(level=level, principal=Principal.USER, wanted=wanted, implied=implied))
        elif level in deployment.layers:
            says.append(Say(level=level, principal=Principal.PROVIDER, wanted=deployment.layers[level].get(name)))
    return tuple(says)


def _wanted(name: str, settings: Mapping[str, str], implied: Mapping[str, str]) -> tuple[str | None, bool]:
    """What is wanted, and whether it is merely implied: what is said explicitly goes first."""
    wanted = settings.get(name)
    return (wanted, False) if wanted is not None else (implied.get(name), name in implied)


def _taking_away(switch: Switch, on: Mapping[str, Decision]) -> tuple[Decision, ...]:
    return tuple(on[lifter] for lifter in switch.lifters if lifter in on)


def _lifted_key(lifted_by: tuple[Decision, ...]) -> _Key:
    return tuple((decision.behaviour, decision.decided_by, decision.responsible) for decision in lifted_by)


def _layers_key(name: str, layers: Mapping[str, Mapping[str, str]]) -> _Key:
    return tuple((level, said.get(name)) for level, said in sorted(layers.items()))


def _lifting(
    table: _Table, deployment: Deployment, user: UserAdjustments, words: frozenset[str]
) -> Mapping[str, Decision]:
    """The behaviours that are at their last value and so take other clauses away."""
    decided = {
        name: _entry(table.rows[name], table.levels, deployment, user, words, {}).decision for name in table.lifters
    }
    return {
        name: decision for name, decision in decided.items() if decision.value == table.rows[name].switch.values[-1]
    }


def _refused(decision: Decision) -> Iterator[Rejection]:
    for step in decision.trace:
        if step.outcome is Outcome.REJECTED:
            yield Rejection(
                level=step.level,
                behaviour=decision.behaviour,
                wanted=step.wanted or "",
                reason=step.reason,
                clause_id=step.clause_id,
                code=step.code,
            )


def _in_vain(spec: Spec, table: _Table, deployment: Deployment, user: UserAdjustments) -> Iterator[Rejection]:
    """What was asked for in vain beyond the steps: unknown names and levels, grants and locks without effect."""
    levels = table.levels
    for level, settings in (
        (levels.operator, deployment.settings),
        (levels.operator, deployment.implied),
        (levels.user, user.settings),
        (levels.user, user.implied),
        *deployment.layers.items(),
    ):
        for name in sorted(settings.keys() - table.rows.keys()) if settings else ():
            yield _unknown(spec, level, name, settings[name])
    for wanted, names in (("grant", deployment.grants), ("lock", deployment.locked)):
        for name in sorted(names - table.by_operator) if names else ():
            yield _without_effect(spec, table, name, wanted)
    for level in deployment.layers.keys() - set(levels.speaking) | deployment.layers.keys() & {
        levels.operator,
        levels.user,
    }:
        yield from _at_no_level(level, deployment.layers[level])


def _without_effect(spec: Spec, table: _Table, name: str, wanted: str) -> Rejection:
    row = table.rows.get(name)
    if row is None or not row.switch.movers:
        return _unknown(spec, table.levels.operator, name, wanted)
    return Rejection(
        level=table.levels.operator,
        behaviour=name,
        wanted=wanted,
        reason=f"the {table.levels.operator} may not adjust it, so a {wanted} has no effect",
        clause_id=row.switch.clause_id,
        code=Reason.NO_EFFECT,
    )


def _at_no_level(level: str, settings: Mapping[str, str]) -> Iterator[Rejection]:
    for name, wanted in sorted(settings.items()):
        reason = f"nobody speaks for the provider at `{level}`"
        yield Rejection(
            level=level, behaviour=name, wanted=wanted, reason=reason, clause_id=None, code=Reason.UNKNOWN_LEVEL
        )


def _unknown(spec: Spec, level: str, name: str, wanted: str) -> Rejection:
    """A name that no switch goes by: of a clause that is none, or of nothing at all."""
    clause = spec.about(name) or next((clause for clause in spec.clauses if clause.id == name), None)
    if clause is None:
        reason, code = "the document has no such behaviour", Reason.UNKNOWN_BEHAVIOUR
    else:
        reason, code = immovable(clause.id, clause.kind), STANDING.get(clause.kind, Reason.NOT_ADJUSTABLE)
    clause_id = None if clause is None else clause.id
    return Rejection(level=level, behaviour=name, wanted=wanted, reason=reason, clause_id=clause_id, code=code)
