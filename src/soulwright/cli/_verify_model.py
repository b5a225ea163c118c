"""`soulwright verify --target M --judge J`: any model of Inspect, judged by any other; and old runs judged again.

The target is asked first, into logs of its own; what it said is judged then. So another judge, or a changed prompt of
one, never asks the target again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.cli._against import compare_folders
from soulwright.cli._answer import Outcome
from soulwright.cli._asking import usage
from soulwright.cli._bank import Bank, bank_of
from soulwright.cli._beside import (
    Advance,
    Planting,
    Purchase,
    buy,
    declare,
    plan_of,
    plant,
    power_of,
    rows_waiting,
    spent_of,
    write_judged,
)
from soulwright.cli._documents import bundled_document
from soulwright.cli._measured import measured_in
from soulwright.cli._model_options import ModelOptions
from soulwright.cli._options import Release, RunOptions
from soulwright.cli._progress import Progress
from soulwright.cli._recalled import asked_of, recalled_at
from soulwright.cli._release import conclude
from soulwright.errors import InputError
from soulwright.judge import disputes_of, load_judge, readings_of
from soulwright.runs import Run, content_key, read_json, write_json, write_jsonl, write_text_atomic
from soulwright.situations import Situation, situation_to_dict
from soulwright.spec import Spec, load_spec, spec_from_dict, spec_to_dict
from soulwright.verify import (
    Against,
    Arm,
    CoreGap,
    Gap,
    Grade,
    Judged,
    JudgeExam,
    Judging,
    Manifest,
    OfRow,
    Plan,
    Power,
    RunRecord,
    build_gap,
    gap_to_dict,
    judged_to_dict,
    render_report,
    rows_by_clause,
)

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from soulwright.judge import AnchorShift, JudgeRecord, NamedJudge, Reader, Transcript

_LONGEST = 200  # characters of a reason
AT_ONCE = 64  # questions in one log: what is lost by a kill, and what one worker takes


class _Unjudged:
    """What stands in the logs of a target: its replies are judged apart."""

    def grade(self, situation: Situation, reply: str) -> Grade:  # noqa: ARG002 - it reads neither
        return Grade.missing(Judging.FAILED, "judged apart, see the folder `judging`")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One run of another model, or of an old run's replies, under one judge; `budget` is what may be asked for more."""

    run: Run
    spec: Spec
    judge: NamedJudge
    options: ModelOptions
    target: str
    progress: Progress
    release: Release
    budget: int = 0

    @property
    def exam(self) -> JudgeExam:
        """What the ledger knows of the judge; an empty examination where it knows nothing."""
        known = load_judge(self.options.ledger, self.judge.fingerprint)
        return known.exam if known else JudgeExam(judge=self.judge.name, fingerprint=self.judge.fingerprint)

    def declare(self, rows: Iterable[OfRow]) -> Plan:
        """Write the plan down before anything is asked or judged."""
        tested = frozenset(rows_by_clause(self.spec, rows))
        return declare(self.run, self.spec, tested, budget=self.budget, margin=self.release.margin)

    def judged(self, transcripts: Sequence[Transcript]) -> list[Judged]:
        """The replies with the judge's verdicts, kept in judged.jsonl."""
        with self.progress.stage("judge", total=len(transcripts)) as shown:
            judged = self.put(transcripts, shown.advance)
        write_judged(self.run.path / "judged.jsonl", judged)
        write_json(self.run.spec_lock, spec_to_dict(self.spec))
        write_jsonl(
            self.run.situations / "cases.jsonl",
            [situation_to_dict(one) for one in {t.situation.id: t.situation for t in transcripts}.values()],
        )
        return judged

    def put(self, transcripts: Sequence[Transcript], advance: Advance) -> list[Judged]:
        """The replies with the judge's verdicts."""
        from soulwright.judge import judge_again

        folder = self.run.path / "judging" / self.judge.fingerprint[:16]
        return list(judge_again(transcripts, self.judge, folder=folder, advance=advance))

    def read_again(self, transcripts: Sequence[Transcript], judged: Sequence[Judged]) -> None:
        """Let further judges read, where any are named: the first of them is the second reading."""
        from soulwright.judge import model_judge, planned_reading, read_again

        if not self.options.again:
            return
        others = [model_judge(self.spec, name) for name in self.options.again]
        if len({self.judge.fingerprint, *(one.fingerprint for one in others)}) <= len(others):
            remedy = "name another model with --again: a second reading by the same judge says nothing"
            raise InputError("both readings would be the same judge's", help=remedy)
        plan = planned_reading(self.run.path, judged, share=self.options.sample)
        situations = {one.situation.id: one.situation for one in transcripts}
        with self.progress.stage("read again", total=len(plan.drawn) * len(others)) as shown:
            for place, other in enumerate(others):
                read_again(self.run.path, plan, judged, situations, other, second=place == 0, advance=shown.advance)

    def report(
        self,
        judged: Sequence[Judged],
        notes: tuple[str, ...],
        *,
        core: CoreGap | None = None,
        before: Reader | None = None,
    ) -> tuple[Gap, Outcome]:
        """Count, and write gap.json and report.html; `before` is who judged the same replies earlier."""
        from soulwright.cli._headline import run_outcome

        path, plan = self.run.path, plan_of(self.run)
        known = load_judge(self.options.ledger, self.judge.fingerprint)
        record = RunRecord(
            exam=self.exam,
            manifest=self._manifest(),
            limits=(*self._standing(known), *_lost([*judged, *spent_of(self.run).judged]), *notes),
            attempted=len(judged),
            plan=plan,
            spent=spent_of(self.run),
            core=core,
            power=power_of(self.run),
            against=self._against(),
            readings=readings_of(path, judged),
            disputes=disputes_of(
                path, judged, self.spec, judge=self.judge.name, before=before, allowed=plan.disagreement
            ),
            measured=measured_in(self.run),
            recalled=recalled_at(path, asked_of(self.target, self.spec)),
        )
        with self.progress.stage("report", total=1):
            gap = build_gap(self.spec, judged, record)
            write_json(self.run.gap, gap_to_dict(gap))
            write_text_atomic(self.run.report, render_report(gap, judged, self.spec))
        outcome = run_outcome(path, gap)
        return gap, replace(outcome, document={**outcome.document, "usage": usage()})

    def _against(self) -> Against | None:
        if self.release.against is None:
            return None
        margin, judge = self.release.margin, self.judge.fingerprint
        return compare_folders(self.release.against, self.run.path, margin=margin, judge=judge)

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
        if known is not None and known.anchors is not None:
            moved = shift_text(known.anchors).removeprefix("Judged again: ")
            lines.append(f"The judge before was `{known.anchors.before}`: {moved}")
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
        paths = [*self.options.cases, *filter(None, [self.options.situations])]
        cases = ", ".join(str(path) for path in paths) or "those of the run, or the document's own examples"
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
            hashes={"document": self.spec.hash, "judge": self.judge.fingerprint, **_weights_asked(self.target)},
        )


