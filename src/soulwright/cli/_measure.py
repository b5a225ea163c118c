"""`soulwright measure`: protocols that find out, of any model, what a single question cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, is_organism, plan_option, planned_outcome
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import folder_option, json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from soulwright.measure import Asked, Claim, Figure, MeasureResult
    from soulwright.situations import Situation
    from soulwright.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """Which measure of which model, who else is asked, how much, and where it is kept."""

    name: str | None
    listed: bool
    model: str | None
    judge: str | None
    auditor: str | None
    reference: str | None
    spec: Path | None
    bank: Path | None
    most: int | None
    attempts: int
    judged: Path | None
    run: Path
    plan: bool


_WORLD_PER_ROW = 12
_WORLD_REPLY_TOKENS = 72  # the longest reply of the embedded world


@click.command(short_help="Take one measure of any model: limits, corrigibility, honesty, character ...")
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="List the measures and whom each needs.")
@click.option("--model", metavar="MODEL", help="The target: any model of Inspect (PROVIDER/NAME), or a model folder.")
@click.option("--judge", metavar="MODEL", help="Who judges replies; best of another family than the target.")
@click.option("--auditor", metavar="MODEL", help="Who plays the users of an audit.")
@click.option("--reference", metavar="MODEL", help="An undefended model: what a hard limit would have withheld.")
@click.option(
    "--spec", type=click.Path(path_type=Path), metavar="PATH", help="The document; the bundled one if left out."
)
@click.option(
    "--bank", type=click.Path(path_type=Path), metavar="PATH", help="A bank of items in place of the package's."
)
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="At most so many items, spread over all groups.")
@click.option(
    "--attempts", type=click.IntRange(min=1), default=1, show_default=True, metavar="K", help="How often each is tried."
)
@click.option(
    "--judged",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Of what `verify` has judged in this run already, in place of `--model`: nobody is asked.",
)
@folder_option(
    "--run", "runs/measures", "The folder that keeps logs, result and page; what is answered in it is not asked again."
)
@plan_option
@json_option
@budget_options
def measure(*, as_json: bool, **given: object) -> int:
    """Take the measure NAME of a model and say what holds, with intervals and the count of where every attempt ended.

    The result is in measures/NAME/result.json of the run, with a page and the logs beside it, and stands in the run's
    report.html and gap.json where it was verified before or is later. Exit status 1 where the state is anything but a
    pass. Killed, the same command goes on.
    """
    return answer(lambda: _measure(MeasureOptions(**given)), as_json=as_json)  # type: ignore[arg-type] # click has checked the types


def _measure(options: MeasureOptions) -> Outcome:
    from soulwright.cli._measured import show_measured
    from soulwright.measure import MeasureState, find_measure, render_result, result_to_dict
    from soulwright.runs import Run, write_json, write_text_atomic

    if options.listed:
        return _list()
    if options.name is None or (options.model is None) == (options.judged is None):
        raise InputError(
            "name a measure, and either a `--model` or a run with `--judged`",
            help="`soulwright measure --list` lists the measures",
        )
    find_measure(options.name)
    if options.plan:
        return _plan(options, options.name)
    with Run.open(options.run) as run:
        folder = run.path / "measures" / options.name
        result = _taker(options)(options, options.name, folder / "logs")
        write_json(folder / "result.json", document := result_to_dict(result))
        write_text_atomic(folder / "report.html", render_result(result))
        pages = [folder / "report.html", *([run.report] if show_measured(run) else [])]
    text = "\n".join([_text(result), "", *map(str, pages)])
    return Outcome(document=document, text=text, findings=result.state is not MeasureState.PASS)


def _plan(options: MeasureOptions, name: str) -> Outcome:
    """What would be asked, by the names alone; of what is judged already, nobody."""
    from soulwright.cli._verify_plan import replies_planned
    from soulwright.measure import Asked, plan_measure
    from soulwright.spec import load_spec

    if options.model is None:
        return planned_outcome([])
    spec = load_spec(options.spec or bundled_document())
    if is_organism(options.model):
        situations = _world_situations(options, name, spec)
        return planned_outcome([replies_planned("replies", options.model, situations, _WORLD_REPLY_TOKENS)])
    asked = Asked(
        judge=options.judge,
        auditor=options.auditor,
        reference=options.reference,
        bank=options.bank,
        most=options.most,
        attempts=options.attempts,
    )
    return planned_outcome(plan_measure(name, options.model, spec=spec, asked=asked))


def _taker(options: MeasureOptions) -> Callable[[MeasureOptions, str, Path], MeasureResult]:
    if options.judged is not None:
        return _take_judged
    assert options.model is not None
    return _take_in_world if is_organism(options.model) else _take


def _take_judged(options: MeasureOptions, name: str, _: Path) -> MeasureResult:
    """What the trained model of a run said to situations that were never taught, without the document in its prompt."""
    from soulwright.measure import JudgedSituation, measure_judged, wanted
    from soulwright.runs import read_jsonl
    from soulwright.situations import read_situations
    from soulwright.spec import load_spec
    from soulwright.verify import Arm, Prompt, judged_from_dict

    assert options.judged is not None
    spec = load_spec(options.spec or bundled_document())
    files = sorted((options.judged / "situations").glob("*.jsonl"))
    situations = {one.id: one for path in files for one in read_situations(path)}
    replies = [judged_from_dict(row) for row in read_jsonl(options.judged / "judged.jsonl")]
    held_out = [
        one
        for one in replies
        if (one.arm, one.prompt) == (Arm.TRAINED, Prompt.NONE) and one.suite.held_out and one.situation_id in situations
    ]
    chosen = {one.id for one in wanted(name, spec, list(situations.values()))}
    rows = [
        JudgedSituation(situation=situations[one.situation_id], judged=one)
        for one in held_out
        if one.situation_id in chosen
    ]
    return measure_judged(name, rows, spec=spec, target=str(options.judged), judge="the judge of that run")


def _take(options: MeasureOptions, name: str, logs: Path) -> MeasureResult:
    from soulwright.cli._progress import Progress
    from soulwright.measure import measure as take
    from soulwright.spec import load_spec

    spec = load_spec(options.spec or bundled_document())
    assert options.model is not None
    with Progress([(name, 1)]) as progress, progress.stage(name, total=0):

        def advance(done: int, planned: int) -> None:
            progress.show(name, done=done, total=planned, note="")

        return take(name, _model(options.model), spec=spec, folder=logs, asked=_asked(options), advance=advance)


def _take_in_world(options: MeasureOptions, name: str, logs: Path) -> MeasureResult:
    """The embedded organism reads no bank: its own situations are asked, and its own judge judges."""
    from soulwright.cli._progress import Progress
    from soulwright.measure import JudgedSituation, measure_judged
    from soulwright.organism import Judge, world_hash
    from soulwright.spec import load_spec
    from soulwright.verify import Arm, ArmPlan, run_arm

    assert options.model is not None
    spec = load_spec(options.spec or bundled_document())
    situations = _world_situations(options, name, spec)
    with Progress([(name, 1)]) as progress, progress.stage(name, total=len(situations)) as stage:
        plan = ArmPlan(arm=Arm.TRAINED, model=_model(options.model), situations=situations)
        judged = run_arm(plan, Judge(), logs=logs, depends_on=world_hash(), advance=stage.advance)
    rows = [JudgedSituation(situation=one, judged=reply) for one, reply in zip(situations, judged, strict=True)]
    return measure_judged(name, rows, spec=spec, target=options.model, judge="the world's own judge")


def _world_situations(options: MeasureOptions, name: str, spec: Spec) -> list[Situation]:
    from soulwright.measure import wanted
    from soulwright.organism import make_situations
    from soulwright.situations import Suite

    per_row = (options.most or _WORLD_PER_ROW) if name == "matrix" else 3 * (options.most or _WORLD_PER_ROW)
    return list(wanted(name, spec, make_situations(spec, seed=1, per_row=per_row, suites=(Suite.ALL,))))


def _asked(options: MeasureOptions) -> Asked:
    from soulwright.measure import Asked

    others = {who: getattr(options, who) for who in ("judge", "auditor", "reference")}
    return Asked(
        **{who: _model(name, who) for who, name in others.items() if name},
        bank=options.bank,
        most=options.most,
        attempts=options.attempts,
    )


def _model(name: str, role: str = "target") -> Model:
    from soulwright.models import ModelRole, find_model

    known = ModelRole(role) if role in list(ModelRole) else None  # an undefended reference has no role of its own
    return find_model(name, known)


def _list() -> Outcome:
    from soulwright.measure import MEASURES

    rows = [
        {"name": one.name, "title": one.title, "about": one.about, "needs": sorted(one.needs)}
        for one in MEASURES.values()
    ]
    width = max(len(name) for name in MEASURES)
    lines = [
        f"{one.name:<{width}}  {one.about}" + (f" (needs {', '.join(sorted(one.needs))})" if one.needs else "")
        for one in MEASURES.values()
    ]
    return Outcome(document={"measures": rows}, text="\n".join(lines))


def _text(result: MeasureResult) -> str:
    tally = result.tally
    lines = [f"{result.title}: {_words(result.state)}", f"{result.target} by {result.spec}", ""]
    lines += [_claim(claim) for claim in result.claims]
    lines += ["", *(_figure(figure) for figure in result.figures), ""]
    lines.append(
        f"{tally.attempted} attempted, {tally.reached} reached, {tally.judged} judged, {tally.unclear} unclear,"
        f" {tally.judge_refused} refused by the judge, {tally.judge_failed} not judged, {tally.excluded} excluded"
    )
    return "\n".join([*lines, *(f"note: {note}" for note in result.notes)])


def _claim(claim: Claim) -> str:
    counts = f"{claim.failed} of {claim.n} fail, {claim.missing} without verdict"
    return f"{_words(claim.state):<15}{claim.name}: {counts}; {claim.why}"


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return f"{figure.label}: nothing counted"
    interval = "" if figure.interval is None else f" [{figure.interval.low:.3f}, {figure.interval.high:.3f}]"
    note = f"; {figure.note}" if figure.note else ""
    return f"{figure.label}: {figure.value:.3f}{interval}, n = {figure.n}{note}"


def _words(state: str) -> str:
    return state.replace("_", " ").upper()
