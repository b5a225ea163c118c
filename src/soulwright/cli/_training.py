"""The stage `train` of a run by another engine: any Hugging Face model, by TRL here or by Ray on many workers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from soulwright.cli import _pipeline
from soulwright.cli._answer import Outcome
from soulwright.cli._gating import GATE, file_gate, gate_run, gate_text, world_gate
from soulwright.cli._options import RunOptions
from soulwright.cli._progress import Progress
from soulwright.errors import InputError
from soulwright.models import DOCUMENT_PREFIX, RayCluster
from soulwright.organism import BASE, DOCUMENT_TOKEN
from soulwright.runs import Run, Stopwatch, atomic_directory, read_json, write_json
from soulwright.spec import spec_from_dict
from soulwright.teach import Lesson, read_lessons
from soulwright.train import (
    LEARNED,
    Course,
    CourseResult,
    Engine,
    Lora,
    Method,
    Sampler,
    TrainedFrom,
    WeightType,
    as_json,
    find_base,
    on_ray,
    sample_on_ray,
    sample_with,
    software,
    train_course,
    weights_hash,
    write_learned,
)
from soulwright.verify import CheckpointGate, GateState, LossPoint, gate_to_dict

ADAPTER = "adapter"
SAMPLES = "samples"  # what the student itself said, as logs of Inspect
# Flags that are not called like what they fill in.
_FLAGS = {"methods": "--method", "rank": "--lora", "students": "--student"}
_RATE_OF_AN_ADAPTER, _RATE_OF_ALL_WEIGHTS = 1e-4, 1e-5


class EngineName(StrEnum):
    """Who computes."""

    LOCAL = "local"  # our own loop, all weights, for models as small as the organism
    TRL = "trl"  # TRL and PEFT on this machine
    RAY = "ray"  # the same on the workers of a Ray cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOptions:
    """What `train` may be asked beyond a run; None and empty stand for what suits the base and the lessons."""

    engine: EngineName = EngineName.LOCAL
    base: str = ""
    methods: tuple[Method, ...] = ()
    rank: int | None = None
    full: bool = False
    rate: float | None = None
    epochs: float = 1.0
    steps: int = 0
    rows: int = 32
    at_once: int = 4
    reply_tokens: int = 256
    precision: WeightType = WeightType.FLOAT32
    workers: int = 1
    address: str = ""
    students: tuple[str, ...] = ()
    gate: str = ""
    margin: float = 0.05

    @property
    def cluster(self) -> RayCluster:
        """The cluster that the engine `ray` trains on."""
        return RayCluster(workers=self.workers, address=self.address)

    def given(self) -> tuple[str, ...]:
        """The flags that only TRL and Ray understand and that were asked for."""
        untouched = CourseOptions()
        flags = ((one.name, _FLAGS.get(one.name, f"--{one.name.replace('_', '-')}")) for one in fields(self))
        return tuple(flag for name, flag in flags if getattr(self, name) != getattr(untouched, name))


def course_options(*, engine: str, methods: tuple[str, ...], precision: str, **others: Any) -> CourseOptions:
    """The options of the command line, each as the value it names."""
    return CourseOptions(
        engine=EngineName(engine),
        methods=tuple(Method(name) for name in methods),
        precision=WeightType(precision),
        **others,
    )


def base_folder(name: str) -> Path:
    """The folder of a base: the organism's own where none is named, a folder, or a model of the Hugging Face hub."""
    return find_base(name) if name else BASE


def course_of(options: CourseOptions, lessons: tuple[Lesson, ...], base: Path, *, seed: int) -> Course:
    """The course that these options ask for; InputError where they contradict each other."""
    if options.full and options.rank is not None:
        raise InputError("`--full` and `--lora` contradict each other", help="train all weights, or an adapter")
    found = (Method.DOCUMENTS,) * any(lesson.text for lesson in lessons)
    rate = _RATE_OF_ALL_WEIGHTS if options.full else _RATE_OF_AN_ADAPTER
    return Course(
        methods=options.methods or (*found, Method.SFT),
        lora=None if options.full else Lora(rank=options.rank or Lora().rank),
        rate=options.rate or rate,
        epochs=options.epochs,
        steps=options.steps,
        rows_per_step=options.rows,
        rows_at_once=options.at_once,
        reply_tokens=options.reply_tokens,
        precision=options.precision,
        seed=seed,
        document_prefix=document_prefix(base),
    )


def _name_of(base: str) -> str:
    """A base as it is found again from another folder."""
    if not base:
        return "organism"
    return str(Path(base).absolute()) if Path(base).is_dir() else base


def document_prefix(base: Path) -> str:
    """The control token that tells texts from conversations, for a base that has one."""
    if base.resolve() == BASE.resolve():
        return DOCUMENT_TOKEN
    path = base / "tokenizer_config.json"
    settings: Any = read_json(path) if path.is_file() else {}
    return str(settings.get(DOCUMENT_PREFIX, ""))


def train(options: RunOptions, course: CourseOptions) -> Outcome:
    """Train a base on the lessons of a run by the engine that is asked for."""
    if course.engine is EngineName.LOCAL:
        if given := course.given():
            raise InputError(
                f"the engine `local` takes no `{given[0]}`", help="add `--engine trl`, or `--engine ray` for workers"
            )
        return _pipeline.train(options)
    stages = [("train", 100.0), ("gate", 20.0)]
    with Run.open(options.run, create=False) as run, Progress(stages) as progress:
        _train_course(run, options, course, progress)
        training = _pipeline.training_of(run)
        gate = _gate(run, options, course, progress)
    document: dict[str, object] = {
        "run": str(options.run),
        "model": str(run.model),
        **asdict(training),
        "gate": None if gate is None else gate_to_dict(gate),
    }
    text = _text(run, training) + "\n" + (gate_text(gate) if gate else "gate: not asked; `--gate FILE` asks your items")
    return Outcome(document=document, text=text, findings=gate is not None and gate.state is not GateState.GOOD)