def _weights_asked(target: str) -> dict[str, str]:
    """The hash of the target's weights, where it is a folder of them: `trace` and `publish` hold the figures to it."""
    from soulwright.train import weights_hash

    folder = Path(target.removeprefix("weights/"))
    return {"model": weights_hash(folder)} if (folder / "config.json").is_file() else {}


def verify_model(asked: RunOptions, options: ModelOptions) -> Outcome:
    """Ask the target, judge its replies and write gap and report; with `rejudge`, judge an old run's replies again."""
    if options.judge is None:
        raise InputError("nobody is named who judges", help="name any model of Inspect with --judge")
    if options.rejudge is not None:
        return _judged_again(asked, options, options.rejudge)
    if options.target is None:
        raise InputError("there is nobody to ask", help="name a model with --target, or an old run with --rejudge")
    from soulwright.judge import model_judge
    from soulwright.models import ModelRole, find_model

    target, budget = find_model(options.target, ModelRole.TARGET), asked.budget or 0
    with Run.open(asked.run) as run, Progress(_stages(options)) as progress:
        spec = document_of(run.path, options)
        judge = model_judge(spec, options.judge)
        bank = bank_of(run.path, spec, options, budget=budget)
        work = _Work(
            run=run, spec=spec, judge=judge, options=options, target=str(target), progress=progress,
            release=asked.release, budget=budget,
        )  # fmt: skip
        plan = work.declare([*bank.asked, *bank.further])
        with progress.stage("ask", total=len(bank.asked)) as shown:
            transcripts = _replies(work, target, bank.asked, shown.advance)
        judged = work.judged(transcripts)
        buy(run, _purchase(work, target, bank, judged), progress)
        plant(run, _violators(work, options.violators, bank, plan) if options.violators else None, progress)
        work.read_again(transcripts, judged)
        gap, outcome = work.report(judged, (*bank.notes, *_planted_notes(options)), core=bank.core_gap(judged))
    return conclude(gap, asked.release, outcome)


def _replies(work: _Work, target: Model, situations: Sequence[Situation], advance: Advance) -> list[Transcript]:
    """What the target answers, not judged yet."""
    from soulwright.judge import Transcript
    from soulwright.verify import ArmPlan, ask_each

    plan = ArmPlan(arm=Arm.TRAINED, model=target, situations=situations, at_once=AT_ONCE)
    logs, tokens = work.run.logs, work.options.reply_tokens
    replies = ask_each(plan, _Unjudged(), logs=logs, max_tokens=tokens, advance=advance)
    return [Transcript(situation=one, old=old) for one, old in zip(situations, replies, strict=True)]


def _purchase(work: _Work, target: Model, bank: Bank, judged: Sequence[Judged]) -> Purchase:
    """The rounds of a budget; which situations they ask depends on the judge."""
    exam = work.exam

    def ask(situations: Sequence[Situation], _: str, advance: Advance) -> list[Judged]:
        return work.put(_replies(work, target, situations, _nobody_listens), advance)

    return Purchase(
        budget=work.budget,
        key=content_key(
            [judged_to_dict(one) for one in judged],
            [situation_to_dict(one) for one in bank.further],
            *(work.budget, asdict(exam), work.judge.fingerprint, work.options.reply_tokens),
        ),
        exam=exam,
        fresh=judged,
        waiting=lambda: rows_waiting(work.spec, bank.further),
        ask=ask,
    )


