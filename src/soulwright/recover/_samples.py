"""Samples as they come from a model, and what is wrong with them: said of each, and kept out where it must be."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from soulwright.recover._mapping import Bools, Numbers, gram_hashes, runs
from soulwright.recover._words import Word, words_of

_GRAM = 5
_COPIES = 3  # from the third copy in a row on it is a loop
_SHORT = 80  # a refusal is short
_FOREIGN = 0.1
_REFUSAL = re.compile(
    r"\bI(?:'m| am) (?:sorry|unable|not able)\b|\bI (?:cannot|can't|won't|don't have|do not have)\b|\bas an AI\b",
    re.IGNORECASE,
)

_FENCED = re.compile(r"\A```\w*\n(.*)\n```\Z", re.DOTALL)
_PAGE = re.compile(r"<(?:!doctype|html|body|article|div|p|h[1-6])\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


class Fault(StrEnum):
    """What is the matter with a sample; the first three keep it out of the vote."""

    EMPTY = "empty"
    REFUSED = "refused"
    SAME_DRAW = "same draw"
    """The text of an earlier sample for the same opening at temperature 0: one draw, however often it is asked."""
    LOOPING = "looping"
    MIXED_SCRIPTS = "mixed scripts"
    OTHER_FORMAT = "in another format"
    """Its text stood in JSON or HTML, and was taken out of it."""
    OUTVOTED = "outvoted in how it ends"
    """From a place on where more samples go on otherwise, it says what only a few say: that has no vote."""
    HALF_ALONE = "half alone"
    """Less than half of its words are what the text has: it goes on where nobody else does, or says something else."""
    ALONE = "alone"
    """Hardly any of its words are what the text has: another text, or another language."""


KEEPS_OUT = frozenset({Fault.EMPTY, Fault.REFUSED, Fault.SAME_DRAW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One completion of a model; `temperature` None where it is not known."""

    id: str
    text: str
    opening: str = ""
    temperature: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSample:
    """A sample as words, what of it is kept (no loops), and what is wrong with it."""

    sample: Sample
    words: tuple[Word, ...]
    faults: tuple[Fault, ...]

    @property
    def votes(self) -> bool:
        """Whether it takes part in the vote."""
        return not KEEPS_OUT & set(self.faults)


def read_samples(samples: Sequence[Sample]) -> tuple[ReadSample, ...]:
    """Each sample as words without its loops, with its faults."""
    drawn: set[tuple[str, str]] = set()
    read = []
    for sample in samples:
        text, unwrapped = plain_text(sample.text)
        words = words_of(text)
        kept = [word for word, keep in zip(words, without_loops(_as_numbers(words)), strict=True) if keep]
        faults = _faults(text, words, len(words) - len(kept)) + [Fault.OTHER_FORMAT] * unwrapped
        if words and sample.temperature == 0:
            draw = (sample.opening, sample.text)
            faults += [Fault.SAME_DRAW] * (draw in drawn)
            drawn.add(draw)
        read.append(ReadSample(sample=sample, words=tuple(kept), faults=tuple(faults)))
    return tuple(read)


def without_loops(words: Numbers) -> Bools:
    """False for what a text says a third and further time in a row, and the second time before that.

    >>> int(without_loops(np.array([7, 1, 2, 3, 4, 5, 6, 7, 8] + [1, 2, 3, 4, 5, 6, 7, 8] * 3 + [9])).sum())
    10
    """
    keep = np.ones(len(words), dtype=np.bool_)
    hashes = gram_hashes(words, _GRAM)
    order = np.argsort(hashes, kind="stable")
    again = hashes[order][1:] == hashes[order][:-1]
    period = np.zeros(len(hashes), dtype=np.int64)
    period[order[:-1][again]] = (order[1:] - order[:-1])[again]
    steady = np.concatenate([[False], (period[1:] == period[:-1]) & (period[1:] > 0)])
    for start, end in runs(steady):
        length, every = end - start + 1, int(period[start])
        if length + _GRAM - 1 + every >= _COPIES * every and length >= every:
            keep[start - 1 + every : end + every + _GRAM - 1] = False
    return keep


def _as_numbers(words: Sequence[Word]) -> Numbers:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(word.key, len(numbers)) for word in words], dtype=np.int64)


def plain_text(text: str) -> tuple[str, bool]:
    r"""The text of a reply that is one JSON value or an HTML page, and whether it was one.

    >>> plain_text('```json\n{"text": "Be kind.\\nBe true."}\n```')
    ('Be kind.\nBe true.', True)
    >>> plain_text("Be kind.")
    ('Be kind.', False)
    """
    inner = _FENCED.sub(r"\1", text.strip())
    if inner[:1] in ("{", "[", '"'):
        try:
            return "\n\n".join(_strings(json.loads(inner))), True
        except (json.JSONDecodeError, RecursionError):
            return text, False
    if _PAGE.match(inner):
        return html.unescape(_TAG.sub(" ", inner)), True
    return text, False


def _strings(value: object) -> Iterator[str]:
    """The strings of a JSON value in order, names of fields aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _faults(text: str, words: Sequence[Word], looped: int) -> list[Fault]:
    if not words:
        return [Fault.EMPTY]
    faults = []
    if len(words) <= _SHORT and _REFUSAL.search(text.replace("\u2019", "'")):
        faults.append(Fault.REFUSED)
    if looped:
        faults.append(Fault.LOOPING)
    scripts = Counter(_script(word.core) for word in words)
    if len(words) - max(scripts.values()) > _FOREIGN * len(words):
        faults.append(Fault.MIXED_SCRIPTS)
    return faults


def _script(word: str) -> str:
    """The script of a word, by the Unicode name of its first letter; digits belong to every script."""
    letter = next((char for char in word if char.isalpha()), "")
    return unicodedata.name(letter, "LATIN").split()[0] if letter else "LATIN"
