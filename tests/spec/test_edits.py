"""Edits touch one clause and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soulwright.errors import InputError
from soulwright.spec import Kind, Spec, compile_spec, swapped, with_attribute, without

TEXT = (Path(__file__).parents[2] / "specs" / "soulwright.md").read_text(encoding="utf-8")
SPEC = compile_spec(TEXT)
CLAUSES = st.sampled_from([clause.id for clause in SPEC.clauses])
DEFAULTS = st.sampled_from([clause.id for clause in SPEC.clauses if clause.kind is Kind.DEFAULT])
PRIORITIES = st.sampled_from([clause.id for clause in SPEC.priorities])


def _hashes(spec: Spec) -> dict[str, str]:
    return {clause.id: clause.hash for clause in spec.clauses}


@given(CLAUSES)
def test_without_removes_that_clause_and_leaves_every_other_hash(clause_id: str) -> None:
    after = _hashes(compile_spec(without(TEXT, clause_id)))
    before = _hashes(SPEC)
    assert before.pop(clause_id)
    assert after == before


@given(CLAUSES)
def test_without_only_takes_lines_away(clause_id: str) -> None:
    span = SPEC.clause(clause_id).span
    after = without(TEXT, clause_id)
    assert after.startswith(TEXT[: span.start])
    assert TEXT[span.end :].lstrip("\n").startswith(after[span.start :].lstrip("\n"))
    assert TEXT[span.start : span.end] not in after
    assert "\n\n\n" not in after


@settings(max_examples=15)  # each example compiles the document up to fourteen times
@given(st.lists(CLAUSES, unique=True, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_removals_does_not_matter(ids: list[str], random) -> None:  # type: ignore[no-untyped-def]  # Random
    shuffled = random.sample(ids, len(ids))
    one = other = TEXT
    for first, second in zip(ids, shuffled, strict=True):
        one, other = without(one, first), without(other, second)
    assert _hashes(compile_spec(one)) == _hashes(compile_spec(other))


@given(DEFAULTS)
def test_a_flipped_default_changes_only_that_hash(clause_id: str) -> None:
    clause = SPEC.clause(clause_id)
    flipped = next(value for value in clause.values if value != clause.default)
    after = compile_spec(with_attribute(TEXT, clause_id, "default", flipped))
    assert after.clause(clause_id).default == flipped
    assert {key for key, value in _hashes(after).items() if value != _hashes(SPEC)[key]} == {clause_id}


@given(DEFAULTS)
def test_flipping_twice_gives_the_document_back(clause_id: str) -> None:
    clause = SPEC.clause(clause_id)
    default, other = clause.default, next(value for value in clause.values if value != clause.default)
    assert default is not None
    flipped = with_attribute(TEXT, clause_id, "default", other)
    assert with_attribute(flipped, clause_id, "default", default) == TEXT


def test_an_attribute_that_was_not_written_is_added() -> None:
    after = compile_spec(with_attribute(TEXT, "defaults.humour", "requires", "agreement"))
    assert after.clause("defaults.humour").requires == ("agreement",)


def test_a_value_with_blanks_is_quoted() -> None:
    assert 'severity="very grave"}' in with_attribute(TEXT, "limits.weapons", "severity", "very grave")


@given(PRIORITIES, PRIORITIES)
def test_swapping_two_priorities_swaps_their_ranks_and_no_hash(one: str, other: str) -> None:
    after = compile_spec(swapped(TEXT, one, other))
    expected = {clause.id: clause.rank for clause in SPEC.priorities}
    expected[one], expected[other] = expected[other], expected[one]
    assert {clause.id: clause.rank for clause in after.priorities} == expected
    assert _hashes(after) == _hashes(SPEC)
    assert swapped(after.text, one, other) == TEXT


@pytest.mark.parametrize("edit", [without, lambda text, name: with_attribute(text, name, "kind", "rule")])
def test_an_edit_of_a_clause_that_does_not_exist_is_refused(edit) -> None:  # type: ignore[no-untyped-def]  # two functions
    for name in ("no.such.clause", "limits.weapon", "#limits.weapons", ""):
        with pytest.raises(InputError, match="there is no clause"):
            edit(TEXT, name)


@pytest.mark.parametrize(
    ("key", "value"), [("de fault", "on"), ("default", "o}n"), ("default", ""), ("default", "a\nb")]
)
def test_an_attribute_that_could_break_the_line_is_refused(key: str, value: str) -> None:
    with pytest.raises(InputError, match="cannot be the"):
        with_attribute(TEXT, "defaults.humour", key, value)


def test_without_refuses_to_take_another_clause_along() -> None:
    text = "# A {#a authority=root kind=rule}\n\n- It must.\n  {#b}\n\n    It should.\n    {#c}\n"
    with pytest.raises(InputError, match="would change `c`"):
        without(text, "b")


def test_without_takes_a_whole_section_where_the_section_is_the_clause() -> None:
    text = "# A {#a authority=root}\n\nIt must.\n\n# B {#b authority=root}\n\nIt may.\n"
    assert without(text, "a") == "# B {#b authority=root}\n\nIt may.\n"


def test_without_refuses_a_section_that_holds_others() -> None:
    with pytest.raises(InputError, match="has subsections"):
        without("# A {#a authority=root}\n\nIt must.\n\n## B {#b authority=root}\n\nIt may.\n", "a")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_edits_keep_the_line_ends_of_the_document(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    assert without(text, "limits.minors") == without(TEXT, "limits.minors").replace("\n", newline)
    assert swapped(text, "priorities.safe", "priorities.helpful") == swapped(
        TEXT, "priorities.safe", "priorities.helpful"
    ).replace("\n", newline)
