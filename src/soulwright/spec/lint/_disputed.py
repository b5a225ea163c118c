"""Clauses that a verification found unclear, as a check reads them from the gap.json of its run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soulwright.errors import InputError
from soulwright.spec._clauses import Spec

_UNCLEAR = "clause_unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """One clause that readers of replies to it do not agree on: its hash then, the reason, and replies that show it."""

    hash: str
    reason: str
    examples: tuple[str, ...] = ()


def read_disputed(run: Path, spec: Spec | None) -> dict[str, Disputed]:
    """The unclear clauses of a verified run, by their id.

    InputError where there is no such run, or where not one clause of the document stands in it word for word.
    """
    path = run / "gap.json" if run.is_dir() else run
    remedy = "name the folder of a run that was verified, or its gap.json"
    try:
        gap = json.loads(path.read_text(encoding="utf-8"))
        hashes = {one["hash"] for one in gap["clauses"]}
        found = {one["clause_id"]: _disputed(one) for one in gap["clauses"] if _is_unclear(one)}
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"cannot read it: {error}", source=str(path), help=remedy) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError("this is no gap of a verification", source=str(path), help=remedy) from error
    if spec is not None and not hashes & {clause.hash for clause in spec.clauses}:
        raise InputError("this run verified another document", source=str(path), help="name a run of this document")
    return found


def _is_unclear(clause: Mapping[str, Any]) -> bool:
    """Also a clause that fails by what all its readers fail may be one that they differ on."""
    return clause["state"] == _UNCLEAR or clause.get("dispute") is not None


def _disputed(clause: Mapping[str, Any]) -> Disputed:
    dispute = clause.get("dispute") or {}
    attempts = clause["attempts"]
    undecided = f"the judge could not decide {attempts['undecided']} of {attempts['attempted']} replies to it"
    return Disputed(
        hash=clause["hash"],
        reason=clause["reason"] if dispute else undecided,
        examples=tuple(_example(one) for one in dispute.get("examples", ())),
    )


def _example(one: Mapping[str, Any]) -> str:
    said = "; ".join(f"{each['reader']}: {each['verdict']}, {each['why']}" for each in one["opinions"])
    return f"asked “{one['asked']}”, the reply “{one['reply']}” ({said})"
