"""What only whole rulings can show: that behaviours do not disturb each other, that order and texts do not matter.

Each ruling here moves every behaviour of the document at once, each by one of its own cases, and must give each the
value that its table gives it alone. The texts of these deployments are objects that nobody can read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NoReturn

from soulwright.policy._cells import STANDING, UNDECLARED, Case, Rule, Table, inputs
from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._properties import left_by_limits
from soulwright.policy._ruling import LIFTED, Decision, Outcome, Principal, Ruling
from soulwright.policy._switches import levels_of
from soulwright.spec import Kind, Spec

WHOLE = {
    "nothing-is-left-out": "Every default, hard limit and protection of the document has its line in every ruling.",
    "behaviours-are-independent": "What is said of one behaviour moves no other.",
    "order-does-not-matter": "The order of clauses and settings changes nothing, nor does asking again.",
    "no-text-is-read": "No text is an input: no name, persona, scope, signature or system prompt is ever read.",
    "refusals-are-reported": "Whatever is asked for in vain is reported, by whom and what, and nothing else is.",
    "what-lifts-lifts": "What takes a clause away, as the document says, does so when it is on, and only then.",
    "the-provider-is-heard": "What the provider's configuration may set, it sets; levels that nobody has are reported.",
    "said-beats-implied": "What is merely implied never outweighs what is said.",
    "unknown-is-off": "A name that the document does not know moves nothing, is off, and is reported.",
}
_STRANGER = "no_such_behaviour"
_SOME = 5  # so many rulings apart: no divisor of 7 or 9, the usual numbers of wishes, so all kinds of them come up
OPERATOR = "operator"  # whatever the document calls that level


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A whole input that breaks a promise."""

    behaviour: str
    happens: str
    deployment: Deployment
    user: UserAdjustments


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCheck:
    """One of `WHOLE`: how many rulings were made for it, and the first that broke it."""

    name: str
    cases: int
    failure: Failure | None


class TextWasRead(RuntimeError):
    """A ruling looked at a text."""


class _Unreadable:
    """Stands where texts stand; whoever looks at it is found out."""

    def _read(self, *_: object) -> NoReturn:
        raise TextWasRead

    __str__ = __repr__ = __len__ = __iter__ = __bool__ = __contains__ = __hash__ = __eq__ = __getitem__ = _read
    __lt__ = __add__ = __format__ = __getattr__ = _read


