"""The check of a document: rules, findings, and what may be said about them (configuration, baseline, outputs).

`check` reads a file and what stands beside it; `lint` is the same for what is already in memory, and pure.
"""

from __future__ import annotations

from soulwright.spec.lint._baseline import Accepted, Baseline, Sifted, accept, baseline_to_json, load_baseline, sift
from soulwright.spec.lint._check import lint
from soulwright.spec.lint._config import CheckConfig, RuleSetting, load_config
from soulwright.spec.lint._disputed import Disputed
from soulwright.spec.lint._finding import Finding, Fix, Severity, Tier
from soulwright.spec.lint._load import CheckRequest, check, configuration
from soulwright.spec.lint._machine import report_to_dict, to_annotations, to_sarif
from soulwright.spec.lint._mend import Mended, mend
from soulwright.spec.lint._pages import rule_page, rule_pages, rule_to_dict
from soulwright.spec.lint._report import Disabled, Report
from soulwright.spec.lint._rule import Hit, Rule, Sample
from soulwright.spec.lint._rules import RULES
from soulwright.spec.lint._subject import Beside

__all__ = [
    "RULES",
    "Accepted",
    "Baseline",
    "Beside",
    "CheckConfig",
    "CheckRequest",
    "Disabled",
    "Disputed",
    "Finding",
    "Fix",
    "Hit",
    "Mended",
    "Report",
    "Rule",
    "RuleSetting",
    "Sample",
    "Severity",
    "Sifted",
    "Tier",
    "accept",
    "baseline_to_json",
    "check",
    "configuration",
    "lint",
    "load_baseline",
    "load_config",
    "mend",
    "report_to_dict",
    "rule_page",
    "rule_pages",
    "rule_to_dict",
    "sift",
    "to_annotations",
    "to_sarif",
]
