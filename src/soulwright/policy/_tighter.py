"""Does a tighter clause ever let somebody reach more? Each is tightened in every single way, and tabled again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from soulwright.policy._cells import STANDING, Cell, Rule, Table, tabulate
from soulwright.policy._properties import Breach
from soulwright.spec import Clause

_ONE_MORE = "one_more_agreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    name: str
    sentence: str


TIGHTENING = _Statement(
    name="tighter-never-widens",
    sentence="Tightening a clause (somebody less who may adjust it, one requirement more) never lets operators and"
    " users reach more.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tightened:
    """How many cases of tightened clauses were tried, and where one of them reached more."""

    cases: int
    found: tuple[tuple[Table, Breach], ...]


def wider_when_tightened(tables: Iterable[Table], rule: Rule) -> Tightened:
    """Tighten each clause in each way; what can be reached must be within what could be reached before."""
    tried, found = 0, []
    for table in tables:
        cell, before = table.cell, _reached(table)
        for clause in _tightened(cell.clause):
            tighter = tabulate(_with(cell, clause), rule)
            tried += len(tighter.rows) * len(table.alike)
            for case, decision in tighter.rows.items():
                if decision.value not in before[case.words - {_ONE_MORE}]:
                    happens = f"with `{clause.id}` tightened, `{decision.value}` is reached, which could not be before"
                    found.append((table, Breach(case=case, happens=happens)))
    return Tightened(cases=tried, found=tuple(found))


def _tightened(clause: Clause) -> Iterator[Clause]:
    for level in clause.adjustable_by:
        rest = {other: how for other, how in clause.adjustments.items() if other != level}
        remaining = tuple(other for other in clause.adjustable_by if other != level)
        yield replace(clause, adjustable_by=remaining, adjustments=rest)
    for level in clause.waivable_by:
        yield replace(clause, waivable_by=tuple(other for other in clause.waivable_by if other != level))
    if clause.kind not in STANDING:
        yield replace(clause, requires=(*clause.requires, _ONE_MORE))


def _with(cell: Cell, clause: Clause) -> Cell:
    clauses = tuple(clause if other.id == clause.id else other for other in cell.spec.clauses)
    return replace(cell, clause=clause, spec=replace(cell.spec, clauses=clauses))


def _reached(table: Table) -> dict[frozenset[str], set[str]]:
    """By the papers at hand, everything that operators and users together can bring about."""
    reached: dict[frozenset[str], set[str]] = {}
    for case, decision in table.rows.items():
        reached.setdefault(case.words, set()).add(decision.value)
    return reached
