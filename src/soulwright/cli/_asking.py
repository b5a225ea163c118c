"""The options of every verb that asks models: how much may be asked, what it would cost, how each role generates, and
who asks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from soulwright.cli._answer import Outcome

if TYPE_CHECKING:
    from soulwright.models import Meter, Planned

_Command = Callable[..., Any]


def role_option(role: str, help: str, *, required: bool = False) -> Callable[[_Command], _Command]:
    """Add `--target`, `--teacher`, `--judge` or `--auditor`: any model of Inspect, or a model folder."""
    return click.option(f"--{role}", required=required, metavar="MODEL", help=help)


def plan_option(command: _Command) -> _Command:
    """Add `--plan`."""
    return click.option("--plan", is_flag=True, help="Say what would be asked and what it would cost, and stop.")(
        command
    )


def budget_options(command: _Command) -> _Command:
    """Add `--max-calls`, `--max-tokens`, `--max-cost`, `--prices` and `--settings`; the verb itself sees none of them.

    Whatever the verb asks is counted, and said on stderr at the end.
    """

    @wraps(command)
    def counted(*arguments: Any, **given: Any) -> Any:
        from soulwright.models import Budget, metering

        names = ("max_calls", "max_tokens", "max_cost", "prices", "settings")
        with metering(Budget(**{name: given.pop(name) for name in names})) as meter:
            status = command(*arguments, **given)
        for line in _spent(meter):
            print(line, file=sys.stderr)
        return status

    for option in reversed(_OPTIONS):
        counted = option(counted)
    return counted


def workers_options(command: _Command) -> _Command:
    """Add `--engine`, `--workers` and `--address`; the verb itself sees none of them.

    With `--engine ray` what it asks into logs is asked by the workers of a Ray cluster, and read here. A verb that has
    a `--teacher` asks nobody without one.
    """

    @wraps(command)
    def shared(*arguments: Any, engine: str, workers: int, address: str, **given: Any) -> Any:
        if engine == "local":
            if workers > 1 or address:
                flag = "--workers" if workers > 1 else "--address"
                raise click.UsageError(f"the engine `local` takes no `{flag}`: add `--engine ray`")
            return command(*arguments, **given)
        if "teacher" in given and given["teacher"] is None:
            raise click.UsageError("`--engine ray` needs `--teacher MODEL`: the embedded world asks no model")
        from soulwright.models import RayCluster, asked_by

        with asked_by(RayCluster(workers=workers, address=address)):
            return command(*arguments, **given)

    for option in reversed(_WORKERS):
        shared = option(shared)
    return shared


def planned_outcome(plan: Sequence[Planned]) -> Outcome:
    """What `--plan` answers."""
    from soulwright.models import current_meter, plan_text, plan_to_dict

    meter = current_meter()
    assert meter is not None, "`--plan` needs `budget_options`"
    return Outcome(document=plan_to_dict(plan, meter), text=plan_text(plan, meter))


def usage() -> list[dict[str, object]]:
    """What was asked so far in this call, model by model, for the document of a verb."""
    from soulwright.models import current_meter

    meter = current_meter()
    return meter.to_dict() if meter else []


def is_organism(model: str) -> bool:
    """Whether this model speaks the language of the embedded world: one of its own, or weights with its tokenizer."""
    tokenizer = Path(model.removeprefix("weights/")) / "tokenizer.json"
    if model.startswith("world/"):
        return True
    if not tokenizer.is_file():
        return False
    from soulwright.organism import BASE
    from soulwright.runs import hash_file

    return hash_file(tokenizer) == hash_file(BASE / "tokenizer.json")


def _spent(meter: Meter) -> list[str]:
    return [
        f"asked {one.model}: {one.calls:,} calls ({one.failed:,} without a reply), {one.tokens_in:,} tokens in,"
        f" {one.tokens_out:,} out, {'price unknown' if one.cost is None else f'${one.cost:,.2f}'}"
        for one in meter.spent
    ]


_WORKERS = (
    click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="Who asks: this process, or the workers of a Ray cluster.",
    ),
    click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Workers of `ray`."),
    click.option("--address", default="", help="The Ray cluster; one of this machine is started if left out."),
)
_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--max-calls", type=click.IntRange(min=0), metavar="N", help="Stop before call N+1; the same goes on."
    ),
    click.option("--max-tokens", type=click.IntRange(min=0), metavar="N", help="Stop before more tokens, in and out."),
    click.option(
        "--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Stop before more dollars (`--prices`)."
    ),
    click.option("--prices", type=_FILE, metavar="PATH", help="YAML: `MODEL: {input: 1.0, output: 4.0}`, $ a million."),
    click.option("--settings", type=_FILE, metavar="PATH", help="YAML: how each role generates (`judge: {seed: 1}`)."),
)
