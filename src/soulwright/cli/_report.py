"""`soulwright report`: write the report of a run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import Release, RunOptions, json_option, release_options, run_option


@click.command(short_help="Write the report of a run again.")
@run_option
@release_options
@json_option
def report(*, run: Path, as_json: bool, **release: Any) -> int:
    """Write the report of a run again from what was measured, and name it. Nothing is asked."""
    options = RunOptions(run=run, release=Release(**release))

    def work() -> Outcome:
        from soulwright.cli import _pipeline

        return _pipeline.report(options)

    return answer(work, as_json=as_json)
