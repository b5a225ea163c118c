"""The stages of a run, one function a verb: what is done is kept, what is left is done, and the answer is named.

teach: document -> spec.lock.json, taught.lock.json, lessons/    train: lessons -> model/, training.json
recover: model -> recovery/
verify: model -> situations/, logs/, judged.jsonl                report: judged replies -> gap.json, report.html
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.cli._against import compare_folders
from soulwright.cli._answer import Outcome
from soulwright.cli._beside import declare, plan_of, power_of, spent_of
from soulwright.cli._documents import asked_and_taught
from soulwright.cli._headline import run_outcome
from soulwright.cli._measured import measured_in
from soulwright.cli._options import RunOptions
from soulwright.cli._progress import Progress
from soulwright.cli._recalling import (
    RECALL_PARTS,
    RECALL_PROCEDURE,
    RecallPlan,
    recall_run,
    recalled_in,
    within_world,
)
from soulwright.cli._release import conclude
from soulwright.cli._verifying import Extent, core_of, exam_of, verify_beside
from soulwright.errors import InputError
from soulwright.judge import disputes_of, readings_of
from soulwright.models import Processes, asked_by
from soulwright.organism import (
    BASE,
    DOCUMENT_TOKEN,
    Curriculum,
    Judge,
    make_lessons,
    make_situations,
    not_representable,
    representable,
    world_hash,
)
from soulwright.runs import (
    Run,
    Stopwatch,
    atomic_directory,
    content_key,
    read_json,
    read_jsonl,
    write_json,
    write_jsonl,
    write_text_atomic,
)
from soulwright.situations import Situation, Suite, situation_to_dict
from soulwright.spec import Spec, spec_from_dict, spec_to_dict
from soulwright.teach import Lesson, LessonSort, document_lessons, read_lessons, seed_of_lessons, write_lessons
from soulwright.train import LEARNED, Recipe, TrainedFrom, as_json, find_base, weights_hash, write_learned
from soulwright.train import train as fine_tune
from soulwright.verify import (
    Against,
    Arm,
    Comparison,
    Gap,
    GateFigure,
    Judged,
    LossPoint,
    Manifest,
    Prompt,
    RunRecord,
    build_gap,
    compare_runs,
    gap_to_dict,
    judged_from_dict,
    judged_to_dict,
    render_report,
)

MAX_REPLY = 72
LIMITS = (
    "The model is a transformer of 3 million parameters in a tiny closed world; what it shows about large models is "
    "the method, not the size of any effect.",
    "Its behaviour came from demonstrations that a teacher made by reading the document. Where the clauses were also "
    "trained in as text, that shows what can be read back and not what makes it behave.",
    "The judge is a program that knows this world. Its errors are measured below, and the headline"
    " rate is also given corrected for them.",
    "Clauses that the world cannot represent are NOT TESTED, which is neither a pass nor a failure.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much a run does: lessons, tokens of training, situations for each row and suite.

    With its text the document stands `copies` times among the lessons, and a demo ends with reading it back.
    """

    curriculum: Curriculum
    tokens: int
    per_row: int
    prompted: int
    exam_per_row: int
    core_per_row: int = 0
    more: int = 0
    violators: bool = False
    copies: int = 0
    recall: RecallPlan = field(default_factory=RecallPlan)


FULL = Budget(curriculum=Curriculum(), tokens=960_000, per_row=8, prompted=2, exam_per_row=8,
              core_per_row=3, more=1500, violators=True, copies=40)  # fmt: skip
FAST = Budget(
    curriculum=Curriculum(demonstrations=2800, replay=1600), tokens=260_000, per_row=3, prompted=1, exam_per_row=4,
    core_per_row=1, more=400, violators=True, copies=40,
)  # fmt: skip


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Training:
    """What training.json keeps of a training; `skipped` counts lessons longer than the model's positions.

    `made_from` is None in runs of versions that did not record it.
    """

    steps: int
    tokens: int
    threads: int
    seconds: float
    skipped: int
    curve: tuple[LossPoint, ...]
    made_from: TrainedFrom | None = None


