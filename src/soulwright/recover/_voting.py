"""The vote: at every place of the draft, what the samples that were there say.

Where most samples agree with the draft it stands. Between two such firm places the samples' wordings compete as wholes:
one that most of them share wins; otherwise they are aligned to their median and voted on word by word, and the wording
nearest to all of them wins. A sample has a vote only where it was: one that stopped before says nothing, one that went
past without the word votes for nothing being there. A word that only one sample says never enters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from soulwright.recover._mapping import NOTHING, UNCOVERED, Bools, Mapping, Numbers, runs

Wording = tuple[int, ...]
_FIRM = 0.6
_SKIPS = 0.5  # the vote of a sample that goes past a word without it, while wordings are put together
_WEIGHTS = (2, 1, 2)  # so a word more and another word cost twice what a word less does
_KEEP = _SKIPS / (1 + _SKIPS)
_OTHERS = 0.15  # where fewer samples say another word, nothing is missing that more samples skip than say
_ROW = 8
_PASSES = 2
_DEEPEST = 2
_HEARD = 0.3
_LONG_ADDITION, _SLACK = 4, 12
_LONG = 400  # a stretch without a firm place is voted on in pieces of this length


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the draft, [start, end), between two firm places, and what each sample says there."""

    start: int
    end: int
    said: tuple[tuple[int, int, int], ...]  # (sample, first, last-plus-one word of the sample)


class Ballot:
    """The votes of all samples on one draft."""

    def __init__(self, draft: Numbers, samples: Sequence[Numbers], mappings: Sequence[Mapping], enough: int) -> None:
        self.draft, self.samples, self.enough = draft, samples, enough
        shape = (len(mappings), len(draft))
        self.place_KD = np.array([mapping.place_D for mapping in mappings], dtype=np.int64).reshape(shape)
        self.block_KD = np.array([mapping.block_D for mapping in mappings], dtype=np.int64).reshape(shape)
        self.said_KD = np.full(self.place_KD.shape, UNCOVERED, dtype=np.int64)
        for k, sample in enumerate(samples):
            place = self.place_KD[k]
            self.said_KD[k] = np.where(place >= 0, sample[np.maximum(place, 0)] if len(sample) else NOTHING, place)
        self.covered_D = (self.said_KD != UNCOVERED).sum(axis=0)
        self.agreed_D = (self.said_KD == draft).sum(axis=0)

    def firm(self) -> Bools:
        """Places where the draft's word has most votes."""
        enough: Bools = (self.agreed_D >= self.enough) & (self.agreed_D >= _FIRM * self.covered_D)
        return enough

    def disputed(self) -> Bools:
        """Places after which enough samples say something more, here or (if it is long) a few words away."""
        count_D = np.zeros(len(self.draft), dtype=np.int64)
        for place, block in zip(self.place_KD, self.block_KD, strict=True):
            at = np.flatnonzero(place >= 0)
            if len(at) < 2:
                continue
            more = (np.diff(place[at]) - np.diff(at)) * (block[at[1:]] == block[at[:-1]])
            here = np.zeros(len(self.draft), dtype=np.bool_)
            here[at[:-1][more > 0]] = True
            for place_of_long in at[:-1][more >= _LONG_ADDITION].tolist():
                here[max(0, place_of_long - _SLACK) : place_of_long + _SLACK + 1] = True
            count_D += here
        enough: Bools = count_D >= np.maximum(self.enough, _HEARD * self.covered_D)
        return enough

    def stretches(self) -> list[Stretch]:
        """All stretches that have to be voted on, in order."""
        found, size = [], len(self.draft)
        disputed = self.disputed()
        anchors = self._anchors(disputed)
        for left, right in zip([-1, *anchors], [*anchors, size], strict=True):
            if right > left + 1 or (left >= 0 and right < size and disputed[left]):
                for start in range(left + 1, max(right, left + 2), _LONG):
                    end = min(start + _LONG, right)
                    found.append(Stretch(start=start, end=end, said=self._said(start, end)))
        return found

    def _anchors(self, disputed: Bools) -> list[int]:
        """Firm places in a row: a few firm words by themselves may be what two neighbouring sentences share."""
        firm = self.firm()
        kept: list[int] = []
        for start, end in runs(firm):
            inner = np.flatnonzero(disputed[start : end - 1]) + start + 1
            for a, b in zip([start, *inner], [*inner, end], strict=True):
                if b - a >= _ROW or a == 0 or b == len(firm):
                    kept += range(a, b)
        return kept

    def _said(self, start: int, end: int) -> tuple[tuple[int, int, int], ...]:
        """What each sample that goes through the stretch says between the words aligned around it."""
        left, right = max(start - 1, 0), min(end, len(self.draft) - 1)
        said = []
        for k in range(len(self.samples)):
            block = self.block_KD[k]
            if block[left] < 0 or block[left] != block[right]:
                continue
            a = self._before(k, start)
            b = self._after(k, end)
            if a is not None and b is not None and a <= b:
                said.append((k, a, b))
        return tuple(said)

    def _before(self, k: int, start: int) -> int | None:
        """One past the last word that sample k has aligned before `start`."""
        if start == 0:
            first = self.place_KD[k][0]
            return int(first) if first >= 0 else None
        for d in range(start - 1, max(-1, start - 40), -1):
            if self.place_KD[k][d] >= 0:
                return int(self.place_KD[k][d]) + 1
        return None

    def _after(self, k: int, end: int) -> int | None:
        size = len(self.draft)
        if end >= size:
            last = self.place_KD[k][size - 1]
            return int(last) + 1 if last >= 0 else None
        for d in range(end, min(size, end + 40)):
            if self.place_KD[k][d] >= 0:
                return int(self.place_KD[k][d])
        return None


