"""Every rule fires where it should, keeps silent where it should, and says where and what to do."""

from __future__ import annotations

import re

import pytest
from tests.spec.lint.samples import RULE, findings_of, flagged, report_on

from soulwright.spec import compile_document, compile_spec, parse
from soulwright.spec.lint import RULES, Rule, Sample, Tier, lint, mend

IDS = [rule.id for rule in RULES]
NUMBERS = (
    *(f"{number:03}" for number in range(12)),
    *(str(number) for number in range(101, 114)),
    *(str(number) for number in range(201, 208)),
    *(str(number) for number in (301, 302, 303, 304, 305, 306, 310, 311, 312, 401, 403, 404)),
)


def test_the_rules_have_the_numbers_of_the_design_and_stand_in_their_order() -> None:
    assert [f"SW{number}" for number in NUMBERS] == IDS
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_fires_on_its_wrong_sample(rule: Rule) -> None:
    found = findings_of(rule.id, rule.wrong)
    assert found
    for finding in found:
        assert finding.rule == rule.id
        assert finding.message
        assert finding.help
        assert not finding.message.endswith(".")
        assert rule.wrong.text[finding.span.start : finding.span.end] or finding.span.start == finding.span.end
        assert finding.span.line == rule.wrong.text.count("\n", 0, finding.span.start) + 1


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_keeps_silent_on_its_right_sample(rule: Rule) -> None:
    assert findings_of(rule.id, rule.right) == ()


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_explains_itself_in_sentences(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    for text in (rule.what, rule.why, rule.remedy):
        assert text[0].isupper() or text[0] == "`"
        assert text.rstrip("`").endswith(".")
    assert rule.tier is Tier(int(rule.id[2]))


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.mechanical], ids=lambda rule: rule.id)
def test_a_mechanical_rule_mends_its_own_sample(rule: Rule) -> None:
    mended = mend(rule.wrong.text, findings_of(rule.id, rule.wrong))
    assert mended.done
    assert findings_of(rule.id, mended.text) == ()


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.mechanical], ids=lambda rule: rule.id)
def test_a_rule_that_is_not_mechanical_offers_no_edit(rule: Rule) -> None:
    assert all(finding.fix is None for finding in findings_of(rule.id, rule.wrong))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "# A\n",
        "just words",
        "- a\n- b\n",
        "~~~xml\n<user>\n",
        "---\nspec: a\n---\n",
        "<!-- soulwright-disable",
        "\ufeff# A",
    ],
)
def test_no_rule_fails_on_a_document_with_next_to_nothing_in_it(text: str) -> None:
    report_on(text)


def test_ids_that_differ_in_spelling_only_are_one_name_to_a_reader() -> None:
    text = "## A {#red_lines authority=root}\n\nIt must.\n\n## B {#red-lines authority=root}\n\nIt must.\n"
    assert flagged("SW001", text) == ["red-lines"]


def test_links_written_against_the_anchors_of_github_resolve_and_those_with_quotes_in_them_do_not() -> None:
    text = "# Claude's three types\n\nSee [a](#claudes-three-types) and [b](#claude\u2019s-three-types).\n"
    assert [finding.message for finding in findings_of("SW002", text)] == ["`#claude\u2019s-three-types` leads nowhere"]


def test_a_verdict_that_names_a_clause_which_is_not_there_is_a_dangling_reference() -> None:
    text = RULE["SW305"].wrong.text.replace("BAD:", "BAD[#cares]:")
    (finding,) = findings_of("SW002", text)
    assert finding.help == "did you mean `#care`?"


def test_a_footnote_that_the_document_itself_explains_is_no_evaluation_set() -> None:
    text = "## A {#a authority=root}\n\nIt must[^1].\n\n[^1]: As the law asks.\n"
    assert findings_of("SW003", Sample(text=text, example_sets={"x": ""})) == ()


@pytest.mark.parametrize("host", ["localhost", "wiki", "10.0.0.8", "files.corp", "acme.sharepoint.com"])
def test_hosts_of_insiders_are_private(host: str) -> None:
    assert findings_of("SW006", f"# A {{#a}}\n\nSee [this](https://{host}/page).\n")


@pytest.mark.parametrize("target", ["https://example.org/docs", "mailto:a@example.org", "https://[broken", "page.html"])
def test_other_targets_are_not_private(target: str) -> None:
    assert findings_of("SW006", f"# A {{#a}}\n\nSee [this]({target}).\n") == ()


