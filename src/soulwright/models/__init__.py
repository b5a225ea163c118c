"""Models: one narrow way to ask a model that lies in a folder, from Python and as a provider of Inspect.

The provider is called `weights`: `inspect eval ... --model weights/runs/first/model`, or from Python
`get_model("weights/local", model_path=DIR)`. Importing this room loads neither torch nor Inspect.
"""

from __future__ import annotations

from soulwright.models._local import LocalModel, MessageLike, Reply, Stop, Turn

__all__ = ["LocalModel", "MessageLike", "Reply", "Stop", "Turn"]
