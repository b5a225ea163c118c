"""Every possible input, cell by cell: what an operator and a user can say about one behaviour, and what comes of it.

A cell is one line of a ruling with the clauses that bear on it: those on the same concept, and the behaviours that take
it away (`lifts=`). What is said about other behaviours does not reach it (`prove` checks that), so the inputs of a
document are the inputs of its cells, and their number grows with the sum of the cells and not with their product.

INVARIANT: nothing here knows who wins. Cells say what can be asked and what the clauses promise; the answers come from
the rule that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import NamedTuple

from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._ruling import IN_FORCE, LIFTED, Decision, Ruling
from soulwright.policy._switches import levels_of
from soulwright.spec import Adjustment, Clause, FrontMatter, Kind, Spec, parse

Rule = Callable[[Spec, Deployment, UserAdjustments], Ruling]
UNDECLARED = "(a value that the clause does not declare)"
STANDING = (Kind.HARD_LIMIT, Kind.PROTECTION)


class Wish(NamedTuple):
    """What one level says of a behaviour: a value (None for nothing), said or only implied."""

    value: str | None = None
    implied: bool = False


SILENT = Wish()


class Case(NamedTuple):
    """One possible input of a cell. `papers` are the words vouched for: (word, True for an agreement)."""

    operator: Wish = SILENT
    user: Wish = SILENT
    granted: bool = False
    locked: bool = False
    papers: tuple[tuple[str, bool], ...] = ()

    @property
    def size(self) -> int:
        """How many things are said: the smaller, the better a counterexample reads."""
        said = (self.operator.value is not None) + (self.user.value is not None)
        return said + self.granted + self.locked + len(self.papers)

    @property
    def words(self) -> frozenset[str]:
        """The words vouched for, however."""
        return frozenset(word for word, _ in self.papers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One line of a ruling: its clause, the document narrowed to what bears on it, and who the clause lets move it.

    `held` are the hard limits and protections on the concept of a default; `lifters` take the clause away.
    `binds`: the document says that what an operator sets explicitly, users cannot change.
    """

    name: str
    clause: Clause
    spec: Spec
    operator: str
    user: str
    movers: frozenset[str]
    held: tuple[Clause, ...] = ()
    lifters: tuple[str, ...] = ()
    binds: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The values that the line can take."""
        return self.clause.values or (IN_FORCE, LIFTED)

    @property
    def default(self) -> str:
        """What the document says when nobody speaks."""
        return self.clause.default or self.values[0]

    @property
    def implied_by(self) -> frozenset[str]:
        """The levels whose merely implied wish the clause accepts."""
        adjustments = self.clause.adjustments.items()
        return frozenset(level for level, how in adjustments if how is Adjustment.IMPLICIT)

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that a clause of the cell asks for or names as a condition."""
        around = (self.clause, *self.held, *self.spec.clauses)
        return tuple(dict.fromkeys(word for clause in around for word in (*clause.requires, *clause.unless)))

    def wishes(self) -> tuple[Wish, ...]:
        """Everything that one level can say of it."""
        said = product((*self.values, UNDECLARED), (False, True))
        return (SILENT, *(Wish(value, implied) for value, implied in said))

    @property
    def shape(self) -> object:
        """Everything that the cell promises, without its names: cells of one shape differ in their words only.

        A cell that others can take away, or with several papers, is like no other.
        """
        clause, words = self.clause, {word: place for place, word in enumerate(self.words)}
        if self.lifters or len(words) > 1:
            return clause.id

        def numbered(names: tuple[str, ...]) -> tuple[int, ...]:
            return tuple(words[name] for name in names)

        moved = (clause.adjustable_by, self.implied_by, clause.waivable_by, clause.inferred)
        held = tuple(
            (one.kind, one.authority, one.polarity, one.waivable_by, numbered(one.unless)) for one in self.held
        )
        papers = (numbered(clause.requires), numbered(clause.unless), len(words))
        return clause.kind, clause.authority, clause.polarity, self.values, self.default, moved, papers, held

    def here(self, case: Case, other: Cell) -> Case:
        """A case of a cell of the same shape, with the papers that this one asks for."""
        if not case.papers:
            return case
        own = dict(zip(other.words, self.words, strict=True))
        return case._replace(papers=tuple((own[word], agreed) for word, agreed in case.papers))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A cell with the decision on every one of its cases; `alike` are all cells of its shape, itself among them.

    One table serves all of them. Whole rulings check each against it under its own name (`_whole`).
    """

    cell: Cell
    rows: Mapping[Case, Decision]
    alike: tuple[Cell, ...] = ()

    @property
    def cases(self) -> int:
        """How many inputs it answers, all cells of its shape together."""
        return len(self.rows) * max(1, len(self.alike))

    def value(self, case: Case) -> str:
        """What comes of a case."""
        return self.rows[case].value

    @cached_property
    def reach(self) -> Mapping[Case, frozenset[str]]:
        """What the user can bring about, by everything else: the case with a silent user → values."""
        found: dict[Case, set[str]] = {}
        for case, decision in self.rows.items():
            found.setdefault(case._replace(user=SILENT), set()).add(decision.value)
        return {case: frozenset(values) for case, values in found.items()}


def cells(spec: Spec, rule: Rule) -> tuple[Cell, ...]:
    """The cells of a document, in the order of its rulings."""
    levels = levels_of(spec)
    clauses = {clause.id: clause for clause in spec.clauses}
    lines = rule(spec, Deployment(), UserAdjustments()).decisions
    named = {decision.clause_id: name for name, decision in lines.items()}
    related = _Related(spec)
    binds = _binds(spec)
    return tuple(
        Cell(
            name=name,
            clause=clause,
            spec=replace(spec, clauses=related.to(clause)),
            operator=levels.operator,
            user=levels.user,
            movers=_movers(spec, clause),
            held=tuple(related.holding(clause)),
            lifters=tuple(named[other.id] for other in related.lifting(clause) if other.id in named),
            binds=binds,
        )
        for name, decision in lines.items()
        for clause in (clauses[decision.clause_id],)
    )


def cases(cell: Cell, deployment: Deployment | None = None) -> Iterator[Case]:
    """Every possible input of a cell; with a deployment only those in which its operator says what it says."""
    wishes = cell.wishes()
    if deployment is not None:
        fixed = _case_of(cell, deployment)
        yield from (fixed._replace(user=user) for user in wishes)
        return
    absent: tuple[tuple[str, bool], ...] = ()
    vouched = [(absent, ((word, True),), ((word, False),)) for word in cell.words]
    papers = [tuple(paper for choice in chosen for paper in choice) for chosen in product(*vouched)]
    for operator, user, granted, locked, had in product(wishes, wishes, (False, True), (False, True), papers):
        yield Case(operator, user, granted, locked, had)


def inputs(name: str, case: Case) -> tuple[Deployment, UserAdjustments]:
    """A case as the resolver gets it."""
    here = frozenset((name,))
    said, implied = _said(name, case.operator)
    deployment = Deployment(
        agreements=frozenset([word for word, agreed in case.papers if agreed]),
        attestations=frozenset([word for word, agreed in case.papers if not agreed]),
        settings=said,
        implied=implied,
        grants=here if case.granted else frozenset(),
        locked=here if case.locked else frozenset(),
    )
    said, implied = _said(name, case.user)
    return deployment, UserAdjustments(settings=said, implied=implied)


def tabulate(cell: Cell, rule: Rule, deployment: Deployment | None = None) -> Table:
    """The decision on every case of a cell."""
    spec, name = cell.spec, cell.name
    return Table(
        cell=cell, rows={case: rule(spec, *inputs(name, case)).decisions[name] for case in cases(cell, deployment)}
    )


def tabulate_all(lines: tuple[Cell, ...], rule: Rule, deployment: Deployment | None = None) -> tuple[Table, ...]:
    """The tables of a document, one for each shape; with a deployment, whose operator differs by name, one each."""
    alike: dict[object, list[Cell]] = {}
    for cell in lines:
        alike.setdefault(cell.shape if deployment is None else cell.name, []).append(cell)
    tables = (tabulate(same[0], rule, deployment) for same in alike.values())
    return tuple(replace(table, alike=tuple(same)) for table, same in zip(tables, alike.values(), strict=True))


def against(clause: Clause, value: str, values: tuple[str, ...]) -> bool:
    """Whether a behaviour at `value` goes against a hard limit or protection on the same concept.

    Values are ordered: what must not be stays at the first, what must be stays at the last.
    """
    return value != (values[0] if clause.polarity.forbids else values[-1])


class _Related:
    """Which clauses of a document bear on which."""

    def __init__(self, spec: Spec) -> None:
        self._by_concept: dict[str, list[Clause]] = {}
        self._by_lifted: dict[str, list[Clause]] = {}
        for clause in spec.clauses:
            if clause.about:
                self._by_concept.setdefault(clause.about, []).append(clause)
            for lifted in clause.lifts:
                self._by_lifted.setdefault(lifted, []).append(clause)
        self._order = {clause.id: place for place, clause in enumerate(spec.clauses)}

    def on_the_same(self, clause: Clause) -> list[Clause]:
        return [other for other in self._by_concept.get(clause.about or "", ()) if other is not clause]

    def holding(self, clause: Clause) -> list[Clause]:
        """The hard limits and protections that bound the values of a default."""
        same = self.on_the_same(clause) if clause.kind is Kind.DEFAULT else []
        return [other for other in same if other.kind in STANDING]

    def lifting(self, clause: Clause) -> list[Clause]:
        return self._by_lifted.get(clause.id, [])

    def to(self, clause: Clause) -> tuple[Clause, ...]:
        lifting = self.lifting(clause)
        around = [clause, *self.on_the_same(clause), *lifting, *(o for one in lifting for o in self.on_the_same(one))]
        unique = {other.id: other for other in around}
        return tuple(sorted(unique.values(), key=lambda other: self._order[other.id]))


def _movers(spec: Spec, clause: Clause) -> frozenset[str]:
    """Who the clause says may move it, read from the document and from nowhere else."""
    if clause.kind is Kind.HARD_LIMIT:
        return frozenset()
    if clause.kind is Kind.PROTECTION:
        return frozenset(clause.waivable_by)
    own = spec.levels[: spec.levels.index(clause.authority) + 1] if clause.kind is Kind.DEFAULT else ()
    return frozenset((*clause.adjustable_by, *own))


def _binds(spec: Spec) -> bool:
    """Whether what an operator sets binds users, as a document says it, or one that it extends.

    Documents without front matter do; those with it fix a behaviour by a lock unless they say `settings: bind`.
    """
    own = FrontMatter(
        name=spec.name, written=spec.front_matter or None, settings=str(spec.front_matter.get("settings", ""))
    )
    fronts = (own, *(parse(parent.text, parent.source).front_matter for parent in spec.parents))
    return any(front.settings == "bind" or (not front.settings and not front.written) for front in fronts)


def _said(name: str, wish: Wish) -> tuple[Mapping[str, str], Mapping[str, str]]:
    if wish.value is None:
        return {}, {}
    return ({}, {name: wish.value}) if wish.implied else ({name: wish.value}, {})


def _case_of(cell: Cell, deployment: Deployment) -> Case:
    said, implied = deployment.settings.get(cell.name), deployment.implied.get(cell.name)
    agreed = [(word, True) for word in cell.words if word in deployment.agreements]
    vouched = [(word, False) for word in cell.words if word in deployment.attestations - deployment.agreements]
    return Case(
        operator=Wish(said) if said is not None else Wish(implied, implied is not None),
        granted=cell.name in deployment.grants,
        locked=cell.name in deployment.locked,
        papers=tuple(sorted([*agreed, *vouched])),
    )
