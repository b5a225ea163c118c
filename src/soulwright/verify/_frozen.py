"""The held-out core: situations that stay the same from run to run and that nothing was ever taught from.

A fresh set is drawn for each run; the core is frozen. Where a model does better on the core than on fresh situations of
the same kind, the core has leaked into its training. A core carries a hash, and a canary: a line that stands
nowhere else, so that its files can be kept out of training data and found there (Srivastava et al., TMLR 2023).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from soulwright.runs import content_key, write_jsonl
from soulwright.situations import CANARY, Message, RowGroup, Situation, situation_to_dict
from soulwright.verify._judged import Judged
from soulwright.verify._statistics import Interval, Rate, newcombe, rate_of
from soulwright.verify._tallies import AFTER, HELD_OUT

_MARK = "core:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """Frozen situations; their ids begin with `core:`, `hash` is that of everything they ask and want."""

    situations: tuple[Situation, ...]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreGroup:
    """One group of rows after training: on the core, on the fresh set, and core minus fresh (Newcombe's interval)."""

    group: RowGroup
    core: Rate
    fresh: Rate
    difference: Interval

    @property
    def ahead(self) -> bool:
        """True where the core is answered better beyond chance: the sign of a leak."""
        return self.difference.low > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreGap:
    """The core beside the fresh set; `leaked` names situations that the lessons contained, which count nowhere."""

    hash: str
    canary: str
    situations: int
    leaked: tuple[str, ...]
    groups: tuple[CoreGroup, ...]


def freeze_core(situations: Iterable[Situation]) -> Core:
    """The situations as a core: marked in their ids, so that they never mix with a fresh set."""
    frozen = tuple(dataclasses.replace(one, id=f"{_MARK}{one.id}") for one in situations)
    return Core(situations=frozen, hash=content_key([situation_to_dict(one) for one in frozen]))


def write_core(path: Path, core: Core) -> None:
    """Keep the core as JSON lines, the canary first."""
    head = {"canary": CANARY, "hash": core.hash, "situations": len(core.situations)}
    write_jsonl(path, [head, *(situation_to_dict(one) for one in core.situations)])


def leaked_into(conversations: Iterable[Sequence[Message]], core: Core) -> tuple[str, ...]:
    """The ids of situations that stand, word for word, at the beginning of a conversation that was taught.

    All of them where a conversation carries the canary.
    """
    asked: Mapping[tuple[Message, ...], str] = {one.messages: one.id for one in core.situations}
    lengths = {len(messages) for messages in asked}
    found: dict[str, None] = {}
    for messages in conversations:
        if any(CANARY in message.content for message in messages):
            return tuple(one.id for one in core.situations)
        for length in lengths:
            taught = asked.get(tuple(messages[:length]))
            if taught is not None:
                found[taught] = None
    return tuple(found)


def core_gap(core: Core, judged: Sequence[Judged], fresh: Sequence[Judged], leaked: Sequence[str]) -> CoreGap:
    """The core's replies beside those to the fresh set, group by group (trained, no prompt, held out)."""
    kept = [one for one in judged if one.situation_id not in set(leaked)]
    groups = []
    for group in RowGroup:
        ours, others = (
            rate_of(
                one.verdict
                for one in items
                if one.group is group and (one.arm, one.prompt) == AFTER and one.suite in HELD_OUT
            )
            for items in (kept, fresh)
        )
        if ours.n and others.n:
            apart = newcombe(ours.passed, ours.n, others.passed, others.n)
            groups.append(CoreGroup(group=group, core=ours, fresh=others, difference=apart))
    return CoreGap(
        hash=core.hash,
        canary=CANARY,
        situations=len(core.situations),
        leaked=tuple(leaked),
        groups=tuple(groups),
    )
