"""What Inspect loads by the entry point `inspect_ai`: our providers and tasks, by name.

    inspect eval soulwright/adherence --model world/teacher
    inspect eval soulwright/adherence --model weights/runs/first/model
    inspect eval soulwright/audit --model TARGET --model-role auditor=A --model-role grader=J

Nothing here loads torch: a provider does when its first model is made.
"""

from __future__ import annotations

from soulwright.measure import audit_by_name, auditor
from soulwright.models import weights
from soulwright.organism import adherence, world

__all__ = ["adherence", "audit_by_name", "auditor", "weights", "world"]
