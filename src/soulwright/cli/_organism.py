"""`soulwright organism`: build and examine the embedded base model."""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, json_option, work_options


@click.group(short_help="Build and examine the embedded base model.")
def organism() -> None:
    """Build and examine the embedded base model, a tiny transformer of a tiny world."""


@organism.command(short_help="Print the release gate of the base model.")
@work_options
@json_option
def gate(*, seed: int, fast: bool, threads: int | None, as_json: bool) -> int:
    """Print the release gate of the base model: what it can do, and what it breaks as it should.

    Exit status 1 where a figure is below the gate.
    """
    options = RunOptions(run=Path(), seed=seed, fast=fast, threads=threads)

    def work() -> Outcome:
        from soulwright.cli import _base_gate

        return _base_gate.organism_gate(options)

    return answer(work, as_json=as_json)


@organism.command(short_help="Train the base model from nothing.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/organism"),
    show_default=True,
    metavar="PATH",
    help="Where the weights, the tokenizer, the log and the gate go; interrupted, it goes on from there.",
)
@work_options
@json_option
def build(*, out: Path, seed: int, fast: bool, threads: int | None, as_json: bool) -> int:
    """Train the base model from nothing, offline (hours)."""
    options = RunOptions(run=out, seed=seed, fast=fast, threads=threads)

    def work() -> Outcome:
        from soulwright.cli import _base_gate

        return _base_gate.organism_build(options)

    return answer(work, as_json=as_json)
