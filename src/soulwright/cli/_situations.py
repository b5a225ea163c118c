"""`soulwright situations`: a model writes conversations that put each clause to the test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, plan_option, planned_outcome, role_option, usage, workers_options
from soulwright.cli._documents import bundled_document, named_clauses
from soulwright.cli._options import folder_option, json_option

if TYPE_CHECKING:
    from soulwright.situations import Coverage, Likeness, Split, Writing

SHAPES = ("direct", "borderline", "conflict", "operator_against_user", "third_party", "ladder", "escalation", "twins")


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationsOptions:
    """Which model writes how many scenes about which clauses, and where they go."""

    spec: Path | None
    teacher: str
    run: Path
    scenes: int = 2
    clause: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    embedder: str | None = None
    alike: float = 0.6
    plan: bool = False


@click.command(short_help="Let a model write conversations that put each clause to the test.")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
@role_option(
    "teacher", "The model that writes: any model of Inspect (PROVIDER/NAME), or a model folder.", required=True
)
@folder_option("--run", "runs/situations", "The folder of the run; what is written in it is not asked again.")
@click.option(
    "--scenes",
    type=click.IntRange(min=2),
    default=2,
    show_default=True,
    metavar="N",
    help="Scenes for each clause in each shape; every other one is held out.",
)
@click.option("--clause", multiple=True, metavar="CLAUSE", help="Write about this clause only (may be repeated).")
@click.option("--shape", multiple=True, type=click.Choice(SHAPES), help="Write this shape only (may be repeated).")
@click.option(
    "--embedder",
    metavar="MODEL",
    help="Compare scenes by this model's embeddings: `openai/...`, `openai-api/...`, or a folder of weights.",
)
@click.option(
    "--alike",
    type=click.FloatRange(0, 1),
    default=0.6,
    show_default=True,
    metavar="X",
    help="The likeness from which scenes go to one side together.",
)
@plan_option
@json_option
@budget_options
@workers_options
def situations(*, as_json: bool, **given: object) -> int:
    """Let a model write conversations that put each clause of SPEC (the bundled document if left out) to the test:
    direct, borderline, priorities in conflict, operator against user, third-party text, a ladder of pressures, an
    escalation over several turns, and benign twins.

    Scenes that are alike are dropped or kept on one side of the split; a part of what is held out is frozen. Exit
    status 1 where a clause has nothing held out.
    """
    return answer(lambda: _situations(SituationsOptions(**given)), as_json=as_json)  # type: ignore[arg-type] # click has checked the types


def _situations(options: SituationsOptions) -> Outcome:
    from soulwright.cli._progress import Progress
    from soulwright.models import ModelRole, find_model
    from soulwright.runs import Run, write_json
    from soulwright.situations import (
        Shape,
        WritingPlan,
        coverage,
        coverage_to_dict,
        plan_likeness,
        plan_writing,
        read_core,
        scene_requests,
        split,
        write_situations,
        write_split,
    )
    from soulwright.spec import load_spec, spec_to_dict

    spec = load_spec(options.spec or bundled_document())
    clauses = named_clauses(spec, options.clause)
    shapes = tuple(Shape(name) for name in options.shape) or tuple(Shape)
    plan = WritingPlan(clauses=clauses, shapes=shapes, scenes=options.scenes)
    if options.plan:
        likeness = [plan_likeness(spec, plan, options.embedder)] if options.embedder else []
        return planned_outcome([plan_writing(spec, plan, options.teacher), *likeness])
    model, compared = find_model(options.teacher, ModelRole.TEACHER), _likeness(options)
    with Run.open(options.run) as run, Progress([("situations", 1)]) as progress:
        core = read_core(run.situations)
        with progress.stage("situations", total=len(scene_requests(spec, plan))) as stage:
            writing = write_situations(spec, model, run.logs / "situations", plan, stage.advance)
        made = split(writing.scenes, core, compared)
        covered = coverage(clauses, made.teach, made.held_out)
        write_split(run.situations, made)
        write_json(run.spec_lock, spec_to_dict(spec))
        document = {
            "run": str(run.path),
            "teacher": str(model),
            "teach": len(made.teach),
            "held_out": len(made.held_out),
            "core": len(made.core),
            "dropped": list(made.dropped),
            "unwritten": [{"scene": one.name, "state": one.state.value, "why": one.why} for one in writing.unwritten],
            "likeness": dict(made.likeness),
            "together": made.together,
            "coverage": coverage_to_dict(covered),
            "asked": usage(),
        }
        write_json(run.situations / "situations.json", document)
    return Outcome(document=document, text=_text(options, writing, made, covered), findings=bool(covered.missing))


def _likeness(options: SituationsOptions) -> Likeness:
    """What scenes are compared by; the vectors of an embedder stay in the folder of the run."""
    from soulwright.models import find_embedder
    from soulwright.situations import EmbeddedLikeness, WordLikeness

    if options.embedder is None:
        return WordLikeness(linked=options.alike)
    return EmbeddedLikeness(
        embedder=find_embedder(options.embedder), folder=options.run / "embeddings", linked=options.alike
    )


def _text(options: SituationsOptions, writing: Writing, made: Split, covered: Coverage) -> str:
    from soulwright.situations import coverage_text

    lines = [
        f"{options.teacher}: {len(writing.scenes)} scenes written, {len(made.dropped)} dropped as the same as another",
        f"compared by {made.likeness['by']}; the largest group of scenes that are alike has {made.together}",
        f"{len(made.teach)} situations may be taught, {len(made.held_out)} are held out ({len(made.core)} frozen)",
        "",
        coverage_text(covered),
        "taught+held out; a situation counts for each clause at stake",
    ]
    states = [one.state.value for one in writing.unwritten]
    for state in sorted(set(states)):
        shown = next(one for one in writing.unwritten if one.state.value == state)
        name = "the writer says that there is none" if state == "parsed" else state
        lines.append(f"{states.count(state)} scenes: {name} (first: {shown.name}: {shown.why})")
    if covered.missing:
        lines.append(f"nothing held out for {', '.join(covered.missing)}")
    return "\n".join(lines)
