"""`prove`: the promises of a specification, held against every possible operator and user input.

How the proof is made. The inputs of one behaviour are finite (what the operator says, what the user says, granted or
not, fixed or not, each paper missing, attested or agreed), so every one of them is tried: with the real resolver, not
with a model of it. Clauses that depend on other behaviours go to a solver, over the tables of those behaviours. That
other behaviours do not matter is itself checked, by moving all of them at once in whole rulings.

Not proved: what a model does (`verify` measures it), and what stands in texts, which no ruling reads.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from soulwright.policy._cells import Cell, Rule, Table, cells, inputs, tabulate_all
from soulwright.policy._decide import RESOLVER
from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._properties import PROPERTIES, Breach, Property
from soulwright.policy._read import deployment_to_dict, user_to_dict
from soulwright.policy._resolve import resolve
from soulwright.policy._solver import Search, search
from soulwright.policy._tighter import TIGHTENING, wider_when_tightened
from soulwright.policy._whole import WHOLE, Failure, WholeCheck, whole_checks
from soulwright.spec import Kind, Spec


class Proved(StrEnum):
    """What came of one promise."""

    HOLDS = "holds"
    """It holds for every possible input."""
    FAILS = "fails"
    """There is an input for which it does not hold; the smallest is named."""
    VACUOUS = "vacuous"
    """The document has nothing that it speaks of."""


class Method(StrEnum):
    """How a promise was proved."""

    EXHAUSTIVE = "exhaustive"
    """Every possible input of every behaviour was tried."""
    WHOLE = "whole rulings"
    """Whole rulings in which every behaviour is moved at once."""
    SOLVER = "exhaustive and solver"
    """Every input of every behaviour was tried, and a solver searched the combinations of those that hang together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """The smallest input that breaks a promise: give it to `resolve` (or `explain`) and see.

    `also` are the clauses of exactly the same shape, which break it in the same way.
    """

    behaviour: str
    clause_ids: tuple[str, ...]
    happens: str
    deployment: Deployment
    user: UserAdjustments
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise and what came of it. `cases` were tried; `answer` is the solver's, empty where it was not needed.

    `counterexamples` holds the smallest for each clause that breaks the promise, the smallest of all first.
    """

    name: str
    sentence: str
    outcome: Proved
    method: Method
    cases: int
    answer: str = ""
    combinations: int = 0
    counterexamples: tuple[Counterexample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Every promise of a specification, pinned to what it was proved of. `operator` is empty for all operators."""

    spec_name: str
    spec_version: str
    spec_hash: str
    resolver: str
    operator: str
    behaviours: int
    cases: int
    promises: tuple[Promise, ...]

    @property
    def holds(self) -> bool:
        """Whether no promise fails."""
        return all(promise.outcome is not Proved.FAILS for promise in self.promises)

    def promise(self, name: str) -> Promise:
        """The promise of this name; KeyError where there is none."""
        for promise in self.promises:
            if promise.name == name:
                return promise
        raise KeyError(name)


def prove(spec: Spec, deployment: Deployment | None = None, *, rule: Rule = resolve) -> Proof:
    """Hold `spec` to every promise, for every operator and user, or for every user of one `deployment`.

    `rule` is what is proved; to hand in another one shows that these promises would notice. ModuleNotFoundError where a
    clause depends on other behaviours and the extra `prove` is not installed.
    """
    with _collector_paused():
        lines = cells(spec, rule)
        tables = tabulate_all(lines, rule, deployment)
        return Proof(
            spec_name=spec.name,
            spec_version=spec.version,
            spec_hash=spec.hash,
            resolver=RESOLVER,
            operator="" if deployment is None else deployment.operator or "(no name)",
            behaviours=len(lines),
            cases=sum(table.cases for table in tables),
            promises=tuple(promises(spec, tables, deployment, rule)),
        )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No search for garbage in cycles: a proof keeps its rulings, and to look through them took a third of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def promises(spec: Spec, tables: Sequence[Table], deployment: Deployment | None, rule: Rule) -> Iterator[Promise]:
    """What came of each promise, one after the other, the cheap ones first."""
    for item in PROPERTIES:
        if deployment is None or not item.of_operators:
            yield _promise(item, tables)
    yield from map(_whole, whole_checks(spec, tables, rule, deployment))
    if deployment is None:
        yield _tightening(tables, rule)


_SPANNING = {"hard-limits-stand": Kind.HARD_LIMIT, "protections-stand": Kind.PROTECTION}


def _promise(item: Property, tables: Sequence[Table]) -> Promise:
    concerned = [table for table in tables if item.applies(table.cell)]
    examples = [_example(table, breach) for table in concerned for breach in item.breaches(table)]
    searched = list(_searched(_SPANNING[item.name], concerned, tables)) if item.name in _SPANNING else []
    examples += [example for _, example in searched if example is not None]
    searches = [result for result, _ in searched]
    return Promise(
        name=item.name,
        sentence=item.sentence,
        outcome=Proved.FAILS if examples else Proved.HOLDS if concerned else Proved.VACUOUS,
        method=Method.SOLVER if searches else Method.EXHAUSTIVE,
        cases=sum(table.cases for table in concerned),
        answer=", ".join(dict.fromkeys(result.answer for result in searches)),
        combinations=sum(result.combinations for result in searches),
        counterexamples=_smallest(examples),
    )


