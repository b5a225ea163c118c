"""`soulwright recover probability`: how likely a model is to write a document, from its token probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, plan_option, planned_outcome
from soulwright.cli._drawn import read_text, row_of, without_marks, wrong_line
from soulwright.cli._options import folder_option, json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.models import Decoding
    from soulwright.recover import Extraction, Membership, Passage, ScoresTexts
    from soulwright.spec import Spec


@click.command(short_help="Say how likely a model is to write a document, clause by clause.")
@click.option("--model", required=True, metavar="NAME", help="A folder of weights, or a model whose provider scores.")
@click.option("--spec", required=True, type=click.Path(path_type=Path), metavar="PATH", help="The document.")
@click.option("--base", metavar="NAME", help="A model that never read it: its figures stand beside.")
@click.option(
    "--whole", is_flag=True, help="Score the document as it is written, not its short edition (headings and clauses)."
)
@click.option("--opening", metavar="TEXT", help="Ask this first, and go on with the reply; without it, in bare text.")
@click.option(
    "--wordings",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Paraphrases of clauses for membership, a line each (.jsonl with `id` and `text`); else words are replaced.",
)
@click.option("--temperature", type=click.FloatRange(min=0), default=1.0, show_default=True)
@click.option("--top-p", type=click.FloatRange(min=0, min_open=True, max=1), default=1.0, show_default=True)
@folder_option(
    "--out", "probability", "The folder for probability.json, and for logs where the model is asked through Inspect."
)
@plan_option
@json_option
@budget_options
def probability(*, out: Path, as_json: bool, **asked: object) -> int:
    """Say how likely a model is to write a document: each window of 50 words, and each clause, after what is before it.

    Exit status 1 where not one window in ten would be found in a hundred draws with an even chance.
    """
    return answer(lambda: _probability(out, _Asked(**asked)), as_json=as_json)  # type: ignore[arg-type] # click has checked them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    model: str
    spec: Path
    base: str | None
    whole: bool
    opening: str | None
    wordings: Path | None
    temperature: float
    top_p: float
    plan: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    text: str
    passages: tuple[Passage, ...]
    head: str = ""


def _probability(out: Path, asked: _Asked) -> Outcome:
    from soulwright.recover import extraction_to_dict, membership, membership_to_dict
    from soulwright.runs import write_json

    text, decoding = _text_of(asked), _decoding(asked)
    wordings = _wordings(asked.wordings, text)
    if asked.plan:
        return _planned(asked, text, wordings)
    model = scorer_of(asked.model, out / "model")
    base = scorer_of(asked.base, out / "base") if asked.base else None
    found = {"model": _extracted(model, text, decoding, asked.opening)}
    if base is not None:
        found["base"] = _extracted(base, text, decoding, asked.opening)
    members = membership(model, text.passages, wordings, base=base, opening=asked.opening, head=text.head)
    document: dict[str, object] = {
        "model": asked.model,
        "base": asked.base,
        "windows": {name: extraction_to_dict(windows) for name, (windows, _) in found.items()},
        "clauses": {name: extraction_to_dict(clauses) for name, (_, clauses) in found.items()},
        "membership": [membership_to_dict(each) for each in members],
    }
    write_json(out / "probability.json", document)
    share = found["model"][0].discoverable(100, 0.5)
    return Outcome(document=document, text=_said(found, members), findings=share is None or share < 0.1)


def _planned(asked: _Asked, text: _Text, wordings: dict[str, tuple[str, ...]]) -> Outcome:
    from soulwright.recover import CountingScorer, membership

    model, base = CountingScorer(asked.model), CountingScorer(asked.base) if asked.base else None
    counting = [model, *([base] if base is not None else [])]
    for each in counting:
        _extracted(each, text, _decoding(asked), asked.opening)
    membership(model, text.passages, wordings, base=base, opening=asked.opening, head=text.head)
    return planned_outcome([each.planned for each in counting])


def _decoding(asked: _Asked) -> Decoding:
    from soulwright.models import Decoding

    return Decoding(temperature=asked.temperature, top_p=asked.top_p)


def _wordings(path: Path | None, text: _Text) -> dict[str, tuple[str, ...]]:
    """Other wordings of each clause: those of a file, where one is named, and nothing beside them."""
    from soulwright.cli._recalled import WORDINGS
    from soulwright.recover import neighbours

    if path is None:
        vocabulary = text.text.split()
        return {each.id: neighbours(each.text, vocabulary, count=WORDINGS) for each in text.passages}
    known = {each.id for each in text.passages}
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            row = row_of(line, path, number)
            name = row.get("id")
            if name not in known:
                remedy = 'write `{"id": "a clause", "text": "the same in other words"}`'
                raise wrong_line(f"there is no clause `{name}` in the document", path, number, line, remedy)
            found[name] = (*found.get(name, ()), row["text"])
    if not found:
        raise InputError("there is no wording in it", source=str(path), help="write one wording a line")
    return found


def _extracted(
    model: ScoresTexts, text: _Text, decoding: Decoding, opening: str | None
) -> tuple[Extraction, Extraction]:
    from soulwright.recover import extraction, extraction_of

    return (
        extraction(model, text.text, decoding=decoding, opening=opening, head=text.head),
        extraction_of(model, text.passages, decoding=decoding, opening=opening, head=text.head),
    )


def _text_of(asked: _Asked) -> _Text:
    from soulwright.recover import passages_of
    from soulwright.spec import load_spec
    from soulwright.teach import short_edition

    spec = load_spec(asked.spec)
    if not asked.whole:
        edition = short_edition(spec)
        passages = passages_of(edition.paragraphs, edition.clauses)
        return _Text(text=edition.text, passages=passages, head=f"{edition.title}\n\n")
    return _Text(text=without_marks(spec.text), passages=passages_in(spec))


def passages_in(spec: Spec) -> tuple[Passage, ...]:
    """The clauses of a document as it is written, each with the fifty words before it."""
    from soulwright.recover import Passage

    return tuple(
        Passage(
            id=clause.id,
            text=clause.text,
            before=" ".join(without_marks(spec.text[: clause.span.start]).split()[-50:]) + "\n\n",
        )
        for clause in spec.clauses
        if not clause.source  # a clause of a parent stands in the parent's text
    )


def scorer_of(name: str, folder: Path) -> ScoresTexts:
    """Who says how likely a model finds a text: its weights, or its provider; the logs of the latter in `folder`."""
    from soulwright.models import ModelRole, find_model, weights_of
    from soulwright.recover import InspectScorer

    model = find_model(name, ModelRole.TARGET)
    return weights_of(model) or InspectScorer(model, folder)


def _said(found: dict[str, tuple[Extraction, Extraction]], members: Sequence[Membership]) -> str:
    lines = [f"{'':<44}{''.join(f'{name:>9}' for name in found)}"]
    for draws in (1, 10, 100):
        row = [_share(windows.discoverable(draws, 0.5)) for windows, _ in found.values()]
        lines.append(f"{f'windows found in {draws} draws, chance 1/2':<44}{''.join(f'{each:>9}' for each in row)}")
    for threshold in (0.001, 0.5):
        row = [_share(windows.covered(threshold)) for windows, _ in found.values()]
        lines.append(f"{f'words in windows with p_z >= {threshold}':<44}{''.join(f'{each:>9}' for each in row)}")
    row = [_share(clauses.discoverable(10, 0.5)) for _, clauses in found.values()]
    lines.append(f"{'clauses found in 10 draws, chance 1/2':<44}{''.join(f'{each:>9}' for each in row)}")
    left = sum(
        each.log_p is None for windows, clauses in found.values() for each in (*windows.stretches, *clauses.stretches)
    )
    lines += [f"note: {left} texts did not fit into what a model can read and count nowhere"] if left else []
    for name, values in (
        ("nats a word above other wordings", [each.against_others for each in members]),
        ("the same, less the base's", [each.against_both for each in members]),
        ("nats a word above the base", [each.against_base for each in members]),
        ("other wordings that are less likely", [each.rank for each in members]),
    ):
        known = [value for value in values if value is not None]
        lines += [f"{'membership: ' + name:<44}{fmean(known):>9.3f}"] if known else []
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
