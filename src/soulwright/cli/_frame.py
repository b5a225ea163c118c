"""The frame: the list of verbs, and what happens when the call itself is wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

import soulwright
from soulwright.cli._answer import FINE, INTERRUPTED, WRONG
from soulwright.cli._check import check
from soulwright.cli._compare import compare
from soulwright.cli._compare_runs import compare_runs
from soulwright.cli._consult import consult
from soulwright.cli._demo import demo
from soulwright.cli._diff import diff
from soulwright.cli._dossier import dossier
from soulwright.cli._examine_judge import examine_judge
from soulwright.cli._explain import explain
from soulwright.cli._export import export
from soulwright.cli._measure import measure
from soulwright.cli._organism import organism
from soulwright.cli._prove import prove
from soulwright.cli._publish import publish
from soulwright.cli._recover import recover
from soulwright.cli._report import report
from soulwright.cli._review import review
from soulwright.cli._rules import rules
from soulwright.cli._show import show
from soulwright.cli._situations import situations
from soulwright.cli._sizing import sizing
from soulwright.cli._teach import teach
from soulwright.cli._trace import trace_run
from soulwright.cli._train import train
from soulwright.cli._verify import verify
from soulwright.cli._weigh import weigh


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(soulwright.__version__, prog_name="soulwright")
def root() -> None:
    """From a written model specification to a model that holds it, and the proof.

    Exit status: 0 fine, 1 findings, 2 the input or the call is wrong, 130 interrupted.
    """


for verb in (
    check,
    rules,
    diff,
    show,
    export,
    consult,
    weigh,
    explain,
    compare,
    prove,
    dossier,
    situations,
    teach,
    train,
    trace_run,
    sizing,
    publish,
    verify,
    examine_judge,
    review,
    measure,
    recover,
    report,
    compare_runs,
    demo,
    organism,
):
    root.add_command(verb)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit status."""
    sys.exit(_status(arguments))


def _status(arguments: Sequence[str] | None) -> int:
    try:
        result = root.main(arguments, prog_name="soulwright", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "soulwright"
        print(f"error: {_house_grammar(error)}\nhelp: `{command} --help` lists what it takes", file=sys.stderr)
        return WRONG
    except click.ClickException as error:
        print(f"error: {_house_grammar(error)}", file=sys.stderr)
        return WRONG
    except click.Abort:
        return INTERRUPTED
    return result if isinstance(result, int) else FINE


def _house_grammar(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]
