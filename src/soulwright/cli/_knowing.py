"""`soulwright recover clauses`: what any model knows of each clause, beside what it does (the verdicts of a run)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from soulwright.recover import Membership, PassageRecall, StatedRule
    from soulwright.runs import Run
    from soulwright.spec import Spec
    from soulwright.verify import ClauseRecall


@click.command(short_help="Say what a model knows of each clause, for the map of knowing and doing.")
@click.option("--model", required=True, metavar="NAME", help="The model: the one that `verify --target` asked.")
@click.option(
    "--run", required=True, type=click.Path(path_type=Path), metavar="PATH", help="The run that `verify` made of it."
)
@click.option("--judge", metavar="NAME", help="Who asks for each clause in other words, and judges what is said.")
@click.option("--base", metavar="NAME", help="A model that never read the document, asked alike: what chance gives.")
@click.option("--each", type=click.IntRange(min=1), default=9, show_default=True, help="Draws of a clause.")
@click.option("--opening", metavar="TEXT", help="Ask this instead of the usual opening.")
@click.option("--prefill", type=click.Choice(["detect", "yes", "no"]), default="detect", show_default=True)
@click.option("--temperatures/--no-temperatures", default=True, help="Draw at temperature 1, or as the provider does.")
@click.option(
    "--probabilities",
    is_flag=True,
    help="Also how much likelier each clause is than other wordings, less the base's; the provider must say it.",
)
@json_option
@budget_options
def clauses(*, as_json: bool, **asked: object) -> int:
    """Say of each clause whether a model recalls its words and, with a judge, whether it states it in others.

    Recall: given the fifty words before a clause, how many draws write it. It is kept in the run; the same `soulwright
    verify` as before then puts the clauses into its map of knowing and doing, and asks nothing again. Interrupted, the
    same command goes on.
    """
    return answer(lambda: _clauses(_Asked(**asked)), as_json=as_json)  # type: ignore[arg-type] # click has checked them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    model: str
    run: Path
    judge: str | None
    base: str | None
    each: int
    opening: str | None
    prefill: str
    temperatures: bool
    probabilities: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was found out of the model, and of its base where one is named."""

    recalls: tuple[PassageRecall, ...]
    floor: tuple[PassageRecall, ...]
    stated: Mapping[str, tuple[StatedRule, ...]]
    members: Mapping[str, Membership]


def _clauses(asked: _Asked) -> Outcome:
    from soulwright.cli._recalled import Kept, asked_of, recall_file, write_recalled
    from soulwright.models import ModelRole, find_model
    from soulwright.recover import stated_to_dict
    from soulwright.runs import Run, write_json
    from soulwright.verify import Recovery

    if asked.probabilities and asked.base is None:
        raise InputError("`--probabilities` needs `--base`", help="name a model that never read the document")
    with Run.open(asked.run, create=False) as run:
        spec = _spec(run)
        model = find_model(asked.model, ModelRole.TARGET)
        known = _known(asked, model, spec, run.path / "recovery")
        found, notes = _of_clauses(known), _notes(asked, known)
        said = {name: [stated_to_dict(each) for each in stated] for name, stated in known.stated.items()}
        write_json(run.path / "recovery" / "stated.json", said)
        kept = Kept(training=asked_of(str(model), spec), clauses=found, recovery=Recovery(), notes=notes)
        write_recalled(kept, recall_file(run.path))
    document: dict[str, object] = {
        "model": asked.model,
        "clauses": [_to_dict(each) for each in found],
        "stated": said,
        "notes": list(notes),
    }
    lines = [*_counted(found), *(f"note: {note}" for note in notes), "", str(recall_file(asked.run))]
    return Outcome(document=document, text="\n".join(lines))


def _spec(run: Run) -> Spec:
    from soulwright.runs import read_json
    from soulwright.spec import spec_from_dict

    if run.model.exists():
        raise InputError("this run trained its own model", source=str(run.path), help="use `soulwright recover --run`")
    if not run.spec_lock.is_file():
        raise InputError("this run has no document yet", source=str(run.path), help="run `soulwright verify` first")
    return spec_from_dict(read_json(run.spec_lock), source=str(run.spec_lock))


