"""The options that several verbs share, under one name and one meaning each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

_Command = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the verbs of a run may be asked; `spec` None stands for the bundled document or the run's own lock."""

    run: Path
    spec: Path | None = None
    without: tuple[str, ...] = ()
    seed: int = 1
    fast: bool = False
    threads: int | None = None


def json_option(command: _Command) -> _Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")(command)


def run_option(command: _Command) -> _Command:
    """Add `--run PATH`."""
    return click.option(
        "--run",
        type=click.Path(path_type=Path),
        default=Path("runs/demo"),
        show_default=True,
        metavar="PATH",
        help="The folder of the run.",
    )(command)


def document_options(command: _Command) -> _Command:
    """Add `--spec PATH` and `--without CLAUSE`."""
    command = click.option(
        "--without",
        multiple=True,
        metavar="CLAUSE",
        help="Leave this clause out of the document (may be repeated): its row should fall, the others stay.",
    )(command)
    return click.option(
        "--spec",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="The document to compile; the bundled one if left out.",
    )(command)


def work_options(command: _Command) -> _Command:
    """Add `--seed`, `--fast` and `--threads`."""
    command = click.option(
        "--threads", type=click.IntRange(min=1), metavar="N", help="Processor threads; probed if left out."
    )(command)
    command = click.option("--fast", is_flag=True, help="Less of everything: quicker, with wider intervals.")(command)
    return click.option(
        "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same result."
    )(command)
