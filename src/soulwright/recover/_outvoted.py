"""Ends that are outvoted: a few samples go on in a way of their own where more samples go on otherwise.

An invention that several samples share is said by two and so could enter; what speaks against it is the place where it
begins. An end counts as one when nobody else has a run of its words anywhere, all who say it come to it from the same
words, and of those who pass these words more go on in one other way. Then it is heard no further than to that place. A
section that few samples reach is none: the others stop before it, or come to it from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from soulwright.recover._mapping import SEED, Numbers, gram_hashes

_LEAST = 40  # words of an end; with fewer the vote at the place decides, or a slip ends the sample
_NEAR = 40  # words before an end in which the others must be found; where slips are many, few runs of words are whole
_SAME = 0.5  # of the runs of words of an end somebody else must have: what is shared by chance is less

_Runs = Mapping[int, int]  # a run of words and the last place that has it


def heard(samples: Sequence[Numbers]) -> list[int]:
    """How many words of each sample are heard: all of them, but for an end that is outvoted."""
    hashes = [gram_hashes(words, SEED).tolist() for words in samples]
    runs = [{run: at for at, run in enumerate(of_one)} for of_one in hashes]
    return [_heard(k, hashes, runs, len(words)) for k, words in enumerate(samples)]


def _heard(k: int, hashes: Sequence[Sequence[int]], runs: Sequence[_Runs], size: int) -> int:
    own = hashes[k]
    with_it = _having(own[-_LEAST:], runs, k)
    if size < _LEAST + SEED or not with_it or 2 * (len(with_it) + 1) >= len(runs):
        return size
    others = [j for j in range(len(runs)) if j != k and j not in with_it]
    last = next((at for at in range(len(own) - 1, -1, -1) if any(own[at] in runs[j] for j in others)), None)
    if last is None or size - (last + SEED) < _LEAST:
        return size
    end = own[last + 1 :]
    if max(sum(run in runs[j] for run in end) for j in with_it) < _SAME * len(end):
        return size
    before = own[max(0, last - _NEAR) : last + 1]
    if any(not _comes_from(before, end, hashes[j]) for j in with_it):
        return size
    on = [hashes[j][at + 1 :] for j in others if (at := _last(before, runs[j])) is not None]
    longer = [after[: SEED + _LEAST] for after in on if len(after) >= SEED + _LEAST]
    alike = max((sum(bool(set(one) & set(two)) for two in longer) for one in longer), default=0)
    return last + SEED if alike > len(with_it) + 1 else size


def _having(some: Sequence[int], runs: Sequence[_Runs], k: int) -> frozenset[int]:
    """The other samples that have any of these runs."""
    return frozenset(j for j, of_one in enumerate(runs) if j != k and _shares(some, of_one))


def _comes_from(before: Sequence[int], end: Sequence[int], other: Sequence[int]) -> bool:
    """Whether another sample comes to this end from the same words."""
    ends = frozenset(end)
    entry = next((at for at, run in enumerate(other) if run in ends), 0)
    return not frozenset(before).isdisjoint(other[max(0, entry - SEED - _NEAR) : entry])


def _shares(some: Sequence[int], of_one: _Runs) -> bool:
    return any(run in of_one for run in some)


def _last(some: Sequence[int], of_one: _Runs) -> int | None:
    """The last place that has one of these runs, the later ones first."""
    return next((of_one[run] for run in reversed(some) if run in of_one), None)