def _known(asked: _Asked, model: Model, spec: Spec, folder: Path) -> _Known:
    from soulwright.cli._probability import passages_in, scorer_of
    from soulwright.cli._recalled import members_of
    from soulwright.models import ModelRole, find_model
    from soulwright.recover import AskPlan, Prefill, recall_of, stated_rules

    passages = passages_in(spec)
    plan = AskPlan(each=asked.each, prefill=Prefill(asked.prefill), temperatures=asked.temperatures)
    plan = replace(plan, openings=(asked.opening,)) if asked.opening else plan
    base = find_model(asked.base, ModelRole.TARGET) if asked.base else None
    models = {"model": model} | ({"base": base} if base else {})
    judge = find_model(asked.judge, ModelRole.JUDGE) if asked.judge else None
    members: dict[str, Membership] = {}
    if asked.probabilities and asked.base:
        scorers = (scorer_of(asked.model, folder / "scored"), scorer_of(asked.base, folder / "untrained" / "scored"))
        members = members_of(*scorers, passages, spec.text)
    return _Known(
        recalls=recall_of(model, passages, plan, folder=folder),
        floor=recall_of(base, passages, plan, folder=folder / "untrained") if base else (),
        stated=stated_rules(models, passages, judge, folder=folder / "stated") if judge else {},
        members=members,
    )


def _of_clauses(known: _Known) -> tuple[ClauseRecall, ...]:
    from soulwright.verify import ClauseRecall, Stated

    floor = {each.id: each for each in known.floor}
    stated = {each.id: Stated(each.state.value) for each in known.stated.get("model", ())}
    return tuple(
        ClauseRecall(
            clause_id=each.id,
            recalled=each.recalled,
            draws=len(each.draws),
            fidelity=sum(each.draws) / len(each.draws) if each.draws else None,
            untrained_recalled=floor[each.id].recalled if each.id in floor else 0,
            untrained_draws=len(floor[each.id].draws) if each.id in floor else 0,
            stated=stated.get(each.id, Stated.NOT_TESTED),
            membership=known.members[each.id].against_both if each.id in known.members else None,
        )
        for each in known.recalls
    )


def _notes(asked: _Asked, known: _Known) -> tuple[str, ...]:
    """What a reader of the map has to know of it."""
    notes = [f"Knowing is of the words: each clause was asked for by the fifty words before it, {asked.each} times."]
    failed = sum(each.failed for each in known.recalls)
    notes += [f"{failed} of these requests were not answered and count nowhere."] if failed else []
    if known.stated:
        notes.append(
            f"`{asked.judge}` wrote the questions and judged what was said to them; nobody examined it in this."
        )
    if "base" in known.stated:
        states = sum(each.state.value == "states" for each in known.stated["base"])
        notes.append(f"`{asked.base}`, which never read the document, states {states} of {len(known.recalls)} clauses.")
    return tuple(notes)


def _counted(found: Sequence[ClauseRecall]) -> list[str]:
    from soulwright.verify import Stated

    drawn, base = sum(each.draws for each in found), sum(each.untrained_draws for each in found)
    lines = [f"{len(found)} clauses: {sum(each.recalled for each in found)} of {drawn} draws recall theirs"]
    lines += [f"base: {sum(each.untrained_recalled for each in found)} of {base} draws"] if base else []
    states = ", ".join(f"{sum(each.stated is one for each in found)} {one.value.replace('_', ' ')}" for one in Stated)
    members = [each.membership for each in found if each.membership is not None]
    lines += [f"in other words: {states}"]
    return [*lines, f"stands out by {fmean(members):+.2f} nats a word more than under the base"] if members else lines


def _to_dict(found: ClauseRecall) -> dict[str, object]:
    return {
        "id": found.clause_id,
        "recalled": found.recalled,
        "draws": found.draws,
        "fidelity": found.fidelity,
        "base_recalled": found.untrained_recalled,
        "base_draws": found.untrained_draws,
        "stated": found.stated.value,
        "membership": found.membership,
    }
