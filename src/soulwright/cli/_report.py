"""`soulwright report`: write the report of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, json_option, run_option


@click.command(short_help="Write the report of a run again.")
@run_option
@json_option
def report(*, run: Path, as_json: bool) -> int:
    """Write the report of a run again from what was measured, and name it."""
    options = RunOptions(run=run)

    def work() -> Outcome:
        from soulwright.cli import _pipeline

        return _pipeline.report(options)

    return answer(work, as_json=as_json)
