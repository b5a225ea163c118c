"""The release gate of the embedded base: measured again, or after training the base from nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.cli._answer import Outcome
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import RunOptions
from soulwright.cli._pipeline import MAX_REPLY
from soulwright.cli._progress import Progress
from soulwright.organism import BASE, measure_gate
from soulwright.runs import write_json
from soulwright.situations import Message
from soulwright.spec import load_spec
from soulwright.verify import GateFigure

if TYPE_CHECKING:
    from soulwright.models import LocalModel


def organism_gate(options: RunOptions) -> Outcome:
    """Measure the base model against its release gate."""
    with Progress([("gate", 60)]) as progress:
        return _gate(BASE, options, progress)


def organism_build(options: RunOptions) -> Outcome:
    """Train the base model from nothing into the folder `options.run`, and keep the figures of its gate there."""
    from soulwright.organism import BaseRecipe, build_base

    with Progress([("base", 5600), ("gate", 60)]) as progress:
        with progress.stage("base", total=sum(phase.steps for phase in BaseRecipe().phases)) as shown:
            build_base(options.run, BaseRecipe(), shown.at, progress.note)
        outcome = _gate(options.run, options, progress)
    write_json(options.run / "gate.json", outcome.document["figures"])
    return outcome


def _gate(base: Path, options: RunOptions, progress: Progress) -> Outcome:
    from soulwright.models import LocalModel

    spec = load_spec(options.spec or bundled_document())
    model = LocalModel(base, threads=options.threads)
    with progress.stage("gate", total=1):
        gate = measure_gate(spec, _asker(model), seed=options.seed, per_row=2 if options.fast else 10)
    lines = [_gate_line(figure) for figure in gate.figures]
    return Outcome(
        document={"base": str(base), "open": gate.open, "figures": [asdict(figure) for figure in gate.figures]},
        text="\n".join([*lines, "the gate is open" if gate.open else "the gate is CLOSED"]),
        findings=not gate.open,
    )


def _asker(model: LocalModel) -> Callable[[Sequence[Sequence[Message]]], list[str]]:
    def ask(conversations: Sequence[Sequence[Message]]) -> list[str]:
        return [reply.text for reply in model.replies(conversations, max_new_tokens=MAX_REPLY)]

    return ask


def _gate_line(figure: GateFigure) -> str:
    reached = figure.passed >= figure.required * figure.n
    share = figure.passed / figure.n if figure.n else 0.0
    mark = "ok  " if reached else "LOW "
    return f"{mark} {figure.name}: {figure.passed}/{figure.n} = {share:.3f} (needs {figure.required:.2f})"
