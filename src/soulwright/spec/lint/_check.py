"""Every rule put to one document, and what configuration, comments and baseline make of the outcome. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from soulwright.errors import InputError
from soulwright.spec._clauses import Spec
from soulwright.spec._document import Document
from soulwright.spec.lint._baseline import Baseline, sift
from soulwright.spec.lint._config import CheckConfig
from soulwright.spec.lint._disable import disabled_by
from soulwright.spec.lint._finding import Finding, Severity, Tier
from soulwright.spec.lint._report import Disabled, Report
from soulwright.spec.lint._rule import Hit, Rule
from soulwright.spec.lint._subject import Beside, Subject

_MISTAKE, _COMMENT = "SW000", "SW011"
_LONGEST_CONTEXT = 2000  # characters; what is longer is no sentence, and each finding would carry all of it


def lint(
    document: Document,
    *,
    rules: Sequence[Rule],
    spec: Spec | None = None,
    mistakes: Sequence[InputError] = (),
    beside: Beside | None = None,
    config: CheckConfig | None = None,
    baseline: Baseline | None = None,
) -> Report:
    """Put every rule to `document`; `mistakes` are what kept it from compiling into `spec`."""
    config = config or CheckConfig()
    subject = Subject(document=document, spec=spec, beside=beside or Beside(), mistakes=tuple(mistakes))
    found = _without_echoes(_findings(subject, rules, config))
    by = disabled_by(found, subject.disablings)
    disabled = [Disabled(finding=item, reason=held[0].reason) for item, held in zip(found, by, strict=True) if held]
    standing = [item for item, held in zip(found, by, strict=True) if not held]
    used = {(comment.comment.start, item.rule) for item, held in zip(found, by, strict=True) for comment in held}
    unused = _unused(subject, used, rules, config)
    known = {rule.id for rule in rules}
    sifted = sift(_in_order([*standing, *unused]), baseline or Baseline())
    return Report(
        source=document.source,
        text=document.text,
        spec=spec,
        findings=sifted.new,
        disabled=tuple(disabled),
        accepted=sifted.accepted,
        stale=tuple(entry for entry in sifted.stale if entry.rule in known),  # other verbs keep theirs there too
        mistakes=subject.mistakes,
    )


def _findings(subject: Subject, rules: Iterable[Rule], config: CheckConfig) -> list[Finding]:
    found: list[Finding] = []
    for rule in rules:
        setting = config.setting(rule)
        if not setting.off and _askable(rule, subject):
            options = {**rule.options, **setting.options}
            found += [_finding(subject, rule, hit, setting.severity) for hit in rule.find(subject, options)]
    return _in_order(found)


def _askable(rule: Rule, subject: Subject) -> bool:
    """Whether what the rule needs was given."""
    return all(getattr(subject.beside, need) is not None for need in rule.needs)


def _finding(subject: Subject, rule: Rule, hit: Hit, severity: Severity | None) -> Finding:
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=severity or hit.severity or rule.severity,
        message=hit.message,
        help=hit.help,
        span=hit.span,
        locator=hit.locator or subject.locator(hit.span),
        context=(hit.context or subject.context(hit.span))[:_LONGEST_CONTEXT],
        source=subject.document.source,
        fix=hit.fix,
    )


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.span.start, finding.rule, finding.span.end))


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """A mistake of the compiler that a rule explains on the same line is said once, by the rule."""
    explained = {
        finding.span.line
        for finding in findings
        if finding.rule != _MISTAKE and finding.rule.startswith(f"SW{Tier.STRUCTURE}")
    }
    return [finding for finding in findings if finding.rule != _MISTAKE or finding.span.line not in explained]


def _unused(
    subject: Subject,
    used: Collection[tuple[int, str]],
    rules: Iterable[Rule],
    config: CheckConfig,
) -> Iterator[Finding]:
    """Comments that disable a rule which finds nothing there; not for rules that are off anyway."""
    known = {rule.id: rule for rule in rules}
    rule = known.get(_COMMENT)
    if rule is None or config.setting(rule).off:
        return
    for comment in subject.disablings:
        for name in comment.rules if comment.reason else ():
            idle = (comment.comment.start, name) not in used
            if idle and name in known and not config.setting(known[name]).off and _askable(known[name], subject):
                message = f"`{name}` finds nothing here, so there is nothing to disable"
                hit = Hit(span=comment.comment, message=message, help="remove it from the comment")
                yield _finding(subject, rule, hit, config.setting(rule).severity)
