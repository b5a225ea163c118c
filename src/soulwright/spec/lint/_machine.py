"""Findings for machines: plain values for JSON, SARIF 2.1.0, and the annotations that GitHub reads from a log.

SARIF is the OASIS standard "Static Analysis Results Interchange Format"; a finding that is disabled in the document or
accepted in a baseline is a result with a `suppression`, as section 3.27.23 of the standard asks. Annotations are the
workflow commands `::error file=...::message`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePath
from string import ascii_letters, digits

from soulwright.spec.lint._finding import Finding, Fix, Severity
from soulwright.spec.lint._report import Report
from soulwright.spec.lint._rule import Rule

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# What is less grave than these has a word of its own in each form.
_GRAVE = {Severity.ERROR: "error", Severity.WARNING: "warning"}
_IN_ADDRESS = frozenset(f"{ascii_letters}{digits}-._~/:")
_LINE_END = re.compile(r"\r\n|\n|\r")

Plain = dict[str, object]


def report_to_dict(report: Report) -> Plain:
    """The findings, what was set aside and why, and the counts."""
    return {
        "findings": [_plain(finding) for finding in report.findings],
        "disabled": [_plain(item.finding) | {"reason": item.reason} for item in report.disabled],
        "accepted": [_plain(finding) for finding in report.accepted],
        "stale": [asdict(entry) for entry in report.stale],
        "counts": {"by_severity": report.by_severity, "by_rule": report.by_rule},
    }


def to_sarif(report: Report, rules: Sequence[Rule], *, version: str) -> Plain:
    """One SARIF log with one run; `version` is that of the program."""
    known = {rule.id: index for index, rule in enumerate(rules)}
    uri = _uri(report.source)
    results = [_result(finding, report, known) for finding in report.findings]
    for item in report.disabled:
        suppression = {"kind": "inSource", "justification": item.reason}
        results.append(_result(item.finding, report, known) | {"suppressions": [suppression]})
    for finding in report.accepted:
        suppression = {"kind": "external", "justification": "accepted in the baseline"}
        results.append(_result(finding, report, known) | {"suppressions": [suppression]})
    driver = {
        "name": "soulwright check",
        "semanticVersion": version,
        "rules": [_descriptor(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": uri}, "mimeType": "text/markdown"}],
        "results": results,
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def to_annotations(report: Report) -> str:
    r"""One workflow command a finding, for the log of a GitHub job.

    Raises nothing: what would end a command early is escaped.
    """
    return "\n".join(_annotation(finding, report) for finding in report.findings)


def _plain(finding: Finding) -> Plain:
    return asdict(finding) | {"severity": finding.severity.value, "fingerprint": finding.fingerprint}


def _descriptor(rule: Rule) -> Plain:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": _sentence(rule.what)},
        "fullDescription": {"text": f"{_sentence(rule.what)} {rule.why}"},
        "help": {"text": _sentence(rule.remedy)},
        "defaultConfiguration": {"level": _GRAVE.get(rule.severity, "note")},
    }


def _result(finding: Finding, report: Report, known: Mapping[str, int]) -> Plain:
    location: Plain = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(finding.source), "index": 0},
            "region": _region(finding, report.text),
        }
    }
    if finding.locator:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.locator, "kind": "clause"}]
    result: Plain = {
        "ruleId": finding.rule,
        "level": _GRAVE.get(finding.severity, "note"),
        "message": {"text": f"{finding.message}. {_sentence(finding.help)}"},
        "locations": [location],
        "partialFingerprints": {"clauseAndWords/v1": f"{finding.locator}:{finding.fingerprint}"},
    }
    if finding.rule in known:
        result["ruleIndex"] = known[finding.rule]
    if finding.fix is not None:
        result["fixes"] = [_sarif_fix(finding, finding.fix)]
    return result


def _sarif_fix(finding: Finding, fix: Fix) -> Plain:
    replacement = {
        "deletedRegion": {"charOffset": fix.start, "charLength": fix.end - fix.start},
        "insertedContent": {"text": fix.replacement},
    }
    change = {"artifactLocation": {"uri": _uri(finding.source), "index": 0}, "replacements": [replacement]}
    return {"description": {"text": _sentence(finding.help)}, "artifactChanges": [change]}


def _region(finding: Finding, text: str) -> Plain:
    end_line, end_column = _end(finding, text)
    return {
        "startLine": finding.span.line,
        "startColumn": finding.span.column,
        "endLine": end_line,
        "endColumn": end_column,
        "charOffset": finding.span.start,
        "charLength": finding.span.end - finding.span.start,
    }


def _annotation(finding: Finding, report: Report) -> str:
    end_line, end_column = _end(finding, report.text)
    properties = {
        "file": finding.source,
        "line": finding.span.line,
        "endLine": end_line,
        "col": finding.span.column,
        "endColumn": end_column,
        "title": f"{finding.rule} {finding.name}",
    }
    listed = ",".join(f"{key}={_escaped(str(value), also=':,')}" for key, value in properties.items())
    message = _escaped(f"{finding.message}\nhelp: {finding.help}")
    return f"::{_GRAVE.get(finding.severity, 'notice')} {listed}::{message}"


def _escaped(text: str, *, also: str = "") -> str:
    """The text with what a workflow command gives a meaning to as `%XX`, the percent sign first."""
    for char in f"%\r\n{also}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def _end(finding: Finding, text: str) -> tuple[int, int]:
    """Line and column of the first character after the span."""
    covered = text[finding.span.start : finding.span.end]
    breaks = list(_LINE_END.finditer(covered))
    if not breaks:
        return finding.span.line, finding.span.column + len(covered)
    return finding.span.line + len(breaks), len(covered) - breaks[-1].end() + 1


def _sentence(text: str) -> str:
    """A message of the house (lower case, no full stop) as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _uri(source: str) -> str:
    path = PurePath(source).as_posix()
    return "".join(chr(byte) if chr(byte) in _IN_ADDRESS else f"%{byte:02X}" for byte in path.encode()) or "document.md"
