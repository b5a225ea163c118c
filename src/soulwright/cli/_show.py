"""`soulwright show`: a document as a page worth reading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._diff import DiffOptions, compared
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.spec import Spec
    from soulwright.spec.pages import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """What `show` may be asked; `out` left out is the name of the document with `.html`, in the current folder."""

    spec: Path | None = None
    old: Path | None = None
    changelog: Path | None = None
    run: Path | None = None
    out: Path | None = None


@click.command(short_help="Write a document as one page worth reading.")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
@click.option("--diff", "old", type=click.Path(path_type=Path), metavar="OLD", help="Mark what changed since OLD.")
@click.option(
    "--changelog",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="With --diff: call what it does not say silent.",
)
@click.option(
    "--run", type=click.Path(path_type=Path), metavar="PATH", help="Lay what this run measured beside each clause."
)
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH", help="Where to write the page.")
@json_option
def show(*, as_json: bool, **asked: Path | None) -> int:
    """Write the document SPEC (the bundled one if left out) as one HTML page that needs no network."""
    return answer(lambda: _show(ShowOptions(**asked)), as_json=as_json)


def _show(options: ShowOptions) -> Outcome:
    from soulwright.runs import write_text_atomic
    from soulwright.spec import load_spec
    from soulwright.spec.pages import render_show

    if options.changelog is not None and options.old is None:
        raise InputError("--changelog without --diff", help="name the older document: --diff OLD")
    path = options.spec or bundled_document()
    spec = load_spec(path)
    found = None
    if options.old is not None:
        found = compared(DiffOptions(old=options.old, new=path, changelog=options.changelog))
    measured = () if options.run is None else _measured(options.run, spec)
    page = render_show(spec, diff=found, measured=measured, run=options.run.name if options.run else "")
    out = options.out or Path(f"{Path(path).stem}.html")
    write_text_atomic(out, page)
    document = {
        "page": str(out),
        "document": spec.source,
        "clauses": len(spec.clauses),
        "changes": None if found is None else len(found.changes),
        "measured": None if options.run is None else len(measured),
    }
    return Outcome(document=document, text=f"written: {out} ({len(page.encode()) // 1024} kB)")


def _measured(run: Path, spec: Spec) -> tuple[Measured, ...]:
    from soulwright.runs import read_json
    from soulwright.spec.pages import measured_from_gap

    path = run / "gap.json"
    if not path.is_file():
        raise InputError("the run has no gap.json", source=str(run), help="measure it first: `soulwright verify`")
    return measured_from_gap(read_json(path), spec, source=str(path))
