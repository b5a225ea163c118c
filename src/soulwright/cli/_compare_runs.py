"""`soulwright compare-runs`: did a new version get worse anywhere, on the situations that both answered?"""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._against import against_text, compare_folders, row_document, worse
from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option, margin_option

_FOLDER = click.Path(path_type=Path)


@click.command("compare-runs", short_help="Compare two verified runs on identical situations.")
@click.argument("old", type=_FOLDER)
@click.argument("new", type=_FOLDER)
@margin_option
@click.option("--gate", is_flag=True, help="Exit status 1 also where a row is not shown to be within the margin.")
@json_option
def compare_runs(*, old: Path, new: Path, margin: float, gate: bool, as_json: bool) -> int:
    """Row by row: not worse than the margin allows, worse beyond chance, or not shown.

    Exit status 1 where a row got worse.
    """
    return answer(lambda: _compare(old, new, margin=margin, gate=gate), as_json=as_json)


def _compare(old: Path, new: Path, *, margin: float, gate: bool) -> Outcome:
    found = compare_folders(old, new, margin=margin)
    missed = worse(found) or (gate and not found.passes_gate)
    rows = [row_document(row) for row in found.comparison.rows]
    document = {
        "margin": margin,
        "gate": found.passes_gate,
        "rows": rows,
        "only_old": list(found.comparison.only_old),
        "judges_differ": found.judges_differ,
    }
    return Outcome(document=document, text=against_text(found), findings=missed)
