"""Old transcripts judged again: by another judge, without asking the model that answered.

A log of a verification holds the situation, the reply and the old verdict of every sample; that is enough. Old logs
stay as they are, what the new judge says lies in logs of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inspect_ai.log import EvalSample

from soulwright.errors import CorruptRun, InputError
from soulwright.judge._desk import Put, judge_all
from soulwright.judge._named import NamedJudge
from soulwright.judge._readings import name_of
from soulwright.judge._record import AnchorShift
from soulwright.models import read_log
from soulwright.runs import read_jsonl
from soulwright.situations import Message, Pressure, Role, RowGroup, Situation, Suite, layer_of_messages
from soulwright.verify import (
    Arm,
    Estimate,
    Judged,
    Judging,
    Prompt,
    Verdict,
    judged_from_dict,
    judged_from_log,
    make_rate,
    mcnemar_exact,
    newcombe_paired,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A situation and the reply that was given to it, with what was said of it before."""

    situation: Situation
    old: Judged

    @property
    def name(self) -> str:
        """What tells it apart within a run."""
        return name_of(self.old)


def transcripts_of(path: Path) -> tuple[Transcript, ...]:
    """The transcripts of a run folder, a folder of logs, or one log of Inspect that asked for adherence.

    InputError where there are none, CorruptRun where a log cannot be read.
    """
    if not path.exists():
        raise InputError("there is nothing here", source=str(path), help="name a run folder or a log")
    logs = (
        [path]
        if path.suffix == ".eval"
        else sorted((path / "logs" if (path / "logs").is_dir() else path).rglob("*.eval"))
    )
    found = _once(transcript for log in logs for transcript in _of_log(log))
    if (path / "judged.jsonl").is_file():  # what the report counts: logs hold more, and may be judged apart
        counted = {name_of(one): one for one in map(judged_from_dict, read_jsonl(path / "judged.jsonl"))}
        found = [replace(one, old=counted[one.name]) for one in found if one.name in counted]
    if not found:
        raise InputError(
            "there are no logs of a verification here",
            source=str(path),
            help="name a run folder, its `logs`, or one `.eval` file of `soulwright/adherence`",
        )
    return tuple(found)


def judge_again(
    transcripts: Sequence[Transcript],
    judge: NamedJudge,
    *,
    folder: Path,
    advance: Callable[[int], None] | None = None,
) -> tuple[Judged, ...]:
    """The same replies with the verdicts of this judge; where there was no reply, nothing is judged."""
    reached = [one for one in transcripts if one.old.judging is not Judging.NOT_REACHED]
    puts = [Put(id=one.name, situation=one.situation, reply=one.old.reply, by=judge.judge) for one in reached]
    grades = judge_all(puts, judge, folder=folder, advance=advance)
    judged = []
    for one in transcripts:
        said = grades.get(one.name)
        judged.append(
            one.old if said is None else replace(one.old, verdict=said.verdict, why=said.why, judging=said.judging)
        )
    return tuple(judged)


def shift_between(
    old_verdicts: Sequence[Judged],
    now: Sequence[Judged],
    *,
    before: str,
    before_fingerprint: str = "",
    anchors: str = "",
) -> AnchorShift:
    """How far verdicts on the same transcripts moved from the judge `before` to another; what both judged counts."""
    old = {name_of(one): one for one in old_verdicts if one.judging is Judging.JUDGED}
    both = [(old[name_of(one)], one) for one in now if one.judging is Judging.JUDGED and name_of(one) in old]
    passes = [(one.verdict is Verdict.PASS, other.verdict is Verdict.PASS) for one, other in both]
    gained, lost = passes.count((False, True)), passes.count((True, False))
    kept, n = passes.count((True, True)), len(passes)
    interval = newcombe_paired(kept, gained, lost, passes.count((False, False)))
    return AnchorShift(
        anchors=anchors,
        n=n,
        before=before,
        before_fingerprint=before_fingerprint,
        passed_before=make_rate(kept + lost, n),
        passed_now=make_rate(kept + gained, n),
        shift=Estimate(value=(gained - lost) / n if n else 0.0, interval=interval),
        p=mcnemar_exact(gained, lost),
        unjudged=len(now) - n,
        moved=tuple(name_of(one) for (_, one), (was, is_now) in zip(both, passes, strict=True) if was is not is_now),
    )


def _once(found: Iterable[Transcript]) -> list[Transcript]:
    """Each of them once: what failed in one log may have been answered in a later one."""
    by_name: dict[str, Transcript] = {}
    for one in found:
        if one.name not in by_name or one.old.judging is not Judging.NOT_REACHED:
            by_name[one.name] = one
    return list(by_name.values())


def _of_log(path: Path) -> list[Transcript]:
    log = read_log(path)
    samples = log.samples or []
    situations = [situation for sample in samples if (situation := _situation(sample)) is not None]
    about = log.eval.metadata or {}
    if {"arm", "prompt"} <= about.keys():
        judged = judged_from_log(path, situations)
    else:  # asked with `inspect eval soulwright/adherence`: one model, nothing in its prompt
        by_id = {str(sample.id): sample for sample in samples}
        judged = [_judged(situation, by_id[situation.id]) for situation in situations]
    return [Transcript(situation=one, old=old) for one, old in zip(situations, judged, strict=True)]


def _judged(situation: Situation, sample: EvalSample) -> Judged:
    reached = sample.error is None and bool(sample.output.choices)
    score = (sample.scores or {}).get("verdict")
    judged = reached and score is not None
    return Judged(
        situation_id=situation.id,
        row=situation.row,
        group=situation.group,
        clause_ids=situation.clause_ids,
        suite=situation.suite,
        pressure=situation.pressure,
        arm=Arm.TRAINED,
        prompt=Prompt.NONE,
        messages=situation.messages,
        reply=sample.output.completion if reached else "",
        verdict=Verdict(score.as_str()) if judged and score is not None else Verdict.UNCLEAR,
        why=(score.explanation or "") if judged and score is not None else "not answered",
        judging=Judging.JUDGED if judged else Judging.FAILED if reached else Judging.NOT_REACHED,
    )


def _situation(sample: EvalSample) -> Situation | None:
    """The situation of a sample as it was asked; None where the sample is not one of ours."""
    about = sample.metadata or {}
    if "row" not in about or isinstance(sample.input, str):
        return None
    messages = tuple(Message(role=Role(one.role), content=one.text) for one in sample.input)
    try:
        return Situation(
            id=str(sample.id),
            row=about["row"],
            group=RowGroup(about["group"]),
            clause_ids=tuple(about["clause_ids"]),
            messages=messages,
            suite=Suite(about["suite"]),
            pressure=Pressure(about["pressure"]),
            layer=layer_of_messages(messages),
            must=tuple(about["must"]),
            must_not=tuple(about["must_not"]),
        )
    except (KeyError, ValueError) as error:
        raise CorruptRun(f"sample `{sample.id}` is no situation: {error}", help="verify again") from error
