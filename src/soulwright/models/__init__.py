"""Models: one narrow way to ask a model that lies in a folder, from Python and as a provider of Inspect.

Any model of Inspect is found with `find_model`, and a task is put to it with `keep_log`, whose log `read_log` reads.
A typed question is a prompt file (`load_prompt`) that `ask` puts to a model: the answer is of the asked type, or says
why there is none.

The provider is called `weights`: `inspect eval ... --model weights/runs/first/model`, or from Python
`get_model("weights/local", model_path=DIR)`. Importing this room loads neither torch nor Inspect; the names that need
Inspect are loaded when they are asked for, which makes the provider known to Inspect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.models._decoding import Decoding
from soulwright.models._local import DOCUMENT_PREFIX, LocalModel, MessageLike, Reply, Scored, Stop, Turn

if TYPE_CHECKING:
    from soulwright.models._ask import Answer, AnswerState, ask, read_output
    from soulwright.models._inspect import weights
    from soulwright.models._logs import find_model, keep_log, model_key, read_log
    from soulwright.models._prompt_files import NotRead, PromptFile, load_prompt, read_prompt

__all__ = [
    "DOCUMENT_PREFIX",
    "Decoding",
    "Answer",
    "AnswerState",
    "LocalModel",
    "MessageLike",
    "NotRead",
    "PromptFile",
    "Reply",
    "Scored",
    "Stop",
    "Turn",
    "ask",
    "find_model",
    "keep_log",
    "load_prompt",
    "model_key",
    "read_log",
    "read_output",
    "read_prompt",
    "weights",
]

_LATE = {
    "Answer": "_ask",
    "AnswerState": "_ask",
    "NotRead": "_prompt_files",
    "PromptFile": "_prompt_files",
    "ask": "_ask",
    "find_model": "_logs",
    "keep_log": "_logs",
    "load_prompt": "_prompt_files",
    "model_key": "_logs",
    "read_log": "_logs",
    "read_output": "_ask",
    "read_prompt": "_prompt_files",
    "weights": "_inspect",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(f"soulwright.models.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