def revised(ballot: Ballot) -> Numbers:
    """The draft after the vote."""
    parts, at = [], 0
    draft = ballot.draft
    for stretch in ballot.stretches():
        parts.append(draft[at : stretch.start])
        wordings = Counter(tuple(ballot.samples[k][a:b].tolist()) for k, a, b in stretch.said)
        own = draft[stretch.start : stretch.end]
        if len(stretch.said) < ballot.enough:  # samples end here: what enough of them said before that stands
            parts.append(own[ballot.agreed_D[stretch.start : stretch.end] >= ballot.enough])
        else:
            parts.append(np.array(elected(wordings, tuple(own.tolist()), enough=ballot.enough), dtype=np.int64))
        at = stretch.end
    return np.concatenate([*parts, draft[at:]])


def elected(wordings: Counter[Wording], own: Wording, *, enough: int, depth: int = 0) -> Wording:
    """The wording that wins a stretch; `own` is what the draft has there."""
    return _elected(tuple(wordings.items()), own, enough, depth)


@lru_cache(maxsize=4096)  # most stretches come again in the next round as they were
def _elected(counted: tuple[tuple[Wording, int], ...], own: Wording, enough: int, depth: int) -> Wording:
    wordings = Counter(dict(counted))
    total = sum(wordings.values())
    if total < enough:
        return ()
    best, count = max(wordings.items(), key=lambda item: (item[1], item[0] == own))
    if 2 * count > total:
        return best
    said = list(wordings)
    order = np.argsort(_costs(said, wordings), kind="stable")
    candidates = [best]
    for start in dict.fromkeys((said[order[0]], said[order[1]], max(said, key=len), own)):
        voted = start
        for _ in range(_PASSES):
            before, voted = voted, _voted(wordings, voted, enough=enough, depth=depth)
            if voted == before:
                break
            candidates.append(voted)
    candidates = list(dict.fromkeys([*candidates[::-1], said[order[0]]]))
    winner = candidates[int(np.argmin(_costs(candidates, wordings)))]
    return winner if depth else _standing(winner, wordings, enough)


def _costs(candidates: Sequence[Wording], wordings: Counter[Wording]) -> NDArray[np.float64]:
    """How far each candidate is from all wordings; what a wording leaves out counts half, since leaving out is easy."""
    from rapidfuzz.distance import Levenshtein

    counted = list(wordings.items())
    return np.array([sum(c * Levenshtein.distance(a, b, weights=_WEIGHTS) for b, c in counted) for a in candidates])


def _voted(wordings: Counter[Wording], middle: Wording, *, enough: int, depth: int) -> Wording:
    """All wordings aligned to the middle one and voted on word by word, additions too."""
    from rapidfuzz.distance import Levenshtein

    total = sum(wordings.values())
    columns: list[dict[int, int]] = [{} for _ in middle]
    added: dict[int, Counter[Wording]] = defaultdict(Counter)
    for wording, count in wordings.items():
        for op in Levenshtein.opcodes(middle, wording):
            said = wording[op.dest_start : op.dest_end]
            if op.tag == "insert":
                added[op.src_start][said] += count
            elif op.tag != "delete":
                for column, word in zip(columns[op.src_start : op.src_end], said, strict=True):
                    column[word] = column.get(word, 0) + count
    result: list[int] = []
    for i in range(len(middle) + 1):
        if i in added:
            result += _addition(added[i], total, enough=enough, depth=depth)
        if i < len(middle) and columns[i]:
            column = columns[i]
            word = max(column, key=column.__getitem__)
            skipped = total - sum(column.values())
            if column[word] >= enough and column[word] >= _SKIPS * skipped:
                result.append(word)
    return tuple(result)


def _addition(added: Counter[Wording], total: int, *, enough: int, depth: int) -> Wording:
    """What most wordings have between two words of the middle one, elected as a stretch of its own."""
    count = sum(added.values())
    if count < max(enough, _KEEP * total):
        return ()
    if depth >= _DEEPEST:
        return added.most_common(1)[0][0]
    return elected(added + Counter({(): total - count}), (), enough=enough, depth=depth + 1)


def _standing(winner: Wording, wordings: Counter[Wording], enough: int) -> Wording:
    """The winner without words that too few say, or that more pass by than say where hardly anybody says another."""
    from rapidfuzz.distance import Levenshtein

    votes, skipped = np.zeros(len(winner), dtype=np.int64), np.zeros(len(winner), dtype=np.int64)
    for wording, count in wordings.items():
        for op in Levenshtein.opcodes(winner, wording):
            if op.tag == "equal":
                votes[op.src_start : op.src_end] += count
            elif op.tag == "delete":
                skipped[op.src_start : op.src_end] += count
    total = sum(wordings.values())
    invented = (skipped > votes) & (total - votes - skipped < _OTHERS * total)
    stands = (votes >= enough) & ~invented
    return tuple(word for word, there in zip(winner, stands.tolist(), strict=True) if there)
