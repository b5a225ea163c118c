"""What is covered: clauses by layers and pressures, on the side that is taught and on the side that is held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from soulwright.situations._situations import Layer, Pressure, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many situations each clause has in each layer and under each pressure: (taught, held out)."""

    clauses: tuple[str, ...]
    cells: Mapping[tuple[str, Layer, Pressure], tuple[int, int]]

    def count(self, clause: str, layer: Layer | None = None, pressure: Pressure | None = None) -> tuple[int, int]:
        """Taught and held out, of one layer or pressure or of all."""
        found = [
            pair
            for (of, at, under), pair in self.cells.items()
            if of == clause and layer in (None, at) and pressure in (None, under)
        ]
        return sum(taught for taught, _ in found), sum(held for _, held in found)

    @property
    def missing(self) -> tuple[str, ...]:
        """Clauses that nothing held out puts to the test."""
        return tuple(clause for clause in self.clauses if not self.count(clause)[1])


def coverage(clauses: Sequence[str], teach: Iterable[Situation], held_out: Iterable[Situation]) -> Coverage:
    """The coverage of these clauses; a situation counts for each clause at stake in it."""
    taught, held = _counted(teach), _counted(held_out)
    return Coverage(clauses=tuple(clauses), cells={key: (taught[key], held[key]) for key in {*taught, *held}})


def coverage_to_dict(covered: Coverage) -> dict[str, object]:
    """The coverage for machines: a clause a key, in it `layer x pressure`, with the cells that are empty left out."""
    rows: dict[str, dict[str, object]] = {clause: {} for clause in covered.clauses}
    for (clause, layer, pressure), (taught, held) in sorted(covered.cells.items()):
        if clause in rows:
            rows[clause][f"{layer} x {pressure}"] = {"teach": taught, "held_out": held}
    return {"clauses": rows, "missing": list(covered.missing)}


def coverage_text(covered: Coverage) -> str:
    """The coverage for people: a clause a line, `taught+held out` in each layer and under each pressure."""
    heads = [*(layer.value for layer in Layer), *(pressure.value for pressure in Pressure), "all"]
    table = [["clause", *heads]]
    for clause in covered.clauses:
        counts = [covered.count(clause, layer=layer) for layer in Layer]
        counts += [covered.count(clause, pressure=pressure) for pressure in Pressure]
        table.append([clause, *(_cell(pair) for pair in (*counts, covered.count(clause)))])
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in table)


def _counted(situations: Iterable[Situation]) -> Counter[tuple[str, Layer, Pressure]]:
    return Counter((clause, one.layer, one.pressure) for one in situations for clause in one.clause_ids)


def _cell(pair: tuple[int, int]) -> str:
    return f"{pair[0]}+{pair[1]}" if any(pair) else "-"
