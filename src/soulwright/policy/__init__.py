"""Policy: what is on for this operator and this user, who decided it, and why. Pure functions, no I/O."""

from __future__ import annotations

from soulwright.policy._deployment import Deployment, Paper, PaperSort, Persona, UserAdjustments, as_of
from soulwright.policy._phrases import Sign
from soulwright.policy._prompt import PromptSign, prompt_signs
from soulwright.policy._resolve import behaviours, resolve
from soulwright.policy._ruling import IN_FORCE, LIFTED, Decision, Outcome, Principal, Reason, Rejection, Ruling, Step

__all__ = [
    "IN_FORCE",
    "LIFTED",
    "Decision",
    "Deployment",
    "Outcome",
    "Paper",
    "PaperSort",
    "Persona",
    "Principal",
    "PromptSign",
    "Reason",
    "Rejection",
    "Ruling",
    "Sign",
    "Step",
    "UserAdjustments",
    "as_of",
    "behaviours",
    "prompt_signs",
    "resolve",
]
