"""How near one text comes to another: the figures of docs/recovery.md, to the formula.

All of them compare keys of words (`keys_of`), h the recovered text and r the reference. Formulas and names follow
Ahmed et al. 2026 (arXiv 2601.02671) for near-verbatim recall and common practice for the rest.
"""

from __future__ import annotations

import random
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from soulwright.recover._words import Alphabet, keys_of

GRAM = 8
Bools = NDArray[np.bool_]
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_COVERED = 0.5  # a section counts as there when half of its words lie in shared 8-grams


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionRecall:
    """The share of h that is right, and the share of r that is there."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionScore:
    """One section of the reference: how much of it lies in shared 8-grams, and whether it is there to the word."""

    title: str
    words: int
    recall: float
    exact: bool
    place: float | None  # where in h its shared words lie (median, 0 to 1); None where there are none

    @property
    def covered(self) -> bool:
        """At least half of the section is there."""
        return self.recall >= _COVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """All figures of one text against another; `docs/recovery.md` has the formulas."""

    words: int
    reference_words: int
    word_fidelity: float
    grams: PrecisionRecall
    spans: PrecisionRecall
    order: float
    near_verbatim_recall: float
    longest_block: int
    sections: tuple[SectionScore, ...]

    @property
    def section_coverage(self) -> float | None:
        """The share of the reference's sections that are there; None where it has none."""
        return sum(s.covered for s in self.sections) / len(self.sections) if self.sections else None

    @property
    def exact_sections(self) -> float | None:
        """The share of the reference's sections that are there to the word; None where it has none."""
        return sum(s.exact for s in self.sections) / len(self.sections) if self.sections else None

    @property
    def section_order(self) -> float | None:
        """The share of pairs of neighbouring recovered sections that stand in the reference's order; None below two."""
        places = [section.place for section in self.sections if section.covered and section.place is not None]
        if len(places) < 2:
            return None
        return sum(a < b for a, b in pairwise(places)) / (len(places) - 1)


def compare_texts(recovered: str, reference: str) -> Fidelity:
    """Score one text against another: an extraction and the published document, or two extractions.

    >>> compare_texts("never say never again", "never say ever again").word_fidelity
    0.75
    """
    return compare_keys(keys_of(recovered), keys_of(reference), _sections_of(reference))


def compare_keys(
    recovered: Sequence[Hashable], reference: Sequence[Hashable], sections: Sequence[tuple[str, int, int]] = ()
) -> Fidelity:
    """`compare_texts` on sequences of any symbols; `sections` are titles with their first and last-plus-one word."""
    alphabet = Alphabet()
    h, r = alphabet.numbers(recovered), alphabet.numbers(reference)
    covered_h, covered_r = gram_cover(h, r), gram_cover(r, h)
    grams = PrecisionRecall(precision=_share(covered_h), recall=_share(covered_r))
    spans = span_cover(h, r)
    near_verbatim, longest = _near_verbatim(h, r)
    return Fidelity(
        words=len(h),
        reference_words=len(r),
        word_fidelity=word_fidelity(h, r),
        grams=grams,
        spans=spans,
        order=min(1.0, spans.recall / grams.recall) if grams.recall else 0.0,
        near_verbatim_recall=near_verbatim,
        longest_block=longest,
        sections=_section_scores(h, r, covered_r, sections),
    )


def chance_level(recovered: str, reference: str, *, seed: int = 0) -> tuple[float, float]:
    """Word fidelity and 8-gram F1 against the reference with its words shuffled: what its vocabulary alone gives."""
    words = list(keys_of(reference))
    random.Random(seed).shuffle(words)
    alphabet = Alphabet()
    h, r = alphabet.numbers(keys_of(recovered)), alphabet.numbers(words)
    grams = PrecisionRecall(precision=_share(gram_cover(h, r)), recall=_share(gram_cover(r, h)))
    return word_fidelity(h, r), grams.f1


