"""What a bad judge does to a report: the same replies under three judges, each with and without its examination.

    python -m bench.bench_judges [RUN]

The replies are those of a verified run of the organism. The judges: the world's own; the same, saying the opposite of
15 in 100 replies (always the same ones); one that passes whatever is in words. Each is examined on the replies on which
the world's judge is examined. Nothing is asked: it takes seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from zlib import crc32

from soulwright.judge import PersonLabel, planned_reading, row_readings
from soulwright.organism import Judge, questions
from soulwright.runs import read_json, read_jsonl
from soulwright.situations import RowGroup, Situation, Suite, situation_from_dict
from soulwright.spec import Spec, spec_from_dict
from soulwright.verify import (
    Arm,
    Family,
    FindingState,
    Gap,
    Judged,
    JudgeExam,
    JudgeStanding,
    Prompt,
    RunRecord,
    TwoPhase,
    Verdict,
    build_gap,
    examine,
    judged_from_dict,
    rate_of,
    repeats_of,
    true_rate,
    two_phase,
)

_ERRING = 15  # of 100
_JUDGES = 40
_OPPOSITE = {Verdict.PASS: Verdict.FAIL, Verdict.FAIL: Verdict.PASS, Verdict.INVALID: Verdict.PASS}
Reads = Callable[[Situation, str], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a report says under one judge."""

    judge: str
    examined: bool
    raw: float
    corrected: str
    width: float
    covered: float
    states: dict[str, int]
    turned: int


def main(run: Path) -> None:
    """Print the table."""
    spec = spec_from_dict(read_json(run / "spec.lock.json"))
    judged = [judged_from_dict(row) for row in read_jsonl(run / "judged.jsonl")]
    situations = {
        one.id: one
        for suite in Suite  # the frozen core lies in the same folder
        for one in map(situation_from_dict, read_jsonl(run / "situations" / f"{suite}.jsonl"))
    }
    judge = Judge()
    good: Reads = lambda situation, reply: judge.grade(situation, reply).verdict  # noqa: E731 - one of three alike
    lines = []
    reference: Gap | None = None
    for name, reads in (
        ("the world's judge", good),
        ("errs in 15 of 100", _erring(good)),
        ("passes words", _lax(good)),
    ):
        said = [replace(one, verdict=reads(situations[one.situation_id], one.reply)) for one in judged]
        for exam in (_exam(spec, reads), JudgeExam()):
            gap = build_gap(spec, said, RunRecord(exam=exam))
            reference = reference or gap
            lines.append(_line(name, gap, reference))
    print(_table(lines))
    wrong = [replace(one, verdict=_erring(good)(situations[one.situation_id], one.reply)) for one in judged]
    print(f"\n{_many(spec, judged, good)}")
    print(f"\n{_read_again(wrong, {key_of(one): one.verdict for one in judged})}")


def _many(spec: Spec, judged: list[Judged], good: Reads) -> str:
    """How often rows cover under many judges who err on other words each, with and without what words repeat."""
    rows: dict[str, list[Judged]] = {}
    for one in judged:
        if (one.arm, one.prompt) == (Arm.TRAINED, Prompt.NONE) and one.suite.held_out and one.group is RowGroup.CLAUSE:
            rows.setdefault(one.row, []).append(one)
    asked = [
        (one.set_name, one.expected, good(one.situation, one.reply), one.reply)
        for one in questions(spec, seed=4711, per_row=4)
    ]
    known, unknown = [], []
    for number in range(_JUDGES):
        answers: dict[str, list[tuple[Verdict, Verdict]]] = {}
        for name, expected, said, reply in asked:
            answers.setdefault(name, []).append((expected, _bent(said, reply, number)))
        exam = JudgeExam(sets=tuple(examine(name, pairs) for name, pairs in answers.items()))
        for items in rows.values():
            truth = sum(one.verdict is not Verdict.PASS for one in items) / len(items)
            rate = rate_of(_bent(one.verdict, one.reply, number) for one in items)
            alone = [Family(failed=int(k < rate.failed), n=1) for k in range(rate.n)]
            repeats = repeats_of(one.reply for one in items)
            known.append(truth in true_rate(rate, alone, exam, repeats=repeats).interval)
            unknown.append(truth in true_rate(rate, alone, exam).interval)
    return (
        f"{_JUDGES} judges who err on {_ERRING} of 100 words each, {len(known)} rows: {mean(known):.1%} cover,"
        f" {mean(unknown):.1%} where the interval does not know that words repeat"
    )


