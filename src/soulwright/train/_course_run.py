"""A course from beginning to end: phase after phase on the same adapter or the same weights, then one model folder.

Every phase is a folder under `work`: its rows in the order of learning, its checkpoints, its result. A phase that is
done for the very same key is kept, so that a kill at any moment costs at most the steps since the last checkpoint. The
key of a phase holds that of the phase before: whatever changes, all that follows from it is done again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soulwright.errors import InputError, RunError
from soulwright.runs import content_key
from soulwright.teach import Lesson
from soulwright.train._course import Course, Method
from soulwright.train._export import merge
from soulwright.train._model_folder import BaseFolder, look_at_base
from soulwright.train._pairs import Sampler, Student, flip_rate, sample_here, student_pairs, written_pairs
from soulwright.train._phase import PhaseJob, PhaseResult, phase_result, run_phase
from soulwright.train._quiet import quiet
from soulwright.train._rows import (
    Plan,
    Reader,
    Row,
    distilled_rows,
    learned_rows,
    lessons_for,
    preferred_rows,
    read_plan,
    write_rows,
)

Launch = Callable[[PhaseJob, Callable[[int], None]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDone:
    """One phase of a course: the hash of the order in which its lessons were learned, and what it came to."""

    method: Method
    key: str
    order: str
    lessons: tuple[str, ...]
    rows_per_step: int
    steps: int
    tokens: int
    workers: int
    resumed_at: int
    curve: tuple[float, ...]
    tokens_of_steps: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseResult:
    """What a course came to. `key` is the hash of base, lessons, course and software; `skipped` are lessons too long.

    `adapter` is the folder of the adapter, None where all weights were trained.
    """

    key: str
    base: str
    phases: tuple[PhaseDone, ...]
    skipped: tuple[str, ...]
    adapter: Path | None

    @property
    def steps(self) -> int:
        """All steps of all phases."""
        return sum(phase.steps for phase in self.phases)

    @property
    def tokens(self) -> int:
        """All tokens that were learned from, of a pair both sides."""
        return sum(phase.tokens for phase in self.phases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Who computes: `launch` runs a phase (this process where it is None), `sample` asks the student.

    `at` is told how much of the course is done, from 0 to 1.
    """

    launch: Launch | None = None
    sample: Sampler | None = None
    threads: int | None = None
    at: Callable[[float], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """What every phase shares."""

    course: Course
    base: BaseFolder
    lessons: Sequence[Lesson]
    clauses: Mapping[str, str]
    engine: Engine
    work: Path
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        reader = Reader(
            tokenizer=self.base.tokenizer,
            folder=self.base.folder,
            positions=min(self.base.positions, self.course.most_tokens),
            document_prefix=self.course.document_prefix,
        )
        object.__setattr__(self, "reader", reader)


def train_course(
    lessons: Sequence[Lesson],
    base: Path,
    out: Path,
    course: Course,
    *,
    work: Path,
    clauses: Mapping[str, str] | None = None,
    engine: Engine | None = None,
) -> CourseResult:
    """Teach the lessons to the model in the folder `base` and write the model folder `out`, whole or not at all.

    `work` is a folder for the phases, and for nothing else; with several workers it lies where all of them can read it.
    `clauses` are the texts of clauses by id, for self-distillation.

    InputError: no lessons for a method, or a model folder that is damaged or does not fit. RunError: the loss is no
    number any more, or the clauses in the prompt change too few replies to be worth distilling. CorruptRun: a damaged
    checkpoint.
    """
    shared = _Course(
        course=course,
        base=look_at_base(base.absolute()),
        lessons=lessons,
        clauses=clauses or {},
        engine=engine or Engine(),
        work=work.absolute(),
    )
    key = content_key(shared.base.hash, [lesson.id for lesson in lessons], course.fingerprint, software())
    start: Path | None = None
    done: list[PhaseDone] = []
    with quiet():
        for number, method in enumerate(course.methods):
            key = content_key(key, method, dict(shared.clauses) if method is Method.DISTIL else {})
            folder = shared.work / f"{number}-{method.value}"
            phase, start = _phase(shared, method, folder, start, key)
            done.append(phase)
        assert start is not None
        merge(shared.base.folder, start, out, course)
    return CourseResult(
        key=key,
        base=shared.base.hash,
        phases=tuple(done),
        skipped=_skipped(shared),
        adapter=start if course.lora is not None else None,
    )


def _phase(shared: _Course, method: Method, folder: Path, start: Path | None, key: str) -> tuple[PhaseDone, Path]:
    job = PhaseJob(
        method=method,
        course=shared.course,
        base=shared.base.folder,
        start=start,
        rows=folder / "rows",
        checkpoints=folder / "checkpoints",
        out=folder / "out",
        key=key,
        threads=shared.engine.threads,
    )
    plan = read_plan(job.rows)
    if plan is None or plan.key != key:
        rows, note = _rows(shared, job, folder)
        plan = write_rows(rows, shared.course, job.rows, key=key, note=note)
    result = phase_result(job)
    if result is None:
        (shared.engine.launch or _here)(job, _part_done(shared, plan, folder))
        result = phase_result(job)
        assert result is not None
        shutil.rmtree(job.checkpoints, ignore_errors=True)
    return _done(result, plan), job.out


def _part_done(shared: _Course, plan: Plan, folder: Path) -> Callable[[int], None]:
    """From the tokens of a step to the part of the course that is done; each phase counts as much as any other."""
    phases, before = len(shared.course.methods), int(folder.name.split("-")[0])
    done = 0

    def advance(tokens: int) -> None:
        nonlocal done
        done += tokens
        if shared.engine.at is not None:
            shared.engine.at((before + done / sum(plan.tokens)) / phases)

    return advance


def _here(job: PhaseJob, advance: Callable[[int], None]) -> None:
    run_phase(job, advance=advance)


def _rows(shared: _Course, job: PhaseJob, folder: Path) -> tuple[list[Row], str]:
    """The rows of a phase, and what is worth knowing about how they were made."""
    lessons = lessons_for(job.method, shared.lessons)
    if not lessons:
        raise InputError(f"there are no lessons for `{job.method.value}`", help="leave it out, or teach such lessons")
    if job.method in (Method.DOCUMENTS, Method.SFT):
        return learned_rows(lessons, shared.reader), ""
    if job.method is Method.DPO and (pairs := written_pairs(lessons)):
        return preferred_rows(pairs, shared.reader), f"{len(pairs)} pairs that came with the lessons"
    student = shared.base.folder
    if job.start is not None:
        student = folder / "student"
        merge(shared.base.folder, job.start, student, shared.course)
    asked = Student(model=student, logs=folder / "samples", key=job.key, reply_tokens=shared.course.reply_tokens)
    sample = shared.engine.sample or sample_here
    if job.method is Method.DPO:
        pairs = student_pairs(lessons, asked, sample)
        if not pairs:
            raise RunError(
                "the student says nothing else than the teacher, or nothing at all: there is nothing to prefer",
                path=str(asked.logs),
                help="leave `dpo` out, or look at what the student said with `inspect view`",
            )
        rows = preferred_rows(pairs, shared.reader)
        return rows, f"the student already answers {len(lessons) - len(pairs)} of {len(lessons)} as the teacher does"
    flips = flip_rate(lessons, shared.clauses, asked, sample)
    if flips < shared.course.least_flips:
        raise RunError(
            f"with its clause in the prompt the student changes {flips:.0%} of its replies: too few to distil",
            path=str(folder),
            help="use `dpo`, a base that follows a system prompt, or a lower `least_flips`",
        )
    rows = distilled_rows(lessons, shared.clauses, shared.reader)
    return rows, f"with its clause in the prompt the student changes {flips:.0%} of its replies"


def _done(result: PhaseResult, plan: Plan) -> PhaseDone:
    return PhaseDone(
        method=result.method,
        key=result.key,
        order=plan.hash,
        lessons=plan.lessons,
        rows_per_step=plan.rows_per_step,
        steps=result.steps,
        tokens=result.tokens,
        workers=result.workers,
        resumed_at=result.resumed_at,
        curve=result.curve,
        tokens_of_steps=plan.tokens,
        note=plan.note,
    )


def _skipped(shared: _Course) -> tuple[str, ...]:
    """The lessons that some method asked for and that are too long."""
    asked = {one.id: one for method in shared.course.methods for one in lessons_for(method, shared.lessons)}
    return shared.reader.skipped(list(asked.values()))


def software() -> str:
    """What computes, with versions: another one may compute other bits."""
    import accelerate
    import peft
    import torch
    import transformers
    import trl

    return ", ".join(f"{it.__name__} {it.__version__}" for it in (torch, transformers, trl, peft, accelerate))
