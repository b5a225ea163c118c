"""The promises that hold for every possible operator and user, each as a sentence with its check.

Checks read what the clauses promise (`Cell`) and what came of every case (`Table`), never the resolver's own reasons
for it, except where the promise is about those reasons. People read `PROPERTIES` in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from soulwright.policy._cells import SILENT, STANDING, Case, Cell, Table, Wish, against
from soulwright.policy._ruling import IN_FORCE, LIFTED, Decision, Outcome, Principal
from soulwright.spec import Clause, Kind

_SPEAKERS = 2  # a trace ends with a step for the operator and one for the user


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A case in which a promise is broken, and what happens instead."""

    case: Case
    happens: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One promise: its name, its sentence, the cells that it speaks of, and how a table is held to it."""

    name: str
    sentence: str
    applies: Callable[[Cell], bool]
    breaches: Callable[[Table], Iterator[Breach]]
    of_operators: bool = False
    """Whether it compares what different operators do, and so has nothing to say of one deployment."""


def _limit_lifted(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        if cell.clause.kind is Kind.HARD_LIMIT and decision.value != IN_FORCE:
            yield Breach(case=case, happens=f"the hard limit `{cell.clause.id}` is lifted")
        for limit in cell.held:
            if limit.kind is Kind.HARD_LIMIT and against(limit, decision.value, cell.values):
                yield Breach(case=case, happens=f"{_stands(cell, decision)} against the hard limit `{limit.id}`")


def _protection_removed(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        gone = cell.clause.kind is Kind.PROTECTION and decision.value != IN_FORCE
        if gone and not _waived(cell.clause, case, cell, decision):
            yield Breach(case=case, happens=f"the protection `{cell.clause.id}` is gone")
        for owed in cell.held:
            hit = owed.kind is Kind.PROTECTION and against(owed, decision.value, cell.values)
            if hit and not _waived(owed, case, cell, decision):
                happens = f"{_stands(cell, decision)} against the protection `{owed.id}`"
                yield Breach(case=case, happens=happens)


def _waived(owed: Clause, case: Case, cell: Cell, decision: Decision) -> bool:
    """Whether somebody whom the protection names asked for exactly this, in so many words."""
    asked = {cell.operator: case.operator, cell.user: case.user}
    return any(asked.get(level) == Wish(decision.value) for level in owed.waivable_by)


def _moved_without_papers(table: Table) -> Iterator[Breach]:
    cell, required = table.cell, frozenset(table.cell.clause.requires)
    for case, decision in table.rows.items():
        if decision.value != cell.default and (missing := required - case.words):
            happens = (
                f"{_stands(cell, decision)} without {', '.join(sorted(missing))}, which `{cell.clause.id}` requires"
            )
            yield Breach(case=case, happens=happens)


def _moved_though_excluded(table: Table) -> Iterator[Breach]:
    cell, excluding = table.cell, frozenset(table.cell.clause.unless)
    held = frozenset(limit.id for limit in cell.held)
    for case, decision in table.rows.items():
        if not held and decision.value != cell.default and (holds := excluding & case.words):
            happens = (
                f"{_stands(cell, decision)} though {', '.join(sorted(holds))} holds, which `{cell.clause.id}` excludes"
            )
            yield Breach(case=case, happens=happens)


def _operator_out_of_bounds(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        wish = case.operator
        if wish.value is None or _entitled(cell, cell.operator, wish):
            continue
        if decision.value != table.value(case._replace(operator=SILENT)):
            yield Breach(case=case, happens=f"{_asked(cell.operator, wish)} moves it to `{decision.value}`")


def _user_out_of_bounds(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        wish = case.user
        lent = case.granted and cell.operator in cell.movers and wish.value in cell.values
        if wish.value is None or _entitled(cell, cell.user, wish) or (lent and not wish.implied):
            continue
        if decision.value != table.value(case._replace(user=SILENT)):
            yield Breach(case=case, happens=f"{_asked(cell.user, wish)} moves it to `{decision.value}` without a grant")


def _fixed_yet_moved(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        fixed = case.locked and cell.operator in cell.movers
        if fixed and decision.value != table.value(case._replace(user=SILENT)):
            yield Breach(case=case, happens=f"the user moves to `{decision.value}` what the operator has fixed")


def _overruled(table: Table) -> Iterator[Breach]:
    """In a document where settings bind: what the operator has set in so many words, and did not lend, stays."""
    cell = table.cell
    for case, decision in table.rows.items():
        alone = table.value(case._replace(user=SILENT))
        bound = _entitled(cell, cell.operator, case.operator) and not case.operator.implied and not case.granted
        if bound and alone == case.operator.value != decision.value:
            yield Breach(case=case, happens=f"the user moves to `{decision.value}` what the operator has set")


def _lent_more_than_owned(table: Table) -> Iterator[Breach]:
    """What a user can reach by a grant alone is what the operator could have set, or what stands without the user."""
    cell = table.cell
    if cell.user in cell.movers:
        return
    own: dict[tuple[tuple[str, bool], ...], set[str]] = {}
    for case, decision in table.rows.items():
        if case.user == SILENT:
            own.setdefault(case.papers, set()).add(decision.value)
    for case, decision in table.rows.items():
        if case.granted and decision.value not in own[case.papers]:
            yield Breach(case=case, happens=f"the user reaches `{decision.value}`, which the operator could not set")


def _grant_taken_widens(table: Table) -> Iterator[Breach]:
    yield from _widens(table, lambda case: case._replace(granted=False), "taking the grant away lets the user reach")


def _lock_widens(table: Table) -> Iterator[Breach]:
    yield from _widens(table, lambda case: case._replace(locked=True), "fixing it lets the user reach")


def _widens(table: Table, tighter: Callable[[Case], Case], what: str) -> Iterator[Breach]:
    for case, reached in table.reach.items():
        narrower = tighter(case)
        if narrower != case and (more := table.reach[narrower] - reached):
            yield Breach(case=narrower, happens=f"{what} `{min(more)}`")


def _winner_did_not(table: Table) -> Iterator[Breach]:
    for case, decision in table.rows.items():
        heard = decision.trace[-_SPEAKERS:]
        applied = [step for step in heard if step.outcome is Outcome.APPLIED]
        winner = applied[-1] if applied else decision.trace[-_SPEAKERS - 1]
        if (winner.level, winner.wanted) != (decision.decided_by, decision.value):
            happens = (
                f"the {decision.decided_by} is named for `{decision.value}`, the last word was the {winner.level}'s"
            )
            yield Breach(case=case, happens=happens)


def _replays_otherwise(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        value = None
        for step in decision.trace:
            value = step.wanted if step.outcome is Outcome.APPLIED else value
        heard = [(step.level, step.wanted, step.wanted is None) for step in decision.trace[-_SPEAKERS:]]
        silent = [step.outcome is Outcome.SILENT for step in decision.trace[-_SPEAKERS:]]
        said = [(level, wish.value, quiet) for (level, wish), quiet in zip(_spoken(cell, case), silent, strict=True)]
        if value != decision.value:
            yield Breach(case=case, happens=f"the trace replays to `{value}`, the ruling says `{decision.value}`")
        elif heard != said:
            yield Breach(case=case, happens="the trace does not say who asked for what")


def _refused_without_reason(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        for step, (level, wish) in zip(decision.trace[-_SPEAKERS:], _spoken(cell, case), strict=True):
            if step.outcome is Outcome.REJECTED and not (step.reason and step.clause_id == cell.clause.id):
                yield Breach(case=case, happens=f"{_asked(level, wish)} is refused without a reason or a clause")


def _spoken(cell: Cell, case: Case) -> tuple[tuple[str, Wish], ...]:
    return (cell.operator, case.operator), (cell.user, case.user)


def _otherwise_than_written(table: Table) -> Iterator[Breach]:
    """With nobody asking for anything, the document stands: its default, what limits leave of it, its exceptions."""
    cell = table.cell
    for case, decision in table.rows.items():
        if case.operator.value is not None or case.user.value is not None:
            continue
        excepted = cell.clause.kind is not Kind.DEFAULT and frozenset(cell.clause.unless) & case.words
        written = (LIFTED,) if excepted else left_by_limits(cell, case) or (cell.default,)
        if decision.value not in written:
            yield Breach(case=case, happens=f"{_stands(cell, decision)} though the document says `{written[0]}`")


def _withheld(table: Table) -> Iterator[Breach]:
    """Who may move it, has the papers and meets no limit, gets what they ask for."""
    cell = table.cell
    for case, decision in table.rows.items():
        if _may(cell, case, cell.user, case.user) and not _stopped_by_operator(cell, case):
            wanted, who = case.user.value, cell.user
        elif case.user == SILENT and _may(cell, case, cell.operator, case.operator):
            wanted, who = case.operator.value, cell.operator
        else:
            continue
        if decision.value != wanted:
            yield Breach(case=case, happens=f"the {who} may have `{wanted}` and gets `{decision.value}`")


def _may(cell: Cell, case: Case, level: str, wish: Wish) -> bool:
    """Whether the clause and the papers let `level` have its wish."""
    lent = level == cell.user and case.granted and cell.operator in cell.movers and wish.value in cell.values
    entitled = _entitled(cell, level, wish) or (lent and (not wish.implied or level in cell.implied_by))
    if wish.value is None or not entitled or any(wish.value != left for left in left_by_limits(cell, case)):
        return False
    excluded = frozenset(cell.clause.unless) & case.words
    return wish.value == cell.default or (frozenset(cell.clause.requires) <= case.words and not excluded)


def _stopped_by_operator(cell: Cell, case: Case) -> bool:
    """Whether the operator, who may move it, has fixed it, or has set it in a document where that binds."""
    if cell.operator not in cell.movers:
        return False
    return case.locked or (cell.binds and case.operator.value is not None and not case.granted)


def left_by_limits(cell: Cell, case: Case) -> tuple[str, ...]:
    """The values that hard limits and unwaivable protections in force on the same concept leave: none, one or two.

    Of a lower and a higher one the lower counts, since refraining keeps all limits; two are only ever met by no wish.
    """
    held = [limit for limit in cell.held if not limit.waivable_by and not frozenset(limit.unless) & case.words]
    return tuple({cell.values[0 if limit.polarity.forbids else -1] for limit in held})


def _wrong_one_answers(table: Table) -> Iterator[Breach]:
    cell = table.cell
    for case, decision in table.rows.items():
        applied = [step for step in decision.trace[-_SPEAKERS:] if step.outcome is Outcome.APPLIED]
        vouched = cell.clause.kind is not Kind.DEFAULT and frozenset(cell.clause.unless) & case.words
        if not applied:
            answers = Principal.OPERATOR if vouched else Principal.PROVIDER
        else:
            own = applied[-1].level == cell.user and cell.user in cell.movers
            answers = Principal.USER if own else Principal.OPERATOR
        if decision.responsible is not answers:
            happens = f"the {decision.responsible} answers for `{decision.value}`, which the {answers} brought about"
            yield Breach(case=case, happens=happens)


def _no_declared_value(table: Table) -> Iterator[Breach]:
    for case, decision in table.rows.items():
        if decision.value not in table.cell.values:
            yield Breach(case=case, happens=f"`{decision.value}` is no value that `{table.cell.clause.id}` declares")


def _entitled(cell: Cell, level: str, wish: Wish) -> bool:
    implied = not wish.implied or level in cell.implied_by
    return level in cell.movers and wish.value in cell.values and implied


def _asked(level: str, wish: Wish) -> str:
    return f"the {level}'s {'merely implied ' if wish.implied else ''}`{wish.value}`"


def _stands(cell: Cell, decision: Decision) -> str:
    return f"`{cell.name}` is `{decision.value}`"


def _standing(kind: Kind) -> Callable[[Cell], bool]:
    return lambda cell: cell.clause.kind is kind or any(other.kind is kind for other in cell.held)


def _switchable(cell: Cell) -> bool:
    return cell.clause.kind not in STANDING


def _every(cell: Cell) -> bool:
    return bool(cell.name)


PROPERTIES = (
    Property(
        name="hard-limits-stand",
        sentence="No hard limit is ever lifted, whatever an operator or a user says.",
        applies=_standing(Kind.HARD_LIMIT),
        breaches=_limit_lifted,
    ),
    Property(
        name="protections-stand",
        sentence="No protection is ever taken away; only somebody whom its clause names can waive it, by saying so.",
        applies=_standing(Kind.PROTECTION),
        breaches=_protection_removed,
    ),
    Property(
        name="papers-first",
        sentence="Without every agreement and attestation that its clause requires, no behaviour leaves its default.",
        applies=lambda cell: bool(cell.clause.requires),
        breaches=_moved_without_papers,
    ),
    Property(
        name="exclusions-hold",
        sentence="Where a condition holds that its clause excludes, no behaviour leaves its default.",
        applies=lambda cell: cell.clause.kind is Kind.DEFAULT and bool(cell.clause.unless),
        breaches=_moved_though_excluded,
    ),
    Property(
        name="operators-within-bounds",
        sentence="What an operator may not adjust, and a value that the clause does not declare, has no effect.",
        applies=_every,
        breaches=_operator_out_of_bounds,
        of_operators=True,
    ),
    Property(
        name="users-need-a-grant",
        sentence="What a user may not adjust and was not lent has no effect.",
        applies=_every,
        breaches=_user_out_of_bounds,
    ),
    Property(
        name="fixed-is-fixed",
        sentence="What an operator has fixed, no user moves.",
        applies=_switchable,
        breaches=_fixed_yet_moved,
    ),
    Property(
        name="settings-bind",
        sentence="Where the document says that settings bind: what an operator has set and not lent, no user moves.",
        applies=lambda cell: cell.binds and _switchable(cell),
        breaches=_overruled,
    ),
    Property(
        name="nobody-lends-more",
        sentence="No operator lends a user more than the operator has.",
        applies=_switchable,
        breaches=_lent_more_than_owned,
        of_operators=True,
    ),
    Property(
        name="silence-is-the-document",
        sentence="Where nobody asks for anything, everything stands as the document says, its exceptions included.",
        applies=_every,
        breaches=_otherwise_than_written,
    ),
    Property(
        name="the-entitled-get-it",
        sentence="Who may move a behaviour, has the papers and meets no limit or lock, gets what they ask for.",
        applies=_every,
        breaches=_withheld,
    ),
    Property(
        name="who-moved-it-answers",
        sentence="Whoever moved a behaviour answers for it; what an operator lends, the operator answers for.",
        applies=_every,
        breaches=_wrong_one_answers,
    ),
    Property(
        name="grants-only-widen",
        sentence="Taking a grant away never lets a user reach more.",
        applies=_every,
        breaches=_grant_taken_widens,
        of_operators=True,
    ),
    Property(
        name="locks-only-narrow",
        sentence="Fixing a behaviour never lets a user reach more.",
        applies=_every,
        breaches=_lock_widens,
        of_operators=True,
    ),
    Property(
        name="the-named-level-did-it",
        sentence="The level named as the one that decided is the one that set the value.",
        applies=_every,
        breaches=_winner_did_not,
    ),
    Property(
        name="traces-replay",
        sentence="Every trace names everybody who spoke and replays to the same value.",
        applies=_every,
        breaches=_replays_otherwise,
    ),
    Property(
        name="refusals-have-reasons",
        sentence="Whatever is refused is refused with a reason and by a clause.",
        applies=_every,
        breaches=_refused_without_reason,
    ),
    Property(
        name="total",
        sentence="Every input gets exactly one value, one that the clause declares.",
        applies=_every,
        breaches=_no_declared_value,
    ),
)  # fmt: skip
