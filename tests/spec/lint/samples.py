"""Documents put to one rule, with what may stand beside them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from soulwright.spec import SpecErrors, compile_document, compile_spec, parse
from soulwright.spec.lint import RULES, Baseline, Beside, CheckConfig, Finding, Report, Rule, Sample, lint

RULE = {rule.id: rule for rule in RULES}


def report_on(
    sample: Sample | str,
    rules: Iterable[Rule] = RULES,
    *,
    config: CheckConfig | None = None,
    baseline: Baseline | None = None,
    source: str = "x.md",
) -> Report:
    sample = Sample(text=sample) if isinstance(sample, str) else sample
    document = parse(sample.text, source)
    beside = Beside(
        example_sets=sample.example_sets,
        earlier=None if sample.earlier is None else compile_spec(sample.earlier, "earlier.md"),
        changelog=sample.changelog,
        disputed=sample.disputed,
    )
    put = partial(lint, document, rules=tuple(rules), beside=beside, config=config, baseline=baseline)
    try:
        spec = compile_document(document)
    except SpecErrors as error:
        return put(mistakes=error.errors)
    return put(spec=spec)


def findings_of(rule: str, sample: Sample | str, *, config: CheckConfig | None = None) -> tuple[Finding, ...]:
    return report_on(sample, [RULE[rule]], config=config).findings


def flagged(rule: str, text: str) -> list[str]:
    """The words that a rule underlines."""
    return [text[finding.span.start : finding.span.end] for finding in findings_of(rule, text)]
