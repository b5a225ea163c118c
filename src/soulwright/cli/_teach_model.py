"""`soulwright teach --teacher MODEL`: the lessons of a run by models, from the situations that may be taught."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.cli._answer import Outcome
from soulwright.cli._asking import planned_outcome, usage
from soulwright.cli._documents import asked_and_taught
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.runs import Run
    from soulwright.situations import Situation
    from soulwright.spec import Spec
    from soulwright.teach import Teaching


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachOptions:
    """Who teaches, judges and is the student, for which run, and how much."""

    run: Path
    teacher: str
    judge: str = ""
    target: str = ""
    spec: Path | None = None
    without: tuple[str, ...] = ()
    documents: int = 1
    advice: int = 1
    least_flips: float = 0.2
    plan: bool = False


def teach_by_model(options: TeachOptions) -> Outcome:
    """Let models write and filter the lessons of a run."""
    from soulwright.cli._progress import Progress
    from soulwright.models import ModelRole, find_model
    from soulwright.runs import Run
    from soulwright.teach import TeachingPlan, Writers, lessons_by_model, plan_lessons

    asked, taught = asked_and_taught(options.spec, options.without)
    plan = TeachingPlan(documents=options.documents, advice=options.advice, least_flips=options.least_flips)
    judge = options.judge or options.teacher
    situations = _situations(options.run)
    rows = plan_lessons(taught, situations, plan, teacher=options.teacher, judge=judge, student=options.target)
    if options.plan:
        return planned_outcome(rows)
    writers = Writers(
        teacher=find_model(options.teacher, ModelRole.TEACHER),
        judge=find_model(judge, ModelRole.JUDGE),
        student=find_model(options.target, ModelRole.TARGET) if options.target else None,
    )
    with Run.open(options.run, create=False) as run, Progress([("teach", 1)]) as progress:
        with progress.stage("teach", total=sum(row.calls for row in rows)) as stage:
            logs = run.logs / "teach"
            made = lessons_by_model(taught, situations, writers, logs, plan=plan, advance=stage.advance)
        return _kept(run, options, (asked, taught), made)


def _situations(run: Path) -> tuple[Situation, ...]:
    from soulwright.situations import read_situations

    path = run / "situations" / "teach.jsonl"
    if not path.exists():
        remedy = f"run `soulwright situations --teacher MODEL --run {run}` first: it writes what may be taught"
        raise InputError("there are no situations to teach from", source=str(path), help=remedy)
    return read_situations(path)


def _kept(run: Run, options: TeachOptions, documents: tuple[Spec, Spec], made: Teaching) -> Outcome:
    """Write the lessons, what was rejected, and the stamp that training asks for."""
    from soulwright.runs import content_key, write_json, write_jsonl
    from soulwright.spec import spec_to_dict
    from soulwright.teach import rejected_to_dict, teaching_to_dict, write_lessons

    asked, taught = documents
    told = teaching_to_dict(made)
    stage = run.stage("teach")
    stage.forget()
    write_json(run.spec_lock, spec_to_dict(asked))
    write_json(run.path / "taught.lock.json", spec_to_dict(taught))
    write_lessons(
        run.lessons, made.lessons, generator=f"{options.teacher}, judged by {options.judge or options.teacher}"
    )
    write_jsonl(run.path / "rejected.jsonl", [rejected_to_dict(one) for one in made.rejected])
    document = {"run": str(run.path), **told, "asked": usage()}
    write_json(run.path / "teaching.json", document)
    key = content_key(asked.hash, taught.hash, [lesson.id for lesson in made.lessons])
    stage.mark_done(key, [run.spec_lock, run.path / "taught.lock.json", run.lessons])
    return Outcome(document=document, text=_text(made), findings=not made.lessons)


def _text(made: Teaching) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in made.kinds.items()) or "none"
    lines = [f"{len(made.lessons)} lessons: {kinds}"]
    judged = [one for one in made.rejected if one.lesson is not None]
    missing = [one for one in made.rejected if one.lesson is None]
    if judged:
        reasons = [problem.value for one in judged for problem in one.problems]
        counted = ", ".join(f"{reasons.count(name)} {name}" for name in sorted(set(reasons)))
        lines.append(f"{len(judged)} rejected by the judge ({counted or 'not judged'}), kept in rejected.jsonl")
    if missing:
        lines.append(f"{len(missing)} not written (first: {missing[0].name}: {missing[0].why})")
    if made.student:
        verdicts = ", ".join(f"{count} {name}" for name, count in sorted(made.student.judged.items()))
        lines.append(f"the student's own replies keep their clauses: {verdicts}")
        broken = [(name, one) for name, one in made.student.flips.items() if one.broken]
        lines += [f"  {name}: {one.turned} of {one.broken} breaches turn when it is shown" for name, one in broken]
    return "\n".join(lines)
