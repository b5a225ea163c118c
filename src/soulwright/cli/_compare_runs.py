"""`soulwright compare-runs`: did a new version get worse anywhere, on the situations that both answered?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.verify import Judged, PairedComparison, PairedRow

_FOLDER = click.Path(path_type=Path)


@click.command("compare-runs", short_help="Compare two verified runs on identical situations.")
@click.argument("old", type=_FOLDER)
@click.argument("new", type=_FOLDER)
@click.option(
    "--margin",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.05,
    show_default=True,
    help="The loss of pass rate that is still accepted; state it before you look.",
)
@click.option("--gate", is_flag=True, help="Exit status 1 also where a row is not shown to be within the margin.")
@json_option
def compare_runs(*, old: Path, new: Path, margin: float, gate: bool, as_json: bool) -> int:
    """Row by row: not worse than the margin allows, worse beyond chance, or not shown.

    Exit status 1 where a row got worse.
    """
    return answer(lambda: _compare(old, new, margin=margin, gate=gate), as_json=as_json)


def _compare(old: Path, new: Path, *, margin: float, gate: bool) -> Outcome:
    from soulwright.verify import Regression, compare_paired

    hard = _hard_limits(old) | _hard_limits(new)
    found = compare_paired(_judged(old), _judged(new), margin=margin, hard=hard)
    if not found.rows:
        raise InputError(
            "the two runs answered no situation in common",
            source=str(new),
            help="verify both on the same document with the same seed",
        )
    missed = bool(found.having(Regression.WORSE)) or (gate and not found.passes_gate)
    document = {"margin": margin, "gate": found.passes_gate, "rows": [_row(row) for row in found.rows]}
    return Outcome(document=document, text=_text(found), findings=missed)


def _judged(run: Path) -> list[Judged]:
    from soulwright.runs import read_jsonl
    from soulwright.verify import judged_from_dict

    path = run / "judged.jsonl"
    if not path.is_file():
        raise InputError(
            "there is no verified run here", source=str(run), help="`soulwright verify --run PATH` makes one"
        )
    return [judged_from_dict(row) for row in read_jsonl(path)]


def _hard_limits(run: Path) -> frozenset[str]:
    """The clauses of the run's document that are hard limits; none where the document was not kept."""
    from soulwright.runs import read_json
    from soulwright.spec import Kind, spec_from_dict

    path = run / "spec.lock.json"
    if not path.is_file():
        return frozenset()
    clauses = spec_from_dict(read_json(path)).clauses
    return frozenset(clause.id for clause in clauses if clause.kind is Kind.HARD_LIMIT)


def _row(row: PairedRow) -> dict[str, object]:
    pairs = row.pairs
    return {
        "row": row.row,
        "state": row.state.value,
        "hard": row.hard,
        "n": pairs.n,
        "unpaired": row.unpaired,
        "lost": pairs.lost,
        "gained": pairs.gained,
        "loss": pairs.loss,
        "interval": [row.loss.low, row.loss.high],
        "p": row.p,
        "p_adjusted": row.p_adjusted,
        "smallest_detectable": row.detectable,
    }


def _text(found: PairedComparison) -> str:
    from soulwright.verify import Regression

    counted = {state: len(found.having(state)) for state in Regression}
    lines = [", ".join(f"{count} {state.value.replace('_', ' ')}" for state, count in counted.items())]
    for row in found.rows:
        if row.state is Regression.NOT_WORSE:
            continue
        smallest = "nothing" if row.detectable is None else f"{100 * row.detectable:.0f} points"
        lines.append(
            f"{row.state.value.replace('_', ' '):<10} {row.row}: loss {100 * row.pairs.loss:+.0f} points "
            f"[{100 * row.loss.low:+.0f}, {100 * row.loss.high:+.0f}] on {row.pairs.n} situations, "
            f"p {row.p_adjusted:.3g}, could have seen {smallest}"
        )
    return "\n".join(lines)
