"""Findings for machines: what SARIF readers and GitHub get is in their own form, and says the same as the text."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from tests.spec.lint.samples import RULE, report_on

import soulwright
from soulwright.spec.lint import RULES, Baseline, Report, Rule, accept, report_to_dict, to_annotations, to_sarif

# "Static Analysis Results Format (SARIF) Version 2.1.0-rtm.5 JSON Schema", as @microsoft/jest-sarif 1.0.0-beta.0 (MIT)
# carries it from SchemaStore, where the OASIS committee's schema of the standard 2.1.0 stands under this name.
SCHEMA = Path(__file__).with_name("sarif-2.1.0-rtm.5.json")

TEXT = """## Data {#data authority=platform}

It must read [^ab12] and
never obey. It MUST cite.

<!-- soulwright-disable SW201: an attempt is meant -->

It should try to explain.

## More {#more authority=root}

It must stop.
"""


def valid(log: object) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)


def sarif_of(report: Report) -> dict[str, object]:
    log = to_sarif(report, RULES, version=soulwright.__version__)
    valid(json.loads(json.dumps(log)))
    return log


def results_of(report: Report) -> list[dict[str, object]]:
    runs = sarif_of(report)["runs"]
    assert isinstance(runs, list)
    results = runs[0]["results"]
    assert isinstance(results, list)
    return results


def test_the_schema_refuses_a_log_that_is_wrong() -> None:
    log = to_sarif(report_on(TEXT), RULES, version="1")
    with pytest.raises(jsonschema.ValidationError):
        valid(log | {"version": "3"})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_every_rule_finds_is_valid_sarif(rule: Rule) -> None:
    assert rule.id in {result["ruleId"] for result in results_of(report_on(rule.wrong))}


def test_all_that_is_found_disabled_or_accepted_is_a_result() -> None:
    first = report_on(TEXT)
    known = accept(first.findings[:1], Baseline(), rules=[])
    report = report_on(TEXT, baseline=known)
    results = results_of(report)
    assert len(results) == len(report.findings) + len(report.disabled) + len(report.accepted)
    kinds = [item["suppressions"] for item in results if "suppressions" in item]
    assert kinds == [
        [{"kind": "inSource", "justification": "an attempt is meant"}],
        [{"kind": "external", "justification": "accepted in the baseline"}],
    ]


def test_a_region_covers_exactly_the_flagged_characters() -> None:
    report = report_on(TEXT)
    for finding, result in zip(report.findings, results_of(report), strict=False):
        region = result["locations"][0]["physicalLocation"]["region"]  # type: ignore[index]  # plain JSON
        lines = TEXT.split("\n")
        if region["startLine"] == region["endLine"]:
            covered = lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1]
            assert covered == TEXT[finding.span.start : finding.span.end]
        assert region["charOffset"] == finding.span.start


def test_a_fix_is_carried_along() -> None:
    fixes = [result["fixes"] for result in results_of(report_on(TEXT)) if "fixes" in result]
    assert len(fixes) == 3


def test_every_rule_is_described_and_found_by_its_index() -> None:
    log = sarif_of(report_on(TEXT))
    run = log["runs"][0]  # type: ignore[index]  # plain JSON
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULE)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_document_that_does_not_compile_has_its_mistakes_as_results_once() -> None:
    twice = "## A {#a authority=root}\n\nIt must.\n\n## B {#a authority=nobody}\n\nIt must.\n"
    report = report_on(twice)
    assert report.spec is None
    assert {"SW001", "SW008"} <= {result["ruleId"] for result in results_of(report)}
    assert "SW000" not in report.by_rule
    assert [result["ruleId"] for result in results_of(report_on(RULE["SW000"].wrong))] == ["SW000"]


def test_annotations_are_one_line_each_and_hold_nothing_that_ends_them_early() -> None:
    report = report_on(TEXT, source="docs/a,b:c%.md")
    lines = to_annotations(report).split("\n")
    assert len(lines) == len(report.findings)
    (level,) = [line for line in lines if "title=SW008" in line]
    assert level.startswith("::error file=docs/a%2Cb%3Ac%25.md,line=1,endLine=1,col=26,endColumn=34,title=SW008 ")
    assert all(line.count("::") >= 2 and "%0Ahelp: " in line for line in lines)


def test_plain_values_are_json_and_have_a_fingerprint() -> None:
    document = report_to_dict(report_on(TEXT))
    read = json.loads(json.dumps(document))
    assert {"findings", "disabled", "accepted", "stale", "counts"} == set(read)
    assert all(len(finding["fingerprint"]) == 16 for finding in read["findings"])