def test_a_tag_that_the_front_matter_declares_is_known() -> None:
    body = "## Teens {#teens authority=root tags=under_18}\n\nIt must take care.\n"
    assert flagged("SW008", body) == ["under_18"]
    assert flagged("SW008", f'---\nspec: a\ntags: {{under_18: "13 to 17"}}\n---\n{body}') == []


def test_a_container_of_another_level_is_named_with_what_it_promises() -> None:
    (finding,) = findings_of("SW101", RULE["SW101"].wrong)
    assert finding.locator == "insults"
    assert "`What it does not write`" in finding.message


def test_a_hard_limit_with_a_key_is_an_error_also_where_the_key_is_in_the_title() -> None:
    assert flagged("SW104", "## Ignore it by default {#ignore authority=root}\n\nIt must.\n") == ["by default"]
    assert flagged("SW104", "## Ignore it by default {#ignore authority=user}\n\nIt must.\n") == []


def test_questions_and_sections_with_an_inherited_level_are_not_without_authority() -> None:
    assert flagged("SW110", "# A {#a}\n\nHow should it answer?\n") == []
    assert flagged("SW110", "# A {#a authority=root}\n\n## B {#b}\n\nIt must stop.\n") == []


def test_the_document_level_tie_rule_may_also_be_a_sentence() -> None:
    text = RULE["SW113"].wrong.text
    said = text.replace("It must not help", "When two limits conflict, it defaults to inaction. It must not help")
    assert len(findings_of("SW113", text)) == 1
    assert findings_of("SW113", said) == ()


def test_to_forbid_an_attempt_is_not_vague() -> None:
    text = "## A {#a authority=root}\n\nIt should never try to persuade. It should try to help.\n"
    assert flagged("SW201", text) == ["try to"]


def test_commentary_may_speak_of_anybody_but_the_model() -> None:
    text = (
        '## A {#a authority=root}\n\nIt must.\n\n!!! meta "Rationale"\n    Users should read this. Models must obey.\n'
    )
    assert flagged("SW204", text) == ["must"]


def test_capitals_are_fine_where_the_document_says_what_they_mean() -> None:
    text = RULE["SW206"].wrong.text
    assert flagged("SW206", text) == ["MUST"]
    assert flagged("SW206", text + "\nKeywords are those of RFC 2119.\n") == []


def test_a_term_is_defined_by_a_clause_of_kind_definition() -> None:
    text = (
        "## A {#a authority=root}\n\nA ScopeOfAutonomy holds what was agreed to.\n{#a.scope kind=definition}\n\n"
        "It must keep its ScopeOfAutonomy.\n{#a.keep kind=rule}\n"
    )
    assert flagged("SW207", text) == []


def test_examples_of_subsections_and_verdicts_that_name_a_clause_count_for_a_section() -> None:
    example = RULE["SW301"].right.text.split("\n\n", 1)[1]
    outer = f"## A {{#a authority=root}}\n\nIt must.\n\n### B {{#b}}\n\n{example}"
    assert findings_of("SW301", outer) == ()
    named = f"## A {{#a authority=root}}\n\nIt must.\n\n## B {{#b}}\n\n{example.replace('GOOD:', 'GOOD[#a]:')}"
    assert findings_of("SW301", named) == ()


def test_a_document_without_evaluation_sets_is_not_asked_for_them() -> None:
    assert findings_of("SW304", RULE["SW304"].wrong.text.replace("[^ab12]", "")) == ()


def test_a_candidate_for_a_contradiction_names_the_other_sentence() -> None:
    (finding,) = findings_of("SW401", RULE["SW401"].wrong)
    assert "line 3 forbids" in finding.message
    assert finding.span.line == 7


def test_the_rules_look_at_this_document_and_not_at_what_it_extends() -> None:
    parent = compile_spec(
        "---\nspec: mother\nversion: 1.0.0\nlevels: [provider, operator, user]\n---\n"
        "## Tone {#tone authority=provider}\n\nIt should be calm.\n{#tone.calm kind=default default=on}\n",
    )
    text = (
        "---\nspec: child\nversion: 1.0.0\nextends: mother.md\n---\n"
        "## Care {#care authority=provider}\n\n"
        "It must be kind, and as [calm](#tone.calm) as ever.\n{#care.kind kind=rule}\n"
    )
    document = parse(text, "child.md")
    spec = compile_document(document, parent=parent)
    found = lint(document, rules=RULES, spec=spec).findings
    assert {finding.rule for finding in found} == {"SW301"}