def word_fidelity(recovered: Sequence[Hashable], reference: Sequence[Hashable]) -> float:
    """1 minus the edit distance in words over the longer length; two empty texts are equal."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_similarity(recovered, reference))


def gram_cover(text: Sequence[int], other: Sequence[int], size: int = GRAM) -> Bools:
    """For each word of `text`, whether it lies in a run of `size` words that `other` has too."""
    covered = np.zeros(len(text), dtype=np.bool_)
    known = {tuple(other[i : i + size]) for i in range(len(other) - size + 1)}
    for start in range(len(text) - size + 1):
        if tuple(text[start : start + size]) in known:
            covered[start : start + size] = True
    return covered


def right_words(recovered: Sequence[Hashable], reference: Sequence[Hashable]) -> Bools:
    """For each recovered word, whether the best alignment pairs it with the same word of the reference."""
    right = np.zeros(len(recovered), dtype=np.bool_)
    for start, _, size in _matching_blocks(recovered, reference):
        right[start : start + size] = True
    return right


def _matching_blocks(h: Sequence[Hashable], r: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    from rapidfuzz.distance import Levenshtein

    return [
        (op.src_start, op.dest_start, op.src_end - op.src_start)
        for op in Levenshtein.opcodes(h, r)
        if op.tag == "equal"
    ]


def span_cover(h: Sequence[int], r: Sequence[int]) -> PrecisionRecall:
    """Words in runs of at least 8 equal words of the alignment, one unequal word allowed between two of them."""
    kept, run, before = 0, 0, None
    for start, other, size in _matching_blocks(h, r):
        if before is not None and max(start - before[0], other - before[1]) <= 1:
            run += size
        else:
            kept += run if run >= GRAM else 0
            run = size
        before = (start + size, other + size)
    kept += run if run >= GRAM else 0
    return PrecisionRecall(precision=kept / len(h) if h else 0.0, recall=kept / len(r) if r else 0.0)


def _near_verbatim(h: Sequence[int], r: Sequence[int]) -> tuple[float, int]:
    """Near-verbatim recall and the longest such block, in words (Ahmed et al. 2026; thresholds in docs/recovery.md)."""
    blocks = [tuple(block) for block in SequenceMatcher(None, h, r, autojunk=False).get_matching_blocks()[:-1]]
    merged = _drop(_merge(blocks, gap=2, difference=1), 20)
    merged = _drop(_merge(merged, gap=10, difference=3), 100)
    kept = sum(size for _, _, size in merged)
    return (min(1.0, kept / len(r)) if r else 0.0), max((size for _, _, size in merged), default=0)


def _merge(blocks: Sequence[tuple[int, ...]], *, gap: int, difference: int) -> list[tuple[int, ...]]:
    merged: list[tuple[int, ...]] = []
    for start, other, size in blocks:
        if merged:
            a, b, before = merged[-1]
            skip, other_skip = start - (a + before), other - (b + before)
            if max(skip, other_skip) <= gap and abs(skip - other_skip) <= difference:
                merged[-1] = (a, b, other + size - b)
                continue
        merged.append((start, other, size))
    return merged


def _drop(blocks: Sequence[tuple[int, ...]], shortest: int) -> list[tuple[int, ...]]:
    return [block for block in blocks if block[2] >= shortest]


def _sections_of(text: str) -> list[tuple[str, int, int]]:
    """The headings of a markdown text, each with the first and last-plus-one word of its text."""
    starts = [(match.group(1), len(keys_of(text[: match.start()]))) for match in _HEADING.finditer(text)]
    ends = [start for _, start in starts[1:]] + [len(keys_of(text))] * bool(starts)
    return [(title, start, end) for (title, start), end in zip(starts, ends, strict=True) if end > start]


def _section_scores(
    h: Sequence[int], r: Sequence[int], covered_r: Bools, sections: Sequence[tuple[str, int, int]]
) -> tuple[SectionScore, ...]:
    places = _gram_places(h) if sections else {}
    h_text = _as_text(h)
    scores = []
    for title, start, end in sections:
        found = [places[g] for i in range(start, end - GRAM + 1) if (g := tuple(r[i : i + GRAM])) in places]
        exact = _as_text(r[start:end]) in h_text
        cover = 1.0 if exact else _share(covered_r[start:end])
        place = (
            median(found) / len(h) if found else (h_text.find(_as_text(r[start:end])) / len(h_text) if exact else None)
        )
        scores.append(SectionScore(title=title, words=end - start, recall=cover, exact=exact, place=place))
    return tuple(scores)


def _gram_places(h: Sequence[int]) -> dict[tuple[int, ...], int]:
    return {tuple(h[i : i + GRAM]): i for i in range(len(h) - GRAM, -1, -1)}


def _as_text(numbers: Sequence[int]) -> str:
    return " " + " ".join(map(str, numbers)) + " "


def _share(flags: Bools) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def fidelity_to_dict(fidelity: Fidelity) -> dict[str, object]:
    """The figures as JSON has them; null where a figure has no meaning."""
    return {
        "words": fidelity.words,
        "reference_words": fidelity.reference_words,
        "word_fidelity": fidelity.word_fidelity,
        "grams": _both(fidelity.grams),
        "spans": _both(fidelity.spans),
        "order": fidelity.order,
        "near_verbatim_recall": fidelity.near_verbatim_recall,
        "longest_block": fidelity.longest_block,
        "section_coverage": fidelity.section_coverage,
        "exact_sections": fidelity.exact_sections,
        "section_order": fidelity.section_order,
        "sections": [
            {"title": s.title, "words": s.words, "recall": s.recall, "exact": s.exact} for s in fidelity.sections
        ],
    }


def _both(figure: PrecisionRecall) -> dict[str, float]:
    return {"precision": figure.precision, "recall": figure.recall, "f1": figure.f1}
