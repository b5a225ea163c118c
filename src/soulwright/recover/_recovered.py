"""A recovered text: its words with their votes, the gaps between them, and what is to be said about the samples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from soulwright.recover._samples import Fault
from soulwright.recover._words import Word, text_of


class GapKind(StrEnum):
    """Why something is missing at a place."""

    DISPUTED = "disputed"
    """At least half of the samples have something here, and no two agree on it."""
    SINGLE = "single"
    """Only one sample goes on here."""
    SEAM = "seam"
    """No sample goes from what stands before to what stands after: the order is a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What some samples say instead; empty text: nothing."""

    text: str
    samples: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredWord:
    """One word: `samples` (indices) say it out of `covered` that were there."""

    word: Word
    confidence: float
    covered: int
    samples: tuple[int, ...]
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something unsupported before the word with index `at`; the alternatives never enter the text."""

    at: int
    kind: GapKind
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """What became of a sample: its words, how many of them stand in the text, and its faults."""

    id: str
    words: int
    used: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What the samples agree on."""

    words: tuple[RecoveredWord, ...]
    gaps: tuple[Gap, ...]
    samples: tuple[SampleReport, ...]
    notices: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text: only what at least two samples say."""
        return text_of(word.word for word in self.words).strip()

    @property
    def best_guess(self) -> str:
        """The text with disputed gaps filled by their first alternative: for reading, not for scoring."""
        fill = {
            gap.at: gap.alternatives[0].text for gap in self.gaps if gap.kind is GapKind.DISPUTED and gap.alternatives
        }
        parts = []
        for index, word in enumerate(self.words):
            parts.append(" " + fill[index] if index in fill else "")
            parts.append(word.word.before + word.word.core + word.word.after)
        parts.append(" " + fill[len(self.words)] if len(self.words) in fill else "")
        return "".join(parts).strip()

    @property
    def mean_confidence(self) -> float | None:
        """The mean confidence of its words; None where there are none."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else None


def recovered_to_dict(recovered: Recovered) -> dict[str, object]:
    """The recovered text as JSON has it: text, each word with its votes, gaps, samples, notices."""
    return {
        "text": recovered.text,
        "mean_confidence": recovered.mean_confidence,
        "words": [
            {
                "text": word.word.core,
                "before": word.word.before,
                "after": word.word.after,
                "confidence": round(word.confidence, 4),
                "covered": word.covered,
                "samples": list(word.samples),
                "alternatives": _said(word.alternatives),
            }
            for word in recovered.words
        ],
        "gaps": [
            {"at": gap.at, "kind": gap.kind.value, "alternatives": _said(gap.alternatives)} for gap in recovered.gaps
        ],
        "samples": [
            {"id": report.id, "words": report.words, "used": report.used, "faults": [f.value for f in report.faults]}
            for report in recovered.samples
        ],
        "notices": list(recovered.notices),
    }


def _said(alternatives: tuple[Alternative, ...]) -> list[dict[str, object]]:
    return [{"text": alternative.text, "samples": list(alternative.samples)} for alternative in alternatives]
