"""`soulwright verify`: measure, clause by clause, how far a model holds the document."""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, json_option, run_option, work_options


@click.command(short_help="Measure, clause by clause, how far the model holds the document.")
@run_option
@work_options
@json_option
def verify(*, run: Path, seed: int, fast: bool, threads: int | None, as_json: bool) -> int:
    """Measure, clause by clause and on situations never taught, how far the trained model holds the document.

    Exit status 1 where a clause does not pass.
    """
    options = RunOptions(run=run, seed=seed, fast=fast, threads=threads)

    def work() -> Outcome:
        from soulwright.cli import _pipeline

        return _pipeline.verify(options)

    return answer(work, as_json=as_json)
