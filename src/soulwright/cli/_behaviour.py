"""`soulwright recover behaviour`: the rules that a model follows where a baseline does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, plan_option, planned_outcome
from soulwright.cli._drawn import read_text
from soulwright.cli._options import folder_option, json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspect_ai.model import Model

    from soulwright.recover import Contrast, Conversation, RuleScore, RuleTest
    from soulwright.spec import Spec

_WORLD_TOKENS = 72  # the longest reply of the embedded world


@click.command(short_help="Find the rules that a model follows where a baseline does not.")
@click.option("--model", required=True, metavar="NAME", help="The model whose rules are looked for.")
@click.option("--baseline", required=True, metavar="NAME", help="What it is held against: its untrained base.")
@click.option("--spec", type=click.Path(path_type=Path), metavar="PATH", help="Score the rules against this document.")
@click.option("--judge", metavar="NAME", help="A model that reads replies; without it, the embedded world's grammar.")
@click.option(
    "--conversations",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Conversations, a line each (.jsonl with `messages`); without it, those of the embedded world.",
)
@click.option(
    "--per-sort",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Conversations of each sort of the embedded world.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which conversations of the embedded world.")
@folder_option("--out", "behaviour", "The folder for the logs of all requests and for behaviour.json.")
@plan_option
@json_option
@budget_options
def behaviour(*, out: Path, as_json: bool, **asked: object) -> int:
    """Find the rules that a model follows where a baseline does not, from their replies to the same conversations.

    No document is read for it. With `--spec` the rules are compared with its clauses afterwards: found, missed,
    invented. Interrupted, the same command goes on. Exit status 1 where no rule was confirmed.
    """
    return answer(lambda: _behaviour(out, _Asked(**asked)), as_json=as_json)  # type: ignore[arg-type] # click has checked them


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    model: str
    baseline: str
    spec: Path | None
    judge: str | None
    conversations: Path | None
    per_sort: int
    seed: int
    plan: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Induced:
    rules: tuple[RuleTest, ...]
    score: RuleScore | None
    contrasts: tuple[Contrast, ...]
    notes: tuple[str, ...]


def _behaviour(out: Path, asked: _Asked) -> Outcome:
    from soulwright.models import ModelRole, find_model
    from soulwright.recover import replies_of, score_to_dict, tested_to_dict
    from soulwright.runs import write_json
    from soulwright.spec import load_spec

    if (asked.judge is None) != (asked.conversations is None):
        raise InputError(
            "`--judge` and `--conversations` go together",
            help="give both, or neither for the embedded world, whose grammar reads the replies",
        )
    spec = load_spec(asked.spec) if asked.spec else None
    if asked.plan:
        return _planned(asked, spec)
    models = {
        "target": find_model(asked.model, ModelRole.TARGET),
        "baseline": find_model(asked.baseline, ModelRole.TARGET),
    }
    judge = find_model(asked.judge, ModelRole.JUDGE) if asked.judge else None
    conversations = _conversations(asked)
    tokens = {} if judge else {"max_tokens": _WORLD_TOKENS}
    replies = {
        name: replies_of(model, conversations, out / name / f"{name}.eval", **tokens) for name, model in models.items()
    }
    found = _by_judge(conversations, replies, judge, spec, out) if judge else _by_grammar(conversations, replies, spec)
    document: dict[str, object] = {
        "model": asked.model,
        "baseline": asked.baseline,
        "conversations": len(conversations),
        "compared": len(found.contrasts),
        "rules": [tested_to_dict(rule) for rule in found.rules],
        "score": score_to_dict(found.score) if found.score else None,
        "notes": list(found.notes),
    }
    write_json(out / "behaviour.json", document)
    confirmed = _confirmed(found.rules)
    return Outcome(document=document, text=_text(found, confirmed), findings=not confirmed)


def _planned(asked: _Asked, spec: Spec | None) -> Outcome:
    from soulwright.recover import plan_induction

    tokens = {} if asked.judge else {"max_tokens": _WORLD_TOKENS}
    models = (asked.model, asked.baseline)
    return planned_outcome(plan_induction(_conversations(asked), models, judge=asked.judge, spec=spec, **tokens))


def _by_grammar(
    conversations: Sequence[Conversation], replies: dict[str, dict[str, str]], spec: Spec | None
) -> _Induced:
    from soulwright.organism import clause_effects, observe
    from soulwright.recover import induce, score_rules

    seen = observe(conversations, replies["target"], replies["baseline"])
    rules = induce(seen.contrasts)
    score = None
    if spec is not None:
        effects = clause_effects(spec, conversations)
        score = score_rules([each.rule for each in _confirmed(rules)], effects, seen.contrasts)
    notes = tuple(f"{len(ids)} replies of the {name} could not be read" for name, ids in seen.unread.items() if ids)
    return _Induced(rules=rules, score=score, contrasts=seen.contrasts, notes=notes)


def _by_judge(
    conversations: Sequence[Conversation],
    replies: dict[str, dict[str, str]],
    judge: Model,
    spec: Spec | None,
    out: Path,
) -> _Induced:
    from soulwright.recover import induce_judged, score_judged

    found = induce_judged(conversations, replies["target"], replies["baseline"], judge, folder=out / "judge")
    confirmed = [each.rule for each in _confirmed(found.rules)]
    score = score_judged(confirmed, spec, judge, folder=out / "judge") if spec is not None else None
    lost = len(conversations) - len(set(replies["target"]) & set(replies["baseline"]))
    notes = [f"{lost} conversations were not answered by both models"] if lost else []
    notes += [f"{found.unanswered} answers of the judge could not be read"] if found.unanswered else []
    return _Induced(rules=found.rules, score=score, contrasts=found.contrasts, notes=tuple(notes))


def _confirmed(rules: Sequence[RuleTest]) -> list[RuleTest]:
    from soulwright.recover import RuleState

    return [each for each in rules if each.state is RuleState.CONFIRMED]


def _conversations(asked: _Asked) -> list[Conversation]:
    if asked.conversations is None:
        from soulwright.organism import explore

        return explore(seed=asked.seed, per_sort=asked.per_sort)
    lines = read_text(asked.conversations).split("\n")  # JSON may hold other ends of lines
    found = [_conversation(line, asked.conversations, at) for at, line in enumerate(lines, start=1) if line.strip()]
    twice = {each.id for each in found if sum(other.id == each.id for other in found) > 1}
    if twice or not found:
        said = f"the id `{min(twice)}` stands twice" if twice else "there is no conversation in it"
        raise InputError(said, source=str(asked.conversations), help="write one conversation a line, ids apart")
    return found


def _conversation(line: str, path: Path, number: int) -> Conversation:
    from soulwright.recover import Conversation
    from soulwright.situations import Role, message_from_dict

    try:
        row = json.loads(line)
        messages = tuple(message_from_dict(message) for message in row["messages"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "this line is not a conversation",
            source=str(path),
            line=number,
            excerpt=line,
            help='write `{"id": "1", "messages": [{"role": "user", "content": "..."}]}`',
        ) from error
    if not messages or messages[-1].role is not Role.USER:
        raise InputError("the last message is not a user's", source=str(path), line=number, excerpt=line)
    return Conversation(id=str(row.get("id", number)), messages=messages)


def _text(found: _Induced, confirmed: Sequence[RuleTest]) -> str:
    lines = [f"{len(confirmed)} rules confirmed of {len(found.rules)} proposed, {len(found.contrasts)} conversations"]
    lines += [f"note: {note}" for note in found.notes]
    if confirmed:
        lines += ["", f"{'follows':>9}  {'baseline':>8}  {'p':>7}  rule"]
    for each in confirmed:
        follows, others = f"{each.target_follows}/{each.conversations}", f"{each.baseline_follows}/{each.conversations}"
        lines.append(f"{follows:>9}  {others:>8}  {each.p:7.0e}  {each.rule}")
    return "\n".join(lines + (_score_lines(found.score, confirmed) if found.score else []))


def _score_lines(score: RuleScore, confirmed: Sequence[RuleTest]) -> list[str]:
    precision, recall = (
        "no rules" if score.precision is None else f"{score.precision:.3f}",
        "no clause shows in behaviour" if score.recall is None else f"{score.recall:.3f}",
    )
    return [
        "",
        f"{'precision':<12}{precision}",
        f"{'recall':<12}{recall}",
        f"{'F1':<12}{score.f1:.3f}",
        f"{'found':<12}{', '.join(score.found) or 'none'}",
        f"{'missed':<12}{', '.join(score.missed) or 'none'}",
        f"{'invented':<12}{'; '.join(str(confirmed[at].rule) for at in score.invented) or 'none'}",
        f"{'invisible':<12}{len(score.invisible)} clauses change no reply of these conversations",
    ]
