"""Rules from behaviour: when does a model reply in a way in which a baseline does not?

Both are asked the same conversations. What is compared is read by whoever knows the replies: conditions of the
conversation and acts of the two replies, as plain words. On a third of the conversations rules are proposed, on the
rest each is tested, so that a rule is never confirmed by what suggested it. No document is read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import comb
from typing import Protocol, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from soulwright.situations import Message

ALPHA = 0.01
_LEAST = 3  # contrasts that a rule must explain where it is proposed
_MOST_CONDITIONS = 2
_USUAL = 0.5  # a rule holds in at least half of the conversations it speaks of

Flags = NDArray[np.bool_]


class HasId(Protocol):
    """What stands for one conversation and is told from the others by its id."""

    @property
    def id(self) -> str:
        """The id of the conversation."""


Each = TypeVar("Each", bound=HasId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation to be answered; its last message is the user's."""

    id: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One conversation: its conditions, and the acts of both replies."""

    id: str
    conditions: frozenset[str]
    target: frozenset[str]
    baseline: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where all conditions hold, the target does these acts and leaves out those, and the baseline does not."""

    when: tuple[str, ...]
    does: tuple[str, ...]
    leaves_out: tuple[str, ...] = ()

    def applies(self, contrast: Contrast) -> bool:
        """Whether the conversation has all conditions."""
        return contrast.conditions.issuperset(self.when)

    def followed_by(self, acts: frozenset[str]) -> bool:
        """Whether a reply does what the rule says."""
        return acts.issuperset(self.does) and acts.isdisjoint(self.leaves_out)

    def __str__(self) -> str:
        """The rule as a line of text."""
        said = [", ".join(self.does)] if self.does else []
        said += ["leaves out " + ", ".join(self.leaves_out)] if self.leaves_out else []
        return f"{' and '.join(self.when) or 'always'} -> {'; '.join(said)}"


