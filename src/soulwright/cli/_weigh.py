"""`soulwright weigh`: think a conversation through under a document, step by step, before it is answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer, printable
from soulwright.cli._asking import budget_options, plan_option, planned_outcome, usage
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.situations import Message
    from soulwright.weigh import Deliberation


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighOptions:
    """Which conversation is weighed under which document, and by whom."""

    text: str
    model: str
    spec: Path | None = None
    system: str = ""
    conversation: Path | None = None
    context_tokens: int = 6000
    plan: bool = False


@click.command(short_help="Think a conversation through under a document.")
@click.argument("text", required=False, default="")
@click.option("--model", required=True, metavar="MODEL", help="Who thinks: any model of Inspect, or a model folder.")
@click.option(
    "--spec", type=click.Path(path_type=Path), metavar="PATH", help="The document; the bundled one if left out."
)
@click.option("--system", default="", metavar="TEXT", help="The operator's system prompt before TEXT.")
@click.option(
    "--conversation",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help='A whole conversation instead of TEXT: JSON, a list of `{"role": "user", "content": "..."}`.',
)
@click.option(
    "--context-tokens",
    type=click.IntRange(min=200),
    default=6000,
    show_default=True,
    metavar="N",
    help="How much of the document is shown, in estimated tokens: hard limits and the clauses most like TEXT.",
)
@plan_option
@json_option
@budget_options
def weigh(*, as_json: bool, **given: object) -> int:
    """Think TEXT (what a user says) through under a document: the clauses at stake and their order, who would send it,
    stakes, reversibility, what refusing would change, the two newspaper stories, then the reply and its reason.

    Exit status 1 where the model gave no such record.
    """
    return answer(lambda: _weigh(WeighOptions(**given)), as_json=as_json)  # type: ignore[arg-type] # click has checked the types


def _weigh(options: WeighOptions) -> Outcome:
    import asyncio

    from soulwright.models import AnswerState, ModelRole, find_model
    from soulwright.spec import load_spec
    from soulwright.weigh import Weighing, deliberation_to_dict, plan_weighing, weigh_request
    from soulwright.weigh import weigh as think

    spec = load_spec(options.spec or bundled_document())
    messages, terms = _messages(options), Weighing(context_tokens=options.context_tokens)
    if options.plan:
        return planned_outcome([plan_weighing([weigh_request(spec, messages, terms)], options.model, terms)])
    model = find_model(options.model, ModelRole.TEACHER)
    said = asyncio.run(think(spec, messages, model, terms))
    document: dict[str, object] = {"model": str(model), "spec": spec.hash, "state": said.state.value, "why": said.why}
    if said.state is not AnswerState.PARSED:
        text = f"no deliberation: {said.state.value}: {printable(said.why)}"
        return Outcome(document=document | {"raw": list(said.raw), "asked": usage()}, text=text, findings=True)
    record = deliberation_to_dict(said.value)
    return Outcome(document=document | {"deliberation": record, "asked": usage()}, text=printable(_text(said.value)))


def _messages(options: WeighOptions) -> tuple[Message, ...]:
    from soulwright.situations import Message, Role, message_from_dict

    if options.conversation is None:
        if not options.text.strip():
            raise InputError("there is nothing to weigh", help="give a text, or `--conversation PATH`")
        system = (Message(role=Role.SYSTEM, content=options.system),) if options.system else ()
        return (*system, Message(role=Role.USER, content=options.text))
    source = str(options.conversation)
    try:
        rows = json.loads(options.conversation.read_text(encoding="utf-8"))
        return tuple(message_from_dict(row) for row in rows)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=source, help="name a file of JSON") from error
    except (ValueError, KeyError, TypeError) as error:
        remedy = 'write `[{"role": "user", "content": "..."}]`'
        raise InputError(f"is no conversation: {error}", source=source, help=remedy) from error


def _text(record: Deliberation) -> str:
    at_stake = {one.clause: one.why for one in record.clauses}
    lines = ["at stake, in this order:" if record.order else "at stake: nothing out of the ordinary"]
    lines += [f"  {number}. {name}: {at_stake[name]}" for number, name in enumerate(record.order, start=1)]
    lines.append("of a hundred who would send this:")
    lines += [f"  {one.percent:3} {one.who}: {one.wants}" for one in record.population]
    lines += [
        f"harm ({record.stakes.severity}): {record.stakes.harm}",
        f"benefit: {record.stakes.benefit}",
        f"could be undone ({record.reversibility.degree}): {record.reversibility.why}",
        f"refusing would change ({record.refusing.degree}): {record.refusing.why}",
        f"if harm were done: {record.harm_story}",
        f"if help were withheld: {record.withheld_story}",
        "",
        f"reply ({record.course}):",
        record.reply,
        "",
        f"reason: {record.reason}",
    ]
    return "\n".join(lines)
