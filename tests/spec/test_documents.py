"""The documents that come with the project, and published ones, compile to what they say."""

from __future__ import annotations

import os
import re
from pathlib import Path

import marko
import pytest
from marko.block import Heading

from soulwright.spec import Kind, Spec, load_spec
from soulwright.spec._blocks import BlockKind, scan, split_lines
from soulwright.spec._mistakes import Mistakes
from soulwright.spec._prose import stated_polarity

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", ROOT.parent / "shared" / "corpus")) / "openai-model-spec"

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


def test_the_first_modal_of_every_clause_says_what_its_polarity_says(spec: Spec, counter: Spec) -> None:
    for clause in (*spec.clauses, *counter.clauses):
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
    assert {about: clause.requires for about, clause in defaults.items() if clause.requires} == {
        "dosage": ("medical_setting",)
    }


def test_tolerances_are_tightest_for_hard_limits(spec: Spec) -> None:
    assert {clause.kind: clause.tolerance for clause in spec.clauses if clause.tolerance != 0.15} == {
        Kind.HARD_LIMIT: 0.05,
        Kind.PROTECTION: 0.1,
    }


def test_every_verdict_of_an_example_names_a_clause_of_the_document(spec: Spec) -> None:
    named = set(re.findall(r"(?:GOOD|BAD)\[#([^\]]+)\]", spec.text))
    assert named <= {clause.id for clause in spec.clauses}


def _headings(text: str) -> list[str]:
    blocks = scan(split_lines(text), Mistakes(text, "x"))
    return [text[block.start : block.end] for block in blocks if block.kind is BlockKind.HEADING]


def _headings_by_marko(text: str) -> list[str]:
    spans = [block.source_span for block in marko.Markdown().parse(text).children if isinstance(block, Heading)]
    return [text[span[0] : span[1]].rstrip("\n") for span in spans if span is not None]


PUBLISHED = [("2025-02-12", 51, 154), ("2025-04-11", 51, 154), ("2025-09-12", 57, 173), ("2025-10-27", 58, 181)]


@pytest.mark.parametrize(("release", "sections", "examples"), PUBLISHED)
def test_a_published_document_compiles_to_as_many_clauses_and_examples_as_its_own_page_shows(
    release: str, sections: int, examples: int
) -> None:
    path = CORPUS / release / "model_spec.md"
    if not path.is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    spec = load_spec(path)
    assert len(spec.clauses) == sections
    assert {clause.kind for clause in spec.clauses} == {Kind.RULE}
    blocks = scan(split_lines(spec.text), Mistakes(spec.text, "x"))
    assert sum(block.kind is BlockKind.FENCE for block in blocks) == examples
    assert _headings(spec.text) == _headings_by_marko(spec.text)


def test_the_scanner_finds_the_headings_that_a_markdown_parser_finds(spec: Spec) -> None:
    body = spec.text.split("---\n", 2)[2]
    assert _headings(body) == _headings_by_marko(body)
