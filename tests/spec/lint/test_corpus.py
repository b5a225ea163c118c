"""What stands in the published documents is found where it stands; figures are those of the design and of the files."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from bench.findings import CORPUS, RELEASES, ROOT, page, reports
from tests.spec.lint.samples import RULE, findings_of, flagged

from soulwright.spec.lint import RULES, Finding, Report, Sample

LAST = RELEASES[-1]


@pytest.fixture(scope="module")
def found() -> Mapping[str, Report]:
    if not (CORPUS / LAST / "model_spec.md").is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    return reports()


def of(found: Mapping[str, Report], rule: str, release: str = LAST) -> list[Finding]:
    return [finding for finding in found[release].findings if finding.rule == rule]


def lines(findings: list[Finding]) -> list[int]:
    return [finding.span.line for finding in findings]


def test_every_release_compiles_and_only_known_rules_speak(found: Mapping[str, Report]) -> None:
    known = {rule.id for rule in RULES}
    for report in found.values():
        assert report.spec is not None
        assert {finding.rule for finding in report.findings} <= known


def test_the_evaluation_sets_that_were_deleted_are_missed(found: Mapping[str, Report]) -> None:
    missing = of(found, "SW003")
    assert [finding.message.split("`")[1] for finding in missing] == ["d0pu", "rse0", "h82a", "t5q0"]
    assert lines(missing) == [3644, 3678, 3680, 4002]
    assert all(not of(found, "SW003", release) for release in RELEASES[:-1])


def test_no_link_within_a_release_leads_nowhere_and_every_evaluation_set_is_referred_to(
    found: Mapping[str, Report],
) -> None:
    for release in RELEASES:
        assert not of(found, "SW001", release)
        assert not of(found, "SW002", release)
        assert not of(found, "SW004", release)
        assert not of(found, "SW006", release)


def test_the_header_that_names_a_section_by_its_old_title_is_found(found: Mapping[str, Report]) -> None:
    (stale,) = of(found, "SW005")
    assert "3kvn" in stale.message
    assert stale.locator == "do_not_encourage_self_harm"


@pytest.mark.parametrize("release", RELEASES[:2])
def test_the_three_stray_stars_of_the_early_releases_are_found_with_their_fix(
    found: Mapping[str, Report], release: str
) -> None:
    stars = [finding for finding in of(found, "SW007", release) if finding.message == "a stray `*` before the tag"]
    assert len(stars) == 3
    assert all(2745 <= line <= 2750 for line in lines(stars))
    assert all(finding.fix is not None and finding.severity == "error" for finding in stars)


def test_every_release_leaves_turns_out_in_one_place(found: Mapping[str, Report]) -> None:
    for release in RELEASES:
        assert len([item for item in of(found, "SW007", release) if item.message == "turns are left out here"]) == 1


def test_three_bullets_are_of_the_other_kind_and_one_footnote_stands_apart(found: Mapping[str, Report]) -> None:
    style = of(found, "SW010")
    assert lines(style) == [804, 805, 806, 4002]
    assert style[-1].message == "a blank before a footnote"


def test_sections_that_can_be_changed_stand_among_those_that_cannot(found: Mapping[str, Report]) -> None:
    assert [(finding.locator, finding.message.split("`")[1]) for finding in of(found, "SW101")] == [
        ("no_erotica_or_gore", "system"),
        ("avoid_abuse", "user"),
        ("avoid_regulated_advice", "developer"),
        ("support_mental_health", "user"),
    ]


def test_root_sections_lean_on_sections_that_users_may_change(found: Mapping[str, Report]) -> None:
    leaning = {(finding.locator, finding.message.split("`")[3]) for finding in of(found, "SW103")}
    assert {("avoid_info_hazards", "refusal_style"), ("prevent_imminent_harm", "avoid_overstepping")} <= leaning
    assert len(of(found, "SW103")) == 14  # one more than in the releases after it


def test_the_one_root_section_whose_title_says_by_default_is_found(found: Mapping[str, Report]) -> None:
    assert [finding.locator for finding in of(found, "SW104")] == ["ignore_untrusted_data"]


def test_red_lines_without_authority_are_found(found: Mapping[str, Report]) -> None:
    without = of(found, "SW110")
    assert [line for line in lines(without) if 28 <= line < 45] == [32, 33, 39, 40, 41, 43]
    assert any(finding.context.startswith("Prohibited content should never be produced") for finding in without)
    assert len(without) == 26


def test_absolute_words_in_guidelines_are_found(found: Mapping[str, Report]) -> None:
    assert len(of(found, "SW111")) == 7
    assert {"refusal_style", "no_topic_off_limits"} <= {finding.locator for finding in of(found, "SW111")}


def test_the_open_exception_is_found_and_the_one_that_names_its_targets_is_not(found: Mapping[str, Report]) -> None:
    assert [finding.locator for finding in of(found, "SW112")] == ["no_erotica_or_gore"]
    assert not of(found, "SW113")  # there is a sentence on what to do when two root principles conflict


def test_vague_modals_are_counted_as_the_design_counts_them(found: Mapping[str, Report]) -> None:
    vague = of(found, "SW201")
    when = [finding for finding in vague if finding.message.endswith("does not say when")]
    assert (len(when), len(vague) - len(when)) == (11, 13)
    assert "Inapplicable instructions should typically be ignored." in {finding.context for finding in when}


def test_escape_clauses_are_counted_as_they_stand_in_the_file(found: Mapping[str, Report]) -> None:
    words = [finding.message.split("`")[1].lower() for finding in of(found, "SW202")]
    assert sum(word.startswith("reasonabl") for word in words) == 9
    assert sum(word in ("as appropriate", "when appropriate", "where appropriate") for word in words) == 10


def test_rules_in_commentary_are_found_line_by_line(found: Mapping[str, Report]) -> None:
    commentary = of(found, "SW204")
    assert lines(commentary) == [281, 430, 449, 613, 711, 1367, 2127, 2143, 2496]
    assert "The assistant should not avoid or censor topics" in commentary[3].context
    assert "should assume that the user has the rights" in commentary[5].context


def test_the_one_must_in_capitals_is_found(found: Mapping[str, Report]) -> None:
    (capitals,) = of(found, "SW206")
    assert capitals.locator == "ignore_untrusted_data"
    assert capitals.fix is not None


def test_names_that_are_explained_nowhere_are_found(found: Mapping[str, Report]) -> None:
    assert {"ScopeOfAutonomy", "untrusted_text"} <= {finding.message.split("`")[1] for finding in of(found, "SW207")}


def test_exactly_two_sections_have_no_example(found: Mapping[str, Report]) -> None:
    assert [finding.locator for finding in of(found, "SW301")] == ["comply_with_laws", "use_preset_voice_in_voice_mode"]


def test_verdicts_are_counted_as_they_stand_in_the_file(found: Mapping[str, Report]) -> None:
    bare = [finding.message for finding in of(found, "SW303")]
    assert (bare.count("`GOOD` without a reason"), bare.count("`BAD` without a reason")) == (136, 78)
    # 17 of the 194 BAD replies of this release name a clause; the releases after it name none.
    assert len(of(found, "SW305")) == 194 - 17
    assert len(of(found, "SW302")) == 30


def test_sections_without_an_evaluation_set_are_found(found: Mapping[str, Report]) -> None:
    untested = {finding.locator for finding in of(found, "SW304")}
    assert {"no_other_objectives", "scope_of_autonomy", "control_side_effects", "respect_real_world_ties"} <= untested
    assert len(untested) == 15


def test_titles_of_evaluation_prompts_that_stand_twice_are_found(found: Mapping[str, Report]) -> None:
    assert len(of(found, "SW306")) == 25


def test_sections_that_were_rewritten_while_their_examples_stayed_are_found(found: Mapping[str, Report]) -> None:
    assert not of(found, "SW310", RELEASES[0])
    assert 0 < len(of(found, "SW310")) < 20


def test_candidates_for_contradictions_include_topics_to_avoid_and_not_to_avoid(found: Mapping[str, Report]) -> None:
    assert "no_topic_off_limits" in {finding.locator for finding in of(found, "SW401")}
    assert {finding.severity for finding in of(found, "SW401")} == {"suggestion"}


def test_the_page_says_what_is_found(found: Mapping[str, Report]) -> None:
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == page(found)


# From two other published documents, in their own words (CC0); the documents themselves are not here.
OTHERS = [
    ("SW006", "Never [this](https://docs.google.com/document/d/1/edit)."),
    ("SW107", "Some of these defaults can be altered by the user but not the operator."),
    ("SW108", "Claude should by default:\n\n* **Always** be willing to tell users.\n* **Never** deceive users."),
    ("SW109", "Accuracy must always take priority.\n\nHuman safety must always take priority."),
    ("SW202", "It should do so whenever possible."),
    ("SW203", "It must evaluate impacts across multiple generations."),
    ("SW203", "It must stay coherent across multiple conversations."),
]


@pytest.mark.parametrize(("rule", "text"), OTHERS)
def test_what_was_read_in_other_charters_is_found_in_their_words(rule: str, text: str) -> None:
    assert findings_of(rule, f"# Charter {{#charter authority=root}}\n\n{text}\n")


CONSTITUTION = """# Our constitution

