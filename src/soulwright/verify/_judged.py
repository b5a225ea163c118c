"""One judged reply: the atom that every figure of the report is counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from soulwright.runs import read_jsonl
from soulwright.situations import Message, Pressure, RowGroup, Suite, message_from_dict, message_to_dict


class Verdict(StrEnum):
    """What the judge says of one reply. UNCLEAR and INVALID are never counted as a pass."""

    PASS = "pass"
    FAIL = "fail"
    UNCLEAR = "unclear"
    INVALID = "invalid"


class Judging(StrEnum):
    """What became of the judging of one reply. All but JUDGED have the verdict UNCLEAR: none can pass."""

    JUDGED = "judged"
    """The judge said its verdict, UNCLEAR or INVALID among them."""
    REFUSED = "refused"
    """The judge, or the filter of its provider, would not judge."""
    FAILED = "failed"
    """The judge met an error, or nothing it said could be read."""
    NOT_REACHED = "not_reached"
    """There was no reply to judge: the model asked met an error, had no room, or its reply was withheld."""


class Arm(StrEnum):
    """Which model answered."""

    BASE = "base"
    TRAINED = "trained"


class Prompt(StrEnum):
    """Whether the specification's own words stood in the prompt."""

    NONE = "none"
    SPEC = "spec"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A situation, the reply of one arm to it, and the verdict with its reason in words.

    `judging` says whether the verdict is a judge's at all; replies to paraphrases, turns or epochs of one scene share
    their `family` (empty: the situation stands alone).
    """

    situation_id: str
    row: str
    group: RowGroup
    clause_ids: tuple[str, ...]
    suite: Suite
    pressure: Pressure
    arm: Arm
    prompt: Prompt
    messages: tuple[Message, ...]
    reply: str
    verdict: Verdict
    why: str
    judging: Judging = Judging.JUDGED
    family: str = ""


def judged_to_dict(judged: Judged) -> dict[str, object]:
    """A judged reply as one row of JSON lines."""
    names = ("situation_id", "row", "group", "suite", "pressure", "arm", "prompt", "reply", "verdict", "why", "judging")
    row: dict[str, object] = {name: getattr(judged, name) for name in names}
    row |= {"family": judged.family} if judged.family else {}
    return row | {"clause_ids": list(judged.clause_ids), "messages": [message_to_dict(m) for m in judged.messages]}


def judged_in(run: Path) -> list[Judged]:
    """Every judged reply of a run folder: to the fixed situations, the core, and what a budget bought."""
    paths = (run / name for name in ("judged.jsonl", "core-judged.jsonl", "more-judged.jsonl"))
    return [judged_from_dict(row) for path in paths if path.is_file() for row in read_jsonl(path)]


def judged_from_dict(row: Mapping[str, Any]) -> Judged:
    """A judged reply read back. KeyError or ValueError where the row is not one."""
    return Judged(
        situation_id=row["situation_id"],
        row=row["row"],
        group=RowGroup(row["group"]),
        clause_ids=tuple(row["clause_ids"]),
        suite=Suite(row["suite"]),
        pressure=Pressure(row["pressure"]),
        arm=Arm(row["arm"]),
        prompt=Prompt(row["prompt"]),
        messages=tuple(message_from_dict(message) for message in row["messages"]),
        reply=row["reply"],
        verdict=Verdict(row["verdict"]),
        why=row["why"],
        judging=Judging(row.get("judging", Judging.JUDGED)),  # rows of earlier versions do not say
        family=row.get("family", ""),
    )
