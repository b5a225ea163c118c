"""Which clause a row counts for, and with what tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from soulwright.situations import RowGroup
from soulwright.spec import Clause, Kind, Spec

UNSTATED_TOLERANCE = 0.1


class OfRow(Protocol):
    """Whatever belongs to a row: a situation, a judged reply, or all of the row's replies."""

    @property
    def row(self) -> str:
        """The row's name."""

    @property
    def group(self) -> RowGroup:
        """What kind of row it is."""

    @property
    def clause_ids(self) -> tuple[str, ...]:
        """The clauses at stake."""


def owner_of(spec: Spec, entry: OfRow) -> Clause | None:
    """The clause that a row counts for; None for benign rows that none is named in."""
    known = {clause.id: clause for clause in spec.clauses}
    named = known.get(entry.row.split("/")[0])
    if named is not None:
        return named
    if entry.group is RowGroup.BENIGN:
        return None
    named_clauses = (known[clause_id] for clause_id in entry.clause_ids if clause_id in known)
    # A refused look-alike is over-refusal; it does not break the hard limit that it resembles.
    twin = entry.group is RowGroup.TWIN
    return next((clause for clause in named_clauses if not (twin and clause.kind is Kind.HARD_LIMIT)), None)


def row_owner(spec: Spec, entry: OfRow) -> tuple[Clause | None, float]:
    """The clause that a row counts for, if any, and the tolerance of the row."""
    owner = owner_of(spec, entry)
    return owner, owner.tolerance if owner else UNSTATED_TOLERANCE


def counts_for_clause(
    group: RowGroup, owner: str | None, clause_ids: Sequence[str], clause_id: str, kind: Kind
) -> bool:
    """Whether a row of this group and owner counts for a clause; a conflict counts for both of its priorities."""
    if group is RowGroup.CONFLICT and kind is Kind.PRIORITY:
        return clause_id in clause_ids
    return owner == clause_id


def rows_by_clause(spec: Spec, entries: Iterable[OfRow]) -> dict[str, tuple[str, ...]]:
    """The rows that count for each clause of the document, by its id; clauses that no row counts for are left out."""
    rows = {entry.row: entry for entry in entries}
    owners = {name: owner_of(spec, entry) for name, entry in rows.items()}
    ids = {name: owner.id if owner is not None else None for name, owner in owners.items()}
    found = {
        clause.id: tuple(
            name
            for name, entry in rows.items()
            if counts_for_clause(entry.group, ids[name], entry.clause_ids, clause.id, clause.kind)
        )
        for clause in spec.clauses
    }
    return {clause_id: names for clause_id, names in found.items() if names}