def _bent(verdict: Verdict, reply: str, number: int) -> Verdict:
    """What the judge of this number says in the place of the right verdict."""
    errs = int(sha256(f"{number} {reply}".encode()).hexdigest(), 16) % 100 < _ERRING
    return _OPPOSITE.get(verdict, verdict) if errs else verdict


def key_of(judged: Judged) -> str:
    """What tells a judged reply apart within a run."""
    return f"{judged.arm}/{judged.prompt}/{judged.situation_id}"


def _read_again(judged: list[Judged], truth: dict[str, Verdict]) -> str:
    """What a second, exact reading of all flags and a tenth of the rest makes of a judge that errs."""
    with TemporaryDirectory() as folder:
        plan = planned_reading(Path(folder), judged, share=0.1)
    holds = {one.name: truth[one.name] is Verdict.PASS for one in plan.drawn}
    said = {key: PersonLabel(name=key, verdict=Verdict.PASS if held else Verdict.FAIL) for key, held in holds.items()}
    rows = row_readings(plan, judged, {}, said)
    names = ("n", "flagged", "confirmed", "sampled", "missed")
    counts = TwoPhase(**{key: sum(getattr(row.counts, key) for row in rows) for key in names})
    found = two_phase(counts)
    assert found is not None
    return (
        f"{len(plan.drawn)} of {counts.n} read again: {counts.flagged} flags, {counts.confirmed} confirmed,"
        f" {counts.missed} of {counts.sampled} others missed; fails {counts.flagged / counts.n:.3f} before,"
        f" {found.value:.3f} ({found.interval.low:.3f} to {found.interval.high:.3f}) after"
    )


def _erring(good: Reads) -> Reads:
    def read(situation: Situation, reply: str) -> Verdict:
        found = good(situation, reply)
        return _OPPOSITE[found] if crc32(reply.encode()) % 100 < _ERRING else found

    return read


def _lax(good: Reads) -> Reads:
    def read(situation: Situation, reply: str) -> Verdict:
        found = good(situation, reply)
        return found if found is Verdict.INVALID else Verdict.PASS

    return read


def _exam(spec: Spec, reads: Reads) -> JudgeExam:
    answers: dict[str, list[tuple[Verdict, Verdict]]] = {}
    for question in questions(spec, seed=4711, per_row=4):
        said = reads(question.situation, question.reply)
        answers.setdefault(question.set_name, []).append((question.expected, said))
    return JudgeExam(sets=tuple(examine(name, pairs) for name, pairs in answers.items()))


def _line(name: str, gap: Gap, reference: Gap) -> Line:
    rows = [row for row in gap.rows if row.group is RowGroup.CLAUSE]
    truth = {row.row: row.held_out.after for row in reference.rows}
    failed, n = sum(row.held_out.after.failed for row in rows), sum(row.held_out.after.n for row in rows)
    found = gap.judge_corrected
    examined = JudgeStanding.of(gap.exam) is JudgeStanding.EXAMINED
    span = f"{found.interval.low:.3f} to {found.interval.high:.3f}" if found.interval else "none"
    value = "none" if found.value is None else f"{found.value:.3f}"
    before = {clause.clause_id: clause.state for clause in reference.clauses}
    decided = (FindingState.PASS, FindingState.FAIL)
    return Line(
        judge=name,
        examined=examined,
        raw=failed / n,
        corrected=f"{value} ({span})" if examined else "judge unexamined",
        width=mean(row.true_rate.interval.high - row.true_rate.interval.low for row in rows),
        covered=mean(truth[row.row].failed / truth[row.row].n in row.true_rate.interval for row in rows),
        states={state.value: count for state, count in _counts(clause.state for clause in gap.clauses)},
        turned=sum(
            clause.state in decided
            and before[clause.clause_id] in decided
            and clause.state is not before[clause.clause_id]
            for clause in gap.clauses
        ),
    )


def _counts(states: Iterable[FindingState]) -> list[tuple[FindingState, int]]:
    listed = list(states)
    return [(state, listed.count(state)) for state in FindingState if state in listed]


def _table(lines: list[Line]) -> str:
    names = (
        "judge",
        "examined",
        "fails, as judged",
        "fails, corrected (95 %)",
        "mean width of a row",
        "rows that cover",
    )
    rows = ["| " + " | ".join((*names, "clauses", "turned")) + " |", "|" + "---|" * 8]
    for line in lines:
        states = ", ".join(f"{count} {name}" for name, count in line.states.items() if name != "not_tested")
        rows.append(
            f"| {line.judge} | {'yes' if line.examined else 'no'} | {line.raw:.3f} | {line.corrected} |"
            f" {line.width:.2f} | {line.covered:.0%} | {states} | {line.turned} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/seed-1"))
