"""The meaning of a ruling, written a second time: slowly, from the clauses alone, sharing nothing with the resolver.

It asks of every wish a list of plain questions. Where the two differ, one of them is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from soulwright.policy import Deployment, UserAdjustments
from soulwright.spec import Clause, Kind, Spec


@dataclass(frozen=True)
class Answer:
    """What holds, whose doing it is, and for each level that speaks whether its wish came true (None: no wish)."""

    value: str
    decided_by: str
    granted: tuple[tuple[str, bool | None], ...]


@dataclass(frozen=True)
class Voice:
    level: str
    wish: str | None
    hinted: bool
    lends: bool
    fixes: bool


def answers(spec: Spec, deployment: Deployment, user: UserAdjustments) -> dict[str, Answer]:
    """The answer on everything that the document lets be ruled on."""
    return {name: answer(spec, name, clause, deployment, user) for name, clause in subjects(spec)}


def subjects(spec: Spec) -> list[tuple[str, Clause]]:
    defaults = [(clause.about or clause.id, clause) for clause in spec.clauses if clause.kind is Kind.DEFAULT]
    taken = {name for name, _ in defaults}
    others = []
    for clause in spec.clauses:
        if clause.kind is Kind.DEFAULT:
            continue
        matters = clause.kind in (Kind.HARD_LIMIT, Kind.PROTECTION) or clause.adjustable_by
        if matters or "adjustable_by" in clause.inferred:
            candidates = [clause.about or clause.id, clause.id, "clause " + clause.id]
            name = next(name for name in candidates if name not in taken)
            taken.add(name)
            others.append((name, clause))
    return [*defaults, *others]


def answer(spec: Spec, name: str, clause: Clause, deployment: Deployment, user: UserAdjustments) -> Answer:
    vouched = set(deployment.agreements) | set(deployment.attestations)
    values = list(clause.values) if clause.kind is Kind.DEFAULT and clause.values else ["in_force", "lifted"]
    usual = (clause.default or values[0]) if clause.kind is Kind.DEFAULT else "in_force"
    value, decided_by = at_rest(spec, name, clause, deployment, user, values, usual, vouched)
    heard: list[Voice] = []
    granted: list[tuple[str, bool | None]] = []
    bound_by: str | None = None
    for voice in voices(spec, name, deployment, user):
        if voice.wish is None:
            granted.append((voice.level, None))
        elif all(
            [
                may_speak(spec, clause, voice, heard),
                not any(other.fixes and may_move(spec, clause, other.level) for other in heard),
                bound_by is None or voice.wish == value or lent(spec, clause, heard),
                not voice.hinted or how(clause, voice.level) == "implicit",
                voice.wish in values,
                voice.wish in (limit(spec, name, clause, values, vouched) or [voice.wish]),
                voice.wish == usual or set(clause.requires) <= vouched,
                voice.wish == usual or not set(clause.unless) & vouched,
            ]
        ):
            value, decided_by = voice.wish, voice.level
            granted.append((voice.level, True))
            if not voice.hinted and chain_of_command(spec):
                bound_by = voice.level
        else:
            granted.append((voice.level, False))
        heard.append(voice)
    return Answer(value, decided_by, tuple(granted))


def at_rest(  # noqa: PLR0917 - everything that is known of one clause
    spec: Spec,
    name: str,
    clause: Clause,
    deployment: Deployment,
    user: UserAdjustments,
    values: list[str],
    usual: str,
    vouched: set[str],
) -> tuple[str, str]:
    """What holds before anybody speaks, and who is behind it."""
    if clause.kind is Kind.DEFAULT:
        left = limit(spec, name, clause, values, vouched)
        if not left or usual in left:
            return usual, clause.authority
        return left[0], next(other.authority for other in limits(spec, name, vouched) if pole(other, values) == left[0])
    lifters = [
        (other_name, other)
        for other_name, other in subjects(spec)
        if other.kind is Kind.DEFAULT and clause.id in other.lifts
    ]
    for other_name, other in reversed(lifters):
        result = answer(spec, other_name, other, deployment, user)
        if result.value == (other.values[-1] if other.values else "lifted"):
            return "lifted", result.decided_by
    return ("lifted" if set(clause.unless) & vouched else "in_force"), clause.authority


def limits(spec: Spec, name: str, vouched: set[str]) -> list[Clause]:
    """The hard limits and unwaivable protections on the concept, but for those excepted."""
    stand = [other for other in spec.clauses if other.kind in (Kind.HARD_LIMIT, Kind.PROTECTION)]
    return [
        other for other in stand if other.about == name and not other.waivable_by and not set(other.unless) & vouched
    ]


def pole(other: Clause, values: list[str]) -> str:
    return values[0] if other.polarity.value.endswith("not") else values[-1]


def limit(spec: Spec, name: str, clause: Clause, values: list[str], vouched: set[str]) -> list[str]:
    """The one value that limits leave of a default; nothing where none binds it."""
    if clause.kind is not Kind.DEFAULT:
        return []
    poles = {pole(other, values) for other in limits(spec, name, vouched)}
    return [value for value in values if value in poles][:1]


def may_move(spec: Spec, clause: Clause, level: str) -> bool:
    if clause.kind is Kind.HARD_LIMIT:
        return False
    if clause.kind is Kind.PROTECTION:
        return level in clause.waivable_by
    if level in clause.adjustable_by:
        return True
    ranked = list(spec.levels)
    speaks_for_it = (
        level in ranked and clause.authority in ranked and ranked.index(level) <= ranked.index(clause.authority)
    )
    return clause.kind is Kind.DEFAULT and speaks_for_it


def lent(spec: Spec, clause: Clause, heard: list[Voice]) -> bool:
    return any(other.lends and may_move(spec, clause, other.level) for other in heard)


def may_speak(spec: Spec, clause: Clause, voice: Voice, heard: list[Voice]) -> bool:
    return may_move(spec, clause, voice.level) or lent(spec, clause, heard)


def how(clause: Clause, level: str) -> str:
    return str(clause.adjustments.get(level, "explicit"))


def chain_of_command(spec: Spec) -> bool:
    return spec.front_matter.get("settings", "yield" if spec.front_matter else "bind") == "bind"


def speakers(spec: Spec) -> tuple[list[str], str, str]:
    levels = list(spec.levels)
    user = "user" if "user" in levels else levels[-1]
    above = levels[: levels.index(user)]
    for operator in ("operator", "developer"):
        if operator in above:
            return [*above, user], operator, user
    if len(above) >= 2:
        return [*above, user], above[-1], user
    return [*above, "operator", user], "operator", user


def voices(spec: Spec, name: str, deployment: Deployment, user: UserAdjustments) -> list[Voice]:
    """Who speaks of `name`, highest first."""
    levels, operator, person = speakers(spec)
    found = []
    for level in levels:
        if level == operator:
            wish, hinted = wished(name, dict(deployment.settings), dict(deployment.implied))
            found.append(Voice(level, wish, hinted, name in deployment.grants, name in deployment.locked))
        elif level == person:
            found.append(Voice(level, *wished(name, dict(user.settings), dict(user.implied)), False, False))
        elif level in deployment.layers:
            found.append(Voice(level, deployment.layers[level].get(name), False, False, False))
    return found


def wished(name: str, said: dict[str, str], hinted: dict[str, str]) -> tuple[str | None, bool]:
    if name in said:
        return said[name], False
    return hinted.get(name), True
