"""Policy: what is on for this operator and this user, who decided it, and why. Pure functions, no I/O."""

from __future__ import annotations

from soulwright.policy._asked import Asked, AskedOutcome, Reading, ReadingState, asked_by, reading_to_dict
from soulwright.policy._compare import Compared, Comparison, Relation, Side, Witness, compare, comparison_to_dict
from soulwright.policy._decide import RESOLVER
from soulwright.policy._deployment import Deployment, Paper, PaperSort, Persona, UserAdjustments, as_of
from soulwright.policy._dossier import Adjusted, Dossier, Entry, build_dossier, dossier_to_dict
from soulwright.policy._dossier_page import dossier_pdf, render_dossier
from soulwright.policy._explain import (
    Availability,
    Explanation,
    Line,
    Option,
    WhatIf,
    explain,
    explanation_to_dict,
    what_if,
    what_if_to_dict,
)
from soulwright.policy._files import deployment_schema
from soulwright.policy._measured import ConflictMeasured, Measured, Measurements, load_measurements
from soulwright.policy._oscal import oscal_profile
from soulwright.policy._page import render_explanation
from soulwright.policy._phrases import Sign
from soulwright.policy._prompt import PromptSign, prompt_signs
from soulwright.policy._prove import Counterexample, Method, Promise, Proof, Proved, proof_to_dict, prove
from soulwright.policy._read import (
    deployment_to_dict,
    deployment_to_yaml,
    hash_of,
    load_deployment,
    load_layers,
    load_user,
    read_deployment,
    read_layers,
    read_user,
    user_to_dict,
)
from soulwright.policy._record import differences, pins_of, record, replay
from soulwright.policy._resolve import resolve, resolve_one
from soulwright.policy._ruling import IN_FORCE, LIFTED, Decision, Outcome, Principal, Reason, Rejection, Ruling, Step
from soulwright.policy._switches import Levels, Switch, behaviours, levels_of, switches
from soulwright.policy._yaml import DeploymentErrors

__all__ = [
    "IN_FORCE",
    "LIFTED",
    "RESOLVER",
    "Adjusted",
    "Asked",
    "AskedOutcome",
    "Availability",
    "Compared",
    "Comparison",
    "ConflictMeasured",
    "Counterexample",
    "Decision",
    "Deployment",
    "DeploymentErrors",
    "Dossier",
    "Entry",
    "Explanation",
    "Levels",
    "Line",
    "Measured",
    "Measurements",
    "Method",
    "Option",
    "Outcome",
    "Paper",
    "PaperSort",
    "Persona",
    "Principal",
    "Promise",
    "PromptSign",
    "Proof",
    "Proved",
    "Reading",
    "ReadingState",
    "Reason",
    "Rejection",
    "Relation",
    "Ruling",
    "Side",
    "Sign",
    "Step",
    "Switch",
    "UserAdjustments",
    "WhatIf",
    "Witness",
    "as_of",
    "asked_by",
    "behaviours",
    "build_dossier",
    "compare",
    "comparison_to_dict",
    "deployment_schema",
    "deployment_to_dict",
    "deployment_to_yaml",
    "differences",
    "dossier_pdf",
    "dossier_to_dict",
    "explain",
    "explanation_to_dict",
    "hash_of",
    "levels_of",
    "load_deployment",
    "load_layers",
    "load_measurements",
    "load_user",
    "oscal_profile",
    "pins_of",
    "prompt_signs",
    "proof_to_dict",
    "prove",
    "read_deployment",
    "read_layers",
    "read_user",
    "reading_to_dict",
    "record",
    "render_dossier",
    "render_explanation",
    "replay",
    "resolve",
    "resolve_one",
    "switches",
    "user_to_dict",
    "what_if",
    "what_if_to_dict",
]
