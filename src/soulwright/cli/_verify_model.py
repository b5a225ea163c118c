"""`soulwright verify --target M --judge J`: any model of Inspect, judged by any other; and old runs judged again.

The target is asked first, into logs of its own; what it said is judged then. So another judge, or a changed prompt of
one, never asks the target again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.cli._answer import Outcome
from soulwright.cli._asking import usage
from soulwright.cli._documents import bundled_document
from soulwright.cli._model_options import ModelOptions
from soulwright.cli._options import Release
from soulwright.cli._progress import Progress
from soulwright.cli._release import conclude
from soulwright.errors import InputError
from soulwright.judge import cases_of_document, load_judge, readings_of
from soulwright.runs import Run, content_key, read_json, write_json, write_jsonl, write_text_atomic
from soulwright.situations import Situation, Suite, load_cases, situation_to_dict
from soulwright.spec import Spec, load_spec, spec_from_dict, spec_to_dict
from soulwright.verify import (
    Arm,
    Gap,
    Grade,
    Judged,
    JudgeExam,
    Judging,
    Manifest,
    RunRecord,
    build_gap,
    gap_to_dict,
    judged_to_dict,
    render_report,
)

if TYPE_CHECKING:
    from soulwright.judge import AnchorShift, JudgeRecord, NamedJudge, Transcript


class _Unjudged:
    """What stands in the logs of a target: its replies are judged apart."""

    def grade(self, situation: Situation, reply: str) -> Grade:  # noqa: ARG002 - it reads neither
        return Grade.missing(Judging.FAILED, "judged apart, see the folder `judging`")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One run of another model, or of an old run's replies, under one judge."""

    run: Run
    spec: Spec
    judge: NamedJudge
    options: ModelOptions
    target: str
    progress: Progress

    def judged(self, transcripts: Sequence[Transcript]) -> list[Judged]:
        """The replies with the judge's verdicts, kept in judged.jsonl."""
        from soulwright.judge import judge_again

        folder = self.run.path / "judging" / self.judge.fingerprint[:16]
        with self.progress.stage("judge", total=len(transcripts)) as shown:
            judged = list(judge_again(transcripts, self.judge, folder=folder, advance=shown.advance))
        write_jsonl(self.run.path / "judged.jsonl", [judged_to_dict(one) for one in judged])
        write_json(self.run.spec_lock, spec_to_dict(self.spec))
        write_jsonl(
            self.run.situations / "cases.jsonl",
            [situation_to_dict(one) for one in {t.situation.id: t.situation for t in transcripts}.values()],
        )
        return judged

    def read_again(self, transcripts: Sequence[Transcript], judged: Sequence[Judged]) -> None:
        """Let the second judge read, where one is named."""
        from soulwright.judge import model_judge, planned_reading, read_again

        if self.options.again is None:
            return
        second = model_judge(self.spec, self.options.again)
        if second.fingerprint == self.judge.fingerprint:
            remedy = "name another model with --again: a second reading by the same judge says nothing"
            raise InputError("both readings would be the same judge's", help=remedy)
        plan = planned_reading(self.run.path, judged, share=self.options.sample)
        situations = {one.situation.id: one.situation for one in transcripts}
        with self.progress.stage("read again", total=len(plan.drawn)) as shown:
            read_again(self.run.path, plan, judged, situations, second, advance=shown.advance)

    def report(self, judged: Sequence[Judged], notes: tuple[str, ...]) -> tuple[Gap, Outcome]:
        """Count, and write gap.json and report.html."""
        from soulwright.cli._headline import run_outcome

        path = self.run.path
        known = load_judge(self.options.ledger, self.judge.fingerprint)
        exam = known.exam if known else JudgeExam(judge=self.judge.name, fingerprint=self.judge.fingerprint)
        record = RunRecord(
            exam=exam,
            manifest=self._manifest(),
            limits=(*self._standing(known), *notes),
            attempted=len(judged),
            readings=readings_of(path, judged),
        )
        with self.progress.stage("report", total=1):
            gap = build_gap(self.spec, judged, record)
            write_json(self.run.gap, gap_to_dict(gap))
            write_text_atomic(self.run.report, render_report(gap, judged, self.spec))
        outcome = run_outcome(path, gap)
        return gap, replace(outcome, document={**outcome.document, "usage": usage()})

    def _standing(self, known: JudgeRecord | None) -> tuple[str, ...]:
        """What a reader has to know of the judge before any figure."""
        from soulwright.judge import family_of

        lines = []
        if known is None:
            lines.append(
                f"JUDGE UNEXAMINED: nobody has examined `{self.judge.name}` with these prompts and settings; its errors"
                " are not in these figures. `soulwright examine-judge` does it."
            )
        elif known.spec_hash != self.spec.hash:
            lines.append(f"The judge `{self.judge.name}` was examined on another document ({known.spec}).")
        if self.judge.family == family_of(self.target):
            own = known.own_family if known else None
            measured = (
                f"the share of its family's bad replies that it passes differs by {own.bad.low:+.2f} to"
                f" {own.bad.high:+.2f} from that of others"
                if own
                else "whether it favours its family was not measured"
            )
            lines.append(f"The judge `{self.judge.name}` is of the family of the model that it judges; {measured}.")
        return tuple(lines)

    def _manifest(self) -> Manifest:
        cases = ", ".join(str(path) for path in self.options.cases) or "the document's own examples"
        return Manifest(
            run=str(self.run.path),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            settings={
                "document": self.spec.source,
                "target": self.target,
                "judge": self.judge.name,
                "reply tokens": str(self.options.reply_tokens),
                "cases": str(self.options.rejudge or cases),
            },
            hashes={"document": self.spec.hash, "judge": self.judge.fingerprint},
        )


