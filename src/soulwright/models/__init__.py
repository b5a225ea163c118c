"""Models: one narrow way to ask a model that lies in a folder, from Python and as a provider of Inspect.

Any model of Inspect is found with `find_model`, and a task is put to it with `keep_log`, whose log `read_log` reads.
A typed question is a prompt file (`load_prompt`) that `ask` puts to a model: the answer is of the asked type, or says
why there is none; a `Survey` puts many into logs, and goes on where it stopped. Within `metering` whatever is asked is
counted, and stopped where the budget ends; within `asked_by` it is asked by
processes of this machine or by the workers of a Ray cluster.

The provider is called `weights`: `inspect eval ... --model weights/runs/first/model`, or from Python
`get_model("weights/local", model_path=DIR)`. Importing this room loads neither torch nor Inspect; the names that need
Inspect are loaded when they are asked for, which makes the provider known to Inspect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.models._cluster import RayCluster, connected, has_gpus, share_out
from soulwright.models._decoding import Decoding
from soulwright.models._local import DOCUMENT_PREFIX, LocalModel, MessageLike, Reply, Scored, Stop, Turn
from soulwright.models._processes import Processes

if TYPE_CHECKING:
    from soulwright.models._ask import Answer, AnswerState, ask, objection, read_output
    from soulwright.models._budget import (
        Budget,
        Meter,
        ModelRole,
        Price,
        Spent,
        current_meter,
        load_prices,
        load_settings,
        metering,
    )
    from soulwright.models._embedding import EMBEDDED_AT_ONCE, Embedded, Embedder, embed_all, find_embedder
    from soulwright.models._inspect import weights, weights_of
    from soulwright.models._logs import find_model, keep_log, model_key, read_log
    from soulwright.models._metered import metered
    from soulwright.models._parts import ask_in_parts
    from soulwright.models._plan import Planned, plan_text, plan_to_dict, planned
    from soulwright.models._prompt_files import NotRead, PromptFile, load_prompt, read_prompt
    from soulwright.models._server import model_server
    from soulwright.models._survey import Survey, reply_all
    from soulwright.models._turns import chat_messages
    from soulwright.models._workers import AsksInto, LogToMake, asked_by, make_logs

__all__ = [
    "DOCUMENT_PREFIX",
    "EMBEDDED_AT_ONCE",
    "Answer",
    "AnswerState",
    "AsksInto",
    "Budget",
    "Decoding",
    "Embedded",
    "Embedder",
    "LocalModel",
    "LogToMake",
    "MessageLike",
    "Meter",
    "ModelRole",
    "NotRead",
    "Planned",
    "Price",
    "Processes",
    "PromptFile",
    "RayCluster",
    "Reply",
    "Scored",
    "Spent",
    "Stop",
    "Survey",
    "Turn",
    "ask",
    "ask_in_parts",
    "asked_by",
    "chat_messages",
    "connected",
    "current_meter",
    "embed_all",
    "find_embedder",
    "find_model",
    "has_gpus",
    "keep_log",
    "load_prices",
    "load_prompt",
    "load_settings",
    "make_logs",
    "metered",
    "metering",
    "model_key",
    "model_server",
    "objection",
    "plan_text",
    "plan_to_dict",
    "planned",
    "read_log",
    "read_output",
    "read_prompt",
    "reply_all",
    "share_out",
    "weights",
    "weights_of",
]

_LATE = {
    "Answer": "_ask",
    "AnswerState": "_ask",
    "AsksInto": "_workers",
    "Budget": "_budget",
    "EMBEDDED_AT_ONCE": "_embedding",
    "Embedded": "_embedding",
    "Embedder": "_embedding",
    "LogToMake": "_workers",
    "Meter": "_budget",
    "ModelRole": "_budget",
    "NotRead": "_prompt_files",
    "Planned": "_plan",
    "Price": "_budget",
    "PromptFile": "_prompt_files",
    "Spent": "_budget",
    "Survey": "_survey",
    "ask": "_ask",
    "ask_in_parts": "_parts",
    "asked_by": "_workers",
    "chat_messages": "_turns",
    "current_meter": "_budget",
    "embed_all": "_embedding",
    "find_embedder": "_embedding",
    "find_model": "_logs",
    "keep_log": "_logs",
    "load_prices": "_budget",
    "load_prompt": "_prompt_files",
    "load_settings": "_budget",
    "make_logs": "_workers",
    "metered": "_metered",
    "metering": "_budget",
    "model_key": "_logs",
    "model_server": "_server",
    "objection": "_ask",
    "plan_text": "_plan",
    "plan_to_dict": "_plan",
    "planned": "_plan",
    "read_log": "_logs",
    "read_output": "_ask",
    "read_prompt": "_prompt_files",
    "reply_all": "_survey",
    "weights": "_inspect",
    "weights_of": "_inspect",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(f"soulwright.models.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
