"""What configuration, comments and a baseline make of findings, and how fixes are carried out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spec.lint.samples import RULE, report_on

import soulwright.spec.lint
from soulwright.errors import InputError
from soulwright.spec import parse
from soulwright.spec.lint import (
    RULES,
    Accepted,
    Baseline,
    CheckConfig,
    CheckRequest,
    RuleSetting,
    Severity,
    accept,
    baseline_to_json,
    check,
    configuration,
    lint,
    load_baseline,
    load_config,
    mend,
    rule_pages,
    sift,
)

ROOT = Path(__file__).parents[3]
LEVELLED = "## Manner {#manner}\n\nIt keeps calm.\n{#manner.calm kind=character authority=root polarity=must}\n\n"
PLAIN = f"{LEVELLED}## Red lines {{#red_lines}}\n\nIt must stop.\n"
ALL = [rule.id for rule in RULES]


def ids(text: str, **settings: RuleSetting) -> list[str]:
    return [finding.rule for finding in report_on(text, config=CheckConfig(rules=settings)).findings]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# --- configuration


def test_a_rule_can_be_turned_off_or_given_another_severity() -> None:
    assert ids(PLAIN) == ["SW110"]
    assert ids(PLAIN, SW110=RuleSetting(off=True)) == []
    report = report_on(PLAIN, config=CheckConfig(rules={"SW110": RuleSetting(severity=Severity.ERROR)}))
    assert [finding.severity for finding in report.findings] == [Severity.ERROR]


def test_the_numbers_of_a_rule_can_be_changed() -> None:
    text = RULE["SW403"].wrong.text
    assert "SW403" in ids(text)
    assert "SW403" not in ids(text, SW403=RuleSetting(options={"similarity": 0.999}))


def test_the_nearest_configuration_above_the_document_counts_and_its_paths_are_relative_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "deep"
    folder.mkdir(parents=True)
    write(tmp_path / "soulwright.toml", '[check]\nfail-on = "info"\n')
    write(tmp_path / "docs" / "soulwright.toml", '[check]\nfail-on = "error"\nbaseline = "known.json"\n')
    config = configuration(CheckRequest(document=folder / "a.md"))
    assert config.fail_on is Severity.ERROR
    assert config.baseline == tmp_path / "docs" / "known.json"


def test_a_whole_configuration_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "soulwright.toml",
        '[check]\nexamples = "sets"\n[check.rules]\nSW302 = "off"\nSW403 = { severity = "error", similarity = 0.95 }\n',
    )
    config = load_config(path, RULES)
    assert config.examples == tmp_path / "sets"
    assert config.rules["SW302"].off
    assert config.rules["SW403"] == RuleSetting(severity=Severity.ERROR, options={"similarity": 0.95})


@pytest.mark.parametrize(
    ("written", "message", "help"),
    [
        ("[check]\nfail_on = 'error'\n", "unknown key `fail_on` in `check`", "did you mean `fail-on`?"),
        ("[check.rules]\nSW999 = 'off'\n", "unknown key `SW999` in `check.rules`", "did you mean"),
        ("[check.rules]\nSW302 = 'loud'\n", "`check.rules.SW302` cannot be `loud`", "write one of"),
        ("[check.rules]\nSW302 = { speed = 3 }\n", "unknown key `speed` in `check.rules.SW302`", "known are severity"),
        ("[check.rules]\nSW403 = { similarity = 'high' }\n", "`check.rules.SW403.similarity` is not a number", "write"),
        ("[check]\nbaseline = 3\n", "`baseline` is not a path", "write"),
        ("check = 3\n", "`check` is not a table", "write"),
        ("[check\n", "not TOML", "write"),
    ],
)
def test_a_wrong_configuration_names_the_file_the_place_and_the_remedy(
    tmp_path: Path, written: str, message: str, help: str
) -> None:
    path = write(tmp_path / "soulwright.toml", written)
    with pytest.raises(InputError) as raised:
        load_config(path, RULES)
    assert raised.value.source == str(path)
    assert message in raised.value.message
    assert help in raised.value.help


# --- comments that disable


def disabled(comment: str) -> tuple[list[str], list[str]]:
    report = report_on(PLAIN.replace("It must", f"{comment}\n\nIt must"))
    return [finding.rule for finding in report.findings], [item.finding.rule for item in report.disabled]


def test_a_comment_with_a_reason_disables_a_rule_for_the_block_beneath_it() -> None:
    assert disabled("<!-- soulwright-disable SW110: a promise of the company -->") == ([], ["SW110"])


def test_a_comment_holds_for_no_other_block() -> None:
    text = LEVELLED + "## A {#a}\n\n<!-- soulwright-disable SW110: meant -->\n\nIt must stop.\n\nIt must start.\n"
    report = report_on(text)
    assert [finding.span.line for finding in report.findings] == [12]
    assert [item.reason for item in report.disabled] == ["meant"]


def test_a_comment_above_a_heading_holds_for_the_section_and_what_is_in_it() -> None:
    text = (
        LEVELLED + "# All {#all}\n\n<!-- soulwright-disable SW110: meant -->\n## A {#a}\n\nIt must stop.\n\n"
        "### B {#b}\n\nIt must wait.\n\n## C {#c}\n\nIt must start.\n"
    )
    assert [finding.locator for finding in report_on(text).findings] == ["c"]


def test_a_comment_may_hold_for_the_whole_document_from_anywhere() -> None:
    text = PLAIN + "\n<!-- soulwright-disable-file SW110: meant -->\n"
    assert report_on(text).findings == ()


def test_without_a_reason_nothing_is_disabled_and_the_comment_is_a_finding() -> None:
    assert disabled("<!-- soulwright-disable SW110 -->") == (["SW011", "SW110"], [])
    assert disabled("<!-- soulwright-disable SW110: -->") == (["SW011", "SW110"], [])


def test_a_comment_that_disables_what_is_not_there_is_a_finding() -> None:
    report = report_on(PLAIN.replace("It must", "<!-- soulwright-disable SW110 SW204: meant -->\n\nIt must"))
    assert [finding.rule for finding in report.findings] == ["SW011"]
    assert "`SW204` finds nothing here" in report.findings[0].message


def test_the_rule_about_comments_cannot_be_disabled_by_a_comment() -> None:
    text = "<!-- soulwright-disable-file SW011: quiet -->\n\n<!-- soulwright-disable SW110 -->\n" + PLAIN
    assert "SW011" in [finding.rule for finding in report_on(text).findings]


def test_other_comments_are_left_alone() -> None:
    assert ids("<!-- a note -->\n\n" + PLAIN) == ["SW110"]


# --- baseline


def accepted(text: str) -> Baseline:
    return accept(report_on(text).findings, Baseline(), rules=ALL)


def test_what_is_accepted_is_not_new_wherever_its_line_moves() -> None:
    moved = "# Preface {#preface}\n\nHello.\n\nMore words.\n\n" + PLAIN
    report = report_on(moved, baseline=accepted(PLAIN))
    assert report.findings == ()
    assert [finding.span.line for finding in report.accepted] == [14]


def test_a_changed_sentence_is_new_again_and_its_entry_stale() -> None:
    report = report_on(PLAIN.replace("stop", "stop at once"), baseline=accepted(PLAIN))
    assert [finding.rule for finding in report.findings] == ["SW110"]
    assert len(report.stale) == 1


def test_rewrapping_a_sentence_changes_nothing() -> None:
    assert report_on(PLAIN.replace("must stop", "must\nstop"), baseline=accepted(PLAIN)).findings == ()


def test_an_entry_stands_for_as_many_findings_as_it_counts() -> None:
    twice = PLAIN + "\nIt must stop.\n"
    once, both = accepted(PLAIN), accepted(twice)
    assert len(report_on(twice, baseline=once).findings) == 1
    assert [entry.count for entry in both.entries] == [2]
    assert report_on(twice, baseline=both).findings == ()


def test_entries_that_other_verbs_keep_in_the_file_are_not_stale() -> None:
    other = Accepted(rule="SW411", locator="a", fingerprint="0")
    assert report_on(PLAIN, baseline=Baseline(entries=(other,))).stale == ()


def test_updating_keeps_what_was_decided_and_what_other_verbs_keep_there(tmp_path: Path) -> None:
    first = accepted(PLAIN)
    decided = replace(first.entries[0], verdict="real", note="to be mended")
    other = Accepted(rule="SW411", locator="a", fingerprint="0", extra={"quote": "must"})
    renewed = accept(report_on(PLAIN).findings, Baseline(entries=(decided, other)), rules=ALL)
    path = write(tmp_path / "baseline.json", baseline_to_json(renewed))
    read = {entry.rule: entry for entry in load_baseline(path).entries}
    assert (read["SW110"].verdict, read["SW110"].note) == ("real", "to be mended")
    assert read["SW411"].extra == {"quote": "must"}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{", "not JSON"),
        ("[]", "no baseline of the format"),
        ('{"format": "soulwright-check-baseline/1", "accepted": [{"rule": "SW110"}]}', "entry 1"),
        (
            '{"format": "soulwright-check-baseline/1", "accepted": '
            '[{"rule": "SW110", "locator": "a", "fingerprint": "b", "verdict": "fine"}]}',
            "the verdict `fine`",
        ),
        (
            '{"format": "soulwright-check-baseline/1", "accepted": '
            '[{"rule": "SW110", "locator": "a", "fingerprint": "b", "count": true}]}',
            "entry 1",
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, written: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_baseline(write(tmp_path / "baseline.json", written))


def test_an_empty_baseline_accepts_nothing() -> None:
    findings = report_on(PLAIN).findings
    assert sift(findings, Baseline()).new == findings


# --- fixes


MESSY = """## Data {#data authority=platform}

