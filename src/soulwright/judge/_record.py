"""What the examination of a judge found, and the ledger that keeps it: one file for each fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import CorruptRun
from soulwright.judge._forms import Form
from soulwright.runs import read_json, write_json
from soulwright.verify import Estimate, Interval, JudgeExam, Rate

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How often two readings of the same cases agree: raw, and beyond chance (None where chance leaves no room)."""

    agree: Rate
    kappa: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFigure:
    """One form of the same cases against the plain one, and how the judge does in it."""

    form: Form
    against_plain: Agreement
    sensitivity: Rate
    specificity: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Pairs of a good and a bad reply, each judged in both orders.

    `right` preferred the good one both times. `first_both` took whichever stood first both times, `second_both` the
    second; `bias` is the difference of their shares (above zero: what stands first is favoured).
    """

    pairs: int
    right: Rate
    first_both: int
    second_both: int
    undecided: int
    bias: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFamily:
    """Whether replies that models of the judge's own family wrote are passed more easily than others of one label.

    The differences are own minus other, of the share that passes, among bad replies and among good ones.
    """

    family: str
    own_bad: Rate
    other_bad: Rate
    bad: Interval
    own_good: Rate
    other_good: Rate
    good: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorShift:
    """Frozen transcripts judged by this judge and by the one before it: how far its verdicts moved.

    `shift` is the share passed now minus the share passed before, on the same transcripts.
    """

    anchors: str
    n: int
    before: str
    before_fingerprint: str
    passed_before: Rate
    passed_now: Rate
    shift: Estimate
    p: float
    unjudged: int
    moved: tuple[str, ...]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class JudgeRecord:
    """What is known of one judge, by its examination on one document.

    `exam` is what corrects rates (S6): each case once, in its plain form. None stands for what was not examined.
    """

    judge: str
    fingerprint: str
    spec: str
    spec_hash: str
    examined: str
    family: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    exam: JudgeExam = field(default_factory=JudgeExam)
    asked: int = 0
    unclear: int = 0
    refused: int = 0
    failed: int = 0
    with_labels: Estimate | None = None
    retest: Agreement | None = None
    forms: tuple[FormFigure, ...] = ()
    alpha: Estimate | None = None
    position: Position | None = None
    own_family: OwnFamily | None = None
    anchors: AnchorShift | None = None
    notes: tuple[str, ...] = ()
    schema: int = SCHEMA


_RECORD = TypeAdapter(JudgeRecord)


def record_to_dict(record: JudgeRecord) -> dict[str, object]:
    """A record as plain values, with the figures that follow from its counts."""
    document = cast("dict[str, object]", _RECORD.dump_python(record, mode="json"))
    return document | {
        "sensitivity": _rate(record.exam.sensitivity),
        "specificity": _rate(record.exam.specificity),
    }


def ledger_path(folder: Path, fingerprint: str) -> Path:
    """The file of one judge in a ledger."""
    return folder / f"{fingerprint[:16]}.json"


def keep_record(folder: Path, record: JudgeRecord) -> Path:
    """Write a record into the ledger, in the place of an older one of the same judge."""
    path = ledger_path(folder, record.fingerprint)
    write_json(path, _RECORD.dump_python(record, mode="json"))
    return path


def load_judge(folder: Path, fingerprint: str) -> JudgeRecord | None:
    """What the ledger holds of a judge; None where it was never examined, CorruptRun where the file is damaged."""
    path = ledger_path(folder, fingerprint)
    if not path.exists():
        return None
    remedy = f"delete `{path}` and run `soulwright examine-judge` again"
    try:
        record = _RECORD.validate_python(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise CorruptRun(f"is no record of a judge: {where}: {first['msg']}", path=str(path), help=remedy) from error
    if record.fingerprint != fingerprint:
        raise CorruptRun("is the record of another judge", path=str(path), help=remedy)
    return record


def _rate(rate: Rate) -> dict[str, object]:
    return {
        "passed": rate.passed,
        "n": rate.n,
        "value": rate.value,
        "interval": {"low": rate.interval.low, "high": rate.interval.high, "level": rate.interval.level},
    }