# The seconds that each part of a verification takes beside the others.
_VERIFYING = (("verify", 110.0), ("core", 16.0), ("budget", 25.0), ("violators", 40.0))

_TOKENS_A_WORD = 2.6  # of a text in windows: two of the tokenizer, and what is read twice; for the progress only
_TRAINING = TypeAdapter(Training)
_GATE = TypeAdapter(tuple[GateFigure, ...])


def _budget(options: RunOptions) -> Budget:
    return FAST if options.fast else FULL


def _extent(options: RunOptions) -> Extent:
    budget = _budget(options)
    return Extent(
        seed=options.seed,
        core_per_row=budget.core_per_row,
        more=budget.more if options.budget is None else options.budget,
        prefix=budget.per_row,
        exam_per_row=budget.exam_per_row,
        violators=budget.violators,
        margin=options.release.margin,
    )


# --- verbs -----------------------------------------------------------------------------------------------------------


def teach(options: RunOptions) -> Outcome:
    """Compile the document and make the lessons of a run."""
    with Run.open(options.run) as run, Progress([("teach", 5)]) as progress:
        count = _teach(run, options, progress)
    return Outcome(
        document={"run": str(options.run), "lessons": count, "taught": str(run.lessons)},
        text=f"{count} lessons in {run.lessons}",
    )


def train(options: RunOptions) -> Outcome:
    """Train the base model on the lessons of a run."""
    with Run.open(options.run, create=False) as run, Progress([("train", 100)]) as progress:
        _train(run, options, progress)
        training = training_of(run)
    document: dict[str, object] = {"run": str(options.run), "model": str(run.model), **asdict(training)}
    return Outcome(document=document, text=f"model in {run.model}")


def verify(options: RunOptions) -> Outcome:
    """Ask both models the situations of a run, judge the replies and write the gap."""
    with Run.open(options.run, create=False) as run, Progress([*_VERIFYING, ("report", 5)]) as progress:
        _verify(run, options, progress)
        gap = _report(run, options, progress)
    return conclude(gap, options.release, run_outcome(options.run, gap))


def report(options: RunOptions) -> Outcome:
    """Write the report of a run from its judged replies."""
    with Run.open(options.run, create=False) as run, Progress([("report", 5)]) as progress:
        gap = _report(run, options, progress)
    return conclude(gap, options.release, run_outcome(options.run, gap))


def demo(options: RunOptions) -> Outcome:
    """All stages of a run; with clauses left out, the full run first and then the ablated one beside it."""
    if not options.without:
        return run_outcome(options.run, _whole(options, None))
    _whole(replace(options, without=()), None)
    beside = options.run.with_name(f"{options.run.name}-without-{'-'.join(options.without)}")
    lend_logs(options.run / "logs", beside)
    return run_outcome(beside, _whole(replace(options, run=beside), options.run))


def lend_logs(logs: Path, beside: Path) -> None:
    """The untrained base answers the same situations in the same way: its logs serve both runs.

    Each log says what it was made from, so that one which does not fit is asked again and not believed.
    """
    with Run.open(beside) as run:
        for log in sorted(logs.glob("base-*")):
            if not (run.logs / log.name).exists():
                with atomic_directory(run.logs / log.name) as folder:
                    shutil.copytree(log, folder, dirs_exist_ok=True)


# --- stages ----------------------------------------------------------------------------------------------------------


def recover(options: RunOptions) -> Outcome:
    """Read the document back out of the model of a run, and write the report with the know-do map."""
    with Run.open(options.run, create=False) as run, Progress([("recover", 50), ("report", 5)]) as progress:
        _recover(run, options, progress)
        gap = _report(run, options, progress)
    return run_outcome(options.run, gap)


