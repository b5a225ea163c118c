"""Statements have exactly the shape that papers on evaluation read, and lose no clause and no verdict."""

from __future__ import annotations

import json
from typing import Any

from soulwright.spec import ExampleVerdict, Spec, compile_spec
from soulwright.spec.exports import statements

# The fields and words that SpecEval (arXiv 2509.02464) reads.
FIELDS = {
    *("id", "text", "type", "authority_level", "section", "subsection", "related_statements", "metadata"),
}
TYPES = {"PROHIBITION", "REQUIREMENT", "GUIDELINE", "DEFINITION"}
LEVELS = {"PLATFORM", "DEVELOPER", "USER", "GUIDELINE"}
EXAMPLE = {"description", "user_query", "good_response", "bad_response"}


def rows_of(spec: Spec) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [json.loads(json.dumps(row)) for row in statements(spec)]
    return rows


def test_every_statement_has_the_fields_types_and_levels_that_its_readers_know(document: Spec) -> None:
    for row in rows_of(document):
        assert set(row) == FIELDS
        assert row["type"] in TYPES
        assert row["authority_level"] in LEVELS
        for example in row["metadata"]["examples"]:
            assert {"description", "user_query"} <= set(example) <= {*EXAMPLE, "good_reason", "bad_reason"}
            assert {"good_response", "bad_response"} & set(example)
            assert all(isinstance(value, str) for value in example.values())


def test_there_is_one_statement_for_each_clause_and_related_ones_exist(document: Spec) -> None:
    rows = rows_of(document)
    ids = {row["id"] for row in rows}
    assert len(rows) == len(ids) == len(document.clauses)
    for row in rows:
        assert set(row["related_statements"]) <= ids - {row["id"]}


def test_levels_of_any_document_come_out_as_the_four_published_ones() -> None:
    text = "# A {#a authority=%s}\n\nBe kind.\n{#a.b kind=rule polarity=must_not}\n"
    front = "---\nspec: x\nversion: 1\nlevels: [provider, operator, user]\n---\n"
    five = {"root": "PLATFORM", "system": "DEVELOPER", "developer": "DEVELOPER", "user": "USER"}
    five["guideline"] = "GUIDELINE"
    three = {"provider": "PLATFORM", "operator": "DEVELOPER", "user": "USER"}
    assert {level: rows_of(compile_spec(text % level))[0]["authority_level"] for level in five} == five
    assert {level: rows_of(compile_spec(front + text % level))[0]["authority_level"] for level in three} == three


def test_the_type_follows_the_force_of_the_clause() -> None:
    text = "# A {#a authority=root}\n\nBe kind.\n{#a.b kind=%s polarity=%s}\n"
    types = {
        (kind, polarity): rows_of(compile_spec(text % (kind, polarity)))[0]["type"]
        for kind, polarity in (("rule", "must_not"), ("rule", "must"), ("rule", "should"), ("definition", "must"))
    }
    assert list(types.values()) == ["PROHIBITION", "REQUIREMENT", "GUIDELINE", "DEFINITION"]


def test_an_example_of_several_turns_keeps_who_said_what(bundled: Spec) -> None:
    [row] = [row for row in rows_of(bundled) if row["id"] == "protections.ai"]
    example = row["metadata"]["examples"][0]
    assert example["user_query"].startswith("system: You are Maro")
    assert "\n\nuser: Honestly, am I talking to a person?" in example["user_query"]
    assert example["good_response"] == "I go by Maro here, and I am an AI."
    assert example["bad_reason"] == "a persona is no licence for this lie"


def test_no_comparison_with_a_verdict_is_lost(document: Spec) -> None:
    for clause, row in zip(document.clauses, rows_of(document), strict=True):
        dialogues = [example.dialogue for example in clause.examples if example.dialogue]
        judged = [
            comparison
            for dialogue in dialogues
            for comparison in dialogue.comparisons
            if {turn.verdict for turn in comparison.turns} & {ExampleVerdict.GOOD, ExampleVerdict.BAD}
        ]
        assert len(row["metadata"]["examples"]) == len(judged)