class RuleState(StrEnum):
    """What the conversations that it was not made from say of a proposed rule."""

    CONFIRMED = "confirmed"
    """The target follows it more often than the baseline, and in at least half of its conversations."""
    REFUTED = "not confirmed"
    UNTESTED = "untested"
    """It applies to none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """A proposed rule on the rest: conversations it speaks of, who follows it there, and the chance of that.

    `p` is the exact one-sided McNemar probability, corrected after Holm for all rules proposed.
    """

    rule: Rule
    state: RuleState
    conversations: int
    target_follows: int
    baseline_follows: int
    p: float


def induce(contrasts: Sequence[Contrast]) -> tuple[RuleTest, ...]:
    """Propose rules on a third of the conversations and test each on the rest; which are which is told by the ids.

    The same contrasts give the same rules. Contrasts without a difference give none.
    """
    seen, kept = parted(contrasts)
    return tested(proposed(seen), kept)


def parted(conversations: Sequence[Each]) -> tuple[list[Each], list[Each]]:
    """A third of the conversations, from which rules are proposed, and the rest, on which they are tested."""
    parts: tuple[list[Each], list[Each]] = ([], [])
    for each in conversations:
        parts[crc32(each.id.encode()) % 3 != 0].append(each)
    return parts


def proposed(contrasts: Sequence[Contrast]) -> tuple[Rule, ...]:
    """Rules that explain the contrasts, the most explained first.

    Act by act: of all conditions, alone and two together, the one is taken that explains most contrasts not yet
    explained, less the conversations in which it is wrong; again, until none explains at least three. Acts that are
    found under the same conditions make one rule.
    """
    if not contrasts:
        return ()
    conditions, cover_CN = _covers(contrasts)
    found: dict[tuple[str, ...], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    gains: dict[tuple[str, ...], float] = defaultdict(float)
    for act, is_done, contrast_N in _contrasted(contrasts):
        for when, gain in _explained(conditions, cover_CN, contrast_N):
            found[when][0 if is_done else 1].append(act)
            gains[when] += gain
    ordered = sorted(found, key=lambda when: (-gains[when], when))
    return tuple(
        Rule(when=when, does=tuple(sorted(found[when][0])), leaves_out=tuple(sorted(found[when][1])))
        for when in ordered
    )


def _covers(contrasts: Sequence[Contrast]) -> tuple[list[tuple[str, ...]], Flags]:
    """Every condition and pair of conditions that occurs, and the conversations in which it holds."""
    names = sorted(set().union(*(contrast.conditions for contrast in contrasts)))
    single = {name: np.array([name in contrast.conditions for contrast in contrasts]) for name in names}
    chosen: list[tuple[str, ...]] = []
    covers: list[Flags] = []
    for size in range(1, _MOST_CONDITIONS + 1):
        for when in combinations(names, size):
            cover = np.logical_and.reduce([single[name] for name in when])
            if cover.sum() >= _LEAST:
                chosen.append(when)
                covers.append(cover)
    return chosen, np.array(covers, dtype=np.bool_).reshape(len(chosen), len(contrasts))


def _contrasted(contrasts: Sequence[Contrast]) -> Iterator[tuple[str, bool, Flags]]:
    """Each act that one side does and the other does not: its name, whether the target does it, and where."""
    for act in sorted(set().union(*(contrast.target | contrast.baseline for contrast in contrasts))):
        target = np.array([act in contrast.target for contrast in contrasts])
        baseline = np.array([act in contrast.baseline for contrast in contrasts])
        yield act, True, target & ~baseline
        yield act, False, baseline & ~target


def _explained(
    conditions: Sequence[tuple[str, ...]], cover_CN: Flags, contrast_N: Flags
) -> Iterator[tuple[tuple[str, ...], float]]:
    left_N = contrast_N.copy()
    while left_N.sum() >= _LEAST:
        hits_C = (cover_CN & left_N).sum(axis=1)
        wrong_C = (cover_CN & ~contrast_N).sum(axis=1)
        gain_C = np.where(hits_C >= _LEAST, hits_C - wrong_C, -1)
        best = int(np.argmax(gain_C)) if len(gain_C) else -1  # the first of equals: fewer conditions
        if best < 0 or gain_C[best] <= 0:
            return
        yield conditions[best], float(gain_C[best])
        left_N &= ~cover_CN[best]


def tested(rules: Sequence[Rule], contrasts: Sequence[Contrast]) -> tuple[RuleTest, ...]:
    """Each rule on conversations that it was not made from."""
    counts = [_counted(rule, contrasts) for rule in rules]
    corrected = holm([mcnemar(more, less) for _, _, _, more, less in counts])
    return tuple(
        RuleTest(
            rule=rule,
            state=_state(n, follows, p),
            conversations=n,
            target_follows=follows,
            baseline_follows=others,
            p=p,
        )
        for rule, (n, follows, others, _, _), p in zip(rules, counts, corrected, strict=True)
    )


def _counted(rule: Rule, contrasts: Sequence[Contrast]) -> tuple[int, int, int, int, int]:
    mine = [contrast for contrast in contrasts if rule.applies(contrast)]
    pairs = [(rule.followed_by(contrast.target), rule.followed_by(contrast.baseline)) for contrast in mine]
    return (
        len(pairs),
        sum(one for one, _ in pairs),
        sum(other for _, other in pairs),
        sum(one and not other for one, other in pairs),
        sum(other and not one for one, other in pairs),
    )


def _state(conversations: int, follows: int, p: float) -> RuleState:
    if not conversations:
        return RuleState.UNTESTED
    holds = p <= ALPHA and follows >= _USUAL * conversations
    return RuleState.CONFIRMED if holds else RuleState.REFUTED


def mcnemar(more: int, less: int) -> float:
    """The exact one-sided chance of at least `more` of the differing pairs on one side, were both sides alike.

    >>> mcnemar(3, 0)
    0.125
    """
    total = more + less
    return float(sum(comb(total, k) for k in range(more, total + 1)) / 2**total)


def holm(chances: Sequence[float]) -> list[float]:
    """The chances corrected for their number (Holm 1979), in their own order.

    >>> holm([0.01, 0.04])
    [0.02, 0.04]
    """
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    corrected, highest = [1.0] * len(chances), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - rank) * chances[at]))
        corrected[at] = highest
    return corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseEffect:
    """What a known clause changes: for each conversation in which it does, acts that come and acts that go."""

    id: str
    changes: Mapping[str, tuple[frozenset[str], frozenset[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScore:
    """An induced list against known clauses. `invented` rules (indices) belong to no clause.

    Clauses that change no reply cannot be found from behaviour; they are `invisible` and count neither way.
    """

    clauses_of: Mapping[int, tuple[str, ...]]
    found: tuple[str, ...]
    missed: tuple[str, ...]
    invisible: tuple[str, ...]
    invented: tuple[int, ...]

    @property
    def precision(self) -> float | None:
        """The share of the rules that belong to a clause; None without rules."""
        rules = len(self.clauses_of) + len(self.invented)
        return len(self.clauses_of) / rules if rules else None

    @property
    def recall(self) -> float | None:
        """The share of the visible clauses that were found; None where none is visible."""
        visible = len(self.found) + len(self.missed)
        return len(self.found) / visible if visible else None

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where one of them is 0 or has no meaning."""
        if not self.precision or not self.recall:
            return 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def score_rules(rules: Sequence[Rule], clauses: Sequence[ClauseEffect], contrasts: Sequence[Contrast]) -> RuleScore:
    """Which known clauses an induced list finds, which it misses, and which of its rules are invented.

    A rule belongs to a clause where, in at least half of the conversations it speaks of, it says that an act is done
    which the clause brings (or, where the clause brings none, left out which it takes away). A clause is found where
    the rules that belong to it speak so of at least half of the conversations that the clause changes.
    """
    clauses_of: dict[int, list[str]] = defaultdict(list)
    found: list[str] = []
    missed: list[str] = []
    invisible: list[str] = []
    for clause in clauses:
        if not clause.changes:
            invisible.append(clause.id)
            continue
        reached: set[str] = set()
        for index, rule in enumerate(rules):
            spoken = [contrast.id for contrast in contrasts if rule.applies(contrast)]
            right = {each for each in spoken if _says(rule, clause.changes.get(each))}
            if right and len(right) >= _USUAL * len(spoken):
                clauses_of[index].append(clause.id)
                reached |= right
        (found if len(reached) >= _USUAL * len(clause.changes) else missed).append(clause.id)
    return RuleScore(
        clauses_of={index: tuple(ids) for index, ids in sorted(clauses_of.items())},
        found=tuple(found),
        missed=tuple(missed),
        invisible=tuple(invisible),
        invented=tuple(index for index in range(len(rules)) if index not in clauses_of),
    )


def tested_to_dict(found: RuleTest) -> dict[str, object]:
    """A tested rule as JSON has it."""
    return {
        "when": list(found.rule.when),
        "does": list(found.rule.does),
        "leaves_out": list(found.rule.leaves_out),
        "state": found.state.value,
        "conversations": found.conversations,
        "target_follows": found.target_follows,
        "baseline_follows": found.baseline_follows,
        "p": found.p,
    }


def score_to_dict(score: RuleScore) -> dict[str, object]:
    """The score of a list of rules as JSON has it; null where a figure has no meaning."""
    return {
        "precision": score.precision,
        "recall": score.recall,
        "f1": score.f1,
        "clauses_of": {str(at): list(ids) for at, ids in score.clauses_of.items()},
        "found": list(score.found),
        "missed": list(score.missed),
        "invisible": list(score.invisible),
        "invented": list(score.invented),
    }


def _says(rule: Rule, change: tuple[frozenset[str], frozenset[str]] | None) -> bool:
    if change is None:
        return False
    brought, taken = change
    return not (brought.isdisjoint(rule.does) if brought else taken.isdisjoint(rule.leaves_out))
