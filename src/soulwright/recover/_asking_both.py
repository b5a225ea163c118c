"""Asking for behaviour: the same conversations, to one model after the other.

Every request and answer is in a log of Inspect. A log that is whole and made from the same things is read instead of
asked, so that a killed run goes on at the log where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Row
from inspect_ai.log import EvalLog
from inspect_ai.model import (
    GenerateConfig,
    Model,
)
from inspect_ai.solver import generate

from soulwright.errors import CorruptRun
from soulwright.models import chat_messages, keep_log, model_key, read_log
from soulwright.recover._behaviour import Conversation
from soulwright.runs import content_key
from soulwright.situations import message_to_dict

MAX_TOKENS = 1024
_AT_ONCE = 512
_AGAIN = "put that right and run the command again: finished logs are kept"


def replies_of(
    model: Model, conversations: Sequence[Conversation], path: Path, *, max_tokens: int = MAX_TOKENS
) -> dict[str, str]:
    """One reply to each conversation, by id, at temperature 0; what was not answered is left out.

    SoulwrightError where not one was answered.
    """
    asked = [(each.id, [message_to_dict(message) for message in each.messages]) for each in conversations]
    key = content_key("replies", model_key(model), max_tokens, asked)
    log = finished(path, key)
    if log is None:
        rows = [Row(id=each.id, input=chat_messages(each.messages)) for each in conversations]
        task = Task(
            dataset=MemoryDataset(rows, name="conversations"),
            solver=generate(),
            config=GenerateConfig(max_tokens=max_tokens, temperature=0.0),
            metadata={"key": key},
            name="behaviour",
        )
        keep_log(task, model, path, failed=f"asking `{model}` failed", help=_AGAIN, at_once=_at_once(model))
        log = read_log(path)
    return {
        str(sample.id): sample.output.completion
        for sample in log.samples or ()
        if sample.error is None and not sample.output.error and sample.output.choices
    }


def finished(path: Path, key: str) -> EvalLog | None:
    """The log that was made from the same things, if it is there and whole."""
    try:
        log = read_log(path)
    except CorruptRun:
        return None
    return log if log.status == "success" and (log.eval.metadata or {}).get("key") == key else None


def _at_once(model: Model) -> int:
    return min(_AT_ONCE, model.api.max_connections())
