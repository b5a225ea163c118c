"""From samples to a recovered text: read, agree, then give each word its writing, its confidence and its witnesses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from soulwright.recover._agreement import Agreement, agree
from soulwright.recover._confidence import Floats, Votes, confidence
from soulwright.recover._mapping import NOTHING, Numbers
from soulwright.recover._recovered import Alternative, Gap, GapKind, Recovered, RecoveredWord, SampleReport
from soulwright.recover._samples import Fault, ReadSample, Sample, read_samples
from soulwright.recover._words import Alphabet, Word, text_of, words_of

_LISTED = 4
_ALONE, _HALF = 0.1, 0.5
_WORTH_SAYING = 8  # a single sample's words are shown as a gap from so many on


def read_back(samples: Sequence[Sample]) -> Recovered:
    """Recover what independent samples agree on; samples that are empty, refuse or repeat one draw have no vote.

    Fewer than two samples that can vote give an empty text: one sample has nobody to agree with.
    """
    read = read_samples(samples)
    voters = [index for index, sample in enumerate(read) if sample.votes]
    alphabet = Alphabet()
    numbers = [np.array(alphabet.numbers([word.key for word in read[index].words]), dtype=np.int64) for index in voters]
    agreement = agree(numbers)
    votes = votes_on(agreement)
    words = _words(agreement, [read[index] for index in voters], voters, confidence(votes))
    gaps = _gaps(agreement, [read[index] for index in voters], voters, votes)
    reports = _reports(read, voters, agreement)
    return Recovered(words=words, gaps=gaps, samples=reports, notices=_notices(read, reports, words))


def votes_on(agreement: Agreement) -> Votes:
    """The votes on each word of an agreement, as the confidence needs them."""
    said = agreement.said_KD
    agreed = agreement.agreed
    runner_up = np.zeros(said.shape[1], dtype=np.int64)
    for d in np.flatnonzero(agreed < agreement.covered).tolist():
        others = Counter(x for x in said[:, d].tolist() if x >= NOTHING and x != agreement.words_D[d])
        runner_up[d] = max(others.values(), default=0)
    return Votes(agreed_D=agreed, covered_D=agreement.covered, runner_up_D=runner_up, passing_D=_passing(agreement))


def _passing(agreement: Agreement) -> Numbers:
    """For each word, how many samples come to it from the word before it in one go."""
    block = agreement.block_KD
    passing = ((block[:, 1:] == block[:, :-1]) & (block[:, 1:] >= 0)).sum(axis=0)
    return np.concatenate([agreement.covered[:1], passing])


def _words(
    agreement: Agreement, read: Sequence[ReadSample], voters: Sequence[int], chances: Floats
) -> tuple[RecoveredWord, ...]:
    found: list[RecoveredWord] = []
    covered = agreement.covered.tolist()
    same = agreement.said_KD == agreement.words_D
    for d, chance in enumerate(chances.tolist()):
        place = agreement.place_KD[:, d].tolist()
        witnesses = np.flatnonzero(same[:, d]).tolist()
        words = [read[k].words[place[k]] for k in witnesses]
        others: dict[str, list[int]] = defaultdict(list)
        if len(witnesses) < covered[d]:
            for k in np.flatnonzero((agreement.said_KD[:, d] >= NOTHING) & ~same[:, d]).tolist():
                others[read[k].words[place[k]].core if place[k] >= 0 else ""].append(voters[k])
        found.append(
            RecoveredWord(
                word=_apart(_written(words), found[-1].word if found else None),
                confidence=chance,
                covered=covered[d],
                samples=tuple(voters[k] for k in witnesses),
                alternatives=_ranked(others),
            )
        )
    return tuple(found)


def _written(words: Sequence[Word]) -> Word:
    """How most witnesses write a word; what stands before it is voted on apart from the word itself."""
    if all(word == words[0] for word in words):
        return words[0]
    core, after = Counter((word.core, word.after) for word in words).most_common(1)[0][0]
    before = Counter(word.before for word in words).most_common(1)[0][0]
    return Word(key=words[0].key, core=core, before=before, after=after)


def _apart(word: Word, previous: Word | None) -> Word:
    """The word with a blank before it where it would run into the one before: they come from different samples."""
    joined = previous.core + previous.after + word.before + word.core if previous else ""
    if previous is None or len(words_of(joined)) == 2:
        return word
    return Word(key=word.key, before=" ", core=word.core, after=word.after)


def _ranked(others: dict[str, list[int]]) -> tuple[Alternative, ...]:
    ranked = sorted(others.items(), key=lambda item: -len(item[1]))[:_LISTED]
    return tuple(Alternative(text=text, samples=tuple(samples)) for text, samples in ranked)


def _gaps(agreement: Agreement, read: Sequence[ReadSample], voters: Sequence[int], votes: Votes) -> tuple[Gap, ...]:
    """Places where samples have more than the text, and places where no sample goes on."""
    size = len(agreement.words_D)
    between = _between(agreement)
    gaps = []
    for at in range(1, size):
        passing = int(votes.passing_D[at])
        said = {k: span for k, span in between.get(at, {}).items() if span[1] > span[0]}
        if passing == 0:
            gaps.append(Gap(at=at, kind=GapKind.SEAM, alternatives=()))
        elif said and 2 * len(said) >= passing:
            wordings: dict[str, list[int]] = defaultdict(list)
            for k, (a, b) in said.items():
                wordings[text_of(read[k].words[a:b]).strip()].append(voters[k])
            kind = GapKind.SINGLE if len(said) == 1 else GapKind.DISPUTED
            gaps.append(Gap(at=at, kind=kind, alternatives=_ranked(wordings)))
    return tuple(_edge(agreement, read, voters, at=0) + gaps + _edge(agreement, read, voters, at=size))


def _between(agreement: Agreement) -> dict[int, dict[int, tuple[int, int]]]:
    """For each place of the text, what each sample that goes through it has there: a stretch of its words."""
    found: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for k in range(len(agreement.place_KD)):
        place, block = agreement.place_KD[k], agreement.block_KD[k]
        at = np.flatnonzero(place >= 0)
        for left, right in zip(at[:-1].tolist(), at[1:].tolist(), strict=True):
            if block[left] == block[right] and place[right] - place[left] > 1:
                found[right][k] = (int(place[left]) + 1, int(place[right]))
    return found


def _edge(agreement: Agreement, read: Sequence[ReadSample], voters: Sequence[int], *, at: int) -> list[Gap]:
    """What samples have before the first word of the text or after the last one."""
    if not len(agreement.words_D):
        return []
    said = []
    for k, place in enumerate(agreement.place_KD[:, 0 if at == 0 else -1].tolist()):
        if place >= 0:
            words = read[k].words[:place] if at == 0 else read[k].words[place + 1 :]
            if len(words) >= _WORTH_SAYING:
                said.append(Alternative(text=text_of(words).strip(), samples=(voters[k],)))
    kind = GapKind.SINGLE if len(said) == 1 else GapKind.DISPUTED
    return [Gap(at=at, kind=kind, alternatives=tuple(said[:_LISTED]))] if said else []


def _reports(read: Sequence[ReadSample], voters: Sequence[int], agreement: Agreement) -> tuple[SampleReport, ...]:
    used = dict.fromkeys(range(len(read)), 0)
    heard = zip(voters, agreement.heard_K.tolist(), strict=True)
    outvoted = {index for index, words in heard if words < len(read[index].words)}
    for k, index in enumerate(voters):
        used[index] = int((agreement.said_KD[k] == agreement.words_D).sum())
    reports = []
    for index, sample in enumerate(read):
        faults = (*sample.faults, Fault.OUTVOTED) if index in outvoted else sample.faults
        if sample.votes and len(voters) > 1 and used[index] < _HALF * len(sample.words):
            faults = (*faults, Fault.ALONE if used[index] < _ALONE * len(sample.words) else Fault.HALF_ALONE)
        reports.append(SampleReport(id=sample.sample.id, words=len(sample.words), used=used[index], faults=faults))
    return tuple(reports)


def _notices(
    read: Sequence[ReadSample], reports: Sequence[SampleReport], words: Sequence[RecoveredWord]
) -> tuple[str, ...]:
    voting = [sample for sample in read if sample.votes]
    notices = []
    if not read:
        notices.append("no samples: nothing can be recovered")
    elif len(voting) < 2:
        notices.append(f"{_count(len(voting))} that can vote: nobody to agree with, so nothing is recovered")
    elif not words:
        notices.append("no two samples agree on anything: nothing is recovered")
    texts = {sample.sample.text for sample in voting}
    if len(voting) > 1 and len(texts) == 1:
        notices.append(
            f"all {len(voting)} samples are the same text: agreement says nothing unless they were drawn "
            "independently, at a temperature above 0"
        )
    faults = sorted((fault, report.id) for report in reports for fault in report.faults)
    for fault, group in groupby(faults, key=lambda item: item[0]):
        names = [name for _, name in group]
        shown = ", ".join(f"`{name}`" for name in names[:_LISTED]) + (" ..." if len(names) > _LISTED else "")
        notices.append(f"{_count(len(names))} {fault.value}: {shown}")
    return tuple(notices)


def _count(number: int) -> str:
    return "1 sample" if number == 1 else f"{number} samples"