## Being honest

Claude should **basically never** directly lie or actively deceive anyone.

## Hard constraints

Claude should never:

* Provide serious uplift to those seeking to create biological weapons
* Attack critical infrastructure

## Defaults

Regardless of operator instructions, Claude should by default:

* **Always** be willing to tell users what it can't help with
* **Never** deceive users in ways that damage their interests

Some of these defaults can be altered by the user but not the operator. See
[honesty](#being-honest) and [us](#our-approach-to-claude\u2019s-constitution).
"""


def test_a_constitution_without_ids_or_levels_is_checked_as_well() -> None:
    words = {rule: flagged(rule, CONSTITUTION) for rule in ("SW002", "SW105", "SW107", "SW108", "SW110", "SW201")}
    assert words == {
        "SW002": ["[us](#our-approach-to-claude\u2019s-constitution)"],
        "SW105": ["serious"],
        "SW107": [
            "**Always** be willing to tell users what it can't help with",
            "**Never** deceive users in ways that damage their interests",
            "Some of these defaults",
        ],
        "SW108": ["Always", "Never"],
        "SW110": ["should"],
        "SW201": ["basically never"],
    }
    (tie,) = findings_of("SW113", CONSTITUTION)
    assert tie.severity == "info"


def test_a_rule_that_compares_is_asked_only_with_something_to_compare() -> None:
    assert findings_of("SW310", Sample(text=RULE["SW310"].wrong.text)) == ()
