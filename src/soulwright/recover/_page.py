"""The page of a recovered text: `recovered.html`, one file that asks nothing of the network.

Words are shaded by confidence; a word that is pointed at, or reached with the keyboard, names its votes, what others
say and the samples behind its sentence. Gaps are gaps. With a reference, the word-level difference stands in the text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from soulwright.recover._calibration import Calibration, calibration_against
from soulwright.recover._chance import ChanceLevel
from soulwright.recover._intervals import Ranged
from soulwright.recover._metrics import compare_texts
from soulwright.recover._recovered import Gap, GapKind, Recovered, RecoveredWord
from soulwright.recover._words import Word, words_of

_STEPS = 5
_SAYS = {GapKind.DISPUTED: "no agreement", GapKind.SINGLE: "one sample only", GapKind.SEAM: "order uncertain"}
_MARK = re.compile(r"^\s*(?:#{1,6}|[-*+]|\d+[.)])\s+")
_HEADING = re.compile(r"(#{1,6})\s*$")
_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One element of the page: a word, a gap, or words of the reference; `kind` says which."""

    kind: str
    text: str
    lead: str = " "
    step: int = 0
    index: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, a heading (`h1` to `h6`) or a list item."""

    tag: str
    runs: tuple[Run, ...]


def render_page(
    recovered: Recovered,
    *,
    name: str,
    reference: str | None = None,
    levels: Sequence[ChanceLevel] = (),
    ranges: Mapping[str, Ranged] | None = None,
) -> str:
    """The page as HTML text; with a reference the difference stands in the text, and the figures above it.

    `levels` are the chance levels that stand beside the figures, `ranges` the intervals over samples.
    """
    from jinja2 import Environment, StrictUndefined

    script = _asset("recovered.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    missing, wrong = _difference(recovered, reference) if reference is not None else ({}, frozenset())
    runs, details = _runs(recovered, missing, wrong)
    trust = calibration_against(recovered, reference) if reference is not None else None
    return environment.from_string(_asset("recovered.html.j2")).render(
        name=name,
        recovered=recovered,
        trust=trust,
        fidelity=compare_texts(recovered.text, reference) if reference is not None else None,
        levels=levels,
        ranges=ranges or {},
        diagram=_diagram(trust) if trust is not None else (),
        compared=reference is not None,
        blocks=runs,
        details=_script_json(details),
        gaps=[(kind.value, _SAYS[kind], sum(gap.kind is kind for gap in recovered.gaps)) for kind in GapKind],
        style=_asset("recovered.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One bin of the reliability diagram: where it stands in a square of 100 units, and how large it is drawn."""

    x: float
    y: float
    radius: float
    said: str


def _diagram(trust: Calibration) -> tuple[Dot, ...]:
    """The bins as dots whose areas grow with their words, from a least size that can still be seen."""
    total = sum(each.words for each in trust.bins)
    return tuple(
        Dot(
            x=round(100 * each.confidence, 1),
            y=round(100 - 100 * each.right, 1),
            radius=round(1.2 + 4.8 * (each.words / total) ** 0.5, 1),
            said=f"{each.words} words: mean confidence {each.confidence:.3f}, {each.right:.3f} of them right",
        )
        for each in trust.bins
    )


def _asset(name: str) -> str:
    return resources.files("soulwright.recover").joinpath("assets", name).read_text(encoding="utf-8")


def _script_json(value: object) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _difference(recovered: Recovered, reference: str) -> tuple[dict[int, str], frozenset[int]]:
    """What the reference has before each word and the text has not, and which words the reference has not."""
    from rapidfuzz.distance import Levenshtein

    true = words_of(reference)
    missing: dict[int, str] = {}
    wrong: set[int] = set()
    keys = [word.word.key for word in recovered.words]
    for op in Levenshtein.opcodes(keys, [word.key for word in true]):
        if op.tag == "equal":
            continue
        wrong |= set(range(op.src_start, op.src_end))
        said = _flat(true[op.dest_start : op.dest_end])
        if said:
            missing[op.src_end] = said
    return missing, frozenset(wrong)


def _flat(words: Sequence[Word]) -> str:
    """Words on one line, without what marks headings and list items."""
    lines = "".join(word.before + word.core + word.after for word in words).splitlines()
    return " ".join(" ".join(_MARK.sub("", line) for line in lines).split())


def _runs(
    recovered: Recovered, missing: dict[int, str], wrong: frozenset[int]
) -> tuple[list[Block], dict[str, object]]:
    gaps: dict[int, list[Gap]] = {}
    for gap in recovered.gaps:
        gaps.setdefault(gap.at, []).append(gap)
    blocks: list[Block] = []
    runs: list[Run] = []
    tag = "p"
    details: list[object] = []
    sentence = 0
    for index in range(len(recovered.words) + 1):
        word = recovered.words[index] if index < len(recovered.words) else None
        if word is not None and (index == 0 or word.word.before.count("\n") > 1 or _opens(word.word.before)):
            blocks, runs = _closed(blocks, runs, tag), []
            tag = _tag(word.word.before)
        for number, gap in enumerate(gaps.get(index, [])):
            details.append(_gap_detail(gap))
            runs.append(Run(kind="gap" if number == 0 else "gap next", text=_SAYS[gap.kind], index=len(details) - 1))
        if index in missing:
            runs.append(Run(kind="missing", text=missing[index]))
        if word is not None:
            details.append(_word_detail(word, sentence))
            runs.append(_word_run(word, len(details) - 1, is_wrong=index in wrong, apart=index in missing))
            sentence += word.word.after[-1:] in (".", "!", "?")
    return _closed(blocks, runs, tag), {"items": details, "samples": [report.id for report in recovered.samples]}


def _closed(blocks: list[Block], runs: list[Run], tag: str) -> list[Block]:
    return [*blocks, Block(tag=tag, runs=tuple(runs))] if runs else blocks


def _opens(before: str) -> bool:
    return "\n" in before and bool(_HEADING.search(before) or _ITEM.search(before))


def _tag(before: str) -> str:
    heading = _HEADING.search(before)
    if heading:
        return f"h{min(6, len(heading.group(1)) + 1)}"
    return "li" if _ITEM.search(before) else "p"


def _word_run(word: RecoveredWord, index: int, *, is_wrong: bool, apart: bool) -> Run:
    opening = _MARK.sub("", word.word.before.rsplit("\n", 1)[-1])
    lead = " " if apart or word.word.before != word.word.before.lstrip() else ""
    text = opening.strip() + word.word.core + word.word.after
    step = min(_STEPS - 1, int((1.0 - word.confidence) * 2 * _STEPS))
    return Run(kind="wrong" if is_wrong else "word", text=text, lead=lead, step=step, index=index)


def _word_detail(word: RecoveredWord, sentence: int) -> list[object]:
    others = [[alternative.text, list(alternative.samples)] for alternative in word.alternatives]
    return [round(word.confidence, 3), word.covered, list(word.samples), others, sentence]


def _gap_detail(gap: Gap) -> list[object]:
    return [gap.kind.value, [[alternative.text, list(alternative.samples)] for alternative in gap.alternatives]]
