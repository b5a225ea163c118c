"""The second reading: every reply that the judge did not pass, and a random sample of those that it passed, read again.

Who reads again is blind to the first verdict: a second judge, and a person where the two differ. The sample is drawn
by a checksum of seed and name, row by row, so that it is the same each time and nobody chooses; its rate is declared
before.
From both readings follows what the first judge confirmed, what it missed, and the rate after both (S7).

    RUN/readings/plan.json      what was drawn, at which rate, from which verdicts
    RUN/readings/second.json    what the second judge said; further-….json what others did, who settle nothing
    RUN/readings/second-…/      the logs of such a judge
    RUN/readings/labels.jsonl   what persons said, one line a label, on the disk before the next one is asked
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import CorruptRun
from soulwright.runs import content_key, read_json, write_json
from soulwright.verify import Arm, Estimate, Grade, Interval, Judged, Judging, Prompt, TwoPhase, Verdict, two_phase

SAMPLE = 0.1
_CLOSED = ConfigDict(extra="forbid")


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Drawn:
    """One reply that is read again, and whether the judge had flagged it."""

    name: str
    row: str
    flagged: bool


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class ReadingPlan:
    """What is read again: declared before the first second reading.

    `verdicts` is a hash of the verdicts that it was drawn from; `judged` counts them row by row.
    """

    share: float
    seed: int
    verdicts: str
    judged: Mapping[str, int]
    drawn: tuple[Drawn, ...]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class PersonLabel:
    """What a person said of one reply; of several labels for one reply the last counts."""

    name: str
    verdict: Verdict
    why: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A reply on which first and second reading differ, and what a person said of it, if anything yet."""

    name: str
    row: str
    first: Verdict
    first_why: str
    second: Verdict
    second_why: str
    settled: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReading:
    """One row after both readings. While some are `open`, the interval covers whatever they may turn out to be."""

    row: str
    counts: TwoPhase
    open: int
    estimate: Estimate | None


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class _Said:
    verdict: Verdict
    why: str
    judging: Judging


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class _Second:
    judge: str
    fingerprint: str
    said: dict[str, _Said]


_SECOND = TypeAdapter(_Second)
_PLAN = TypeAdapter(ReadingPlan)
_LABEL = TypeAdapter(PersonLabel)


def name_of(judged: Judged) -> str:
    """What tells a judged reply apart within a run."""
    return f"{judged.arm}/{judged.prompt}/{judged.situation_id}"


def in_question(judged: Sequence[Judged]) -> list[Judged]:
    """What the report's rates count: replies of the trained model, nothing in its prompt, never taught, and judged."""
    return [
        one
        for one in judged
        if one.arm is Arm.TRAINED and one.prompt is Prompt.NONE and one.suite.held_out and one.judging is Judging.JUDGED
    ]


