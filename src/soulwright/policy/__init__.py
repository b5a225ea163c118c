"""Policy: what is on for this operator and this user, who decided it, and why. Pure functions, no I/O."""

from __future__ import annotations

from soulwright.policy._decide import RESOLVER
from soulwright.policy._deployment import Deployment, Paper, PaperSort, Persona, UserAdjustments, as_of
from soulwright.policy._phrases import Sign
from soulwright.policy._prompt import PromptSign, prompt_signs
from soulwright.policy._resolve import resolve, resolve_one
from soulwright.policy._ruling import IN_FORCE, LIFTED, Decision, Outcome, Principal, Reason, Rejection, Ruling, Step
from soulwright.policy._switches import Levels, Switch, behaviours, levels_of, switches

__all__ = [
    "IN_FORCE",
    "LIFTED",
    "RESOLVER",
    "Decision",
    "Deployment",
    "Levels",
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
    "Switch",
    "UserAdjustments",
    "as_of",
    "behaviours",
    "levels_of",
    "prompt_signs",
    "resolve",
    "resolve_one",
    "switches",
]
