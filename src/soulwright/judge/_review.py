"""A person's reading: one reply after the other, blind to every earlier verdict, each label on the disk at once.

Where a session stopped the next one goes on: what is labelled is not asked again. The earlier verdicts are told only
after the label is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from soulwright.errors import CorruptRun, InputError
from soulwright.judge._readings import (
    SAMPLE,
    Disagreement,
    PersonLabel,
    ReadingPlan,
    RowReading,
    add_label,
    disagreements,
    labels_of,
    name_of,
    planned_reading,
    row_readings,
    second_of,
    waiting,
)
from soulwright.judge._rubric import Rubric, rubric_for
from soulwright.runs import read_json, read_jsonl
from soulwright.situations import Message, Situation, layer_of_messages, situation_from_dict
from soulwright.spec import Spec, spec_from_dict
from soulwright.verify import Judged, TwoPhase, Verdict, judged_from_dict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """What a person is shown of one reply: the clause, what passes and fails, the conversation and the reply."""

    name: str
    rubric: Rubric | None
    messages: tuple[Message, ...]
    reply: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What had been said of a reply before a person labelled it."""

    first: Verdict
    first_why: str
    second: Verdict | None
    second_why: str


class Review:
    """The readings of one run; CorruptRun where its files are damaged, InputError where it was never verified."""

    def __init__(self, run: Path, *, share: float = SAMPLE, seed: int = 0) -> None:
        if not (run / "judged.jsonl").is_file():
            raise InputError(
                "there are no judged replies here", source=str(run), help=f"run `soulwright verify --run {run}` first"
            )
        self.run = run
        self.judged = _judged(run / "judged.jsonl")
        self.plan: ReadingPlan = planned_reading(run, self.judged, share=share, seed=seed)
        self.second = second_of(run)

    @property
    def labels(self) -> dict[str, PersonLabel]:
        """What persons have said so far."""
        return labels_of(self.run)

    @property
    def waiting(self) -> tuple[Judged, ...]:
        """What is still to be read by a person."""
        return waiting(self.plan, self.judged, self.second, self.labels)

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where first and second reading differ."""
        return disagreements(self.judged, self.second, self.labels)

    @property
    def rows(self) -> tuple[RowReading, ...]:
        """Each row after both readings."""
        return row_readings(self.plan, self.judged, self.second, self.labels)

    def next(self, *, skipping: Collection[str] = ()) -> ReviewItem | None:
        """What is to be read next, but for the names that are skipped for now; None where nothing is left."""
        left = (one for one in self.waiting if name_of(one) not in skipping)
        found = next(left, None)
        return self._item(found) if found else None

    def label(self, name: str, verdict: Verdict, *, why: str = "", by: str = "") -> Told:
        """Keep a person's word on one reply and tell what was said before. KeyError for a reply that was not drawn,
        ValueError for INVALID.
        """
        if verdict is Verdict.INVALID:
            raise ValueError("a person says pass, fail or unclear")
        if name not in {one.name for one in self.plan.drawn}:
            raise KeyError(name)
        one = self._by_name[name]
        add_label(self.run, PersonLabel(name=name, verdict=verdict, why=why, by=by))
        said = self.second.get(name)
        return Told(
            first=one.verdict,
            first_why=one.why,
            second=said.verdict if said else None,
            second_why=said.why if said else "",
        )

    def _item(self, one: Judged) -> ReviewItem:
        situation = self._situations.get(one.situation_id) or _bare_situation(one)
        return ReviewItem(
            name=name_of(one),
            rubric=rubric_for(self._spec, situation),
            messages=one.messages,
            reply=one.reply,
            must=situation.must,
            must_not=situation.must_not,
        )

    @cached_property
    def _by_name(self) -> Mapping[str, Judged]:
        return {name_of(one): one for one in self.judged}

    @cached_property
    def _spec(self) -> Spec:
        path = self.run / "spec.lock.json"
        return spec_from_dict(read_json(path), source=str(path))

    @cached_property
    def _situations(self) -> Mapping[str, Situation]:
        found: dict[str, Situation] = {}
        for path in sorted((self.run / "situations").glob("*.jsonl")):
            for row in read_jsonl(path):
                try:
                    situation = situation_from_dict(row)
                except (KeyError, ValueError):  # a file of another kind that lies beside them
                    break
                found[situation.id] = situation
        return found


def readings_of(run: Path, judged: Sequence[Judged]) -> Mapping[str, TwoPhase]:
    """The rows of a run that were read again and are settled, for its report; empty where nobody has read."""
    if not (run / "readings" / "plan.json").is_file():
        return {}
    plan, second, labels = planned_reading(run, judged), second_of(run), labels_of(run)
    return {row.row: row.counts for row in row_readings(plan, judged, second, labels) if not row.open and row.estimate}


def _judged(path: Path) -> list[Judged]:
    try:
        return [judged_from_dict(row) for row in read_jsonl(path)]
    except (KeyError, ValueError) as error:
        if isinstance(error, CorruptRun):
            raise
        raise CorruptRun("does not hold judged replies", path=str(path), help="verify again") from error


def _bare_situation(one: Judged) -> Situation:
    return Situation(
        id=one.situation_id,
        row=one.row,
        group=one.group,
        clause_ids=one.clause_ids,
        messages=one.messages,
        suite=one.suite,
        pressure=one.pressure,
        layer=layer_of_messages(one.messages),
        must=(),
    )
