"""Models: one narrow way to ask a model that lies in a folder, from Python and as a provider of Inspect.

Any model of Inspect is found with `find_model`, and a task is put to it with `keep_log`, whose log `read_log` reads.

The provider is called `weights`: `inspect eval ... --model weights/runs/first/model`, or from Python
`get_model("weights/local", model_path=DIR)`. Importing this room loads neither torch nor Inspect; the names that need
Inspect are loaded when they are asked for, which makes the provider known to Inspect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.models._local import LocalModel, MessageLike, Reply, Stop, Turn

if TYPE_CHECKING:
    from soulwright.models._inspect import weights
    from soulwright.models._logs import find_model, keep_log, model_key, read_log

__all__ = [
    "LocalModel",
    "MessageLike",
    "Reply",
    "Stop",
    "Turn",
    "find_model",
    "keep_log",
    "model_key",
    "read_log",
    "weights",
]

_LATE = {
    "find_model": "_logs",
    "keep_log": "_logs",
    "model_key": "_logs",
    "read_log": "_logs",
    "weights": "_inspect",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(f"soulwright.models.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
