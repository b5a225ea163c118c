"""What a ruling means to those who must live with it: every line with its clause, and what could be moved by whom.

Nothing here decides anything: what somebody could do is found out by asking the resolver what it would say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from soulwright.errors import InputError
from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._record import decision_to_dict, record
from soulwright.policy._resolve import resolve, resolve_one
from soulwright.policy._ruling import Decision, Outcome, Principal, Reason, Ruling, Step
from soulwright.policy._switches import Switch, levels_of, switches
from soulwright.spec import Clause, Spec


class Availability(StrEnum):
    """Whether somebody can have a value that does not hold now."""

    NOW = "now"
    """It is theirs for the asking."""
    AFTER = "after"
    """After the agreements or attestations in `needs`."""
    BY_GRANT = "by_grant"
    """Once the operator grants it (and has brought what `needs` names)."""
    FIXED = "fixed"
    """Not while the operator keeps it set or locked."""
    OFF_THE_TABLE = "off_the_table"
    """Never, whatever anybody brings: the clause `by` says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value that one principal does not have now: whether they could, what it takes, and which clause says so."""

    principal: Principal
    value: str
    availability: Availability
    needs: tuple[str, ...]
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an explanation: what is decided, the clause that it rests on, and what else could be had."""

    switch: Switch
    clause: Clause
    decision: Decision
    options: tuple[Option, ...]

    def step(self, level: str) -> Step | None:
        """The say of `level` beyond the document's; None where it has none."""
        spoken = [step for step in self.decision.trace[1:] if step.level == level]
        return spoken[-1] if spoken else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A whole ruling, explained: its lines in the order of the document, and the levels that speak."""

    spec: Spec
    deployment: Deployment
    user: UserAdjustments
    ruling: Ruling
    lines: tuple[Line, ...]
    levels: tuple[str, ...]
    notes: tuple[str, ...]

    def line(self, name: str) -> Line:
        """The line of a behaviour or of a clause id; InputError where the ruling has none."""
        for line in self.lines:
            if name in (line.switch.name, line.clause.id):
                return line
        raise _not_decided(self.spec, name, (line.switch.name for line in self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would come of one wish: the decision on it, and every other behaviour that would change with it."""

    principal: Principal
    behaviour: str
    wanted: str
    decision: Decision
    changes: tuple[tuple[str, str, str], ...]

    @property
    def granted(self) -> bool:
        """Whether the wish would come true."""
        return self.decision.value == self.wanted


def explain(spec: Spec, deployment: Deployment, user: UserAdjustments | None = None) -> Explanation:
    """The ruling of `spec` for this deployment and user, with what everybody could have instead."""
    user = user or UserAdjustments()
    ruling = resolve(spec, deployment, user)
    levels = levels_of(spec)
    spoken = (level for level in levels.speaking if level in (levels.operator, levels.user, *deployment.layers))
    return Explanation(
        spec=spec,
        deployment=deployment,
        user=user,
        ruling=ruling,
        lines=tuple(_line(spec, switch, ruling, deployment, user) for switch in switches(spec).values()),
        levels=tuple(spoken),
        notes=tuple(_notes(spec, ruling, deployment)),
    )


def what_if(
    spec: Spec, deployment: Deployment, user: UserAdjustments, *, behaviour: str, wanted: str
) -> tuple[WhatIf, WhatIf]:
    """What would come of it if the operator set `behaviour` to `wanted`, and if the user asked for it.

    Raises `InputError` where the document decides nothing of that name.
    """
    before = resolve(spec, deployment, user)
    if behaviour not in before.decisions:
        raise _not_decided(spec, behaviour, before.decisions)
    tried = (
        (Principal.OPERATOR, _set(deployment, behaviour, wanted), _unset(user, behaviour)),
        (Principal.USER, deployment, _ask(user, behaviour, wanted)),
    )
    return tuple(  # type: ignore[return-value]  # two in, two out
        _outcome(before, resolve(spec, one, other), principal, behaviour, wanted) for principal, one, other in tried
    )


def explanation_to_dict(explanation: Explanation) -> dict[str, object]:
    """The record of the ruling (see `record`), and for each decision its clause, its place and its options."""
    written = record(explanation.spec, explanation.deployment, explanation.user)
    clauses = {line.clause.id: _clause_to_dict(line.clause, explanation.spec) for line in explanation.lines}
    options = {line.switch.name: [_option_to_dict(option) for option in line.options] for line in explanation.lines}
    return {**written, "clauses": clauses, "options": options, "notes": list(explanation.notes)}


def what_if_to_dict(found: WhatIf) -> dict[str, object]:
    """One answer of `what_if` as JSON values."""
    return {
        "principal": found.principal.value,
        "behaviour": found.behaviour,
        "wanted": found.wanted,
        "granted": found.granted,
        "decision": decision_to_dict(found.decision),
        "changes": [{"behaviour": name, "before": before, "after": after} for name, before, after in found.changes],
    }


def _not_decided(spec: Spec, name: str, known: Iterable[str]) -> InputError:
    return InputError(f"`{spec.name}` decides nothing called `{name}`", help=f"it decides {', '.join(known)}")


def _line(spec: Spec, switch: Switch, ruling: Ruling, deployment: Deployment, user: UserAdjustments) -> Line:
    return Line(
        switch=switch,
        clause=spec.clause(switch.clause_id),
        decision=ruling.decisions[switch.name],
        options=tuple(_options(spec, switch, deployment, user)),
    )


