"""What `verify` may be asked of any model: whom to ask, who judges, what is asked, and old runs to judge again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

_Command = Callable[..., Any]
_PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Which model is asked what, who judges, and where it is kept; `rejudge` is an old run that is judged again.

    `again` are those who read a second time, `situations` a run of `soulwright situations`, `violators` who plays them.
    """

    target: str | None = None
    judge: str | None = None
    spec: Path | None = None
    cases: tuple[Path, ...] = ()
    rejudge: Path | None = None
    ledger: Path = Path("judges")
    reply_tokens: int = 1024
    again: tuple[str, ...] = ()
    sample: float = 0.1
    situations: Path | None = None
    violators: str | None = None
    plan: bool = False

    @property
    def asked(self) -> bool:
        """True where another model than the one of the run is asked or judges."""
        return self.target is not None or self.rejudge is not None or self.judge is not None


_OPTIONS = (
    click.option("--target", "--model", "target", metavar="MODEL", help="Ask this model: any model of Inspect."),
    click.option("--judge", metavar="MODEL", help="Who judges its replies; see `examine-judge`."),
    click.option("--spec", type=_PATH, metavar="PATH", help="The document that it is held against."),
    click.option("--cases", multiple=True, type=_PATH, metavar="PATH", help="What it is asked; repeatable."),
    click.option("--rejudge", type=_PATH, metavar="RUN", help="Judge an old run's replies again."),
    click.option(
        "--ledger", type=_PATH, default=Path("judges"), show_default=True, metavar="PATH", help="Judges known."
    ),
    click.option(
        "--reply-tokens", type=click.IntRange(min=1), default=1024, show_default=True, metavar="N",
        help="The longest reply of the target.",
    ),
    click.option(
        "--again", multiple=True, metavar="MODEL",
        help="A second judge that reads all flags and a sample again, blind; repeatable.",
    ),
    click.option(
        "--sample", type=click.FloatRange(0, 1), default=0.1, show_default=True, metavar="SHARE",
        help="The share of what was not flagged that is read again.",
    ),
    click.option(
        "--situations", type=_PATH, metavar="RUN", help="Ask what `soulwright situations` held out there."
    ),
    click.option("--violators", metavar="MODEL", help="Who is ordered to break each clause, to be caught."),
    click.option("--plan", is_flag=True, help="Say what would be asked and what it would cost, and stop."),
)  # fmt: skip


def model_options(command: _Command) -> _Command:
    """Add `--target`, `--judge`, `--spec`, `--cases`, `--situations`, `--rejudge`, `--ledger` and what goes with them.

    The verb sees one `ModelOptions` named `model`.
    """

    def gathered(**given: Any) -> Any:
        names = ModelOptions.__dataclass_fields__
        model = ModelOptions(**{name: given.pop(name) for name in names})
        return command(model=model, **given)

    gathered.__doc__ = command.__doc__
    gathered.__name__ = command.__name__
    made: _Command = gathered
    for option in reversed(_OPTIONS):
        made = option(made)
    return made
