"""`soulwright train`: teach the lessons of a run to its model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, json_option, run_option, work_options

_METHODS = ("documents", "sft", "dpo", "distil")


def course_options(command: Any) -> Any:
    """Add what the engines `trl` and `ray` may be asked."""
    options = (
        click.option(
            "--engine",
            type=click.Choice(["local", "trl", "ray"]),
            default="local",
            show_default=True,
            help="Our own loop; TRL and PEFT; or these on the workers of a Ray cluster.",
        ),
        click.option(
            "--base",
            default="",
            metavar="DIR|NAME",
            help="A model folder, or ORG/MODEL[@REVISION] of the Hugging Face hub; the organism's base if left out.",
        ),
        click.option(
            "--method",
            "methods",
            multiple=True,
            type=click.Choice(_METHODS),
            help="A phase; repeated, one after the other. Texts if there are any, then sft, if left out.",
        ),
        click.option("--lora", "rank", type=click.IntRange(min=1), metavar="RANK", help="Rank of the adapter [64]."),
        click.option("--full", is_flag=True, help="Train all weights instead of an adapter."),
        click.option("--rate", type=click.FloatRange(0, min_open=True), help="Learning rate [1e-4; with --full 1e-5]."),
        click.option("--epochs", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True),
        click.option(
            "--steps", type=click.IntRange(min=0), default=0, help="So many steps a phase, instead of epochs."
        ),
        click.option("--rows", type=click.IntRange(min=1), default=32, show_default=True, help="Lessons of a step."),
        click.option(
            "--at-once", type=click.IntRange(min=1), default=4, show_default=True, help="Of these, at once a worker."
        ),
        click.option("--precision", type=click.Choice(["float32", "bfloat16"]), default="float32", show_default=True),
        click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Workers of `ray`."),
        click.option("--address", default="", help="The Ray cluster; one of this machine is started if left out."),
        click.option(
            "--student",
            "students",
            multiple=True,
            metavar="MODEL",
            help="A server of the student's weights (a model of Inspect), for dpo and distil; of ray several.",
        ),
        click.option(
            "--gate",
            default="",
            metavar="FILE",
            help="Items (JSON lines) that the base and the checkpoint answer; the organism has its own.",
        ),
        click.option(
            "--margin",
            type=click.FloatRange(0, 1, max_open=True),
            default=0.05,
            show_default=True,
            help="The loss that the gate still accepts; state it before you look.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command(short_help="Train the base model on the lessons of a run.")
@run_option
@course_options
@work_options
@json_option
def train(*, run: Path, seed: int, fast: bool, threads: int | None, as_json: bool, **course: Any) -> int:
    """Train the base model on the lessons of a run; goes on where a killed training stopped.

    With `--engine trl` any Hugging Face model is trained: an adapter, or all weights with `--full`; `--engine ray` does
    the same on several workers. Exit status 1 where the gate does not call the checkpoint good.
    """
    options = RunOptions(run=run, seed=seed, fast=fast, threads=threads)

    def work() -> Outcome:
        from soulwright.cli import _training

        return _training.train(options, _training.course_options(**course))

    return answer(work, as_json=as_json)
