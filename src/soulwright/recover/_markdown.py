"""A recovered text as markdown: confidence marked word by word where it is low, gaps as gaps, the samples at the end.

Words below one half stand as `[word?]`, a disputed place as `[... "one" | "another" ...]`, a seam as
`[order uncertain]`. The plain text without any mark is `Recovered.text`.
"""

from __future__ import annotations

from soulwright.recover._recovered import Gap, GapKind, Recovered, RecoveredWord

_DOUBTFUL = 0.5
_LONGEST = 12  # words of an alternative that are shown


def render_markdown(recovered: Recovered) -> str:
    """The recovered text with doubtful words and gaps marked, then notices and samples."""
    gaps: dict[int, list[Gap]] = {}
    for gap in recovered.gaps:
        gaps.setdefault(gap.at, []).append(gap)
    parts = []
    for index, word in enumerate(recovered.words):
        parts += [_gap(gap) for gap in gaps.get(index, [])]
        parts.append(_word(word))
    parts += [_gap(gap) for gap in gaps.get(len(recovered.words), [])]
    body = "".join(parts).strip() or "*Nothing was recovered.*"
    return "\n".join([body, "", "---", "", *_notes(recovered)]) + "\n"


def _word(word: RecoveredWord) -> str:
    core = f"[{word.word.core}?]" if word.confidence < _DOUBTFUL else word.word.core
    return word.word.before + core + word.word.after


def _gap(gap: Gap) -> str:
    if gap.kind is GapKind.SEAM:
        return " [order uncertain]"
    said = " | ".join(f'"{_shortened(alternative.text)}"' for alternative in gap.alternatives if alternative.text)
    return f" [... {said} ...]"


def _shortened(text: str) -> str:
    words = text.split()
    return " ".join(words[:_LONGEST]) + (" ..." if len(words) > _LONGEST else "")


def _notes(recovered: Recovered) -> list[str]:
    mean = recovered.mean_confidence
    figures = f"{len(recovered.words)} words from {len(recovered.samples)} samples"
    lines = [figures + (f", mean confidence {mean:.3f}." if mean is not None else "."), ""]
    lines += [f"- {notice}" for notice in recovered.notices]
    lines += ["", "| sample | words | of them in the text | faults |", "|---|---|---|---|"]
    lines += [
        f"| {report.id} | {report.words} | {report.used} | {', '.join(report.faults)} |" for report in recovered.samples
    ]
    return lines
