"""Models: one narrow way to ask a model that lies in a folder, from Python and as a provider of Inspect.

The provider is called `weights`: `inspect eval ... --model weights/runs/first/model`, or from Python
`get_model("weights/local", model_path=DIR)`. Importing this room loads neither torch nor Inspect; `weights`, the one
name that needs Inspect, is loaded when it is asked for, which makes the provider known to Inspect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.models._local import LocalModel, MessageLike, Reply, Stop, Turn

if TYPE_CHECKING:
    from soulwright.models._inspect import weights

__all__ = ["LocalModel", "MessageLike", "Reply", "Stop", "Turn", "weights"]


def __getattr__(name: str) -> Any:
    if name == "weights":
        from soulwright.models import _inspect

        return _inspect.weights
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
