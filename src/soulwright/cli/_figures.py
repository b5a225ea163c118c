"""What is said of a recovered text: its figures, with chance and intervals beside them, and the four files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.cli._answer import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from soulwright.recover import Calibration, ChanceLevel, Fidelity, PrecisionRecall, Ranged, Recovered


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A recovered text, and what stands beside its figures where there is a reference."""

    recovered: Recovered
    reference: str | None
    levels: tuple[ChanceLevel, ...]
    ranges: Mapping[str, Ranged]


def outcome_of(found: Found, out: Path, lines: list[str], facts: dict[str, object], *, name: str) -> Outcome:
    """Write the four files and say what they hold."""
    from soulwright.recover import (
        calibration_against,
        calibration_to_dict,
        chance_to_dict,
        compare_texts,
        fidelity_to_dict,
        ranged_to_dict,
        recovered_to_dict,
        strange_reference,
    )

    recovered, true = found.recovered, found.reference
    figures = compare_texts(recovered.text, true) if true is not None else None
    mean = recovered.mean_confidence
    lines = [*lines, f"{len(recovered.words)} words from {len(recovered.samples)} samples, {len(recovered.gaps)} gaps"]
    lines += [f"mean confidence {mean:.3f}"] if mean is not None else []
    strange = strange_reference(recovered.text, true) if true is not None else ""
    lines += [f"note: {notice}" for notice in (*recovered.notices, *([strange] if strange else []))]
    trust = calibration_against(recovered, true) if true is not None else None
    lines += ["", figures_text(figures)] if figures else []
    lines += [_trust_text(trust)] if trust else []
    lines += [*chance_lines(found.levels), *_range_lines(found.ranges)]
    document = (
        facts
        | recovered_to_dict(recovered)
        | {
            "fidelity": fidelity_to_dict(figures) if figures else None,
            "calibration": calibration_to_dict(trust) if trust else None,
            "chance": chance_to_dict(found.levels),
            "intervals": ranged_to_dict(found.ranges),
            "strange_reference": strange or None,
        }
    )
    write_recovered(found, out, document, name=name)
    return Outcome(
        document=document, text="\n".join([*lines, "", str(out / "recovered.html")]), findings=not recovered.words
    )


def chance_lines(levels: Sequence[ChanceLevel]) -> list[str]:
    """What the same figures are where the document cannot be known."""
    return [
        f"{'chance level':<26}{each.word_fidelity:.3f}, 8-grams {each.grams_f1:.3f} ({each.name})" for each in levels
    ]


def _range_lines(ranges: Mapping[str, Ranged]) -> list[str]:
    said = {"word_fidelity": "word fidelity", "grams_f1": "8-grams", "order": "order", "ece": "ECE"}
    shown = [f"{name} {ranges[key].low:.3f} to {ranges[key].high:.3f}" for key, name in said.items() if key in ranges]
    return [f"{'with other samples':<26}{', '.join(shown)} (95 per cent)"] if shown else []


def write_recovered(found: Found, out: Path, document: Mapping[str, object], *, name: str) -> None:
    """Write recovered.txt, .md, .json (the `document`) and .html; all are made before the first is written."""
    from soulwright.recover import render_markdown, render_page
    from soulwright.runs import write_json, write_text_atomic

    recovered = found.recovered
    page = render_page(recovered, name=name, reference=found.reference, levels=found.levels, ranges=found.ranges)
    marked = render_markdown(recovered)
    write_text_atomic(out / "recovered.txt", recovered.text + "\n")
    write_text_atomic(out / "recovered.md", marked)
    write_json(out / "recovered.json", document)
    write_text_atomic(out / "recovered.html", page)


def figures_text(fidelity: Fidelity) -> str:
    """The figures of one text against another, a line each."""
    lines = [
        ("word fidelity", f"{fidelity.word_fidelity:.3f}"),
        ("8-grams", _both(fidelity.grams)),
        ("spans of 8 words or more", _both(fidelity.spans)),
        ("order", f"{fidelity.order:.3f}"),
        ("near-verbatim recall", f"{fidelity.near_verbatim_recall:.3f}, longest block {fidelity.longest_block} words"),
        ("sections there", _share(fidelity.section_coverage)),
        ("sections to the word", _share(fidelity.exact_sections)),
        ("sections in order", _share(fidelity.section_order)),
        ("words", f"{fidelity.words} recovered, {fidelity.reference_words} in the reference"),
    ]
    return "\n".join(f"{name:<26}{figure}" for name, figure in lines)


def _trust_text(found: Calibration) -> str:
    auroc = "none: all words are right or all wrong" if found.auroc is None else f"{found.auroc:.3f}"
    return f"{'confidence':<26}ECE {found.ece:.3f}, Brier {found.brier:.3f}, AUROC {auroc}"


def _both(figure: PrecisionRecall) -> str:
    return f"{figure.f1:.3f} (precision {figure.precision:.3f}, recall {figure.recall:.3f})"


def _share(value: float | None) -> str:
    return "no sections" if value is None else f"{value:.3f}"
