"""`soulwright organism`: build and examine the embedded base model."""

from __future__ import annotations

from pathlib import Path

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions, folder_option, json_option, work_options


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
@folder_option(
    "--out",
    "build/organism",
    "Where the weights, the tokenizer, the log and the gate go; interrupted, it goes on from there.",
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


@organism.command(short_help="Serve models of this machine over HTTP.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; there is no key and no user.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one.")
@click.option(
    "--serve",
    "served",
    multiple=True,
    metavar="NAME=MODEL",
    help="Serve this model (any of Inspect, or a model folder) under this name (may be repeated).",
)
def serve(*, host: str, port: int, served: tuple[str, ...]) -> int:
    """Serve the embedded world's teacher, writer and judge and the base model, and whatever `--serve` names, by the
    protocols of OpenAI (`/v1/chat/completions`, and `/v1/embeddings` for folders) and Anthropic (`/v1/messages`),
    until interrupted.

    The first line on stdout is the address; clients take it with `/v1` behind it.
    """

    def work() -> Outcome:
        from soulwright.cli._serve import serve_models

        return serve_models(host, port, served)

    return answer(work, as_json=False)


@organism.command("demo-http", short_help="Show target, teacher and judge over real HTTP.")
@folder_option("--run", "runs/demo-http", "The folder of the run.")
@click.option("--target", metavar="MODEL", help="The model folder that is taught and measured; the base if left out.")
def demo_http(*, run: Path, target: str | None) -> int:
    """Serve the world's models on this machine, and run `situations`, `teach` and `verify` against them through
    Inspect's own client for OpenAI's protocol, each role another model, under a budget.
    """

    def work() -> Outcome:
        from soulwright.cli._serve import show_http

        return show_http(run, target)

    return answer(work, as_json=False)
