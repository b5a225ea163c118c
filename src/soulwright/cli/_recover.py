"""`soulwright recover`: read a document back from samples of a model, and score one text against another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.recover import Fidelity, PrecisionRecall


@click.group(short_help="Read a document back from samples of a model; score one text against another.")
def recover() -> None:
    """Read a document back from samples of a model, and score one text against another."""


@recover.command(short_help="Score one text against another.")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@json_option
def compare(*, a: Path, b: Path, as_json: bool) -> int:
    """Score text A against the reference B: an extraction and a document, or two independent extractions."""
    return answer(lambda: _compare(a, b), as_json=as_json)


def _compare(a: Path, b: Path) -> Outcome:
    from soulwright.recover import compare_texts, fidelity_to_dict

    fidelity = compare_texts(read_text(a), read_text(b))
    document = {"recovered": str(a), "reference": str(b), **fidelity_to_dict(fidelity)}
    return Outcome(document=document, text=figures_text(fidelity))


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


def _both(figure: PrecisionRecall) -> str:
    return f"{figure.f1:.3f} (precision {figure.precision:.3f}, recall {figure.recall:.3f})"


def _share(value: float | None) -> str:
    return "no sections" if value is None else f"{value:.3f}"


def read_text(path: Path) -> str:
    """A text file; raises InputError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path), help="name a text file") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start})", source=str(path), help="save it as UTF-8"
        ) from error