def verify_model(path: Path, options: ModelOptions, release: Release) -> Outcome:
    """Ask the target, judge its replies and write gap and report; with `rejudge`, judge an old run's replies again."""
    if options.judge is None:
        raise InputError("nobody is named who judges", help="name any model of Inspect with --judge")
    if options.rejudge is not None:
        return _judged_again(path, options, options.rejudge, release)
    if options.target is None:
        raise InputError("there is nobody to ask", help="name a model with --target, or an old run with --rejudge")
    from soulwright.judge import Transcript, model_judge
    from soulwright.models import ModelRole, find_model

    target = find_model(options.target, ModelRole.TARGET)
    with Run.open(path) as run, Progress(_stages(options)) as progress:
        spec = _document(run, options)
        judge = model_judge(spec, options.judge)
        situations, notes = _situations(spec, options.cases)
        work = _Work(run=run, spec=spec, judge=judge, options=options, target=str(target), progress=progress)
        with progress.stage("ask", total=len(situations)) as shown:
            from soulwright.verify import ArmPlan, run_arm

            plan = ArmPlan(arm=Arm.TRAINED, model=target, situations=situations)
            replies = run_arm(plan, _Unjudged(), logs=run.logs, max_tokens=options.reply_tokens, advance=shown.advance)
        transcripts = [Transcript(situation=one, old=old) for one, old in zip(situations, replies, strict=True)]
        judged = work.judged(transcripts)
        work.read_again(transcripts, judged)
        gap, outcome = work.report(judged, notes)
    return conclude(gap, release, outcome)


def _judged_again(path: Path, options: ModelOptions, old: Path, release: Release) -> Outcome:
    from soulwright.judge import model_judge, shift_between, transcripts_of

    if old.resolve() == path.resolve():
        raise InputError("an old run is not judged again in its own folder", source=str(old), help="name another --run")
    transcripts = transcripts_of(old)
    with Run.open(path) as run, Progress(_stages(options)) as progress:
        lock = old / "spec.lock.json"
        if options.spec is None and lock.is_file():
            spec = spec_from_dict(read_json(lock), source=str(lock))
        else:
            spec = _document(run, options)
        judge = model_judge(spec, options.judge or "")
        work = _Work(run=run, spec=spec, judge=judge, options=options, target=str(old), progress=progress)
        judged = work.judged(transcripts)
        work.read_again(transcripts, judged)
        shift = shift_between([one.old for one in transcripts], judged, before=f"the verdicts of {old}")
        write_json(run.path / "rejudged.json", {"old": str(old), "shift": asdict(shift)})
        gap, outcome = work.report(judged, (shift_text(shift),))
    outcome = replace(
        outcome,
        document={**outcome.document, "shift": asdict(shift)},
        text=f"{shift_text(shift)}\n{outcome.text}",
    )
    return conclude(gap, release, outcome)


def _stages(options: ModelOptions) -> list[tuple[str, float]]:
    first = [] if options.rejudge else [("ask", 60.0)]
    second = [("read again", 20.0)] if options.again else []
    return [*first, ("judge", 60.0), *second, ("report", 5.0)]


def _document(run: Run, options: ModelOptions) -> Spec:
    """The named document; else the run's own, else the bundled one."""
    if options.spec is None and run.spec_lock.is_file():
        return spec_from_dict(read_json(run.spec_lock))
    return load_spec(options.spec or bundled_document())


def _situations(spec: Spec, paths: Sequence[Path]) -> tuple[list[Situation], tuple[str, ...]]:
    """Those of the named files; without any, the conversations of the document's own examples."""
    if paths:
        files = [load_cases(path, spec) for path in paths]
        notes = tuple(f"Left out of what is asked: {note}." for file in files for note in file.left_out)
        return [case.situation for file in files for case in file.cases], notes
    found: dict[str, Situation] = {}
    for case in cases_of_document(spec):
        words = content_key([(message.role, message.content) for message in case.situation.messages])
        found.setdefault(f"{case.situation.row}/{words}", replace(case.situation, suite=Suite.ALL))
    if not found:
        remedy = "name a file of cases with --cases"
        raise InputError("the document has no examples that a model could be asked", source=spec.source, help=remedy)
    note = "What was asked are the conversations of the document's own examples, which the model may have read."
    return list(found.values()), (note,)


def shift_text(shift: AnchorShift) -> str:
    """How far the verdicts moved, in one line."""
    low, high = shift.shift.interval.low, shift.shift.interval.high
    return (
        f"Judged again: on the {shift.n} replies that both judges judged, the share that passes moved by"
        f" {shift.shift.value:+.3f} ({low:+.3f} to {high:+.3f}); {len(shift.moved)} verdicts changed."
    )
