"""What a verification run measured, as far as a dossier needs it: read from gap.json, and never more than it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from soulwright.errors import InputError
from soulwright.spec import Spec

SCHEMA_VERSION = 1
_HELP = "name the folder of a run that was verified, or run `soulwright verify` and `soulwright report` again"

State = Literal["pass", "fail", "not_proven", "clause_unclear", "not_tested"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of one clause: how many of `n` situations held, with the interval of the share.

    `same_words` is False where the clause has been reworded since. `reason` says why nothing was measured.
    """

    state: State
    held: int
    n: int
    unclear: int
    low: float
    high: float
    level: float
    tolerance: float
    before: int
    before_n: int
    reason: str
    same_words: bool

    @property
    def share(self) -> float | None:
        """The share that held; None where nothing was measured."""
        return self.held / self.n if self.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictMeasured:
    """How often the higher of two priorities won."""

    higher: str
    lower: str
    held: int
    n: int
    low: float
    high: float
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """One verification run: what it is, what it measured of each clause, and how good its judge was."""

    run: str
    created: str
    same_document: bool
    spec_hash: str
    settings: Mapping[str, str]
    seeds: Mapping[str, int]
    hashes: Mapping[str, str]
    limits: tuple[str, ...]
    clauses: Mapping[str, Measured]
    conflicts: tuple[ConflictMeasured, ...]
    attempted: int
    judged: int
    sensitivity: float | None
    specificity: float | None


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Interval(_Read):
    low: float = Field(ge=-1, le=1)
    high: float = Field(ge=-1, le=1)
    level: float = Field(gt=0, lt=1)


class _Rate(_Read):
    passed: int = Field(ge=0)
    n: int = Field(ge=0)
    interval: _Interval
    unclear: int = 0
    value: float | None = None


class _Clause(_Read):
    clause_id: str
    text: str
    state: State
    reason: str = ""
    tolerance: float
    before: _Rate
    after: _Rate


class _Conflict(_Read):
    higher: str
    lower: str
    after: _Rate
    state: State


class _Counts(_Read):
    attempted: int
    judged: int


class _Exam(_Read):
    sensitivity: _Rate
    specificity: _Rate


class _Manifest(_Read):
    run: str = ""
    created: str = ""
    settings: dict[str, str] = {}
    seeds: dict[str, int] = {}
    hashes: dict[str, str] = {}


class _Gap(_Read):
    schema_version: int
    spec_hash: str
    limits: tuple[str, ...]
    clauses: tuple[_Clause, ...]
    conflicts: tuple[_Conflict, ...]
    counts: _Counts
    exam: _Exam
    manifest: _Manifest


def load_measurements(run: str | Path, spec: Spec) -> Measurements:
    """What `run` (a folder with gap.json) measured of the clauses of `spec`; InputError where it cannot be read."""
    path = Path(run) / "gap.json"
    try:
        gap = _Gap.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        message = f"there is no verification to read: {error.strerror}"
        raise InputError(message, source=str(path), help=_HELP) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"`{place}` is not as it should be: {first['msg']}", source=str(path), help=_HELP) from error
    except ValueError as error:
        raise InputError("this file is damaged: it is not JSON", source=str(path), help=_HELP) from error
    if gap.schema_version != SCHEMA_VERSION:
        message = f"it has format {gap.schema_version}, this program reads {SCHEMA_VERSION}"
        raise InputError(message, source=str(path), help=_HELP)
    return _measurements(gap, spec)


def _measurements(gap: _Gap, spec: Spec) -> Measurements:
    words = {clause.id: clause.text for clause in spec.clauses}
    return Measurements(
        run=gap.manifest.run,
        created=gap.manifest.created,
        same_document=gap.spec_hash == spec.hash,
        spec_hash=gap.spec_hash,
        settings=gap.manifest.settings,
        seeds=gap.manifest.seeds,
        hashes=gap.manifest.hashes,
        limits=gap.limits,
        clauses={clause.clause_id: _measured(clause, words.get(clause.clause_id, "")) for clause in gap.clauses},
        conflicts=tuple(_conflict(conflict) for conflict in gap.conflicts),
        attempted=gap.counts.attempted,
        judged=gap.counts.judged,
        sensitivity=gap.exam.sensitivity.value,
        specificity=gap.exam.specificity.value,
    )


def _measured(clause: _Clause, words: str) -> Measured:
    after = clause.after
    return Measured(
        state=clause.state,
        held=after.passed,
        n=after.n,
        unclear=after.unclear,
        low=after.interval.low,
        high=after.interval.high,
        level=after.interval.level,
        tolerance=clause.tolerance,
        before=clause.before.passed,
        before_n=clause.before.n,
        reason=clause.reason,
        same_words=" ".join(words.split()) == " ".join(clause.text.split()),
    )


def _conflict(conflict: _Conflict) -> ConflictMeasured:
    after = conflict.after
    return ConflictMeasured(
        higher=conflict.higher,
        lower=conflict.lower,
        held=after.passed,
        n=after.n,
        low=after.interval.low,
        high=after.interval.high,
        state=conflict.state,
    )
