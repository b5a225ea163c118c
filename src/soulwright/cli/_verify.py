"""`soulwright verify`: measure, clause by clause, how far a model holds the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, workers_options
from soulwright.cli._model_options import ModelOptions, model_options
from soulwright.cli._options import Release, RunOptions, json_option, release_options, run_option, work_options


@click.command(short_help="Measure, clause by clause, how far the model holds the document.")
@run_option
@work_options
@click.option(
    "--budget",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most so many further replies, for the rows nearest a decision; 0 reads the fixed situations once.",
)
@release_options
@json_option
@budget_options
@workers_options
@model_options
def verify(
    *,
    run: Path,
    seed: int,
    fast: bool,
    threads: int | None,
    budget: int | None,
    as_json: bool,
    model: ModelOptions,
    **release: Any,
) -> int:
    """Measure, clause by clause and on situations never taught, how far the trained model holds the document.

    With --target any model of Inspect is asked instead (--cases, --situations, or the document's examples) and judged
    by --judge; with --rejudge an old run's replies are judged again.

    Exit status 1 where a clause FAILs or is INVALID, where a row got worse than in the run named by --against, or where
    --gate is given and what a release needs is not shown.
    """
    options = RunOptions(run=run, seed=seed, fast=fast, threads=threads, budget=budget, release=Release(**release))

    if model.plan and not model.asked:
        raise click.UsageError("`--plan` needs `--target MODEL`: the embedded world costs nothing")

    def work() -> Outcome:
        if model.plan:
            from soulwright.cli._verify_plan import plan_verification

            return plan_verification(options, model)
        if model.asked:
            from soulwright.cli._verify_model import verify_model

            return verify_model(options, model)
        from soulwright.cli import _pipeline

        return _pipeline.verify(options)

    return answer(work, as_json=as_json)