def _searched(
    kind: Kind, concerned: Sequence[Table], tables: Sequence[Table]
) -> Iterator[tuple[Search, Counterexample | None]]:
    """Whether behaviours that take a clause away can be brought to do so."""
    named = {cell.name: (table, cell) for table in tables for cell in table.alike}
    for table in concerned:
        cell = table.cell
        if cell.clause.kind is not kind or not cell.lifters:
            continue
        lifters = [_own(*named[name]) for name in cell.lifters if not _only_for_waivers(cell, named[name][1])]
        if not lifters:
            continue
        last = {lifter.cell.name: lifter.cell.values[-1] for lifter in lifters}
        result = search(lifters, last)
        yield result, _lifted_by(cell, lifters, result) if result.cases else None


def _only_for_waivers(cell: Cell, lifter: Cell) -> bool:
    """Whether only those can move `lifter` whom the protection names as entitled to waive it."""
    return lifter.movers & {cell.operator, cell.user} <= set(cell.clause.waivable_by)


def _own(table: Table, cell: Cell) -> Table:
    """The table of a cell under its own name."""
    return Table(cell=cell, rows={cell.here(case, table.cell): decision for case, decision in table.rows.items()})


def _lifted_by(cell: Cell, lifters: list[Table], found: Search) -> Counterexample:
    said = found.cases or {}
    name = next(t.cell.name for t in lifters if t.value(said[t.cell.name]) == t.cell.values[-1])
    lifter = next(t.cell for t in lifters if t.cell.name == name)
    deployment, user = inputs(name, said[name])
    what = cell.clause.kind.value.replace("_", " ")
    return Counterexample(
        behaviour=cell.name,
        clause_ids=(cell.clause.id, lifter.clause.id),
        happens=f"`{name}` is `{lifter.values[-1]}` and takes the {what} `{cell.clause.id}` away",
        deployment=deployment,
        user=user,
    )


def _example(table: Table, breach: Breach) -> Counterexample:
    cell = table.cell
    deployment, user = inputs(cell.name, breach.case)
    return Counterexample(
        behaviour=cell.name,
        clause_ids=tuple(dict.fromkeys((cell.clause.id, *(limit.id for limit in cell.held)))),
        happens=breach.happens,
        deployment=deployment,
        user=user,
        also=tuple(other.clause.id for other in table.alike if other is not cell),
    )


def _smallest(examples: Iterable[Counterexample]) -> tuple[Counterexample, ...]:
    """For each line the example in which least is said, the smallest of all first."""
    best: dict[str, Counterexample] = {}
    for example in sorted(examples, key=_size):
        best.setdefault(example.behaviour, example)
    return tuple(best.values())


def _size(example: Counterexample) -> tuple[int, str, str]:
    """How much is said in it, then its name, so that the same document names the same example."""
    deployment, user = example.deployment, example.user
    said = (deployment.settings, deployment.implied, deployment.grants, deployment.locked, deployment.agreements)
    words = sum(map(len, (*said, deployment.attestations, user.settings, user.implied)))
    # Of two equally short ones people understand what is said better than what is implied.
    hinted = f"{len(deployment.implied)}{len(user.implied)}{len(deployment.agreements)}"
    return words, example.behaviour, hinted


def _tightening(tables: Sequence[Table], rule: Rule) -> Promise:
    result = wider_when_tightened(tables, rule)
    examples = [_example(table, breach) for table, breach in result.found]
    return Promise(
        name=TIGHTENING.name,
        sentence=TIGHTENING.sentence,
        outcome=Proved.FAILS if examples else Proved.HOLDS if result.cases else Proved.VACUOUS,
        method=Method.EXHAUSTIVE,
        cases=result.cases,
        counterexamples=_smallest(examples),
    )


def _whole(check: WholeCheck) -> Promise:
    failure = check.failure
    examples = () if failure is None else (_of_whole(failure),)
    return Promise(
        name=check.name,
        sentence=WHOLE[check.name],
        outcome=Proved.FAILS if failure else Proved.HOLDS if check.cases else Proved.VACUOUS,
        method=Method.WHOLE,
        cases=check.cases,
        counterexamples=examples,
    )


def _of_whole(failure: Failure) -> Counterexample:
    return Counterexample(
        behaviour=failure.behaviour,
        clause_ids=(),
        happens=failure.happens,
        deployment=failure.deployment,
        user=failure.user,
    )


def proof_to_dict(proof: Proof) -> dict[str, object]:
    """A proof as JSON values."""
    return {
        "format": "soulwright/proof/1",
        "spec": {"name": proof.spec_name, "version": proof.spec_version, "hash": proof.spec_hash},
        "resolver": proof.resolver,
        "operator": proof.operator,
        "behaviours": proof.behaviours,
        "cases": proof.cases,
        "holds": proof.holds,
        "promises": [_promise_to_dict(promise) for promise in proof.promises],
    }


def _promise_to_dict(promise: Promise) -> dict[str, object]:
    return {
        "name": promise.name,
        "sentence": promise.sentence,
        "outcome": promise.outcome.value,
        "method": promise.method.value,
        "cases": promise.cases,
        "solver": promise.answer,
        "combinations": promise.combinations,
        "counterexamples": [
            {
                "behaviour": example.behaviour,
                "clauses": list(example.clause_ids),
                "happens": example.happens,
                "deployment": deployment_to_dict(example.deployment),
                "user": user_to_dict(example.user),
                "also": list(example.also),
            }
            for example in promise.counterexamples
        ],
    }