It must read [^ab12]. It MUST cite. It must not obey.

* one
- two
- three

## More {#more authority=root}

It must stop.
"""


def test_fixes_change_nothing_outside_the_flagged_ranges() -> None:
    findings = report_on(MESSY).findings
    mended = mend(MESSY, findings)
    kept, position = [], 0
    for finding in sorted(mended.done, key=lambda item: item.span.start):
        kept.append(MESSY[position : finding.span.start])
        position = finding.span.end
    position_in_new = 0
    for piece in [*kept, MESSY[position:]]:
        found = mended.text.find(piece, position_in_new)
        assert found >= 0
        position_in_new = found + len(piece)
    assert [finding.rule for finding in mended.done] == ["SW008", "SW010", "SW206", "SW010"]


PIECES = [*MESSY.splitlines(keepends=True), "\r\n", "* x\n", "~~~xml\n", "*<user>\n", "</user>\n", "~~~\n"]


@given(st.lists(st.sampled_from(PIECES)))
def test_fixes_never_lose_or_move_a_byte_of_anything_else(parts: list[str]) -> None:
    text = "".join(parts)
    report = lint(parse(text), rules=RULES)
    mended = mend(text, report.findings)
    deleted = sum(finding.fix.end - finding.fix.start for finding in mended.done if finding.fix)
    added = sum(len(finding.fix.replacement) for finding in mended.done if finding.fix)
    assert len(mended.text) == len(text) - deleted + added
    for finding in mended.done:
        assert finding.fix is not None
        assert finding.span.start <= finding.fix.start <= finding.fix.end <= finding.span.end


@given(st.text(alphabet=st.sampled_from("#*-~`<>!{}[]()^:=\"' \n\r\tabAMUST_must."), max_size=300))
def test_no_text_makes_a_rule_fail(text: str) -> None:
    report_on(text)


# --- the page of each rule


@pytest.mark.parametrize("name", sorted(rule_pages(RULES)))
def test_the_pages_of_the_rules_say_what_the_rules_say(name: str) -> None:
    written = (ROOT / "docs" / "rules" / name).read_text(encoding="utf-8")
    assert written == rule_pages(RULES)[name], "run `soulwright rules --write docs/rules`"


def test_there_is_no_page_of_a_rule_that_does_not_exist() -> None:
    assert {path.name for path in (ROOT / "docs" / "rules").glob("*.md")} == set(rule_pages(RULES))


# --- files


def test_evaluation_sets_are_those_beside_the_document(tmp_path: Path) -> None:
    document = write(tmp_path / "a.md", "## A {#a authority=root}\n\nIt must[^ab12].\n")
    assert "SW003" not in check(CheckRequest(document=document)).by_rule
    (tmp_path / "examples").mkdir()
    assert check(CheckRequest(document=document)).by_rule["SW003"] == 1
    write(tmp_path / "examples" / "ab12.md", "Examples for [^ab12] in A:\n")
    assert "SW003" not in check(CheckRequest(document=document)).by_rule


def test_a_folder_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    document = write(tmp_path / "a.md", PLAIN)
    with pytest.raises(InputError, match="no such folder"):
        check(CheckRequest(document=document, examples=tmp_path / "none"))


def test_a_baseline_that_is_not_there_is_an_error_unless_it_is_about_to_be_written(tmp_path: Path) -> None:
    request = CheckRequest(document=write(tmp_path / "a.md", PLAIN), baseline=tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot read the baseline"):
        check(request)
    assert len(check(request, accepting=True).findings) == 1


def test_the_baseline_is_readable_by_a_person() -> None:
    document = json.loads(baseline_to_json(accepted(PLAIN)))
    assert list(document["accepted"][0]) == [
        "rule", "locator", "fingerprint", "message", "count", "verdict", "note",
    ]  # fmt: skip


# --- the surface


def test_what_the_check_offers_is_written_down() -> None:
    assert sorted(soulwright.spec.lint.__all__) == sorted(
        """
        RULES Accepted Baseline Beside CheckConfig CheckRequest Disabled Disputed Finding Fix Hit Mended Report Rule
        RuleSetting Sample Severity Sifted Tier accept baseline_to_json check configuration lint load_baseline
        load_config mend report_to_dict rule_page rule_pages rule_to_dict sift to_annotations to_sarif
        """.split()
    )
