"""`soulwright trace`: from a clause to its lessons to the checkpoint, and back, every hash made again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.train import Trace

_SHOWN = 12  # lessons on a screen; `--json` has all


@click.command("trace", short_help="Follow a clause to its lessons and the checkpoint, and back, by hash.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--clause", default="", metavar="ID", help="The lessons that came from this clause.")
@click.option("--lesson", default="", metavar="HASH", help="The clauses that this lesson came from (first digits do).")
@click.option("--checkpoint", is_flag=True, help="Every file of the checkpoint with its SHA-256.")
@json_option
def trace_run(*, run: Path, clause: str, lesson: str, checkpoint: bool, as_json: bool) -> int:
    """Follow a clause to its lessons and the checkpoint, and back; every link is tested by making its hash again.

    Exit status 1 where a link is broken.
    """
    return answer(lambda: _trace(run, clause=clause, lesson=lesson, checkpoint=checkpoint), as_json=as_json)


def _trace(run: Path, *, clause: str, lesson: str, checkpoint: bool) -> Outcome:
    from soulwright.organism import BASE
    from soulwright.train import trace

    if clause and lesson:
        raise InputError("`--clause` and `--lesson` are two questions", help="ask one at a time")
    found = trace(run, clause=clause, lesson=lesson, bases={"organism": BASE})
    document = {"run": str(run), "broken": len(found.broken), **asdict(found)}
    return Outcome(document=document, text=_text(found, checkpoint=checkpoint), findings=bool(found.broken))


def _text(found: Trace, *, checkpoint: bool) -> str:
    lines = [f"{link.state.value.replace('_', ' '):<13} {link.name}: {link.what}" for link in found.links]
    lines += [
        "",
        *(f"clause {one.id} ({one.hash[:16]}): {_counted(one.lessons, one.learned)}" for one in found.clauses),
    ]
    for one in found.lessons[:_SHOWN]:
        times = ", ".join(f"{count} times in `{phase}`" for phase, count in one.learned.items()) or "never learned"
        lines.append(f"lesson {one.id} ({one.sort.value}; {', '.join(one.clause_ids) or 'no clause'}): {times}")
    if len(found.lessons) > _SHOWN:
        lines.append(f"... and {len(found.lessons) - _SHOWN} more lessons (`--json` lists all)")
    if checkpoint:
        lines += [f"{digest}  {path}" for path, digest in found.checkpoint.items()]
    return "\n".join(lines)


def _counted(lessons: int, learned: int) -> str:
    return f"{lessons} lessons, learned {learned} times"
