"""A clause on which readers of the same replies differ: a defect of the document, not of the model.

A clear clause lets two careful readers differ now and then: each of them errs. It is unclear where even the two readers
who agree most differ, beyond chance, in more replies than is allowed: `ALLOWED`, declared before, or what is usual
between the same readers on the other clauses, where that is more (a judge who errs everywhere is no clause's fault).

The share is that of all replies, though only some were read twice: what was read to the last reply (each row's flags)
is a count among all, and each row's other replies weigh as many as they are (Cochran, Sampling Techniques, 1977,
chapter 5). The limits are the exact ones of all parts (Clopper and Pearson) added up, with the error shared among them
and among all clauses read (Bonferroni): a document is not accused lightly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from soulwright.verify._estimates import Estimate
from soulwright.verify._judged import Verdict
from soulwright.verify._statistics import LEVEL, Interval, lower_bound, upper_bound

# Two readers who are each right in 95 of 100 replies, and err apart, differ in 2 * 0.05 * 0.95 = 9.5 of 100.
ALLOWED = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """`n` replies of one sort (one row's flags, or its others), `read` by both readers, who `differed` on some."""

    n: int
    read: int
    differed: int

    def __post_init__(self) -> None:
        """ValueError where the counts contradict each other."""
        if not 0 <= self.differed <= self.read <= self.n:
            raise ValueError(f"counts of two readers that cannot be: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one reader said of a reply."""

    reader: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """A reply on which two readers differ: what was asked last, what was answered, and what each said of it."""

    situation_id: str
    asked: str
    reply: str
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTwice:
    """One clause as two readers read it; `contested` are the replies on which they differ."""

    readers: tuple[str, str]
    strata: tuple[Stratum, ...]
    contested: tuple[Contested, ...]

    @property
    def read(self) -> int:
        """How many replies both have read."""
        return sum(stratum.read for stratum in self.strata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """Why a clause is unclear: the two readers who agree most differ in `share` of the replies, `allowed` is less.

    `differed` names the situations in which they do; `examples` are some of them, in full.
    """

    readers: tuple[str, str]
    read: int
    share: Estimate
    allowed: float
    differed: tuple[str, ...]
    examples: tuple[Contested, ...]

    @property
    def words(self) -> str:
        """The reason in one line."""
        one, other = self.readers
        return (
            f"{one} and {other} differ in {self.share.value:.0%} of the replies to it (at least"
            f" {self.share.interval.low:.0%}; a clear clause allows {self.allowed:.0%})"
        )


def disagreement(strata: Sequence[Stratum], *, level: float = LEVEL) -> Estimate:
    """The share of all replies in which the readers differ; `level` is that of each of the two limits by itself.

    Of a stratum of which nothing was read twice, everything is possible; the estimate takes it as agreed.
    """
    total = sum(stratum.n for stratum in strata)
    # What was read to the last reply is one count among all replies; of the rest a sample speaks.
    whole = sum(stratum.differed for stratum in strata if stratum.read == stratum.n)
    parts = [(1.0, whole, total)]
    parts += [(one.n / total, one.differed, one.read) for one in strata if one.read < one.n]
    each = 1 - (1 - level) / len(parts)  # together they are wrong as seldom as one alone may be
    value = low = high = 0.0
    for weight, differed, read in parts:
        value += weight * (differed / read if read else 0.0)
        low += weight * lower_bound(differed, read, level=each)
        high += weight * upper_bound(differed, read, level=each)
    return Estimate(value=value, interval=Interval(low=low, high=min(1.0, high), level=2 * level - 1))


def find_disputes(
    readings: Mapping[str, Sequence[ReadTwice]], *, allowed: float = ALLOWED, level: float = LEVEL
) -> dict[str, Dispute]:
    """The clauses (by id) that are unclear; `readings` holds each clause as every two of its readers read it."""
    read = {clause_id: [one for one in pairs if one.read] for clause_id, pairs in readings.items()}
    nearest = {clause_id: min(pairs, key=_share) for clause_id, pairs in read.items() if pairs}
    shares = {clause_id: _share(one) for clause_id, one in nearest.items()}
    found: dict[str, Dispute] = {}
    for clause_id, one in nearest.items():
        usual = median([share for other, share in shares.items() if other != clause_id] or [0.0])
        share = disagreement(one.strata, level=1 - (1 - level) / len(nearest))
        limit = max(allowed, usual)
        if share.interval.low > limit:
            found[clause_id] = Dispute(
                readers=one.readers,
                read=one.read,
                share=share,
                allowed=limit,
                differed=tuple(reply.situation_id for reply in one.contested),
                examples=_some(one.contested),
            )
    return found


_EXAMPLES = 4


def _share(one: ReadTwice) -> float:
    return disagreement(one.strata).value


def _some(contested: Sequence[Contested]) -> tuple[Contested, ...]:
    """Some of both directions: those that the first reader passed, and those that he did not, by turns."""
    passed = [one for one in contested if one.opinions[0].verdict is Verdict.PASS]
    failed = [one for one in contested if one.opinions[0].verdict is not Verdict.PASS]
    half = _EXAMPLES // 2
    chosen = [*passed[: max(half, _EXAMPLES - len(failed))], *failed[: max(half, _EXAMPLES - len(passed))]]
    return tuple(chosen[:_EXAMPLES])