def _options(spec: Spec, switch: Switch, deployment: Deployment, user: UserAdjustments) -> Iterator[Option]:
    """For the operator and for the user every value that would not come out if they were silent."""
    alone = replace(deployment, settings=_without(deployment.settings, switch.name))
    silent = replace(user, settings=_without(user.settings, switch.name))
    for wanted in switch.values:
        yield _option(spec, switch, wanted, Principal.OPERATOR, alone, silent)
        yield _option(spec, switch, wanted, Principal.USER, deployment, silent)


def _option(
    spec: Spec, switch: Switch, wanted: str, principal: Principal, deployment: Deployment, user: UserAdjustments
) -> Option:
    """Whether `principal` could have `wanted`: tried as things stand, with every paper, and with a grant."""
    now = step_if_asked(spec, switch, wanted, principal, deployment, user)
    if now.outcome is Outcome.APPLIED:
        return _made(principal, wanted, Availability.NOW, (), now)
    name = switch.name
    papers = replace(deployment, attestations=deployment.attestations | switch.requires)
    unlocked = replace(papers, locked=papers.locked - {name}, settings=_without(papers.settings, name))
    trials: tuple[tuple[Availability, Deployment], ...] = (
        (Availability.AFTER, papers),
        (Availability.FIXED, unlocked),
        (Availability.BY_GRANT, replace(unlocked, grants=unlocked.grants | {name})),
    )
    for availability, tried in trials:
        if step_if_asked(spec, switch, wanted, principal, tried, user).outcome is Outcome.APPLIED:
            needs = missing_papers(switch, deployment) if wanted != switch.default else ()
            return _made(principal, wanted, availability, needs, now)
    return _made(principal, wanted, Availability.OFF_THE_TABLE, (), now)


def _made(principal: Principal, value: str, availability: Availability, needs: tuple[str, ...], step: Step) -> Option:
    return Option(
        principal=principal, value=value, availability=availability, needs=needs, by=step.clause_id, reason=step.reason
    )


def missing_papers(switch: Switch, deployment: Deployment) -> tuple[str, ...]:
    """The agreements and attestations that the clause requires and the operator has not."""
    return tuple(sorted(switch.requires - deployment.agreements - deployment.attestations))


def step_if_asked(
    spec: Spec, switch: Switch, wanted: str, principal: Principal, deployment: Deployment, user: UserAdjustments
) -> Step:
    """The step that the resolver would take if `principal` asked for `wanted`."""
    levels = levels_of(spec)
    if principal is Principal.OPERATOR:
        deployment, level = _set(deployment, switch.name, wanted), levels.operator
    else:
        user, level = _ask(user, switch.name, wanted), levels.user
    decision = resolve_one(spec, switch.name, deployment, user)
    assert decision is not None, "every switch is decided"
    return next(step for step in reversed(decision.trace) if step.level == level)


def _outcome(before: Ruling, after: Ruling, principal: Principal, behaviour: str, wanted: str) -> WhatIf:
    changes = tuple(
        (name, before.decisions[name].value, decision.value)
        for name, decision in after.decisions.items()
        if before.decisions[name].value != decision.value
    )
    return WhatIf(
        principal=principal, behaviour=behaviour, wanted=wanted, decision=after.decisions[behaviour], changes=changes
    )


def _set(deployment: Deployment, behaviour: str, wanted: str) -> Deployment:
    return replace(
        deployment,
        settings={**deployment.settings, behaviour: wanted},
        implied=_without(deployment.implied, behaviour),
    )


def _ask(user: UserAdjustments, behaviour: str, wanted: str) -> UserAdjustments:
    return replace(user, settings={**user.settings, behaviour: wanted}, implied=_without(user.implied, behaviour))


def _unset(user: UserAdjustments, behaviour: str) -> UserAdjustments:
    return replace(user, settings=_without(user.settings, behaviour), implied=_without(user.implied, behaviour))


def _without(settings: Mapping[str, str], name: str) -> Mapping[str, str]:
    return {key: value for key, value in settings.items() if key != name}


def _notes(spec: Spec, ruling: Ruling, deployment: Deployment) -> Iterator[str]:
    """What a reader should know that is neither a mistake nor a refusal."""
    asked = frozenset[str]().union(*(switch.words for switch in switches(spec).values()))
    for word in sorted((deployment.agreements | deployment.attestations) - asked):
        yield f"no clause of {spec.name} asks for `{word}`, so it changes nothing"
    persona = ruling.value("persona")
    if deployment.persona is not None and persona == "off":
        yield f"the persona `{deployment.persona.name}` has no effect while `persona` is off"
    if deployment.scope and ruling.value("topics") == "off":
        yield "the scope has no effect while `topics` is off"
    for decision in ruling.decisions.values():
        for step in decision.trace:
            if step.code in (Reason.EXCEPTION, Reason.LIFTED):
                yield f"`{decision.clause_id}` does not stand: {step.reason}"


def _clause_to_dict(clause: Clause, spec: Spec) -> dict[str, object]:
    return {
        "text": clause.text,
        "kind": clause.kind.value,
        "authority": clause.authority,
        "hash": clause.hash,
        "source": clause.source or spec.source,
        "line": clause.span.line,
        "span": [clause.span.start, clause.span.end],
    }


def _option_to_dict(option: Option) -> dict[str, object]:
    return {
        "principal": option.principal.value,
        "value": option.value,
        "availability": option.availability.value,
        "needs": list(option.needs),
        "clause": option.by,
        "reason": option.reason,
    }
