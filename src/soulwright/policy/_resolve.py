"""Who decides: the meaning of defaults, settings, requirements, grants and locks, in one place.

Pure and total: every document that compiles, every deployment and every user get a ruling; what somebody is not
entitled to stays as it was and is reported. The tests hold it to these sentences: no behaviour leaves its default while
a requirement is unmet; users never move what is fixed; nobody moves what they may not adjust; unknown names change
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._ruling import Decision, Outcome, Rejection, Ruling, Step
from soulwright.spec import Clause, Kind, Spec

OPERATOR = "operator"
USER = "user"


def behaviours(spec: Spec) -> Mapping[str, Clause]:
    """The default clauses of a document by the behaviour that each governs (its `about`, else its id)."""
    return {clause.about or clause.id: clause for clause in spec.clauses if clause.kind is Kind.DEFAULT}


def resolve(spec: Spec, deployment: Deployment, user: UserAdjustments) -> Ruling:
    """The value of every behaviour of `spec` for this deployment and this user."""
    decisions = {name: _decide(name, clause, deployment, user) for name, clause in behaviours(spec).items()}
    return Ruling(decisions=decisions, rejected=tuple(_rejections(spec, decisions, deployment, user)))


def _decide(name: str, clause: Clause, deployment: Deployment, user: UserAdjustments) -> Decision:
    value, decided_by = clause.default or clause.values[0], clause.authority
    trace = [_step(clause, clause.authority, Outcome.APPLIED, value, "the default of the document")]
    for level, settings in ((OPERATOR, deployment.settings), (USER, user.settings)):
        wanted = settings.get(name)
        if wanted is None:
            trace.append(_step(clause, level, Outcome.SILENT, None, "asked for nothing"))
        elif objection := _objection(level, name, wanted, clause, deployment):
            trace.append(_step(clause, level, Outcome.REJECTED, wanted, objection))
        else:
            trace.append(_step(clause, level, Outcome.APPLIED, wanted, "entitled to it"))
            value, decided_by = wanted, level
    return Decision(behaviour=name, value=value, clause_id=clause.id, decided_by=decided_by, trace=tuple(trace))


def _objection(level: str, name: str, wanted: str, clause: Clause, deployment: Deployment) -> str:
    """Why `level` does not get `wanted`; empty where it does."""
    operator_may = OPERATOR in clause.adjustable_by
    granted = operator_may and name in deployment.grants
    if level == USER and operator_may and name in deployment.locked:
        return "the operator has fixed it"
    if level not in clause.adjustable_by and not (level == USER and granted):
        way_out = " unless the operator grants it" if level == USER and operator_may else ""
        return f"the {level} may not adjust it{way_out}"
    if wanted not in clause.values:
        return f"`{wanted}` is not one of {', '.join(clause.values)}"
    missing = sorted(set(clause.requires) - deployment.agreements - deployment.attestations)
    # To ask for the document's own default takes no papers: they are for leaving it.
    return f"it requires {', '.join(missing)}" if missing and wanted != clause.default else ""


def _step(clause: Clause, level: str, outcome: Outcome, wanted: str | None, reason: str) -> Step:
    return Step(level=level, outcome=outcome, wanted=wanted, reason=reason, clause_id=clause.id)


def _rejections(
    spec: Spec, decisions: Mapping[str, Decision], deployment: Deployment, user: UserAdjustments
) -> Iterator[Rejection]:
    """Everything that was asked for in vain: refused steps, unknown names, grants and locks without effect."""
    for name, decision in decisions.items():
        for step in decision.trace:
            if step.outcome is Outcome.REJECTED:
                yield Rejection(
                    level=step.level,
                    behaviour=name,
                    wanted=step.wanted or "",
                    reason=step.reason,
                    clause_id=step.clause_id,
                )
    for level, settings in ((OPERATOR, deployment.settings), (USER, user.settings)):
        for name in sorted(settings.keys() - decisions.keys()):
            yield _unknown(spec, level, name, settings[name])
    clauses = behaviours(spec)
    for wanted, names in (("grant", deployment.grants), ("lock", deployment.locked)):
        for name in sorted(names):
            clause = clauses.get(name)
            if clause is None:
                yield _unknown(spec, OPERATOR, name, wanted)
            elif OPERATOR not in clause.adjustable_by:
                reason = f"the operator may not adjust it, so a {wanted} has no effect"
                yield Rejection(level=OPERATOR, behaviour=name, wanted=wanted, reason=reason, clause_id=clause.id)


def _unknown(spec: Spec, level: str, name: str, wanted: str) -> Rejection:
    clause = spec.about(name)
    if clause is None:
        reason = "the document has no such behaviour"
    else:
        reason = f"`{clause.id}` is a {clause.kind.value.replace('_', ' ')}, which nobody can switch"
    return Rejection(
        level=level, behaviour=name, wanted=wanted, reason=reason, clause_id=None if clause is None else clause.id
    )
