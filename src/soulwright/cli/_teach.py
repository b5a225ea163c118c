"""`soulwright teach`: turn the clauses of a document into lessons."""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, document_options, json_option, run_option, work_options


@click.command(short_help="Turn the clauses of a document into lessons.")
@run_option
@document_options
@work_options
@json_option
def teach(
    *, run: Path, spec: Path | None, without: tuple[str, ...], seed: int, fast: bool, threads: int | None, as_json: bool
) -> int:
    """Turn the clauses of a document into lessons, with the clause ids and hashes they came from."""
    options = RunOptions(run=run, spec=spec, without=without, seed=seed, fast=fast, threads=threads)

    def work() -> Outcome:
        from soulwright.cli import _pipeline

        return _pipeline.teach(options)

    return answer(work, as_json=as_json)