def _gate(run: Run, options: RunOptions, course: CourseOptions, progress: Progress) -> CheckpointGate | None:
    """The gate that was asked for; the organism is asked its own items, and another base without items none."""
    if course.gate:
        asked = file_gate(Path(course.gate), reply_tokens=course.reply_tokens)
    elif not course.base:
        asked = world_gate(run, seed=options.seed, reply_tokens=_pipeline.MAX_REPLY, per_row=2 if options.fast else 8)
    else:
        return None
    with progress.stage("gate", total=2 * len(asked.situations)) as shown:
        return gate_run(run, base_folder(course.base), asked, margin=course.margin, shown=shown)


def _train_course(run: Run, options: RunOptions, asked: CourseOptions, progress: Progress) -> None:
    lessons = read_lessons(run.lessons)
    base = base_folder(asked.base)
    course = course_of(asked, lessons, base, seed=options.seed)
    record = TrainedFrom(
        engine=asked.engine.value,
        base=_name_of(asked.base),
        base_hash=weights_hash(base),
        lessons=run.stage("teach").fingerprint(),
        recipe=as_json(course),
        phases=(),
        software=software(),
    )
    stage = run.stage("train")
    if stage.is_done(record.key):
        progress.skip("train")
        return
    watch = Stopwatch()
    with progress.stage("train", total=1000) as shown:
        stage.forget()
        _forget_what_follows(run)
        engine = Engine(
            launch=on_ray(asked.cluster) if asked.engine is EngineName.RAY else None,
            sample=_sampler(asked),
            threads=options.threads,
            at=lambda part: shown.at(round(1000 * part)),
        )
        clauses = _clause_texts(run)
        work = run.path / "training"
        result = train_course(lessons, base, run.model, course, work=work, clauses=clauses, engine=engine)
        phases = write_learned(run.path / LEARNED, result)
        training = _training(result, replace(record, phases=phases), watch, options)
        write_json(run.path / "training.json", asdict(training))
        kept = [run.model, run.path / "training.json", run.path / LEARNED, *_keep(run, result, work)]
        stage.mark_done(record.key, kept, seconds=watch.seconds)
        shutil.rmtree(work)


def _keep(run: Run, result: CourseResult, work: Path) -> list[Path]:
    """Copy the adapter and what the student said out of the folder of the phases, which is removed; where they are."""
    found = {ADAPTER: result.adapter} if result.adapter is not None else {}
    found |= {f"{SAMPLES}/{path.parent.name}": path for path in sorted(work.glob("*/samples"))}
    for name, path in found.items():
        with atomic_directory(run.path / name) as folder:
            shutil.copytree(path, folder, dirs_exist_ok=True)
    return [run.path / name for name in found]


def _forget_what_follows(run: Run) -> None:
    """Another training has another adapter, other samples and another gate."""
    (run.path / GATE).unlink(missing_ok=True)
    for name in (ADAPTER, SAMPLES):
        shutil.rmtree(run.path / name, ignore_errors=True)


def _training(result: CourseResult, record: TrainedFrom, watch: Stopwatch, options: RunOptions) -> _pipeline.Training:
    return _pipeline.Training(
        steps=result.steps,
        tokens=result.tokens,
        threads=options.threads or _threads(),
        seconds=round(watch.seconds, 1),
        skipped=len(result.skipped),
        curve=tuple(_curve(result)),
        made_from=record,
    )


def _curve(result: CourseResult) -> Iterator[LossPoint]:
    before = 0
    for phase in result.phases:
        for loss, tokens in zip(phase.curve, accumulate(phase.tokens_of_steps), strict=True):
            yield LossPoint(tokens=before + tokens, loss=loss, lesson=phase.method.value)
        before += phase.tokens


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def _clause_texts(run: Run) -> dict[str, str]:
    taught = spec_from_dict(read_json(run.path / "taught.lock.json"))
    return {clause.id: clause.text for clause in taught.clauses}


def _sampler(asked: CourseOptions) -> Sampler | None:
    """Who answers in the student's place: servers of its weights, or nobody but itself, here or on every worker."""
    if asked.engine is EngineName.RAY:
        return sample_on_ray(asked.cluster, asked.students)
    if not asked.students:
        return None
    if len(asked.students) > 1:
        raise InputError("only the engine `ray` asks several students", help="name one, or add `--engine ray`")
    from soulwright.models import find_model

    return partial(sample_with, find_model(asked.students[0]))


def _text(run: Run, training: _pipeline.Training) -> str:
    assert training.made_from is not None
    lines = [f"model in {run.model}"]
    for phase in training.made_from.phases:
        resumed = f", gone on with at step {phase.resumed_at}" if phase.resumed_at else ""
        by = f", {phase.workers} workers" if phase.workers > 1 else ""
        lines.append(f"  {phase.method}: {phase.steps} steps, {phase.tokens} tokens{by}{resumed}")
        if phase.note:
            lines.append(f"    {phase.note}")
    return "\n".join(lines)