def _violators(work: _Work, model: str, bank: Bank, plan: Plan) -> Planting:
    """Violators by order, asked everything that the target was asked and that counts, under the same judge."""
    from soulwright.models import ModelRole, find_model, model_key
    from soulwright.verify import Ordered, measure_power, run_ordered_violators

    bought = {one.situation_id for one in spent_of(work.run).judged}
    player = find_model(model, ModelRole.TARGET)
    ordered = Ordered(
        spec=work.spec,
        model=player,
        situations=[*bank.asked, *(one for one in bank.further if one.id in bought)],
        judge=work.judge.judge,
        logs=work.run.logs / "planted",
        depends_on=work.judge.fingerprint,
        max_tokens=work.options.reply_tokens,
    )

    def play(advance: Advance) -> Power:
        clean, broken = run_ordered_violators(ordered, advance)
        return measure_power(work.spec, clean, broken, plan=plan, exam=work.exam)

    asked = [situation_to_dict(one) for one in ordered.situations]
    key = content_key(
        model_key(player), asked, asdict(plan) | {"declared": ""}, asdict(work.exam), work.judge.fingerprint
    )
    return Planting(key=key, total=ordered.questions, play=play)


def _lost(judged: Sequence[Judged]) -> tuple[str, ...]:
    """How many attempts ended without a judge's word, with the first reason of each sort."""
    said = {
        Judging.NOT_REACHED: "got no reply from the model",
        Judging.REFUSED: "were refused by the judge",
        Judging.FAILED: "failed at the judge",
    }
    lost = {state: [one for one in judged if one.judging is state] for state in said}
    return tuple(
        f"{len(own)} of {len(judged)} attempts {said[state]} and count in no pass; the first: {_short(own[0].why)}"
        for state, own in lost.items()
        if own
    )


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def _planted_notes(options: ModelOptions) -> tuple[str, ...]:
    if options.violators is None:
        return ()
    return (
        f"The planted violators are `{options.violators}` under an order to break one clause. One that would not, or"
        " did so unseen, counts as not caught. Nobody is ordered to break a hard limit: the power there is not known.",
    )


def _judged_again(asked: RunOptions, options: ModelOptions, old: Path) -> Outcome:
    from soulwright.judge import Reader, model_judge, shift_between, transcripts_of

    if old.resolve() == asked.run.resolve():
        raise InputError("an old run is not judged again in its own folder", source=str(old), help="name another --run")
    transcripts = transcripts_of(old)
    with Run.open(asked.run) as run, Progress(_stages(options)) as progress:
        spec = document_of(old if (old / "spec.lock.json").is_file() else run.path, options)
        judge = model_judge(spec, options.judge or "")
        work = _Work(
            run=run, spec=spec, judge=judge, options=options, target=str(old), progress=progress, release=asked.release
        )
        work.declare([one.situation for one in transcripts])
        judged = work.judged(transcripts)
        work.read_again(transcripts, judged)
        shift = shift_between([one.old for one in transcripts], judged, before=f"the verdicts of {old}")
        write_json(run.path / "rejudged.json", {"old": str(old), "shift": asdict(shift)})
        said = {
            one.name: Grade(verdict=one.old.verdict, why=one.old.why, judging=one.old.judging) for one in transcripts
        }
        gap, outcome = work.report(judged, (shift_text(shift),), before=Reader(name=f"the judge of {old}", said=said))
    outcome = replace(
        outcome,
        document={**outcome.document, "shift": asdict(shift)},
        text=f"{shift_text(shift)}\n{outcome.text}",
    )
    return conclude(gap, asked.release, outcome)


def _stages(options: ModelOptions) -> list[tuple[str, float]]:
    again = [("read again", 20.0)] if options.again else []
    if options.rejudge:
        return [("judge", 60.0), *again, ("report", 5.0)]
    beside = [("budget", 60.0), ("violators", 60.0)]
    return [("ask", 60.0), ("judge", 60.0), *beside, *again, ("report", 5.0)]


def document_of(run: Path, options: ModelOptions) -> Spec:
    """The named document; else that of the run, else the bundled one."""
    lock = run / "spec.lock.json"
    if options.spec is None and lock.is_file():
        return spec_from_dict(read_json(lock), source=str(lock))
    return load_spec(options.spec or bundled_document())


def _nobody_listens(_: int) -> None:
    return None


def shift_text(shift: AnchorShift) -> str:
    """How far the verdicts moved, in one line."""
    low, high = shift.shift.interval.low, shift.shift.interval.high
    return (
        f"Judged again: on the {shift.n} replies that both judges judged, the share that passes moved by"
        f" {shift.shift.value:+.3f} ({low:+.3f} to {high:+.3f}); {len(shift.moved)} verdicts changed."
    )
