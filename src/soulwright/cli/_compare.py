"""`soulwright compare`: what one deployment allows that another does not, or what a new document changes for one."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option
from soulwright.errors import InputError

_FILE = click.Path(path_type=Path)


@click.command(short_help="Compare two deployments, or one under two versions of the document.")
@click.argument("deployments", type=_FILE, nargs=-1, metavar="A [B]")
@click.option(
    "--spec",
    "specs",
    type=_FILE,
    multiple=True,
    metavar="PATH",
    help="The document; give it twice (old, then new) to see what a new version changes.",
)
@json_option
def compare(*, deployments: tuple[Path, ...], specs: tuple[Path, ...], as_json: bool) -> int:
    """For each behaviour: equivalent, more permissive, less permissive or incomparable, with a request that shows it.

    `compare A B` compares two deployments under one document, `compare A --spec OLD --spec NEW` one deployment under
    two. Exit status 1: the two are not equivalent.
    """
    return answer(lambda: _compare(deployments, specs), as_json=as_json)


def _compare(deployments: tuple[Path, ...], specs: tuple[Path, ...]) -> Outcome:
    from soulwright.cli import _explanations as show
    from soulwright.policy import Side, compare, comparison_to_dict, load_deployment
    from soulwright.spec import load_spec

    if len(deployments) not in (1, 2) or len(specs) > 2 or (len(deployments) == 1 and len(specs) < 2):
        raise InputError(
            "there are not two things to compare",
            help="give two deployments, or one deployment and `--spec OLD --spec NEW`",
        )
    documents = [load_spec(path) for path in specs] or [load_spec(bundled_document())]
    today = datetime.datetime.now(datetime.UTC).date()
    old, new = documents[0], documents[-1]
    before = load_deployment(deployments[0], today=today, spec=old)
    # What a new document no longer knows is a finding here, and no mistake of the file.
    after = load_deployment(deployments[-1], today=today, spec=new if len(deployments) == 2 else old)
    found = compare(Side(spec=old, deployment=before), Side(spec=new, deployment=after))
    return Outcome(document=comparison_to_dict(found), text=show.comparison(found), findings=bool(found.changed))