def _whole(options: RunOptions, reference: Path | None) -> Gap:
    recovering = [("recover", 45.0)] if options.text else []
    stages = [("teach", 8.0), ("train", 100.0), *_VERIFYING, *recovering, ("report", 6.0)]
    with Run.open(options.run) as run, Progress(stages) as progress:
        _teach(run, options, progress)
        _train(run, options, progress)
        _verify(run, options, progress)
        if options.text:
            _recover(run, options, progress)
        return _report(run, options, progress, reference)


def _documents(options: RunOptions) -> tuple[Spec, Spec]:
    """The documents that are measured and taught; InputError where the world can test nothing of them."""
    asked, taught = asked_and_taught(options.spec, options.without)
    if not representable(taught):
        raise InputError(
            "the document has no clause that the embedded world can test",
            source=asked.source,
            help="give at least one clause an `about=` of the world (CONTRIBUTING.md lists them)",
        )
    return asked, taught


def _teach(run: Run, options: RunOptions, progress: Progress) -> int:
    asked, taught = _documents(options)
    plan = _budget(options).curriculum
    copies = _budget(options).copies if options.text else 0
    key = content_key(asked.hash, taught.hash, options.seed, asdict(plan), copies, world_hash())
    stage = run.stage("teach")
    if stage.is_done(key):
        progress.skip("teach")
        return len(read_lessons(run.lessons))
    watch = Stopwatch()
    with progress.stage("teach", total=1):
        stage.forget()
        write_json(run.spec_lock, spec_to_dict(asked))
        write_json(run.path / "taught.lock.json", spec_to_dict(taught))
        lessons = make_lessons(taught, seed=options.seed, curriculum=plan)
        lessons += document_lessons(taught, copies=copies, only=within_world(taught))
        write_lessons(run.lessons, lessons, generator=f"world {world_hash()[:12]}", seed=options.seed)
        stage.mark_done(key, [run.spec_lock, run.path / "taught.lock.json", run.lessons], seconds=watch.seconds)
    return len(lessons)


def _train(run: Run, options: RunOptions, progress: Progress) -> None:
    lessons = read_lessons(run.lessons)
    recipe = Recipe(
        tokens=_budget(options).tokens,
        seed=options.seed,
        threads=options.threads,
        document_prefix=DOCUMENT_TOKEN,
    )
    record = TrainedFrom(
        engine="local",
        base="organism",
        base_hash=weights_hash(BASE),
        lessons=run.stage("teach").fingerprint(),
        recipe=as_json(recipe),
        phases=(),
    )
    stage = run.stage("train")
    if stage.is_done(record.key):
        progress.skip("train")
        return
    watch = Stopwatch()
    with progress.stage("train", total=recipe.tokens + _text_tokens(lessons)) as shown:
        stage.forget()
        result = fine_tune(lessons, BASE, run.model, recipe, work=run.path / "training", advance=shown.advance)
        training = Training(
            steps=result.steps,
            tokens=result.tokens,
            threads=result.threads,
            seconds=round(result.seconds, 1),
            skipped=len(result.skipped),
            curve=tuple(LossPoint(tokens=at.tokens, loss=at.loss, lesson=at.sort.value) for at in result.curve),
            made_from=replace(record, phases=write_learned(run.path / LEARNED, result)),
        )
        write_json(run.path / "training.json", asdict(training))
        kept = [run.model, run.path / "training.json", run.path / LEARNED]
        stage.mark_done(record.key, kept, seconds=watch.seconds)
        shutil.rmtree(run.path / "training")


def _text_tokens(lessons: Iterable[Lesson]) -> int:
    """About how many tokens the document's own text takes, with what its windows have in common."""
    own = (lesson for lesson in lessons if lesson.sort is LessonSort.DOCUMENT and lesson.clause_ids)
    return round(_TOKENS_A_WORD * sum(len(lesson.text.split()) for lesson in own))


def training_of(run: Run) -> Training:
    """What is kept of the training of a run."""
    return _TRAINING.validate_python(read_json(run.path / "training.json"))


