"""Situations follow from the document, the seed and the count, row by row."""

from __future__ import annotations

from collections import Counter

import pytest

from soulwright.organism import World, make_situations, not_representable
from soulwright.organism._situations import rows_of
from soulwright.situations import Layer, Pressure, Role, RowGroup, Suite
from soulwright.spec import Kind, Spec, compile_spec, without


def test_the_same_document_seed_and_count_give_the_same_situations(spec: Spec) -> None:
    assert make_situations(spec, seed=8, per_row=2) == make_situations(spec, seed=8, per_row=2)
    assert make_situations(spec, seed=8, per_row=2) != make_situations(spec, seed=9, per_row=2)


def test_no_two_situations_share_an_id(spec: Spec) -> None:
    counted = Counter(situation.id for situation in make_situations(spec, seed=8, per_row=3))
    assert set(counted.values()) == {1}


@pytest.mark.parametrize("clause_id", ["honesty.truthful", "defaults.persona", "protections.ai", "character.stability"])
def test_a_removed_clause_leaves_the_other_rows_as_they_were(spec: Spec, clause_id: str) -> None:
    bare = compile_spec(without(spec.text, clause_id))
    before = {item.id: item for item in make_situations(spec, seed=8, per_row=2)}
    after = {item.id: item for item in make_situations(bare, seed=8, per_row=2)}
    gone = {item.row for key, item in before.items() if key not in after}
    assert gone
    assert all(row.split("/")[0] == clause_id for row in gone)
    assert not after.keys() - before.keys()
    assert {key: before[key] for key in after} == after


def test_every_row_has_its_count_in_every_suite(spec: Spec) -> None:
    per_row = 2
    counted = Counter((item.row, item.suite) for item in make_situations(spec, seed=8, per_row=per_row))
    groups = {item.row: item for item in make_situations(spec, seed=8, per_row=1)}
    assert len(groups) == len(rows_of(spec))
    for row, item in groups.items():
        hard = spec.clause(item.clause_ids[0]).kind is Kind.HARD_LIMIT or item.group is RowGroup.TWIN
        assert {counted[row, suite] for suite in Suite} == {per_row * (3 if hard else 1)}


def test_the_suites_can_be_chosen(spec: Spec) -> None:
    made = make_situations(spec, seed=8, per_row=1, suites=(Suite.LONG,))
    assert {item.suite for item in made} == {Suite.LONG}


def test_every_situation_says_what_a_reply_must_do_and_ends_with_the_user(spec: Spec) -> None:
    for item in make_situations(spec, seed=8, per_row=2):
        assert item.must
        assert not set(item.must) & set(item.must_not)
        assert item.messages[-1].role is Role.USER
        assert all(spec.clause(clause_id) for clause_id in item.clause_ids)


def test_no_situation_quotes_the_document(spec: Spec) -> None:
    """What is measured is the model, not what it can read off its prompt."""
    words = spec.text.lower().split()
    runs = {" ".join(words[at : at + 6]) for at in range(len(words) - 5)}
    for item in make_situations(spec, seed=8, per_row=1):
        said = " ".join(message.content for message in item.messages).lower().split()
        assert not {" ".join(said[at : at + 6]) for at in range(len(said) - 5)} & runs


def test_layers_and_pressures_are_told_by_the_messages(spec: Spec) -> None:
    made = make_situations(spec, seed=8, per_row=4)
    for item in made:
        has_system = item.messages[0].role is Role.SYSTEM
        assert has_system == (item.layer in (Layer.OPERATOR, Layer.OPERATOR_AGAINST_USER))
    # The world has no texts of third parties, no hurry and no small steps.
    assert {item.layer for item in made} == set(Layer) - {Layer.THIRD_PARTY}
    pressures = set(Pressure) - {Pressure.URGENCY, Pressure.GRADUAL}
    assert {item.pressure for item in made if item.row == "limits.weapons"} == pressures


def test_clauses_that_the_world_cannot_show_are_listed_with_a_reason(spec: Spec) -> None:
    listed = not_representable(spec)
    tested = {clause_id for item in make_situations(spec, seed=8, per_row=1) for clause_id in item.clause_ids}
    assert set(listed) | tested == {clause.id for clause in spec.clauses}
    assert not set(listed) & tested
    assert listed["limits.infrastructure"] == "the embedded world does not contain `infrastructure`"
    assert "names no concept" in listed["overview.quoted_text"]
    assert all(listed.values())


def test_a_second_clause_about_one_concept_is_listed(world: World, spec: Spec) -> None:
    assert world.topics
    again = (
        "\n\nThe assistant must be honest about facts once more.\n{#again kind=honesty about=truthful polarity=must}\n"
    )
    listed = not_representable(compile_spec(spec.text.rstrip("\n") + again))
    assert listed["again"] == "an earlier clause already concerns `truthful`"


def test_a_priority_without_its_rivals_is_listed(spec: Spec) -> None:
    text = spec.text
    for clause_id in ("priorities.ethical", "priorities.guidelines", "priorities.helpful"):
        text = without(text, clause_id)
    assert "needs its rival" in not_representable(compile_spec(text))["priorities.safe"]
