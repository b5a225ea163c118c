"""`soulwright teach`: turn the clauses of a document into lessons."""

from __future__ import annotations

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, plan_option, role_option, workers_options
from soulwright.cli._options import RunOptions, document_options, json_option, run_option, text_option, work_options


@click.command(short_help="Turn the clauses of a document into lessons.")
@run_option
@document_options
@work_options
@text_option
@role_option(
    "teacher", "A model that writes the lessons, from the situations of the run; the embedded world if left out."
)
@role_option("judge", "The model that filters what the teacher writes; the teacher itself if left out.")
@role_option("target", "The student, for preferences against its own replies and self-distillation; none if left out.")
@click.option(
    "--documents", type=click.IntRange(min=0), default=1, show_default=True, help="Texts of each sort about a clause."
)
@click.option("--advice", type=click.IntRange(min=0), default=1, show_default=True, help="Dilemmas for each clause.")
@click.option(
    "--least-flips",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="Share of a clause's breaches that showing it must turn, or nothing is distilled for it.",
)
@plan_option
@json_option
@budget_options
@workers_options
def teach(*, as_json: bool, teacher: str | None, **given: object) -> int:
    """Turn the clauses of a document into lessons, with the clause ids and hashes they came from.

    With `--teacher` a model writes them from `situations/teach.jsonl` of the run (`soulwright situations`): texts that
    explain each clause, demonstrations with their reason, advice, rows with system prompts and tools, and with
    `--target` preferences and self-distillation. A judge filters; what it rejects is kept in `rejected.jsonl`.
    """
    return answer(lambda: _teach(teacher, given), as_json=as_json)


def _teach(teacher: str | None, given: dict[str, object]) -> Outcome:
    if teacher is None:
        from soulwright.cli import _pipeline

        _refuse_what_needs_a_teacher(given)
        embedded = ("run", "spec", "without", "seed", "fast", "threads", "text")
        return _pipeline.teach(RunOptions(**{name: given[name] for name in embedded}))  # type: ignore[arg-type] # click has checked the types
    from soulwright.cli._teach_model import TeachOptions, teach_by_model

    chosen = {name: given[name] or "" for name in ("judge", "target")}
    names = ("run", "spec", "without", "documents", "advice", "least_flips", "plan")
    return teach_by_model(TeachOptions(teacher=teacher, **chosen, **{name: given[name] for name in names}))  # type: ignore[arg-type] # click has checked the types


def _refuse_what_needs_a_teacher(given: dict[str, object]) -> None:
    for name in ("judge", "target", "plan"):
        if given[name]:
            raise click.UsageError(f"`--{name}` needs `--teacher MODEL`: the embedded world asks no model")
