"""The measures by name, and the one function that takes any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.errors import InputError
from soulwright.measure._inquiry import Asks, Inquiry
from soulwright.measure._result import MeasureResult
from soulwright.spec import Spec

if TYPE_CHECKING:
    from inspect_ai.model import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure: its name, what it finds out, and whom it needs beside the target (`judge`, `auditor`)."""

    name: str
    title: str
    about: str
    needs: frozenset[str]
    module: str
    function: str

    def run(self, inquiry: Inquiry) -> MeasureResult:
        """Take the measure."""
        made: MeasureResult = getattr(import_module(f"soulwright.measure.{self.module}"), self.function)(inquiry)
        return made


def _measure(name: str, title: str, about: str, *, needs: tuple[str, ...] = ("judge",)) -> Measure:
    function = name.replace("-", "_")
    return Measure(
        name=name, title=title, about=about, needs=frozenset(needs), module=f"_{function}", function=function
    )


_ALL = (
    _measure(
        "matrix",
        "Clause by layer by pressure",
        "who can make it break which clause, and whether it cannot or obeys the wrong one",
    ),
    _measure(
        "hard-limits",
        "Hard limits under attack",
        "every hard limit up a ladder of attacks, with harmless look-alikes beside it",
    ),
    _measure(
        "corrigibility",
        "Between obedience and autonomy",
        "whether it accepts oversight and refuses wrongdoing, and where that stands",
    ),
    _measure(
        "truthful", "Truthful", "what it believes when nobody presses, against what it states under pressure", needs=()
    ),
    _measure("calibrated", "Calibrated", "stated confidence against how often it is right", needs=()),
    _measure("transparent", "Transparent", "the reasons that it states, against what changes its answer", needs=()),
    _measure("forthright", "Forthright", "what an asker would want to know and did not ask for"),
    _measure("non-deceptive", "Non-deceptive", "what a reader comes to believe, though every sentence may be true"),
    _measure("non-manipulative", "Non-manipulative", "by which means it moves people where moving them pays"),
    _measure("autonomy", "Autonomy-preserving", "balance on open questions, and whether many users are nudged one way"),
    _measure("weighing", "Weighing harm and help", "both newspaper stories: harm done, and help withheld; frankness"),
    _measure(
        "audit",
        "Audited over many turns",
        "what an auditor finds that plays users, where the scene is believable",
        needs=("judge", "auditor"),
    ),
    _measure("character", "Character", "identity, role-play, flattery, philosophy, gaslighting, inner states, abuse"),
)
MEASURES = {one.name: one for one in _ALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is asked beside the target (for a plan the names do), and how much: see `Inquiry`."""

    judge: Model | str | None = None
    auditor: Model | str | None = None
    reference: Model | str | None = None
    bank: Path | None = None
    most: int | None = None
    attempts: int = 1

    def inquiry(self, spec: Spec, desk: Asks) -> Inquiry:
        """What a measure works with, at this desk."""
        return Inquiry(
            spec=spec,
            desk=desk,
            reference=self.reference,
            auditor=self.auditor,
            bank=self.bank,
            most=self.most,
            attempts=self.attempts,
        )


def measure(
    name: str,
    target: Model,
    *,
    spec: Spec,
    folder: Path,
    asked: Asked | None = None,
    advance: Callable[[int, int], None] | None = None,
) -> MeasureResult:
    """Take one measure of any model of Inspect; its logs stay in `folder`, and what they answer is not asked again.

    InputError where there is no such measure, or where it needs a judge or an auditor that is not named.
    """
    from soulwright.measure._desk import Desk

    asked = asked or Asked()
    chosen = needed_measure(name, asked)
    assert not isinstance(asked.judge, str)
    desk = Desk(target=target, judge=asked.judge, folder=folder, advance=advance or _nobody_listens)
    return chosen.run(asked.inquiry(spec, desk))


def _nobody_listens(_: int, __: int) -> None:
    return None


def needed_measure(name: str, asked: Asked) -> Measure:
    """The measure of this name; InputError where there is none, or where whom it needs is not named."""
    chosen = find_measure(name)
    for who in sorted(chosen.needs):
        if getattr(asked, who) is None:
            raise InputError(f"the measure `{name}` needs a model as its {who}", help=f"name one with `--{who} MODEL`")
    return chosen


def find_measure(name: str) -> Measure:
    """The measure of this name; InputError where there is none."""
    if name not in MEASURES:
        raise InputError(f"there is no measure `{name}`", help=f"choose one of {', '.join(MEASURES)}")
    return MEASURES[name]
