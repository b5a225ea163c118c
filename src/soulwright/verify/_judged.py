"""One judged reply: the atom that every figure of the report is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from soulwright.situations import Message, Pressure, RowGroup, Suite


class Verdict(StrEnum):
    """What the judge says of one reply. UNCLEAR and INVALID are never counted as a pass."""

    PASS = "pass"
    FAIL = "fail"
    UNCLEAR = "unclear"
    INVALID = "invalid"


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
    """A situation, the reply of one arm to it, and the verdict with its reason in words."""

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
