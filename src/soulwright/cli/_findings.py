"""Findings for people: each with its source line underlined and its remedy apart, and one line that sums up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from soulwright.cli._answer import printable, underlined
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.spec import Spec
    from soulwright.spec.lint import Finding, Report

_NEAR = 400


def render_findings(report: Report) -> str:
    """All findings of a report, in the order of the document."""
    lines = report.text.splitlines()
    return "\n".join(_finding(finding, lines) for finding in report.findings)


def summary(report: Report) -> str:
    """One line: how many findings of each severity, and what was set aside."""
    counts = [f"{count} {_plural(name, count)}" for name, count in report.by_severity.items() if count]
    aside = [
        f"{len(found)} {name}"
        for name, found in (("disabled", report.disabled), ("accepted", report.accepted))
        if found
    ]
    stale = [f"{len(report.stale)} stale in the baseline"] if report.stale else []
    said = ", ".join(counts) if counts else "no findings"
    return printable(f"{report.source}: {'; '.join([said, *aside, *stale])}")


def table(report: Report) -> str:
    """How often each rule fired, one line a rule."""
    names = {finding.rule: (finding.name, finding.severity) for finding in report.findings}
    width = max((len(name) for name, _ in names.values()), default=0)
    rows = report.by_rule.items()
    return "\n".join(f"{rule}  {names[rule][0]:<{width}}  {names[rule][1]:<10}  {count}" for rule, count in rows)


def clause_listing(spec: Spec) -> str:
    """The clauses, one line each, and how many there are of each kind."""
    width = max((len(clause.id) for clause in spec.clauses), default=0)
    rows = [f"{clause.id:<{width}}  {clause.kind.value:<10}  {_first_words(clause.text)}" for clause in spec.clauses]
    kinds = Counter(clause.kind.value for clause in spec.clauses)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return "\n".join([*rows, "", f"{spec.source}: {len(spec.clauses)} clauses ({counts}), hash {spec.hash[:12]}"])


def _finding(finding: Finding, lines: list[str]) -> str:
    number = finding.span.line
    excerpt = lines[number - 1] if 0 < number <= len(lines) else ""
    # A paragraph may be one line of a megabyte: only what is near is looked at for showing it.
    cut = max(0, finding.span.column - 1 - _NEAR)
    near = excerpt[cut : finding.span.column - 1 + _NEAR]
    column = finding.span.column - cut
    error = InputError(
        finding.message,
        line=number,
        column=column,
        excerpt=near,
        length=min(max(1, len(near) - column + 1), max(1, finding.span.end - finding.span.start)),
    )
    place = f"{finding.source}:{number}:{finding.span.column}"
    head = f"{finding.severity}: {place}: {finding.rule} {finding.name}: {finding.message}"
    source = underlined(error) if excerpt else []
    return "\n".join([printable(head), *source, f"help: {printable(finding.help)}", ""])


def _plural(name: str, count: int) -> str:
    return name if count == 1 or name == "info" else f"{name}s"


def _first_words(text: str, width: int = 72) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rsplit(" ", 1)[0] + "…"