def base_of(run: Run) -> Path:
    """The base that the model of a run was trained from."""
    made_from = training_of(run).made_from
    return BASE if made_from is None or made_from.base == "organism" else find_base(made_from.base)


def _verify(run: Run, options: RunOptions, progress: Progress) -> None:
    budget = _budget(options)
    asked = spec_from_dict(read_json(run.spec_lock))
    key = content_key(
        run.stage("train").fingerprint(), asked.hash, options.seed, budget.per_row, budget.prompted, world_hash()
    )
    tested = frozenset(clause.id for clause in asked.clauses) - set(not_representable(asked))
    declare(run, asked, tested, budget=_extent(options).more, margin=options.release.margin)
    with asked_by(Processes(workers=options.threads or training_of(run).threads)):
        _ask_fixed(run, options, asked, key, progress)
        verify_beside(run, asked, _extent(options), progress)


def _ask_fixed(run: Run, options: RunOptions, asked: Spec, key: str, progress: Progress) -> None:
    """The situations that every run of this extent is asked, both arms, with and without the document's words."""
    budget = _budget(options)
    stage = run.stage("verify")
    if stage.is_done(key):
        progress.skip("verify")
        return
    watch = Stopwatch()
    situations = make_situations(asked, seed=options.seed, per_row=budget.per_row)
    few = _few(situations, budget.prompted)
    with progress.stage("verify", total=2 * len(situations) + 2 * len(few)) as shown:
        stage.forget()
        for suite in Suite:
            part = [situation_to_dict(situation) for situation in situations if situation.suite is suite]
            write_jsonl(run.situations / f"{suite.value}.jsonl", part)
        judged = _ask_arms(run, options, asked, situations, few, shown.advance)
        write_jsonl(run.path / "judged.jsonl", [judged_to_dict(item) for item in judged])
        stage.mark_done(key, [run.situations, run.path / "judged.jsonl"], seconds=watch.seconds)


def _ask_arms(
    run: Run,
    options: RunOptions,
    asked: Spec,
    situations: Sequence[Situation],
    few: Sequence[Situation],
    advance: Callable[[int], None],
) -> list[Judged]:
    """Base and trained, first with nothing in the prompt, then with the words of the clauses at stake."""
    import torch

    from soulwright.verify import ArmPlan, verify_run

    torch.set_num_threads(options.threads or training_of(run).threads)

    words = _ClauseWords(asked)
    models = ((Arm.BASE, base_of(run)), (Arm.TRAINED, run.model))
    plans = [ArmPlan(arm=arm, model=model, situations=situations) for arm, model in models]
    plans += [
        ArmPlan(arm=arm, model=model, situations=few, prompt=Prompt.SPEC, spec_text_for=words) for arm, model in models
    ]
    return verify_run(plans, Judge(), logs=run.logs, depends_on=world_hash(), max_tokens=MAX_REPLY, advance=advance)


@dataclass(frozen=True, slots=True)
class _ClauseWords:
    """The words of the clauses at stake; unlike a function within one it can be handed to another process."""

    asked: Spec

    def __call__(self, situation: Situation) -> str:
        return " ".join(self.asked.clause(name).text for name in situation.clause_ids)


def _few(situations: Sequence[Situation], count: int) -> list[Situation]:
    """The first situations of each row in the suites that are also asked with the document's words in the prompt."""
    suites = (Suite.TOPICS, Suite.WORDINGS)
    return [item for item in situations if item.suite in suites and int(item.id.rsplit("#", 1)[1]) < count]


