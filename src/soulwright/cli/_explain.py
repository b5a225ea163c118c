"""`soulwright explain`: what is on for this operator and this user, who decided it, and what else could be had."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.policy import Deployment, Explanation, UserAdjustments
    from soulwright.spec import Spec

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of one call."""

    spec: Path | None
    deployment: Path | None
    user: Path | None
    provider: Path | None
    options: bool
    why: str | None
    what_if: str | None
    html: Path | None
    replay: Path | None
    schema: bool
    prompt: Path | None
    model: str | None
    on: datetime.date


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime.date:
    if value is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"`{value}` is not a day such as 2026-12-31") from error


@click.command(short_help="What is on for an operator and a user, who decided it, and why.")
@click.argument("spec", type=_FILE, required=False)
@click.option("--deployment", type=_FILE, metavar="FILE", help="What the operator agreed to, set, lent, fixed (YAML).")
@click.option("--user", type=_FILE, metavar="FILE", help="What the user asks for (YAML).")
@click.option("--provider", type=_FILE, metavar="FILE", help="The provider's own configuration (YAML).")
@click.option("--options", is_flag=True, help="For each behaviour: adjustable now, after what, by grant, or never.")
@click.option("--why", metavar="BEHAVIOUR", help="Every step that led to one value, with clause and place.")
@click.option("--what-if", metavar="BEHAVIOUR=VALUE", help="What would come of it if somebody set it so.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write the whole matrix, behaviours by layers, as a page.")
@click.option("--replay", type=_FILE, metavar="FILE", help="Check a ruling written with --json: same values and pins?")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a deployment under this document, for editors.")
@click.option("--prompt", type=_FILE, metavar="FILE", help="A system prompt: what it asks for and cannot have.")
@click.option("--model", metavar="NAME", help="The model that reads --prompt; without one only what needs none.")
@click.option(
    "--on", metavar="DAY", callback=_day, help="The day on which agreements must be in force; today if left out."
)
@json_option
def explain(*, as_json: bool, **asked: Any) -> int:
    """What is on under the document SPEC (the bundled one if left out) for one deployment and one user, and why.

    Exit status 1: something was asked for in vain, or a replayed ruling differs.
    """
    return answer(lambda: _explain(Asked(**asked)), as_json=as_json)


def _explain(asked: Asked) -> Outcome:
    from soulwright.spec import load_spec

    spec = load_spec(asked.spec or bundled_document())
    if asked.schema:
        return _schema(spec)
    deployment, user = _inputs(asked, spec)
    if asked.replay is not None:
        return _replay(asked.replay, spec, deployment, user)
    return _explained(asked, spec, deployment, user)


def _inputs(asked: Asked, spec: Spec) -> tuple[Deployment, UserAdjustments]:
    from soulwright.policy import Deployment, UserAdjustments, load_deployment, load_layers, load_user

    deployment = (
        load_deployment(asked.deployment, today=asked.on, spec=spec) if asked.deployment else Deployment(operator="")
    )
    if asked.provider is not None:
        deployment = replace(deployment, layers=load_layers(asked.provider, spec=spec))
    user = load_user(asked.user, spec=spec) if asked.user else UserAdjustments()
    return deployment, user


def _explained(asked: Asked, spec: Spec, deployment: Deployment, user: UserAdjustments) -> Outcome:
    from soulwright.cli import _explanations as show
    from soulwright.policy import explain, explanation_to_dict

    explanation = explain(spec, deployment, user)
    document = explanation_to_dict(explanation)
    findings = bool(explanation.ruling.rejected)
    parts: list[str] = []
    if asked.why is not None:
        line = explanation.line(asked.why)
        document, findings = {**document, "why": line.switch.name}, False
        parts.append(show.why(explanation, line))
    if asked.what_if is not None:
        wishes, text = _what_if(asked.what_if, spec, deployment, user)
        document, findings = {**document, "what_if": wishes}, False
        parts.append(text)
    if not parts:
        parts.append(show.table(explanation))
    if asked.options:
        parts.append(show.options(explanation))
    if asked.prompt is not None:
        more, text, found = _prompt(asked, spec, deployment)
        document, findings = {**document, "prompt": more}, findings or found
        parts.append(text)
    if asked.html is not None:
        parts.append(_write_page(asked.html, explanation))
    return Outcome(document=document, text="\n\n".join(parts), findings=findings)


def _what_if(
    wish: str, spec: Spec, deployment: Deployment, user: UserAdjustments
) -> tuple[list[dict[str, object]], str]:
    from soulwright.cli import _explanations as show
    from soulwright.policy import what_if, what_if_to_dict

    behaviour, separator, wanted = wish.partition("=")
    if not separator or not behaviour or not wanted:
        raise InputError(f"`{wish}` is not a wish", help="write it as --what-if behaviour=value")
    found = what_if(spec, deployment, user, behaviour=behaviour.strip(), wanted=wanted.strip())
    return [what_if_to_dict(one) for one in found], show.what_if(found)


def _prompt(asked: Asked, spec: Spec, deployment: Deployment) -> tuple[dict[str, object], str, bool]:
    from soulwright.cli._prompt import prompt_outcome

    assert asked.prompt is not None
    try:
        text = asked.prompt.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"cannot read the prompt: {reason}", source=str(asked.prompt), help="check it") from error
    return prompt_outcome(spec, deployment, text, source=str(asked.prompt), model=asked.model)


def _schema(spec: Spec) -> Outcome:
    from soulwright.policy import deployment_schema

    schema = deployment_schema(spec)
    return Outcome(document=schema, text=json.dumps(schema, ensure_ascii=False, indent=2))


def _replay(path: Path, spec: Spec, deployment: Deployment, user: UserAdjustments) -> Outcome:
    from soulwright.policy import differences, replay
    from soulwright.runs import read_json

    written = read_json(path)
    values = replay(written, source=str(path))
    found = differences(written, spec, deployment, user, source=str(path))
    text = "\n".join(
        [f"{len(values)} values follow from their steps", *found]
        if found
        else [f"{len(values)} values follow from their steps, and come out again the same"]
    )
    document = {"values": dict(values), "differences": list(found)}
    return Outcome(document=document, text=text, findings=bool(found))


def _write_page(path: Path, explanation: Explanation) -> str:
    from soulwright.policy import render_explanation
    from soulwright.runs import write_text_atomic

    write_text_atomic(path, render_explanation(explanation))
    return f"the whole matrix: {path}"
