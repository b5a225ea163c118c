"""Every two readers of a run side by side, clause by clause: the judge, further judges, persons.

What a person was given and has not read yet counts as agreed, so that a reading that is not finished never makes a
clause unclear; what a judge refused or failed on was not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from soulwright.judge._readings import further_readings, in_question, labels_of, name_of, planned_reading
from soulwright.runs import content_key
from soulwright.spec import Spec
from soulwright.verify import (
    ALLOWED_DISAGREEMENT,
    Contested,
    Dispute,
    Grade,
    Judged,
    Judging,
    Opinion,
    ReadTwice,
    Stratum,
    Verdict,
    find_disputes,
    rows_by_clause,
)

PERSONS = "a person"
_SHOWN = 600  # characters of a contested reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who read replies of a run, and what he said of them; `given` are those that he was given to read."""

    name: str
    said: Mapping[str, Grade]
    given: frozenset[str] = frozenset()

    def read(self, name: str) -> bool:
        """Whether the reply counts as read."""
        said = self.said.get(name)
        return name in self.given if said is None else said.judging is Judging.JUDGED


def read_twice(spec: Spec, judged: Sequence[Judged], readers: Sequence[Reader]) -> dict[str, list[ReadTwice]]:
    """Each clause as every two of its readers read it, the judge of `judged` first among them."""
    asked = sorted(in_question(judged), key=lambda one: content_key("contested", name_of(one)))
    by_row: dict[str, list[Judged]] = {}
    for one in asked:
        by_row.setdefault(one.row, []).append(one)
    return {
        clause_id: [_pair([by_row[row] for row in rows], pair) for pair in combinations(readers, 2)]
        for clause_id, rows in rows_by_clause(spec, asked).items()
    }


def readers_of(run: Path, judged: Sequence[Judged], *, judge: str, before: Reader | None = None) -> list[Reader]:
    """Who has read the replies of a run: its judge, further judges, persons; `before` is who judged them earlier."""
    said = {name_of(one): Grade(verdict=one.verdict, why=one.why, judging=one.judging) for one in judged}
    readers = [Reader(name=judge or "the judge", said=said)]
    readers += [before] if before is not None else []
    readers += [Reader(name=name, said=grades) for name, grades in further_readings(run)]
    labels = labels_of(run)
    if labels:
        given = frozenset(one.name for one in planned_reading(run, judged).drawn)
        words = {name: Grade(verdict=label.verdict, why=label.why) for name, label in labels.items() if name in given}
        readers.append(Reader(name=PERSONS, said=words, given=given))
    return readers


def disputes_of(
    run: Path,
    judged: Sequence[Judged],
    spec: Spec,
    *,
    judge: str,
    before: Reader | None = None,
    allowed: float = ALLOWED_DISAGREEMENT,
) -> dict[str, Dispute]:
    """The clauses of a run on which its readers differ beyond what a clear clause allows; empty with one reader."""
    readers = readers_of(run, judged, judge=judge, before=before)
    return find_disputes(read_twice(spec, judged, readers), allowed=allowed) if len(readers) > 1 else {}


def _pair(rows: Sequence[Sequence[Judged]], pair: tuple[Reader, Reader]) -> ReadTwice:
    one, other = pair
    strata = [part for items in rows for part in _parts(items)]
    return ReadTwice(
        readers=(one.name, other.name),
        strata=tuple(
            Stratum(
                n=len(part),
                read=sum(one.read(name_of(item)) and other.read(name_of(item)) for item in part),
                differed=sum(_differ(pair, item) is not None for item in part),
            )
            for part in strata
        ),
        contested=tuple(found for part in strata for item in part if (found := _differ(pair, item)) is not None),
    )


def _parts(items: Sequence[Judged]) -> Iterator[list[Judged]]:
    """A row's flags, all of which are read, and its others, of which some are."""
    for passed in (False, True):
        part = [item for item in items if (item.verdict is Verdict.PASS) is passed]
        if part:
            yield part


def _differ(pair: tuple[Reader, Reader], item: Judged) -> Contested | None:
    said = [(reader.name, reader.said.get(name_of(item))) for reader in pair]
    opinions = [Opinion(reader=name, verdict=grade.verdict, why=grade.why) for name, grade in said if grade is not None]
    judged = all(grade is not None and grade.judging is Judging.JUDGED for _, grade in said)
    if not judged or len({one.verdict is Verdict.PASS for one in opinions}) == 1:
        return None
    return Contested(
        situation_id=item.situation_id,
        asked=_short(item.messages[-1].content),
        reply=_short(item.reply),
        opinions=tuple(opinions),
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rsplit(' ', 1)[0]} …"
