"""`soulwright dossier`: the document that a security officer, a lawyer or a regulator reads, as a page and as a PDF."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option

if TYPE_CHECKING:
    from soulwright.policy import Dossier, PromptSign
    from soulwright.spec import Spec


@click.command(short_help="What an AI never does, what was adjusted, proved and measured, as a document.")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
@click.option("--deployment", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Of which operator.")
@click.option("--run", type=click.Path(path_type=Path), metavar="PATH", help="A run that was verified: its figures.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the page is written; dossier.html if neither --html nor --pdf is given.",
)
@click.option("--pdf", type=click.Path(path_type=Path), metavar="FILE", help="Write it as a PDF as well.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The day on which agreements must be in force; today if left out.",
)
@json_option
def dossier(
    *,
    spec: Path | None,
    deployment: Path,
    run: Path | None,
    html: Path | None,
    pdf: Path | None,
    on: datetime.datetime | None,
    as_json: bool,
) -> int:
    """Write what the AI under SPEC (the bundled one if left out) never does, what users are owed, and on what it rests.

    Exit status 1: a promise fails, or a hard limit or protection does not stand in this deployment.
    """
    day = on.date() if on else datetime.datetime.now(datetime.UTC).date()
    pages = (html or (None if pdf else Path("dossier.html")), pdf)
    return answer(lambda: _dossier(spec or bundled_document(), deployment, run, pages, day), as_json=as_json)


def _dossier(
    path: Path, deployment: Path, run: Path | None, pages: tuple[Path | None, Path | None], day: datetime.date
) -> Outcome:
    from soulwright.policy import build_dossier, dossier_to_dict, load_deployment, load_measurements
    from soulwright.spec import load_spec

    spec = load_spec(path)
    operator = load_deployment(deployment, today=day, spec=spec)
    measurements = None if run is None else load_measurements(run, spec)
    signs = _signs(operator.system_prompt, spec)
    built = build_dossier(spec, operator, on=day, measurements=measurements, signs=signs)
    written = _write(built, *pages)
    document = {**dossier_to_dict(built), "written": [str(file) for file in written]}
    return Outcome(document=document, text=_text(built, written), findings=not _sound(built))


def _signs(prompt: str, spec: Spec) -> tuple[PromptSign, ...] | None:
    """What the system prompt does; None where the extra that knows look-alikes is not installed."""
    from soulwright.policy import prompt_signs

    try:
        return prompt_signs(prompt, spec)
    except ModuleNotFoundError as error:
        if error.name != "confusable_homoglyphs":
            raise
        return None


def _write(built: Dossier, html: Path | None, pdf: Path | None) -> list[Path]:
    from soulwright.policy import dossier_pdf, render_dossier
    from soulwright.runs import write_bytes_atomic, write_text_atomic

    page = render_dossier(built)
    made = None if pdf is None else dossier_pdf(page)
    if html is not None:
        write_text_atomic(html, page)
    if pdf is not None and made is not None:
        write_bytes_atomic(pdf, made)
    return [file for file in (html, pdf) if file is not None]


def _sound(built: Dossier) -> bool:
    standing = all(entry.stands for entry in (*built.limits, *built.protections))
    return standing and built.proof.holds and built.here.holds


def _text(built: Dossier, written: list[Path]) -> str:
    holds = "every promise holds" if built.proof.holds and built.here.holds else "a promise fails: see section 7"
    measured = "nothing was measured" if built.measurements is None else f"{len(built.tested)} clauses were measured"
    lines = [
        f"{built.deployment.operator} under {built.spec.name} {built.spec.version}, as of {built.on.isoformat()}",
        f"  {len(built.limits)} hard limits, {len(built.protections)} protections; {holds}",
        f"  behaviours moved: {len(built.adjusted)}, wishes refused: {len(built.explanation.ruling.rejected)}",
        f"  {measured}, {len(built.untested)} were not",
    ]
    return "\n".join([*lines, *(f"written: {file}" for file in written)])
