"""`soulwright check`: compile a document, and list its clauses or its mistakes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option

if TYPE_CHECKING:
    from soulwright.spec import Spec


@click.command(short_help="Compile a document and list its clauses, or its mistakes.")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
@json_option
def check(*, spec: Path | None, as_json: bool) -> int:
    """Compile the document SPEC (the bundled one if left out) and list its clauses, or its mistakes with remedies."""
    return answer(lambda: _check(spec), as_json=as_json)


def _check(path: Path | None) -> Outcome:
    from soulwright.spec import load_spec, spec_to_dict

    spec = load_spec(path or bundled_document())
    return Outcome(document=spec_to_dict(spec), text=_listing(spec))


def _listing(spec: Spec) -> str:
    width = max((len(clause.id) for clause in spec.clauses), default=0)
    rows = [f"{clause.id:<{width}}  {clause.kind.value:<10}  {_first_words(clause.text)}" for clause in spec.clauses]
    kinds = Counter(clause.kind.value for clause in spec.clauses)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return "\n".join([*rows, "", f"{spec.source}: {len(spec.clauses)} clauses ({counts}), hash {spec.hash[:12]}"])


def _first_words(text: str, width: int = 72) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rsplit(" ", 1)[0] + "…"
