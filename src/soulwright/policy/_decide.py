"""Who decides: the meaning of defaults, settings, requirements, exceptions, grants and locks, on one screen.

`decide`, `_document` and `_objections` are the whole meaning. Pure and total: every switch, whatever anybody says of
it, gets a value; who is not entitled to move it does not, and is told why. No text is an input. The tests hold it to
these sentences: nobody moves a hard limit; only whom a protection names waives it; no behaviour leaves its default with
a requirement unmet; users never move what is fixed; nobody moves what they may not adjust.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from soulwright.policy._ruling import LIFTED, Decision, Outcome, Principal, Reason, Step
from soulwright.policy._switches import Bound, Switch
from soulwright.spec import Kind

RESOLVER = "2"  # the version of the meaning: whatever changes a ruling changes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """What one level says of one behaviour: the value it wants, and whether it lends or fixes it for those below."""

    level: str
    principal: Principal
    wanted: str | None = None
    implied: bool = False
    grants: bool = False
    locks: bool = False


def decide(switch: Switch, says: tuple[Say, ...], words: frozenset[str], lifted_by: tuple[Decision, ...]) -> Decision:
    """The document's value, moved by each level in turn, highest first, where nothing objects.

    `words` are those that the operator agreed to or vouches for, `lifted_by` the decisions that take the clause away.
    """
    trace = list(_document(switch, words, lifted_by))
    value, decided_by, responsible = trace[-1].wanted or switch.default, trace[-1].level, _answers(trace[-1], lifted_by)
    set_by = ""
    for position, say in enumerate(says):
        higher = says[:position]
        if say.wanted is None:
            trace.append(_step(switch, say.level, Outcome.SILENT, None, Reason.SILENT, "asked for nothing"))
        elif objection := next(_objections(switch, say, higher, words, "" if say.wanted == value else set_by), None):
            trace.append(_step(switch, say.level, Outcome.REJECTED, say.wanted, *objection))
        else:
            lent = None if say.level in switch.movers else _lender(switch, higher)
            why = (Reason.GRANTED, f"the {lent.level} grants it") if lent else (Reason.ENTITLED, "entitled to it")
            trace.append(_step(switch, say.level, Outcome.APPLIED, say.wanted, *why))
            value, decided_by, responsible = say.wanted, say.level, (lent or say).principal
            if switch.binds and not say.implied:
                set_by = say.level
    return Decision(
        behaviour=switch.name,
        value=value,
        clause_id=switch.clause_id,
        decided_by=decided_by,
        trace=tuple(trace),
        responsible=responsible,
    )


def _objections(
    switch: Switch, say: Say, higher: tuple[Say, ...], words: frozenset[str], set_by: str
) -> Iterator[tuple[Reason, str]]:
    """Why `say` does not get what it wants, the most telling reason first; nothing where it does."""
    entitled = [other for other in higher if other.level in switch.movers]
    granted = any(other.grants for other in entitled)
    if not switch.movers:
        yield STANDING.get(switch.kind, Reason.NOT_ADJUSTABLE), immovable(switch.clause_id, switch.kind)
    if fixed_by := [other.level for other in entitled if other.locks]:
        yield Reason.LOCKED, f"the {fixed_by[0]} has fixed it"
    if say.level not in switch.movers and not granted:
        yield _not_entitled(switch, say, entitled)
    if set_by and not granted:
        yield Reason.OVERRULED, f"the {set_by} has set it, which binds the {say.level}"
    if say.implied and say.level not in switch.implied_by:
        yield Reason.NOT_EXPLICIT, f"it is only implied, and the {say.level} has to ask for it explicitly"
    if say.wanted not in switch.values:
        yield Reason.UNKNOWN_VALUE, f"`{say.wanted}` is not one of {', '.join(switch.values)}"
    if (bound := _bound(switch, words)) and say.wanted != bound.value:
        yield STANDING[bound.kind], f"`{bound.clause_id}` leaves it no value but `{bound.value}`"
    # To ask for the document's own default takes no papers and knows no exclusion: those are for leaving it.
    if say.wanted != switch.default and (missing := switch.requires - words):
        yield Reason.NEEDS_PAPER, f"it requires {', '.join(sorted(missing))}"
    if say.wanted != switch.default and (excluded := switch.unless & words):
        yield Reason.EXCLUDED, f"the clause excludes it where {', '.join(sorted(excluded))} holds"


def _document(switch: Switch, words: frozenset[str], lifted_by: tuple[Decision, ...]) -> Iterator[Step]:
    """What holds before anybody speaks: the default, within its bounds; of a clause, whether it is in force."""
    yield _step(
        switch, switch.authority, Outcome.APPLIED, switch.default, Reason.DEFAULT, "the default of the document"
    )
    if (bound := _bound(switch, words)) and bound.value != switch.default:
        reason = f"`{bound.clause_id}` leaves it no other value"
        yield _step(switch, bound.authority, Outcome.APPLIED, bound.value, Reason.BOUND, reason)
    if switch.kind is not Kind.DEFAULT and (holds := switch.unless & words):
        reason = f"the clause does not hold where {', '.join(sorted(holds))} does, and the operator vouches for that"
        yield _step(switch, switch.authority, Outcome.APPLIED, LIFTED, Reason.EXCEPTION, reason)
    for decision in lifted_by:
        reason = f"`{decision.behaviour}` is `{decision.value}` and takes it away (`{decision.clause_id}`)"
        yield _step(switch, decision.decided_by, Outcome.APPLIED, LIFTED, Reason.LIFTED, reason)


_CALLED = {
    Kind.HONESTY: "a matter of honesty",
    Kind.CHARACTER: "a matter of character",
    Kind.META: "about the document",
}
# What a clause is called that nobody at all may move.
STANDING = {Kind.HARD_LIMIT: Reason.HARD_LIMIT, Kind.PROTECTION: Reason.PROTECTION}


def _lender(switch: Switch, higher: tuple[Say, ...]) -> Say | None:
    """Who lends a level what it may not move itself: the highest level that may, and that grants it."""
    return next((other for other in higher if other.grants and other.level in switch.movers), None)


def _bound(switch: Switch, words: frozenset[str]) -> Bound | None:
    """The bound that counts: of several the one that leaves least, since refraining keeps all of them."""
    if not switch.bounds:
        return None
    active = [bound for bound in switch.bounds if not bound.unless & words]
    return min(active, key=lambda bound: switch.values.index(bound.value), default=None)


def _answers(step: Step, lifted_by: tuple[Decision, ...]) -> Principal:
    """Who answers for what holds before anybody speaks: the provider, or who brought about the exception."""
    if step.code is Reason.LIFTED:
        return lifted_by[-1].responsible
    return Principal.OPERATOR if step.code is Reason.EXCEPTION else Principal.PROVIDER


def _not_entitled(switch: Switch, say: Say, entitled: list[Say]) -> tuple[Reason, str]:
    if switch.kind is Kind.PROTECTION:
        return Reason.PROTECTION, f"the {say.level} may not waive it: only the {', '.join(sorted(switch.movers))} may"
    if lenders := [other.level for other in entitled if other.principal is Principal.OPERATOR]:
        return Reason.NEEDS_GRANT, f"the {say.level} may not adjust it unless the {lenders[0]} grants it"
    return Reason.NOT_ADJUSTABLE, f"the {say.level} may not adjust it"


def immovable(clause_id: str, kind: Kind) -> str:
    """What is said to whoever tries to switch what is no switch."""
    return f"`{clause_id}` is {_CALLED.get(kind, 'a ' + kind.value.replace('_', ' '))}, which nobody can switch"


def _step(switch: Switch, level: str, outcome: Outcome, wanted: str | None, code: Reason, reason: str) -> Step:
    return Step(level=level, outcome=outcome, wanted=wanted, reason=reason, clause_id=switch.clause_id, code=code)