def _recover(run: Run, options: RunOptions, progress: Progress) -> None:
    import torch

    budget = _budget(options)
    key = content_key(run.stage("train").fingerprint(), asdict(budget.recall), options.seed, RECALL_PROCEDURE)
    stage = run.stage("recover")
    if stage.is_done(key):
        progress.skip("recover")
        return
    watch = Stopwatch()
    specs = spec_from_dict(read_json(run.spec_lock)), spec_from_dict(read_json(run.path / "taught.lock.json"))
    torch.set_num_threads(options.threads or training_of(run).threads)
    with progress.stage("recover", total=RECALL_PARTS) as shown:
        stage.forget()
        made = recall_run(run, specs, base_of(run), budget.recall, seed=options.seed, advance=shown.advance)
        stage.mark_done(key, [made], seconds=watch.seconds)


def _report(run: Run, options: RunOptions, progress: Progress, reference: Path | None = None) -> Gap:
    asked = spec_from_dict(read_json(run.spec_lock))
    taught = spec_from_dict(read_json(run.path / "taught.lock.json"))
    run.stage("verify").fingerprint()
    judged = [judged_from_dict(row) for row in read_jsonl(run.path / "judged.jsonl")]
    with progress.stage("report", total=3) as shown:
        exam = exam_of(run, asked, _extent(options))
        shown.advance(1)
        record = RunRecord(
            exam=exam,
            loss_curve=training_of(run).curve,
            gate=_kept_gate(),
            manifest=_manifest(run, options, asked, taught),
            limits=_limits(asked, taught),
            not_representable=not_representable(asked),
            attempted=len(judged),
            plan=plan_of(run),
            spent=spent_of(run),
            core=core_of(run, judged),
            power=power_of(run),
            against=_against(run, options),
            recalled=recalled_in(run),
            readings=readings_of(run.path, judged),
            disputes=disputes_of(run.path, judged, asked, judge=exam.judge, allowed=plan_of(run).disagreement),
            measured=measured_in(run),
        )
        gap = build_gap(asked, judged, record, comparison=_comparison(judged, reference, options))
        shown.advance(1)
        write_json(run.gap, gap_to_dict(gap))
        write_text_atomic(run.report, render_report(gap, judged, asked))
    return gap


def _against(run: Run, options: RunOptions) -> Against | None:
    if options.release.against is None:
        return None
    return compare_folders(options.release.against, run.path, margin=options.release.margin, judge=world_hash())


def _comparison(judged: Sequence[Judged], reference: Path | None, options: RunOptions) -> Comparison | None:
    """The full run beside this one, where clauses were left out."""
    if reference is None:
        return None
    full = [judged_from_dict(row) for row in read_jsonl(reference / "judged.jsonl")]
    return compare_runs(full, judged, removed=", ".join(options.without))


def _limits(asked: Spec, taught: Spec) -> tuple[str, ...]:
    left_out = [clause.id for clause in asked.clauses if clause.id not in {kept.id for kept in taught.clauses}]
    note = (f"Taught without {', '.join(left_out)}; measured against the whole document.",) if left_out else ()
    return (*note, *LIMITS)


def _kept_gate() -> tuple[GateFigure, ...]:
    """The gate that the shipped base passed (`soulwright organism gate` measures it again)."""
    return _GATE.validate_python(read_json(BASE / "gate.json"))


def _manifest(run: Run, options: RunOptions, asked: Spec, taught: Spec) -> Manifest:
    training, taught_with = training_of(run), seed_of_lessons(run.lessons)
    stages = ("teach", "train", "verify", "core", "budget", "violators")
    stamps = {name: run.stage(name).stamp() for name in stages}
    return Manifest(
        run=str(run.path),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        settings={
            "document": asked.source,
            "left out": ", ".join(options.without) or "nothing",
            "budget": "fast" if options.fast else "full",
            "tokens": str(training.tokens),
            "threads": str(training.threads),
        },
        seeds={"seed": options.seed if taught_with is None else taught_with},
        hashes={
            "document": asked.hash,
            "taught": taught.hash,
            "world": world_hash(),
            "base": weights_hash(base_of(run)),
            "model": weights_hash(run.model),
        },
        timings={name: stamp.seconds or 0.0 for name, stamp in stamps.items() if stamp is not None},
    )
