"""Where a clause depends on other behaviours, a solver searches all their inputs together (`z3-solver`).

The solver knows nothing of how the resolver decides: it reasons over the tables that the resolver itself filled, one
for each behaviour involved, joined by what they share (the agreements and attestations). `unsat` means that no operator
and no user can bring about the combination; a model is the counterexample, with as few things said as possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soulwright.policy._cells import Case, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the solver was asked and found: `cases` is None where it answered unsat, else a case for each behaviour."""

    combinations: int
    answer: str
    cases: Mapping[str, Case] | None


def search(tables: Sequence[Table], wanted: Mapping[str, str]) -> Search:
    """Can some behaviour of `tables` take its value in `wanted`? The smallest such input, if any.

    ModuleNotFoundError where the extra `prove` is not installed.
    """
    import z3

    encoding = _Encoding(z3, tables)
    solver = z3.Solver()
    solver.add(*encoding.sound)
    solver.add(z3.Or([encoding.takes(table, wanted[table.cell.name]) for table in tables]))
    combinations = 1
    for table in tables:
        combinations *= len(table.rows)
    answer = z3.unknown
    for most in range(encoding.most + 1):
        solver.push()
        solver.add(encoding.size <= most)
        answer = solver.check()
        if answer == z3.sat:
            model = solver.model()
            cases = {table.cell.name: encoding.case(model, table) for table in tables}
            return Search(combinations=combinations, answer="sat", cases=cases)
        solver.pop()
    return Search(combinations=combinations, answer=str(answer), cases=None)


class _Encoding:
    """Tables as formulas: a number that picks the row of each table, and one for each word that they share."""

    def __init__(self, z3: Any, tables: Sequence[Table]) -> None:
        self._z3 = z3
        self._rows = {table.cell.name: list(table.rows) for table in tables}
        self._row = {table.cell.name: z3.Int(f"row of {table.cell.name}") for table in tables}
        words = sorted({word for table in tables for word in table.cell.words})
        self._word = {word: z3.Int(f"paper {word}") for word in words}
        self.sound = [bound for table in tables for bound in self._consistent(table)]
        said = [self._said(table) for table in tables]
        self.size = z3.Sum([*said, *(z3.If(word == 0, 0, 1) for word in self._word.values())])
        self.most = 4 * len(tables) + len(words)

    def takes(self, table: Table, value: str) -> Any:
        """The picked row of `table` gives `value`."""
        name = table.cell.name
        picked = [self._row[name] == place for place, case in enumerate(self._rows[name]) if table.value(case) == value]
        return self._z3.Or(picked)

    def case(self, model: Any, table: Table) -> Case:
        """The row that a model picks."""
        name = table.cell.name
        place = int(model.eval(self._row[name], model_completion=True).as_long())
        return self._rows[name][place]

    def _consistent(self, table: Table) -> list[Any]:
        """The row exists, and its papers are those that all tables share."""
        z3, rows, row = self._z3, self._rows[table.cell.name], self._row[table.cell.name]
        bounds = [row >= 0, row < len(rows)]
        for word in table.cell.words:
            for state in (0, 1, 2):
                having = [row == place for place, case in enumerate(rows) if _state(case, word) == state]
                bounds.append(z3.Implies(self._word[word] == state, z3.Or(having)))
            bounds += [self._word[word] >= 0, self._word[word] <= 2]
        return bounds

    def _said(self, table: Table) -> Any:
        """How many things the picked row says, papers aside."""
        z3, rows, row = self._z3, self._rows[table.cell.name], self._row[table.cell.name]
        sizes = {place: case.size - len(case.papers) for place, case in enumerate(rows)}
        count: Any = z3.IntVal(0)
        for size in sorted(set(sizes.values()) - {0}):
            count = z3.If(z3.Or([row == place for place, said in sizes.items() if said == size]), size, count)
        return count


def _state(case: Case, word: str) -> int:
    """0 where nobody vouches for the word, 1 for an attestation, 2 for an agreement."""
    return 2 if (word, True) in case.papers else 1 if (word, False) in case.papers else 0
