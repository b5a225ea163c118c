"""`soulwright sizing`: calls, tokens, GPU hours and disk of a document and a model, before anything is spent."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option

if TYPE_CHECKING:
    from soulwright.train import Sizing

_TEMPLATE = Path(__file__).parent / "assets" / "sizing.md"
_MODELS = (1e9, 8e9, 70e9)
_DOCUMENTS = (50, 400)


@click.command(short_help="Say what teaching and verifying a document costs, before anything is spent.")
@click.option("--params", type=click.FloatRange(0, min_open=True), default=8e9, show_default=True, metavar="N")
@click.option("--clauses", type=click.IntRange(min=1), default=50, show_default=True, metavar="N")
@click.option("--full", is_flag=True, help="All weights instead of an adapter.")
@click.option("--write", type=click.Path(path_type=Path), metavar="PATH", help="Write the whole page there.")
@json_option
def sizing(*, params: float, clauses: int, full: bool, write: Path | None, as_json: bool) -> int:
    """Say what teaching and verifying a document costs: calls, tokens, GPU hours, disk, and what that rests on."""
    return answer(lambda: _sizing(params, clauses, full=full, write=write), as_json=as_json)


def _sizing(params: float, clauses: int, *, full: bool, write: Path | None) -> Outcome:
    from soulwright import train

    found = train.sizing(params, clauses, full=full)
    document = {
        **asdict(found),
        "gpu_hours": found.gpu_hours,
        "disk_bytes": found.disk_bytes,
        "assumptions": {name: value for name, value, _ in train.assumption_rows()},
    }
    if write is None:
        return Outcome(document=document, text=_text(found))
    from soulwright.runs import write_text_atomic

    write_text_atomic(write, page())
    return Outcome(document=document | {"page": str(write)}, text=str(write))


def page() -> str:
    """The page of sizes, docs/sizing.md."""
    from jinja2 import Environment, StrictUndefined

    from soulwright.train import ORGANISM, Assumptions, assumption_rows, tokens_per_second

    cases = [(size, clauses, full) for size in _MODELS for clauses in _DOCUMENTS for full in (False, True)]
    given = Assumptions()
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(_TEMPLATE.read_text("utf-8"))
    return (
        template.render(
            asking=[_asking_row(clauses) for clauses in _DOCUMENTS],
            training=[_training_row(size, clauses, full=full) for size, clauses, full in cases],
            too_large=[name for size in _MODELS for full in (False, True) if (name := _too_large(size, full=full))],
            organism=ORGANISM,
            operations=f"{6 * ORGANISM.parameters * ORGANISM.tokens:.2e}",
            gigaflops=f"{6 * ORGANISM.parameters * ORGANISM.tokens / ORGANISM.seconds / 1e9:.0f}",
            bytes_per_sample=f"{given.bytes_per_sample:,.0f}",
            written=f"{tokens_per_second(8e9, given):,.0f}",
            assumptions=[f"| `{name}` | {value:,.12g} | {source} |" for name, value, source in assumption_rows()],
        )
        + "\n"
    )


def _asking_row(clauses: int) -> str:
    from soulwright.train import sizing as size

    it = size(_MODELS[0], clauses)
    cells = (
        str(clauses),
        f"{it.lessons:,}",
        _millions(it.trained_tokens),
        f"{it.teacher_calls:,}",
        _millions(it.teacher_tokens),
        f"{it.target_calls:,}",
        f"{it.judge_calls:,}",
        _millions(it.verify_tokens),
    )
    return f"| {' | '.join(cells)} |"


def _training_row(parameters: float, clauses: int, *, full: bool) -> str:
    from soulwright.train import sizing as size

    it = size(parameters, clauses, full=full)
    cells = (
        f"{parameters / 1e9:g} B",
        str(clauses),
        "all weights" if full else "adapter",
        _hours(it.training_hours),
        _hours(it.asking_hours),
        str(it.least_gpus),
        _bytes(2 * it.model_bytes),
        _bytes(2 * it.checkpoint_bytes),
        _bytes(it.disk_bytes),
    )
    return f"| {' | '.join(cells)} |"


def _too_large(parameters: float, *, full: bool) -> str:
    """The name of a training that does not fit on one GPU, "" where it fits."""
    from soulwright.train import sizing as size

    what = "all weights" if full else "an adapter"
    return f"{what} of {parameters / 1e9:g} B" if size(parameters, 1, full=full).least_gpus > 1 else ""


def _text(it: Sizing) -> str:
    what = "all weights" if it.full else "an adapter"
    return "\n".join(
        [
            f"{it.parameters / 1e9:g} B parameters, {it.clauses} clauses, {what}; arithmetic, see docs/sizing.md:",
            f"  teacher    {it.teacher_calls:,} calls, {_millions(it.teacher_tokens)} tokens, {it.lessons:,} lessons",
            f"  training   {_millions(it.trained_tokens)} tokens, {_hours(it.training_hours)} hours of one H100, "
            f"at least {it.least_gpus} of them",
            f"  asking     {it.target_calls:,} calls of the model, {_hours(it.asking_hours)} hours of one H100",
            f"  judge      {it.judge_calls:,} calls; verification {_millions(it.verify_tokens)} tokens in all",
            f"  disk       {_bytes(it.disk_bytes)}",
        ]
    )


def _hours(hours: float) -> str:
    return f"{hours:.2g}" if hours < 1 else f"{hours:,.1f}"


def _millions(tokens: float) -> str:
    return f"{tokens / 1e6:,.1f} M"


def _bytes(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count < 1e11 else f"{count / 1e9:,.0f} GB"
