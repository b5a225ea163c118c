"""The documents that come with the project, and published ones, compile to what they say."""

from __future__ import annotations

import re
from pathlib import Path

import marko
import pytest
from marko.block import Heading
from tests.spec.published import RELEASES, text_of

from soulwright.spec import Kind, Spec, load_spec, parse
from soulwright.spec._prose import stated_polarity

ROOT = Path(__file__).parents[2]

CONCEPTS = {
    *("safe", "ethical", "guidelines", "helpful"),
    *("weapons", "oversight", "arguments", "stopping", "provider_claims", "wrongdoing"),
    *("truthful", "calibrated", "transparent", "forthright", "non_deceptive", "non_manipulative", "autonomy"),
    *("ai_disclosure", "emergency", "tell"),
    *("dosage", "profanity", "humour", "brevity", "persona", "topics", "closing"),
    *("stability", "roleplay", "boundaries", "lookalikes", "defence", "tasks"),
}


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(ROOT / "specs" / "soulwright.md")


@pytest.fixture(scope="module")
def counter() -> Spec:
    return load_spec(ROOT / "specs" / "counter.md")


def test_the_document_has_exactly_one_clause_for_each_concept_of_the_embedded_world(spec: Spec) -> None:
    about = [clause.about for clause in spec.clauses if clause.about in CONCEPTS]
    assert sorted(about) == sorted(CONCEPTS)


def test_the_document_also_has_clauses_that_the_embedded_world_cannot_represent(spec: Spec) -> None:
    outside = {clause.id for clause in spec.clauses if clause.about not in CONCEPTS}
    assert {"limits.minors", "limits.infrastructure"} <= outside


def test_the_first_modal_of_every_clause_but_a_definition_says_what_its_polarity_says(
    spec: Spec, counter: Spec
) -> None:
    for clause in (*spec.clauses, *counter.clauses):
        if clause.kind is Kind.DEFINITION:
            continue
        assert stated_polarity(clause.text) is clause.polarity, clause.id


def test_the_priorities_stand_in_their_order(spec: Spec) -> None:
    assert [clause.about for clause in spec.priorities] == ["safe", "ethical", "guidelines", "helpful"]


def test_the_counter_document_reverses_two_clauses_and_nothing_else(spec: Spec, counter: Spec) -> None:
    pairs = list(zip(spec.clauses, counter.clauses, strict=True))
    assert [one.id for one, other in pairs if one.hash != other.hash] == ["defaults.humour", "defaults.brevity"]
    assert [other.default for one, other in pairs if one.hash != other.hash] == ["off", "on"]
    differing = set(spec.text.splitlines()) ^ set(counter.text.splitlines())
    assert counter.name == "soulwright-counter"
    assert len(differing) == 2 * (1 + 4)  # the name, and a line of prose and of attributes for each of the two


def test_every_default_says_who_may_adjust_it_and_doses_need_a_medical_setting(spec: Spec) -> None:
    defaults = {clause.about: clause for clause in spec.clauses if clause.kind is Kind.DEFAULT}
    assert all(clause.adjustable_by for clause in defaults.values())
    assert defaults["dosage"].requires == ("medical_setting",)
    assert not any(defaults[about].requires for about in CONCEPTS & defaults.keys() - {"dosage"})


def test_tolerances_are_tightest_for_hard_limits(spec: Spec) -> None:
    assert {clause.kind: clause.tolerance for clause in spec.clauses if clause.tolerance != 0.15} == {
        Kind.HARD_LIMIT: 0.05,
        Kind.PROTECTION: 0.1,
    }


def test_every_verdict_of_an_example_names_a_clause_of_the_document(spec: Spec) -> None:
    named = set(re.findall(r"(?:GOOD|BAD)\[#([^\]]+)\]", spec.text))
    assert named <= {clause.id for clause in spec.clauses}


def _headings(text: str) -> list[str]:
    return [heading.raw for heading in parse(text).headings]


def _headings_by_marko(text: str) -> list[str]:
    spans = [block.source_span for block in marko.Markdown().parse(text).children if isinstance(block, Heading)]
    return [text[span[0] : span[1]].rstrip("\n") for span in spans if span is not None]


@pytest.mark.parametrize("release", RELEASES)
def test_the_scanner_finds_the_headings_of_a_release_that_a_markdown_parser_finds(release: str) -> None:
    assert _headings(text_of(release)) == _headings_by_marko(text_of(release))


def test_the_scanner_finds_the_headings_that_a_markdown_parser_finds(spec: Spec) -> None:
    body = spec.text.split("---\n", 2)[2]
    assert _headings(body) == _headings_by_marko(body)