def draw(judged: Sequence[Judged], *, share: float = SAMPLE, seed: int = 0) -> ReadingPlan:
    """Every flag, and of each row's other replies `share`, at least one. ValueError for a share outside 0 to 1."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not at {share}")
    asked = in_question(judged)
    rows: dict[str, list[Judged]] = {}
    for one in asked:
        rows.setdefault(one.row, []).append(one)
    drawn = [one for row in rows.values() for one in _of_row(row, share, seed)]
    return ReadingPlan(
        share=share,
        seed=seed,
        verdicts=content_key([[name_of(one), one.verdict.value, one.reply] for one in asked]),
        judged={row: len(items) for row, items in rows.items()},
        drawn=tuple(drawn),
    )


def _of_row(items: Sequence[Judged], share: float, seed: int) -> Iterator[Drawn]:
    passed = [one for one in items if one.verdict is Verdict.PASS]
    chosen = sorted(passed, key=lambda one: content_key("second reading", seed, name_of(one)))
    names = {name_of(one) for one in chosen[: math.ceil(share * len(passed))]}
    for one in items:
        flagged = one.verdict is not Verdict.PASS
        if flagged or name_of(one) in names:
            yield Drawn(name=name_of(one), row=one.row, flagged=flagged)


def planned_reading(run: Path, judged: Sequence[Judged], *, share: float = SAMPLE, seed: int = 0) -> ReadingPlan:
    """The plan that a run declared, or a new one, which is written down first.

    Where the verdicts are no longer those that it was drawn from, it is drawn again at the same share; CorruptRun where
    persons have read by it.
    """
    path = run / "readings" / "plan.json"
    made = draw(judged, share=share, seed=seed)
    if not path.exists():
        write_json(path, asdict(made))
        return made
    try:
        kept = _PLAN.validate_python(read_json(path))
    except ValidationError as error:
        raise CorruptRun("is no plan of a second reading", path=str(path), help="delete the folder") from error
    if kept.verdicts != made.verdicts and not labels_of(run):
        made = draw(judged, share=kept.share, seed=kept.seed)
        write_json(path, asdict(made))
        return made
    if kept.verdicts != made.verdicts:
        remedy = f"delete `{path.parent}` to draw again; its labels are of the earlier verdicts"
        raise CorruptRun("was drawn from other verdicts than the run now has", path=str(path), help=remedy)
    return kept


def add_label(run: Path, label: PersonLabel) -> PersonLabel:
    """Keep a label: it is on the disk when this returns."""
    stamped = PersonLabel(
        name=label.name,
        verdict=label.verdict,
        why=label.why,
        by=label.by,
        at=label.at or datetime.now(UTC).isoformat(timespec="seconds"),
    )
    path = run / "readings" / "labels.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(_LABEL.dump_python(stamped, mode="json"), ensure_ascii=False)
    with path.open("a+b") as file:
        if file.tell() and not _ends_line(path):
            line = f"\n{line}"  # a killed writer left half a line: it stays, and is passed over
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    return stamped


def labels_of(run: Path) -> dict[str, PersonLabel]:
    """What persons said, by the name of the reply; half a line that a killed writer left is passed over."""
    path = run / "readings" / "labels.jsonl"
    if not path.exists():
        return {}
    found: dict[str, PersonLabel] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            label = _LABEL.validate_json(line)
        except ValidationError:
            continue
        found[label.name] = label
    return found


def second_of(run: Path) -> dict[str, Grade]:
    """What the second judge said, by the name of the reply; empty where none has read. CorruptRun where damaged."""
    path = run / "readings" / "second.json"
    return _reading(path)[1] if path.exists() else {}


def further_readings(run: Path) -> list[tuple[str, dict[str, Grade]]]:
    """Every further judge that has read: its name and what it said, the second judge first. CorruptRun as above."""
    folder = run / "readings"
    return [
        _reading(path) for path in (folder / "second.json", *sorted(folder.glob("further-*.json"))) if path.exists()
    ]


def _reading(path: Path) -> tuple[str, dict[str, Grade]]:
    try:
        found = _SECOND.validate_python(read_json(path))
    except ValidationError as error:
        raise CorruptRun(
            "is no second reading", path=str(path), help=f"delete `{path}` and let the judge read again"
        ) from error
    said = {name: Grade(verdict=row.verdict, why=row.why, judging=row.judging) for name, row in found.said.items()}
    return found.judge, said


def disagreements(
    judged: Sequence[Judged], second: Mapping[str, Grade], labels: Mapping[str, PersonLabel]
) -> tuple[Disagreement, ...]:
    """Where the second reading passes what the first did not, or the other way round; or could not judge it."""
    found = []
    for one in judged:
        name = name_of(one)
        said = second.get(name)
        if said is None or (said.judging is Judging.JUDGED and _passes(said.verdict) is _passes(one.verdict)):
            continue
        label = labels.get(name)
        found.append(
            Disagreement(
                name=name,
                row=one.row,
                first=one.verdict,
                first_why=one.why,
                second=said.verdict,
                second_why=said.why,
                settled=label.verdict if label else None,
            )
        )
    return tuple(found)


def waiting(
    plan: ReadingPlan,
    judged: Sequence[Judged],
    second: Mapping[str, Grade],
    labels: Mapping[str, PersonLabel],
) -> tuple[Judged, ...]:
    """What a person still has to read: disagreements, and what no second judge has read, flags and others mixed.

    Their order is that of a checksum, so that it does not betray which were flagged.
    """
    drawn = {one.name for one in plan.drawn}
    opposed = {one.name for one in disagreements(judged, second, labels)}
    open_names = [
        one
        for one in judged
        if (name := name_of(one)) in drawn and name not in labels and (name in opposed or name not in second)
    ]
    return tuple(sorted(open_names, key=lambda one: content_key("order", plan.seed, name_of(one))))


def row_readings(
    plan: ReadingPlan,
    judged: Sequence[Judged],
    second: Mapping[str, Grade],
    labels: Mapping[str, PersonLabel],
) -> tuple[RowReading, ...]:
    """Each row's failure rate after both readings; a person's word comes before a second judge's."""
    truth = _settled(plan, judged, second, labels)
    by_row: dict[str, list[Drawn]] = {}
    for one in plan.drawn:
        by_row.setdefault(one.row, []).append(one)
    return tuple(_row(row, n, by_row.get(row, []), truth) for row, n in plan.judged.items())


def _settled(
    plan: ReadingPlan, judged: Sequence[Judged], second: Mapping[str, Grade], labels: Mapping[str, PersonLabel]
) -> dict[str, bool]:
    """Whether a reply holds, by its name; only what is settled: by a person, or by two judges who agree."""
    opposed = {one.name for one in disagreements(judged, second, labels)}
    settled: dict[str, bool] = {}
    for one in plan.drawn:
        label = labels.get(one.name)
        if label is not None and label.verdict is not Verdict.UNCLEAR:
            settled[one.name] = _passes(label.verdict)
        elif label is None and one.name in second and one.name not in opposed:
            settled[one.name] = _passes(second[one.name].verdict)
    return settled


def _row(row: str, n: int, drawn: Sequence[Drawn], holds: Mapping[str, bool]) -> RowReading:
    flags = [one.name for one in drawn if one.flagged]
    others = [one.name for one in drawn if not one.flagged]
    unread = [name for name in (*flags, *others) if name not in holds]

    def counts(*, failing: bool) -> TwoPhase:
        """With everything that is open counted as failing, or as holding."""
        return TwoPhase(
            n=n,
            flagged=len(flags),
            confirmed=sum(not holds.get(name, not failing) for name in flags),
            sampled=len(others),
            missed=sum(not holds.get(name, not failing) for name in others),
        )

    best, worst = two_phase(counts(failing=False)), two_phase(counts(failing=True))
    if best is None or worst is None:
        return RowReading(row=row, counts=counts(failing=False), open=len(unread), estimate=None)
    interval = Interval(low=best.interval.low, high=worst.interval.high)
    estimate = Estimate(value=(best.value + worst.value) / 2, interval=interval)
    return RowReading(row=row, counts=counts(failing=False), open=len(unread), estimate=estimate)


def _passes(verdict: Verdict) -> bool:
    return verdict is Verdict.PASS


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
