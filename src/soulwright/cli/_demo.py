"""`soulwright demo`: the whole job in one command."""

from __future__ import annotations

from typing import Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, document_options, json_option, run_option, text_option, work_options


@click.command(short_help="Do the whole job: compile, teach, train, verify, report.")
@run_option
@document_options
@work_options
@text_option
@json_option
def demo(*, as_json: bool, **given: Any) -> int:
    """Compile the document, teach it to a small real transformer, measure it, and name the report.

    Needs no GPU, no key and no network. A second call goes on where the first one stopped.
    """
    options = RunOptions(**given)

    def work() -> Outcome:
        from soulwright.cli import _pipeline

        return _pipeline.demo(options)

    return answer(work, as_json=as_json)
