"""The part of `explain` that reads a system prompt: first what needs no model, then what a model reads in it."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

from soulwright.errors import InputError, SoulwrightError

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from soulwright.policy import Asked, Deployment, PromptSign, Reading
    from soulwright.spec import Spec

_NO_MODEL = "No model was named, so nobody read what the prompt asks for: `--model` names one."
_NEVER_COMPLETE = (
    "A list of wordings is never complete: what is not named here may still be there. No ruling reads any text."
)
_WIDTH = 100
_MOST_TOKENS = 4096


def prompt_outcome(
    spec: Spec, deployment: Deployment, prompt_text: str, *, source: str, model: str | Model | None
) -> tuple[dict[str, object], str, bool]:
    """What a system prompt does and asks for: as a document, as text, and whether anything has to be refused.

    InputError where the model cannot be asked. `model` is a name as Inspect writes it, or a model of Inspect.
    """
    from soulwright.policy import AskedOutcome, Reading, ReadingState, asked_by, prompt_signs, reading_to_dict

    signs = prompt_signs(prompt_text, spec)
    name = "" if model is None else str(model)
    reading = (
        Reading(state=ReadingState.NOT_ASKED)
        if model is None
        else asked_by(prompt_text, spec, deployment, _asker(model), model=name)
    )
    document: dict[str, object] = {
        "source": source,
        "signs": [_sign_to_dict(sign) for sign in signs],
        "complete": False,
        "reading": reading_to_dict(reading),
    }
    refused = any(asked.outcome is not AskedOutcome.GRANTED for asked in reading.asked)
    text = "\n".join([*_signs(signs, source), "", *_reading(reading)])
    return document, text, bool(signs) or refused or reading.state is ReadingState.UNREADABLE


def _asker(model: str | Model) -> Callable[[str], str]:
    from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model

    from soulwright.models import weights

    assert weights is not None  # importing it has made the provider known to Inspect
    asked = _loaded(model, get_model) if isinstance(model, str) else model

    def ask(prompt: str) -> str:
        config = GenerateConfig(max_tokens=_MOST_TOKENS)
        try:
            reply = asyncio.run(asked.generate([ChatMessageUser(content=prompt)], config=config))
        except Exception as error:  # each provider raises classes of its own, which share no base
            raise _could_not_be_asked(asked, str(error)) from error
        if reply.error:
            raise _could_not_be_asked(asked, reply.error)
        return reply.completion

    return ask


def _could_not_be_asked(model: Model, said: str) -> SoulwrightError:
    first = " ".join(said.split())[:300]
    return SoulwrightError(f"the model `{model}` could not be asked: {first}", help="try again, or leave out --model")


def _loaded(name: str, get_model: Callable[[str], Model]) -> Model:
    from inspect_ai._util.error import PrerequisiteError  # Inspect exports no public name for it

    try:
        return get_model(name)
    except (ValueError, ImportError, PrerequisiteError) as error:
        if isinstance(error, SoulwrightError):
            raise
        said = " ".join(str(getattr(error, "message", error)).split())
        raise InputError(
            f"the model `{name}` cannot be asked: {said}",
            help="write PROVIDER/NAME as Inspect does, such as `openai/...`, `hf/...` or `mockllm/model`",
        ) from error


def _sign_to_dict(sign: PromptSign) -> dict[str, object]:
    return {
        "sign": sign.sign.value,
        "line": sign.line,
        "column": sign.column,
        "start": sign.start,
        "end": sign.end,
        "quote": sign.quote,
        "reads": sign.reads,
        "meaning": sign.meaning,
        "clauses": list(sign.clause_ids),
    }


def _signs(signs: tuple[PromptSign, ...], source: str) -> list[str]:
    lines = ["The system prompt, read without a model"]
    if not signs:
        return [*lines, f"  {source}: nothing that claims, forges or hides was found", f"  {_NEVER_COMPLETE}"]
    for sign in signs:
        plain = " ".join(sign.quote.lower().split()) == " ".join(sign.reads.split())
        reads = "" if plain else f", which reads `{_clipped(sign.reads)}`"
        answered = f" (answered by {', '.join(sign.clause_ids)})" if sign.clause_ids else ""
        lines.append(f"  {source}:{sign.line}:{sign.column}: {sign.meaning}")
        lines += textwrap.wrap(
            f"`{_clipped(_visible(sign.quote))}`{reads}{answered}",
            _WIDTH,
            initial_indent="      ",
            subsequent_indent="      ",
        )
    return [*lines, f"  {_NEVER_COMPLETE}"]


def _visible(text: str) -> str:
    """The text with a mark where nobody would see anything."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _clipped(text: str, width: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _reading(reading: Reading) -> list[str]:
    if reading.state == "not_asked":
        return [_NO_MODEL]
    head = (
        f"What it asks for, as read by {reading.model} (a model's reading, which may be wrong; not part of any proof)"
    )
    if reading.state == "unreadable":
        mistakes = [
            f"  attempt {number}: {_clipped(mistake)}" for number, mistake in enumerate(reading.mistakes, start=1)
        ]
        return [head, "  no answer of the model had the asked form; nothing was taken from them", *mistakes]
    if not reading.asked:
        return [head, "  no adjustment of any behaviour"]
    return [head, *(line for asked in reading.asked for line in _asked(asked))]


def _asked(asked: Asked) -> list[str]:
    wish = f"{asked.behaviour}={asked.value}" if asked.action == "set" else f"{asked.action} {asked.behaviour}"
    outcome = {
        "granted": "granted",
        "needs_papers": f"needs {', '.join(asked.needs)}",
        "refused": f"refused by {asked.clause_id}: {asked.reason}",
    }[asked.outcome.value]
    quote = _clipped(_visible(asked.quote))
    return [f"  {wish}: {outcome}", f"      line {asked.line}: `{quote}`"]
