"""`soulwright review`: a person reads what judges flagged, where they differ, and a sample of the rest."""

from __future__ import annotations

import getpass
import sys
import webbrowser
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer, printable
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.judge import Review, ReviewItem, RowReading, Told

_VERDICTS = {"p": "pass", "f": "fail", "u": "unclear"}
_ASKED = "[p]ass, [f]ail, [u]nclear, [s]kip or [q]uit? "


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """Which run is read, how, by whom, and how much of what was not flagged."""

    run: Path
    browser: bool
    port: int
    by: str | None
    sample: float
    seed: int
    ask: bool


@click.command(short_help="Read again what judges flagged or differ on.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--browser", is_flag=True, help="Read in the browser instead of the terminal.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The page's port; a free one if left out."
)
@click.option("--by", metavar="NAME", help="Who reads; the name of the account if left out.")
@click.option(
    "--sample",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    metavar="SHARE",
    help="The share of what was not flagged that is drawn, when a run is read for the first time.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same sample.")
@json_option
def review(*, run: Path, as_json: bool, **given: object) -> int:  # fmt: skip
    """Read the replies of RUN that a judge flagged, those on which two judges differ, and a random sample of the rest.

    Earlier verdicts are shown only after yours is kept; each label is on the disk at once, and the same command goes
    on. With `--json` nobody is asked: the state of the reading is printed. Exit status 1 where something is left to
    read.
    """
    return answer(lambda: _review(ReviewOptions(run=run, ask=not as_json, **given)), as_json=as_json)  # type: ignore[arg-type] # click has checked the types


def _review(options: ReviewOptions) -> Outcome:
    from soulwright.judge import Review
    from soulwright.runs import Run

    with Run.open(options.run, create=False):
        reading = Review(options.run, share=options.sample, seed=options.seed)
        by = options.by or getpass.getuser()
        if options.ask and options.browser:
            _serve(reading, options.port, by)
        elif options.ask:
            _ask(reading, by)
        return _outcome(reading)


def _serve(reading: Review, port: int, by: str) -> None:
    """Serve the page until somebody stops it."""
    from soulwright.judge import ReviewServer

    try:
        server = ReviewServer(reading, port=port, by=by)
    except OSError as error:
        raise InputError(f"port {port} cannot be used: {error.strerror}", help="leave --port out") from error
    with server:
        print(f"read at {server.url}\nstop with Ctrl-C: every label is kept already", file=sys.stderr)
        webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print(file=sys.stderr)


def _ask(reading: Review, by: str) -> None:
    """One reply after the other, until nothing is left or somebody stops."""
    from soulwright.verify import Verdict

    skipped: set[str] = set()
    while (item := reading.next(skipping=skipped)) is not None:
        print(f"\n{len(reading.waiting) - len(skipped)} left\n{_item_text(item)}\n", file=sys.stderr)
        said = _heard()
        if said == "q":
            return
        if said == "s":
            skipped.add(item.name)
            continue
        why = _line("why (Enter for nothing)? ")
        told = reading.label(item.name, Verdict(_VERDICTS[said]), why=why or "", by=by)
        print(_told_text(told), file=sys.stderr)


def _heard() -> str:
    """One of the letters; the end of what is typed is quitting."""
    while True:
        line = _line(_ASKED)
        said = "q" if line is None else line.strip().lower()[:1]
        if said in (*_VERDICTS, "s", "q"):
            return said


def _line(question: str) -> str | None:
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


def _item_text(item: ReviewItem) -> str:
    rubric = item.rubric
    lines = [f"{rubric.clause_id} ({rubric.kind}): {rubric.text}"] if rubric else [item.name]
    lines += [f"  passes: {rubric.passes}", f"  fails:  {rubric.fails}", f"  {rubric.speakers}"] if rubric else []
    lines += [f"  must: {one}" for one in item.must] + [f"  must not: {one}" for one in item.must_not]
    lines += ["", *(f"{message.role.upper()}: {message.content}" for message in item.messages)]
    lines += ["", f"REPLY: {item.reply}"]
    return printable("\n".join(lines))


def _told_text(told: Told) -> str:
    lines = [f"kept. The first reading said {told.first}: {told.first_why}"]
    lines += [f"the second said {told.second}: {told.second_why}"] if told.second else []
    return printable("\n".join(lines))


def _outcome(reading: Review) -> Outcome:
    rows, left, opposed = reading.rows, reading.waiting, reading.disagreements
    document: Mapping[str, object] = {
        "run": str(reading.run),
        "share": reading.plan.share,
        "seed": reading.plan.seed,
        "drawn": len(reading.plan.drawn),
        "flagged": sum(one.flagged for one in reading.plan.drawn),
        "labelled": len(reading.labels),
        "left": len(left),
        "disagreements": [asdict(one) for one in opposed],
        "rows": [asdict(row) for row in rows],
    }
    lines = [
        f"{len(reading.plan.drawn)} replies drawn ({document['flagged']} flagged and {reading.plan.share:.0%} of the"
        f" others), {len(reading.labels)} labelled by hand, {len(left)} left"
    ]
    lines += [f"the two judges differ on {len(opposed)}"] if reading.second else []
    lines += [_row_text(row) for row in rows if row.counts.flagged or row.counts.missed]
    return Outcome(document=document, text="\n".join(lines), findings=bool(left))


def _row_text(row: RowReading) -> str:
    counts = row.counts
    said = f"{counts.confirmed} of {counts.flagged} flags confirmed, {counts.missed} of {counts.sampled} others missed"
    if row.open:
        said += f", {row.open} open"
    if row.estimate is not None:
        low, high = row.estimate.interval.low, row.estimate.interval.high
        said += f"; fails {row.estimate.value:.3f} ({low:.3f} to {high:.3f})"
    return f"  {row.row}: {said}"
