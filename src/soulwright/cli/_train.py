"""`soulwright train`: teach the lessons of a run to its model."""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, json_option, run_option, work_options


@click.command(short_help="Train the base model on the lessons of a run.")
@run_option
@work_options
@json_option
def train(*, run: Path, seed: int, fast: bool, threads: int | None, as_json: bool) -> int:
    """Train the base model on the lessons of a run; goes on where a killed training stopped."""
    options = RunOptions(run=run, seed=seed, fast=fast, threads=threads)

    def work() -> Outcome:
        from soulwright.cli import _pipeline

        return _pipeline.train(options)

    return answer(work, as_json=as_json)
