"""The options that several verbs share, under one name and one meaning each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

_Command = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a verification is compared with, and what is written beside its report.

    `margin` is the loss of pass rate that is accepted, stated before anything is asked; `gate` asks that what a release
    needs is shown, not only that nothing failed.
    """

    against: Path | None = None
    margin: float = 0.05
    gate: bool = False
    junit: Path | None = None
    badge: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the verbs of a run may be asked; `spec` None stands for the bundled document or the run's own lock, `budget`
    None for as many further replies as the extent of the run allows.
    """

    run: Path
    spec: Path | None = None
    without: tuple[str, ...] = ()
    seed: int = 1
    fast: bool = False
    threads: int | None = None
    text: bool = True
    budget: int | None = None
    release: Release = Release()


def json_option(command: _Command) -> _Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")(command)


def folder_option(name: str, default: str, help: str) -> Callable[[_Command], _Command]:
    """Add an option that names a folder, one that need not be there yet."""
    return click.option(
        name, type=click.Path(path_type=Path), default=Path(default), show_default=True, metavar="PATH", help=help
    )


def run_option(command: _Command) -> _Command:
    """Add `--run PATH`."""
    return folder_option("--run", "runs/demo", "The folder of the run.")(command)


def text_option(command: _Command) -> _Command:
    """Add `--text` and `--no-text`."""
    return click.option(
        "--text/--no-text",
        default=True,
        show_default=True,
        help="Train the clauses in as text too, so that they can be read back.",
    )(command)


def margin_option(command: _Command) -> _Command:
    """Add `--margin`."""
    return click.option(
        "--margin",
        type=click.FloatRange(0, 1, max_open=True),
        default=0.05,
        show_default=True,
        help="The loss of pass rate that is still accepted; state it before you look.",
    )(command)


def release_options(command: _Command) -> _Command:
    """Add `--against`, `--margin`, `--gate`, `--junit` and `--badge`."""
    path = click.Path(path_type=Path, dir_okay=False)
    command = click.option("--badge", type=path, metavar="FILE", help="Write the findings as a small SVG picture.")(
        command
    )
    command = click.option("--junit", type=path, metavar="FILE", help="Write the findings as JUnit XML.")(command)
    command = click.option("--gate", is_flag=True, help="Exit status 1 also where what a release needs is not shown.")(
        command
    )
    command = margin_option(command)
    return click.option(
        "--against",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="RUN",
        help="Compare with this verified run on identical situations; exit status 1 where a row got worse.",
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
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="Processor threads, and processes that ask; probed if left out.",
    )(command)
    command = click.option("--fast", is_flag=True, help="Less of everything: quicker, with wider intervals.")(command)
    return click.option(
        "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same result."
    )(command)