def whole_checks(
    spec: Spec, tables: Sequence[Table], rule: Rule, deployment: Deployment | None
) -> tuple[WholeCheck, ...]:
    """Every check of `WHOLE`, on all cases of all behaviours at once."""
    moved = list(_moved_at_once([table for table in tables if not table.cell.lifters]))
    read, rulings = _ruled_blind(spec, moved, rule)
    checks = (
        _complete(spec, rulings),
        _independent(moved, rulings),
        read,
        _refusals(tables, moved, rulings),
        _lifting(spec, tables, rule),
        _provider(tables, rule),
        _said_first(tables, rule),
        _unknown(spec, rule),
    )
    return checks if deployment is not None else (*checks, _any_order(spec, moved, rulings, rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """An input that moves every behaviour at once, and the value and winner that each has alone."""

    deployment: Deployment
    user: UserAdjustments
    papers: bool
    alone: Mapping[str, tuple[str, str]]


def _moved_at_once(tables: Sequence[Table]) -> Iterator[_Moved]:
    """For each row of the longest table an input that moves every behaviour by a row of its own.

    Papers are shared, so rows go together that have none, and rows that have all: attested and agreed to in turns.
    """
    without = [(table, _rows(table, None)) for table in tables]
    attested, agreed = ([(table, _rows(table, sort)) for table in tables if table.cell.words] for sort in (False, True))
    for turns in ((without,), (attested, agreed)):
        longest = max((len(rows) for chosen in turns for _, rows in chosen), default=0)
        for turn in range(longest):
            chosen = turns[turn % len(turns)]
            yield _merged([(table, rows[turn % len(rows)]) for table, rows in chosen if rows])


def _rows(table: Table, sort: bool | None) -> list[Case]:
    """The rows with no papers, or with all of them attested (False) or agreed to (True)."""
    papers = () if sort is None else tuple((word, sort) for word in table.cell.words)
    return [case for case in table.rows if case.papers == papers]


def _merged(chosen: Sequence[tuple[Table, Case]]) -> _Moved:
    """One input out of a case for every cell; its texts cannot be read."""
    said: tuple[dict[str, str], dict[str, str]] = {}, {}
    wished: tuple[dict[str, str], dict[str, str]] = {}, {}
    grants, locked, alone = [], [], {}
    papers: list[tuple[str, bool]] = []
    for table, case in chosen:
        value, papers_of = (table.value(case), table.rows[case].decided_by), case.papers
        for cell in table.alike:
            name = cell.name
            alone[name] = value
            if case.operator.value is not None:
                said[case.operator.implied][name] = case.operator.value
            if case.user.value is not None:
                wished[case.user.implied][name] = case.user.value
            if case.granted:
                grants.append(name)
            if case.locked:
                locked.append(name)
            if papers_of:
                papers += cell.here(case, table.cell).papers
    text: Any = _Unreadable()
    deployment = Deployment(
        operator=text,
        persona=text,
        scope=text,
        system_prompt=text,
        papers=text,
        agreements=frozenset([word for word, agreed in papers if agreed]),
        attestations=frozenset([word for word, agreed in papers if not agreed]),
        settings=said[0],
        implied=said[1],
        grants=frozenset(grants),
        locked=frozenset(locked),
    )
    user = UserAdjustments(settings=wished[0], implied=wished[1])
    return _Moved(deployment=deployment, user=user, papers=bool(papers), alone=alone)


def _ruled_blind(spec: Spec, moved: Sequence[_Moved], rule: Rule) -> tuple[WholeCheck, list[Ruling]]:
    """A ruling on every input, and whether one of them looked at a text."""
    read, rulings = None, []
    for item in moved:
        try:
            rulings.append(rule(spec, item.deployment, item.user))
        except TextWasRead:
            read = read or _failure("(the ruling)", "a text of the deployment is read", item)
            rulings.append(rule(spec, _readable(item.deployment), item.user))
    return WholeCheck(name="no-text-is-read", cases=len(moved), failure=read), rulings


def _complete(spec: Spec, rulings: Sequence[Ruling]) -> WholeCheck:
    """Each clause that can be decided is decided by each ruling."""
    asked = {clause.id for clause in spec.clauses if clause.kind in (Kind.DEFAULT, *STANDING)}
    failure = None
    for ruling in rulings:
        if missing := asked - {decision.clause_id for decision in ruling.decisions.values()}:
            happens = f"no line of the ruling is about {', '.join(sorted(missing))}"
            failure = failure or Failure(
                behaviour=min(missing), happens=happens, deployment=Deployment(), user=UserAdjustments()
            )
    return WholeCheck(name="nothing-is-left-out", cases=len(rulings), failure=failure)


def _independent(moved: Sequence[_Moved], rulings: Sequence[Ruling]) -> WholeCheck:
    """Each behaviour among all others is what it is alone."""
    disturbed = None
    for item, ruling in zip(moved, rulings, strict=True):
        for name, alone in item.alone.items():
            among = ruling.decisions[name]
            if alone != (among.value, among.decided_by):
                happens = f"`{name}` is `{alone[0]}` alone and `{among.value}` among the others"
                disturbed = disturbed or _failure(name, happens, item)
    return WholeCheck(name="behaviours-are-independent", cases=len(moved), failure=disturbed)


def _readable(deployment: Deployment) -> Deployment:
    return replace(deployment, operator="", persona=None, scope=(), system_prompt="", papers=())


def _failure(behaviour: str, happens: str, item: _Moved) -> Failure:
    return Failure(behaviour=behaviour, happens=happens, deployment=_readable(item.deployment), user=item.user)


def _any_order(spec: Spec, moved: Sequence[_Moved], rulings: Sequence[Ruling], rule: Rule) -> WholeCheck:
    """Everything turned round, and asked of a fresh document, so that nothing remembered can help."""
    backwards = replace(spec, clauses=spec.clauses[::-1])
    pairs = [(item, ruling) for item, ruling in zip(moved, rulings, strict=True) if not item.papers]
    turned = pairs[::_SOME]
    failure = None
    for item, ruling in turned:
        user = UserAdjustments(**_turned(item.user, "settings", "implied"))
        other = rule(backwards, _backwards(_readable(item.deployment)), user)
        different = _first_difference(ruling, other)
        same_names = ruling.decisions.keys() == other.decisions.keys()
        if different or (same_names and _reported(ruling) != _reported(other)):
            happens = f"`{different}` depends on the order" if different else "what is refused depends on the order"
            failure = failure or _failure(different, happens, item)
    return WholeCheck(name="order-does-not-matter", cases=len(turned), failure=failure)


def _backwards(deployment: Deployment) -> Deployment:
    return replace(deployment, **_turned(deployment, "settings", "implied"))


def _turned(said: Deployment | UserAdjustments, *fields: str) -> dict[str, Any]:
    return {field: dict(reversed(list(getattr(said, field).items()))) for field in fields}


def _first_difference(one: Ruling, other: Ruling) -> str:
    """The first line that came out differently; of two clauses on one concept the first gets its name, in any order."""
    again = {decision.clause_id: decision for decision in other.decisions.values()}
    for name, decision in one.decisions.items():
        turned = again.get(decision.clause_id)
        if turned is None or (turned.behaviour == name and _said(turned) != _said(decision)):
            return name
    return ""


def _said(decision: Decision) -> tuple[str, str, int]:
    return decision.value, decision.decided_by, len(decision.trace)


def _reported(ruling: Ruling) -> list[str]:
    return sorted(item.level + item.behaviour + item.wanted + item.code for item in ruling.rejected)


def _refusals(tables: Sequence[Table], moved: Sequence[_Moved], rulings: Sequence[Ruling]) -> WholeCheck:
    """What is reported is what the steps say, and the grants and locks that have no effect."""
    lenders = {cell.name for table in tables for cell in table.alike if cell.operator in cell.movers}
    failure = None
    for item, ruling in zip(moved, rulings, strict=True):
        steps = ((name, step) for name, decision in ruling.decisions.items() for step in decision.trace)
        told = {(name, step.level, step.wanted) for name, step in steps if step.outcome is Outcome.REJECTED}
        told |= {(name, OPERATOR, "grant") for name in item.deployment.grants - lenders}
        told |= {(name, OPERATOR, "lock") for name in item.deployment.locked - lenders}
        vain = ("grant", "lock")
        reported = {(it.behaviour, OPERATOR if it.wanted in vain else it.level, it.wanted) for it in ruling.rejected}
        if odd := min(told ^ reported, default=None, key=str):
            happens = f"that `{odd[0]}` does not get `{odd[2]}` is {'not ' if odd in told else 'wrongly '}reported"
            failure = failure or _failure(odd[0], happens, item)
    return WholeCheck(name="refusals-are-reported", cases=len(moved), failure=failure)


def _lifting(spec: Spec, tables: Sequence[Table], rule: Rule) -> WholeCheck:
    """Each behaviour that takes clauses away, at each of its values, on the whole and otherwise silent document."""
    cells = [cell for table in tables for cell in table.alike]
    named = {cell.name: (table, cell) for table in tables for cell in table.alike}
    failure, tried = None, 0
    for target, lifter in ((cell, lifter) for cell in cells for lifter in cell.lifters):
        table, cell = named[lifter]
        rows = {decision.value: cell.here(case, table.cell) for case, decision in table.rows.items()}
        for value, case in rows.items():
            deployment, user = inputs(lifter, case)
            tried += 1
            ruling = rule(spec, deployment, user)
            decision, by = ruling.decisions[target.name], ruling.decisions[lifter]
            untouched = (target.default, target.clause.authority, Principal.PROVIDER)
            expected = (LIFTED, by.decided_by, by.responsible) if value == cell.values[-1] else untouched
            if (decision.value, decision.decided_by, decision.responsible) != expected:
                happens = f"with `{lifter}` at `{value}`, `{target.clause.id}` is `{decision.value}`"
                failure = failure or Failure(behaviour=target.name, happens=happens, deployment=deployment, user=user)
    return WholeCheck(name="what-lifts-lifts", cases=tried, failure=failure)


def _provider(tables: Sequence[Table], rule: Rule) -> WholeCheck:
    """Each level above the operator's sets each behaviour to each value, alone."""
    failure, tried = None, 0
    for table in tables:
        cell = table.cell
        for level, value in product(levels_of(cell.spec).above_operator(), cell.values):
            deployment = Deployment(layers={level: {cell.name: value}, "no such level": {cell.name: value}})
            ruling = rule(cell.spec, deployment, _NOBODY)
            silent = rule(cell.spec, Deployment(), _NOBODY).decisions[cell.name].value
            papers = value == cell.default or not cell.clause.requires
            free = level in cell.movers and papers and all(value == left for left in left_by_limits(cell, Case()))
            told = any(item.level == "no such level" for item in ruling.rejected)
            tried += len(table.alike)
            if ruling.decisions[cell.name].value != (value if free else silent) or not told:
                happens = f"the {level} sets `{value}` and gets `{ruling.decisions[cell.name].value}`"
                failure = failure or Failure(behaviour=cell.name, happens=happens, deployment=deployment, user=_NOBODY)
    return WholeCheck(name="the-provider-is-heard", cases=tried, failure=failure)


def _said_first(tables: Sequence[Table], rule: Rule) -> WholeCheck:
    """Each level both says one thing and implies another, with all papers at hand, lent and not."""
    failure, tried = None, 0
    for table in tables:
        name, spec, values = table.cell.name, table.cell.spec, (*table.cell.values, UNDECLARED)
        for said, implied, granted in product(values, values, (False, True)):
            grants = frozenset((name,)) if granted else frozenset()
            lent = Deployment(attestations=frozenset(table.cell.words), grants=grants)
            set_by_operator = replace(lent, settings={name: said})
            tried += 2 * len(table.alike)
            for plain, both in (
                ((set_by_operator, _NOBODY), (replace(set_by_operator, implied={name: implied}), _NOBODY)),
                ((lent, _asks(name, said)), (lent, replace(_asks(name, said), implied={name: implied}))),
            ):
                if rule(spec, *plain).decisions[name] != rule(spec, *both).decisions[name]:
                    happens = f"`{implied}`, merely implied, changes what comes of `{said}`, which is said"
                    failure = failure or Failure(behaviour=name, happens=happens, deployment=both[0], user=both[1])
    return WholeCheck(name="said-beats-implied", cases=tried, failure=failure)


_NOBODY = UserAdjustments()


def _asks(name: str, value: str) -> UserAdjustments:
    return UserAdjustments(settings={name: value})


def _unknown(spec: Spec, rule: Rule) -> WholeCheck:
    nobody = rule(spec, Deployment(), UserAdjustments())
    known = nobody.decisions.keys()
    names = {clause.id for clause in spec.clauses} | {clause.about for clause in spec.clauses if clause.about}
    strangers = sorted(({_STRANGER} | names) - known)
    said, here = dict.fromkeys(strangers, "on"), frozenset(strangers)
    deployment = Deployment(settings=said, implied=said, grants=here, locked=here)
    user = UserAdjustments(settings=said, implied=said)
    ruling = rule(spec, deployment, user)
    told: dict[str, set[tuple[str, str]]] = {}
    for item in ruling.rejected:
        told.setdefault(item.behaviour, set()).add((item.level, item.wanted))
    failure = None
    for name in strangers:
        # Four ways of asking: the operator's and the user's wish, a grant, a lock.
        if ruling.decisions != nobody.decisions or ruling.value(name) is not None or len(told.get(name, ())) < 4:
            happens = f"`{name}` is no behaviour of the document and yet moves something, or is not reported"
            failure = failure or Failure(behaviour=name, happens=happens, deployment=deployment, user=user)
    return WholeCheck(name="unknown-is-off", cases=len(strangers), failure=failure)
