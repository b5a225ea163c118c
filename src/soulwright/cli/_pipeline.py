"""The stages of a run, one function a verb: what is done is kept, what is left is done, and the answer is named."""

from __future__ import annotations

from typing import NoReturn

from soulwright.cli._answer import Outcome
from soulwright.cli._options import RunOptions
from soulwright.errors import SoulwrightError


def teach(options: RunOptions) -> Outcome:
    """Compile the document and make the lessons of a run."""
    _not_yet("teach", options)


def train(options: RunOptions) -> Outcome:
    """Train the base model on the lessons of a run."""
    _not_yet("train", options)


def verify(options: RunOptions) -> Outcome:
    """Ask both models the situations of a run, judge the replies and write the gap."""
    _not_yet("verify", options)


def report(options: RunOptions) -> Outcome:
    """Write the report of a run from its gap."""
    _not_yet("report", options)


def demo(options: RunOptions) -> Outcome:
    """All stages of a run, one after the other."""
    _not_yet("demo", options)


def organism_gate(options: RunOptions) -> Outcome:
    """Measure the base model against its release gate."""
    _not_yet("organism gate", options)


def organism_build(options: RunOptions) -> Outcome:
    """Train the base model from nothing into the folder `options.run`."""
    _not_yet("organism build", options)


def _not_yet(verb: str, options: RunOptions) -> NoReturn:
    raise SoulwrightError(f"`{verb}` is not built yet (asked for `{options.run}`)")
