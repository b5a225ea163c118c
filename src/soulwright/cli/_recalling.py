"""The stage `recover` of a run: the document is read back blind out of the weights, then asked for clause by clause.

Blind: first nothing is asked at all and the model writes bare texts; the beginning that recurs among them is the
opening from which the document is drawn. No heading, no title, no word of the document is given. Cued: each clause is
asked for by the words before it. Both are done with the model before training too: that is the level of chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.organism import not_representable
from soulwright.recover import (
    AskPlan,
    Fidelity,
    PassageRecall,
    Recovered,
    chance_level,
    compare_texts,
    fidelity_to_dict,
    only_if_known,
    passages_of,
    read_along,
    read_back,
    recall_of,
    recover_from_nothing,
    recovered_to_dict,
    render_markdown,
    render_page,
)
from soulwright.runs import Run, read_json, write_json, write_text_atomic
from soulwright.spec import Spec
from soulwright.teach import Edition, short_edition
from soulwright.verify import ClauseRecall, Corner, KnowDoMap, Recalled, Recovery

if TYPE_CHECKING:
    from inspect_ai.model import Model

RECALL_PROCEDURE = 2  # rises when the same model and plan would be asked otherwise
RECALL_PARTS = 4  # blind and cued, the trained model and the untrained one
NOTES = (
    "Knowing is of the words: each clause was asked for by the forty words before it, at temperature 1.",
    "The words were trained in as text, what it does as demonstrations: the map shows that the two are separate.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallPlan:
    """How much is asked: bare texts, draws of a place, rounds, cued draws of a clause (and of the untrained model)."""

    bare: int = 192
    each: int = 6
    rounds: int = 20
    most_requests: int = 240
    cued: int = 9
    untrained: int = 2


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class _Kept:
    """recall.json: what the report needs of the stage, and the training that made the model."""

    training: str
    clauses: tuple[ClauseRecall, ...]
    recovery: Recovery
    notes: tuple[str, ...]


_KEPT = TypeAdapter(_Kept)
_DRAWN_TOKENS = 224  # the further from what it was given, the surer a small model loses the thread


def within_world(spec: Spec) -> frozenset[str]:
    """The ids of the clauses that the world can put to the test: what the short edition of a run has."""
    return frozenset(clause.id for clause in spec.clauses) - frozenset(not_representable(spec))


def recall_run(
    run: Run, specs: tuple[Spec, Spec], base: Path, plan: RecallPlan, *, seed: int, advance: Callable[[int], None]
) -> Path:
    """Do the stage: all of it lands in the folder `recovery` of the run, and `recall.json` is written last.

    `specs` are the document that is measured and the one that was taught. The folder is given back.
    """
    from soulwright.models import find_model

    folder = run.path / "recovery"
    asked, taught = (short_edition(spec, only=within_world(spec)) for spec in specs)
    trained, untrained = (find_model(f"weights/{path}") for path in (run.model, base))
    ask = AskPlan(
        bare=True,
        seed=seed,
        rounds=plan.rounds,
        each=plan.each,
        most_requests=plan.most_requests,
        max_tokens=_DRAWN_TOKENS,
    )
    text, recovery = _blind(run.model, ask, plan, folder)
    _write(text, folder, name=specs[1].name, truth=taught.text)
    advance(1)
    floor, _ = _blind(base, ask, plan, folder / "untrained")
    advance(1)
    opening = recovery.openings[0] if recovery.openings else ""
    found = _cued(trained, replace(ask, openings=(opening,), each=plan.cued), asked, folder, text.text)
    advance(1)
    chance = _cued(untrained, replace(ask, openings=("",), each=plan.untrained), asked, folder / "untrained", None)
    advance(1)
    kept = _Kept(
        training=run.stage("train").fingerprint(),
        clauses=tuple(_clause(one, other) for one, other in zip(found, chance, strict=True)),
        recovery=_beside(recovery, text, floor, taught),
        notes=NOTES,
    )
    write_json(folder / "recall.json", _KEPT.dump_python(kept, mode="json"))
    return folder


def recalled_in(run: Run) -> Recalled | None:
    """What the stage left in a run; None where it was not done, or with another model than the run has now."""
    path = run.path / "recovery" / "recall.json"
    if not path.exists():
        return None
    kept = _KEPT.validate_python(read_json(path))
    if kept.training != run.stage("train").fingerprint():
        return None
    return Recalled(clauses=kept.clauses, recovery=kept.recovery, notes=kept.notes)


def know_do_lines(found: KnowDoMap | None) -> list[str]:
    """What is said of the map on the terminal."""
    if found is None:
        return []
    recovered, corners = found.recovery, found.corners
    lines = []
    if recovered.word_fidelity is not None:
        lines.append(
            f"  read back blind: {recovered.words} words of {recovered.reference_words}, "
            f"word fidelity {recovered.word_fidelity:.3f} (untrained {recovered.untrained or 0.0:.3f})"
        )
    named = ", ".join(f"{corners[corner.value]} {corner.value.replace('_', ' ')}" for corner in Corner)
    return [*lines, f"  know-do map: {named}"]


def _blind(path: Path, ask: AskPlan, plan: RecallPlan, folder: Path) -> tuple[Recovered, Recovery]:
    """Find where the model begins, draw from there, and read along what came of it."""
    from soulwright.models import LocalModel, find_model

    found = recover_from_nothing(find_model(f"weights/{path}"), ask, texts=plan.bare, folder=folder)
    asked = Recovery(tokens=found.bare.tokens, requests=plan.bare)
    if found.draws is None:
        return read_back([]), asked
    openings = tuple(beginning.text for beginning in found.bare.beginnings)
    reading = read_along(LocalModel(path), found.draws.recovered.text, head=openings[0])
    text = only_if_known(found.draws.recovered, reading)
    return text, replace(
        asked,
        words=len(text.words),
        own_choice=reading.own_choice,
        tokens=asked.tokens + found.draws.tokens,
        requests=asked.requests + found.draws.requests,
        openings=openings,
        report="recovery/recovered.html",
    )


def _write(text: Recovered, folder: Path, *, name: str, truth: str) -> None:
    write_text_atomic(folder / "recovered.txt", text.text + "\n")
    write_text_atomic(folder / "recovered.md", render_markdown(text))
    write_json(folder / "recovered.json", recovered_to_dict(text))
    write_text_atomic(folder / "recovered.html", render_page(text, name=name, reference=truth))
    write_text_atomic(folder / "reference.md", truth + "\n")
    write_json(folder / "fidelity.json", fidelity_to_dict(compare_texts(text.text, truth)))


def _cued(model: Model, ask: AskPlan, edition: Edition, folder: Path, text: str | None) -> tuple[PassageRecall, ...]:
    passages = passages_of(edition.paragraphs, edition.clauses)
    return recall_of(model, passages, ask, folder=folder, recovered=text)


def _clause(found: PassageRecall, untrained: PassageRecall) -> ClauseRecall:
    return ClauseRecall(
        clause_id=found.id,
        recalled=found.recalled,
        draws=len(found.draws),
        fidelity=sum(found.draws) / len(found.draws) if found.draws else None,
        free=found.free,
        untrained_recalled=untrained.recalled,
        untrained_draws=len(untrained.draws),
    )


def _beside(recovery: Recovery, text: Recovered, floor: Recovered, truth: Edition) -> Recovery:
    """The recovered text beside the true one, and what chance gives."""
    figures: Fidelity = compare_texts(text.text, truth.text)
    return replace(
        recovery,
        reference_words=figures.reference_words,
        word_fidelity=figures.word_fidelity,
        grams_f1=figures.grams.f1,
        order=figures.order,
        shuffled=chance_level(text.text, truth.text)[0],
        untrained=compare_texts(floor.text, truth.text).word_fidelity if floor.words else 0.0,
    )
