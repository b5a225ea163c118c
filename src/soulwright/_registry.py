"""What Inspect loads by the entry point `inspect_ai`: our providers and tasks, by name.

    inspect eval soulwright/adherence --model world/teacher
    inspect eval soulwright/adherence --model weights/runs/first/model

Nothing here loads torch: a provider does when its first model is made.
"""

from __future__ import annotations

from soulwright.models import weights
from soulwright.organism import adherence, world

__all__ = ["adherence", "weights", "world"]
