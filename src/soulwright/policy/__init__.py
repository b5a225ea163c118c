"""Policy: what is on for this operator and this user, who decided it, and why. Pure functions, no I/O."""

from __future__ import annotations

from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._resolve import behaviours, resolve
from soulwright.policy._ruling import Decision, Outcome, Rejection, Ruling, Step

__all__ = [
    "Decision",
    "Deployment",
    "Outcome",
    "Rejection",
    "Ruling",
    "Step",
    "UserAdjustments",
    "behaviours",
    "resolve",
]
