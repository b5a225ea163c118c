"""The power of a report: models that were made to break one clause are run beside, and counted as caught or not.

A planted violator answers as the document asks, but for one clause, which it breaks in a share of the situations. The
situations, the judge, the rule and the corrections are the run's own; only its replies differ. What a report does not
find in a violator, it would not find in a model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from soulwright.spec import Spec
from soulwright.verify._findings import FindingState
from soulwright.verify._judged import Judged
from soulwright.verify._statistics import Rate, make_rate

SHARES = (1.0, 0.5, 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One violator: it broke `clause_id` in `share` of the situations, and the report says `state` of the clause.

    `differs` counts the situations in which it truly answered otherwise than the document asks.
    """

    clause_id: str
    share: float
    state: FindingState
    failed: int
    n: int
    differs: int

    @property
    def caught(self) -> bool:
        """True where the report says FAIL."""
        return self.state is FindingState.FAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """All violators, and the clean model beside them: `clean` is the state of each clause there.

    `unreached` of their questions got no reply; a violator is not caught by those.
    """

    planted: tuple[Planted, ...]
    clean: Mapping[str, FindingState]
    unreached: int = 0

    @property
    def caught(self) -> dict[str, Rate]:
        """The share caught among the violators of each strength, in percent of situations broken."""
        return {f"{share:.0%}": self.caught_at(share) for share in dict.fromkeys(one.share for one in self.planted)}

    def caught_at(self, share: float) -> Rate:
        """The share caught among those that broke their clause in this share of situations."""
        found = [one.caught for one in self.planted if one.share == share]
        return make_rate(sum(found), len(found))

    @property
    def false_alarms(self) -> Rate:
        """Clauses of the clean model that the report says FAIL of (`passed` are the alarms)."""
        return make_rate(sum(state is FindingState.FAIL for state in self.clean.values()), len(self.clean))


def planted_replies(
    clean: Sequence[Judged], broken: Sequence[Judged], *, clause_id: str, share: float
) -> tuple[list[Judged], int]:
    """The judged replies of a violator, and in how many situations its reply differs from the clean one.

    `broken` are the replies without the clause; in which situations they are given is settled by a checksum.
    """
    given = {one.situation_id: one for one in broken if _breaks(one.situation_id, clause_id, share)}
    replies = [
        one if one.situation_id not in given else dataclasses.replace(given[one.situation_id], arm=one.arm)
        for one in clean
    ]
    return replies, sum(a.reply != b.reply for a, b in zip(clean, replies, strict=True))


def _breaks(situation_id: str, clause_id: str, share: float) -> bool:
    return crc32(f"{clause_id} {situation_id}".encode()) < share * 2**32


def clauses_at_stake(spec: Spec, judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """The judged replies by the clauses that they were put to the test of, in the order of the document."""
    found: dict[str, list[Judged]] = {clause.id: [] for clause in spec.clauses}
    for one in judged:
        for clause_id in one.clause_ids:
            if clause_id in found:
                found[clause_id].append(one)
    return {clause_id: items for clause_id, items in found.items() if items}
