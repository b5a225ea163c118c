"""The stage `recover` of a run: the document is read back blind out of the weights, then asked for clause by clause.

Blind: first nothing is asked at all and the model writes bare texts; the beginning that recurs among them is the
opening from which the document is drawn. No heading, no title, no word of the document is given. Cued: each clause is
asked for by the words before it. Both are done with the model before training too: that is the level of chance. At last
the weights say how much more each clause stands out among other wordings of it than before training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.cli._recalled import Kept, members_of, recall_file, recalled_at, write_recalled
from soulwright.organism import not_representable
from soulwright.recover import (
    BARE_TOKENS,
    AskPlan,
    Fidelity,
    Membership,
    PassageRecall,
    Recovered,
    Sample,
    along_with_weights,
    chance_level,
    chance_levels,
    compare_texts,
    fidelity_to_dict,
    passages_of,
    ranged_figures,
    ranged_to_dict,
    recall_of,
    recover_from_nothing,
    recovered_to_dict,
    render_markdown,
    render_page,
)
from soulwright.runs import Run, write_json, write_text_atomic
from soulwright.spec import Spec
from soulwright.teach import Edition, short_edition
from soulwright.verify import ClauseRecall, Recalled, Recovery

if TYPE_CHECKING:
    from inspect_ai.model import Model

RECALL_PROCEDURE = 3  # rises when the same model and plan would be asked otherwise, or the stage says more
RECALL_PARTS = 4  # blind and cued, the trained model and the untrained one
_WORDINGS, _SUBSETS = 4, 12  # half of what `recover` takes by itself: a demo has little time
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blind:
    """What was read back of one model; `samples` are empty where its text is withheld."""

    text: Recovered
    recovery: Recovery
    samples: tuple[Sample, ...]


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
        max_tokens=BARE_TOKENS,
    )
    blind = _blind(trained, ask, plan, folder)
    advance(1)
    floor = _blind(untrained, ask, plan, folder / "untrained")
    between = _write(blind, floor, folder, name=specs[1].name, truth=taught.text)
    advance(1)
    opening = blind.recovery.openings[0] if blind.recovery.openings else ""
    found = _cued(trained, replace(ask, openings=(opening,), each=plan.cued), asked, folder, blind.text.text)
    advance(1)
    chance = _cued(untrained, replace(ask, openings=("",), each=plan.untrained), asked, folder / "untrained", None)
    members = _members(trained, untrained, asked)
    advance(1)
    kept = Kept(
        training=run.stage("train").fingerprint(),
        clauses=tuple(_clause(one, other, members) for one, other in zip(found, chance, strict=True)),
        recovery=replace(_beside(blind, floor, taught), word_fidelity_between=between),
        notes=NOTES,
    )
    write_recalled(kept, recall_file(run.path))
    return folder


def recalled_in(run: Run) -> Recalled | None:
    """What the stage left in a run; None where it was not done, or with another model than the run has now."""
    return recalled_at(run.path, run.stage("train").fingerprint()) if recall_file(run.path).exists() else None


def _blind(model: Model, ask: AskPlan, plan: RecallPlan, folder: Path) -> _Blind:
    """Find where the model begins, draw from there, and read along what came of it."""
    found = recover_from_nothing(model, ask, texts=plan.bare, folder=folder)
    text, along = along_with_weights(model, ask, found.draws)
    openings = tuple(beginning.text for beginning in found.bare.beginnings)
    recovery = Recovery(
        words=len(text.words),
        own_choice=along.own_choice if along else None,
        tokens=found.draws.tokens,
        requests=found.draws.requests,
        openings=openings,
        report="recovery/recovered.html",
    )
    shown = text is found.draws.recovered
    return _Blind(text=text, recovery=recovery, samples=found.draws.samples if shown else ())


def _write(blind: _Blind, floor: _Blind, folder: Path, *, name: str, truth: str) -> tuple[float, float] | None:
    """The page and its kin, chance and intervals beside the figures; gives back the interval of the word fidelity."""
    text = blind.text
    levels = chance_levels(text.text, truth, {"the model before training": floor.text.text})
    ranges = ranged_figures(blind.samples, truth, subsets=_SUBSETS)
    page = render_page(text, name=name, reference=truth, levels=levels, ranges=ranges)
    write_text_atomic(folder / "recovered.txt", text.text + "\n")
    write_text_atomic(folder / "recovered.md", render_markdown(text))
    write_json(folder / "recovered.json", recovered_to_dict(text))
    write_text_atomic(folder / "recovered.html", page)
    write_text_atomic(folder / "reference.md", truth + "\n")
    figures = fidelity_to_dict(compare_texts(text.text, truth)) | {"intervals": ranged_to_dict(ranges)}
    write_json(folder / "fidelity.json", figures)
    fidelity = ranges.get("word_fidelity")
    return (fidelity.low, fidelity.high) if fidelity else None


def _cued(model: Model, ask: AskPlan, edition: Edition, folder: Path, text: str | None) -> tuple[PassageRecall, ...]:
    passages = passages_of(edition.paragraphs, edition.clauses)
    return recall_of(model, passages, ask, folder=folder, recovered=text)


def _members(trained: Model, untrained: Model, edition: Edition) -> dict[str, Membership]:
    from soulwright.models import weights_of

    model, base = weights_of(trained), weights_of(untrained)
    assert model is not None
    assert base is not None
    passages = passages_of(edition.paragraphs, edition.clauses)
    return members_of(model, base, passages, edition.text, head=f"{edition.title}\n\n", count=_WORDINGS)


def _clause(found: PassageRecall, untrained: PassageRecall, members: Mapping[str, Membership]) -> ClauseRecall:
    return ClauseRecall(
        clause_id=found.id,
        recalled=found.recalled,
        draws=len(found.draws),
        fidelity=sum(found.draws) / len(found.draws) if found.draws else None,
        free=found.free,
        untrained_recalled=untrained.recalled,
        untrained_draws=len(untrained.draws),
        membership=members[found.id].against_both if found.id in members else None,
    )


def _beside(blind: _Blind, floor: _Blind, truth: Edition) -> Recovery:
    """The recovered text beside the true one, and what chance gives."""
    text, against = blind.text.text, truth.text
    figures: Fidelity = compare_texts(text, against)
    return replace(
        blind.recovery,
        reference_words=figures.reference_words,
        word_fidelity=figures.word_fidelity,
        grams_f1=figures.grams.f1,
        order=figures.order,
        shuffled=chance_level(text, against)[0],
        untrained=compare_texts(floor.text.text, against).word_fidelity if floor.text.words else 0.0,
    )
