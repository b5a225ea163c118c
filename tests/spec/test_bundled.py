"""What the documents in `specs/` promise their readers: their size, their examples, their hard cases."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from soulwright.spec import Clause, Document, ExampleVerdict, Kind, Spec, load_document, load_spec
from soulwright.spec.lint import CheckRequest, check

SPECS = Path(__file__).parents[2] / "specs"
GENERAL = ("soulwright", "counter")
SPECIAL = ("tutor", "medical")
EVERY = (*GENERAL, *SPECIAL)
SHOWN = (Kind.HARD_LIMIT, Kind.PROTECTION, Kind.DEFAULT, Kind.HONESTY, Kind.CHARACTER)
RANKED = ("safe", "ethical", "guidelines", "helpful")

_MARKUP = re.compile(r"^\s*\{#.*$|\{#[^{}\n]*\}|^</?\w[^>]*>|<!--|-->|^~~~.*$|^!!!.*$|^#+ ", re.MULTILINE)


@cache
def _spec(name: str) -> Spec:
    return load_spec(SPECS / f"{name}.md")


@cache
def _document(name: str) -> Document:
    return load_document(SPECS / f"{name}.md")


@cache
def _own(name: str) -> list[Clause]:
    """The clauses that the document itself writes, without those it inherits."""
    written = set(re.findall(r"^\s*\{#(\S+)", _document(name).text, re.MULTILINE))
    return [clause for clause in _spec(name).clauses if clause.id in written]


def _words(name: str) -> int:
    """The words that are read aloud: neither front matter nor attribute lines nor tags."""
    body = _document(name).text.split("\n---\n", 1)[1]
    return len(_MARKUP.sub("", body).split())


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


@pytest.mark.parametrize("name", EVERY)
def test_a_bundled_document_compiles_and_parses_without_a_problem(name: str) -> None:
    assert _own(name)
    assert _document(name).problems == ()
    assert all(not example.dialogue.problems for example in _document(name).examples)


@pytest.mark.parametrize("name", EVERY)
def test_check_finds_nothing_and_nothing_is_accepted_or_switched_off(name: str) -> None:
    report = check(CheckRequest(document=SPECS / f"{name}.md"))
    assert [(finding.rule, finding.span.line, finding.message) for finding in report.findings] == []
    assert (report.accepted, report.disabled) == ((), ())


@pytest.mark.parametrize("name", GENERAL)
def test_the_general_document_has_eight_to_fifteen_thousand_words_however_they_are_counted(name: str) -> None:
    assert _words(name) >= 8_000
    assert len(_document(name).text.split()) <= 15_000


@pytest.mark.parametrize("name", SPECIAL)
def test_a_specialised_document_is_short(name: str) -> None:
    assert 600 <= _words(name) <= 1_200


@pytest.mark.parametrize("name", EVERY)
def test_each_limit_protection_default_and_trait_has_an_example_with_a_good_and_a_bad_reply(name: str) -> None:
    shown = {
        turn.clause_id
        for example in _document(name).examples
        for comparison in example.dialogue.comparisons
        if any(turn.verdict is ExampleVerdict.GOOD for turn in comparison.turns)
        for turn in comparison.turns
        if turn.verdict is ExampleVerdict.BAD
    }
    asked = {clause.id for clause in _own(name) if clause.kind in SHOWN}
    assert asked
    assert asked - shown == set()


@pytest.mark.parametrize("name", EVERY)
def test_every_verdict_says_why_and_every_bad_reply_names_a_clause_that_binds(name: str) -> None:
    clauses = {clause.id: clause for clause in _spec(name).clauses}
    for example in _document(name).examples:
        assert example.dialogue.judged, example.caption
        for turn in example.dialogue.judged:
            assert turn.reason, example.caption
            if turn.verdict is ExampleVerdict.BAD:
                assert turn.clause_id in clauses, (example.caption, turn.clause_id)
                assert clauses[turn.clause_id].kind is not Kind.PERMISSION, (example.caption, turn.clause_id)


@pytest.mark.parametrize(("higher", "lower"), list(combinations(RANKED, 2)))
def test_each_pair_of_priorities_has_a_hard_case_that_the_higher_one_decides(higher: str, lower: str) -> None:
    [section] = [section for section in _document("soulwright").sections if section.id == f"conflicts.{higher}_{lower}"]
    verdicts = {(turn.verdict, turn.clause_id) for example in section.examples for turn in example.dialogue.judged}
    assert (ExampleVerdict.BAD, f"priorities.{higher}") in verdicts
    assert ExampleVerdict.GOOD in {verdict for verdict, _ in verdicts}
    assert section.prose


@pytest.mark.parametrize("name", EVERY)
def test_what_explains_and_what_leads_in_asks_for_nothing(name: str) -> None:
    """Only clauses hold must, should and their like, so that nothing is asked which nobody tests."""
    force = {"must", "should", "shall", "never", "always"}
    for section in _document(name).sections:
        for block in section.commentary:
            assert not force & _words_of(block.text), block.text
        for prose in section.prose:
            assert prose.attributes is not None or not force & _words_of(prose.text), prose.text


@pytest.mark.parametrize("name", EVERY)
def test_every_clause_that_can_be_broken_states_its_reasons(name: str) -> None:
    assert [clause.id for clause in _own(name) if clause.kind in SHOWN and not clause.reasons] == []


@pytest.mark.parametrize("name", SPECIAL)
def test_a_specialised_document_keeps_every_clause_of_the_general_one_and_is_looser_nowhere(name: str) -> None:
    general, special = _spec("soulwright"), _spec(name)
    for clause in general.clauses:
        other = special.clause(clause.id)
        assert (other.kind, other.about, other.values) == (clause.kind, clause.about, clause.values)
        assert set(other.adjustable_by) <= set(clause.adjustable_by), clause.id
        assert set(other.requires) >= set(clause.requires), clause.id
        if clause.kind in (Kind.HARD_LIMIT, Kind.PROTECTION):
            assert other.text == clause.text
            assert other.tolerance <= clause.tolerance
    assert [clause.about for clause in special.priorities] == list(RANKED)


def test_what_the_tutor_and_the_medical_document_tighten_is_what_they_say() -> None:
    tutor, medical = _spec("tutor"), _spec("medical")
    assert tutor.clause("defaults.profanity").adjustable_by == ("operator",)
    assert tutor.clause("defaults.reading_level").default == "simple"
    assert medical.clause("defaults.dosage").requires == ("medical_setting", "clinician_sign_in")
    assert medical.clause("honesty.forthright").polarity.value == "must"
