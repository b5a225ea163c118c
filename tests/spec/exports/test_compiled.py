"""The compiled JSON satisfies its schema, holds every clause and edge, and the schema refuses what it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from soulwright.spec import Spec, compile_spec
from soulwright.spec.exports import Edge, EdgeKind, compiled_document, compiled_schema

LINKED = """# A {#a authority=root}

The assistant must be kind, see [care](#care) and [?](#b).
{#kind kind=rule}

The assistant must take care.
{#care kind=rule}

**Example**: two

~~~xml
<user>
Help.
</user>
<comparison>
<assistant> <!-- GOOD[#care]: careful -->
Carefully.
</assistant>
<assistant> <!-- BAD[#kind]: unkind -->
No.
</assistant>
<assistant> <!-- BAD[#kind]: unkind again -->
Never.
</assistant>
</comparison>
~~~

# B {#b authority=root}

Here people rest.
"""


def test_the_compiled_document_satisfies_its_schema(document: Spec) -> None:
    jsonschema.validate(compiled_document(document), compiled_schema())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(compiled_schema())


def test_the_compiled_document_is_plain_json_and_always_the_same(document: Spec) -> None:
    made = compiled_document(document)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert compiled_document(document) == made


def test_every_clause_is_there_with_its_place_and_hash_and_the_prose_is_not(document: Spec) -> None:
    made: dict[str, Any] = compiled_document(document)
    rows = {row["id"]: row for row in made["clauses"]}
    assert list(rows) == [clause.id for clause in document.clauses]
    for clause in document.clauses:
        row = rows[clause.id]
        assert (row["hash"], row["kind"], row["span"]["start"]) == (clause.hash, clause.kind.value, clause.span.start)
    assert "text" not in made
    assert made["source_hash"] == document.hash


def test_links_and_verdicts_become_edges_each_once() -> None:
    made: dict[str, Any] = compiled_document(compile_spec(LINKED))
    edges = {(row["kind"], row["source"], row["target"]) for row in made["edges"]}
    assert len(edges) == len(made["edges"])
    assert {("mentions", "kind", "care"), ("mentions", "kind", "b")} <= edges
    assert {("example", "kind", "care"), ("example", "care", "kind")} <= edges
    assert all(source != target for _, source, target in edges)
    assert Edge(kind=EdgeKind.MENTIONS, source="a", target="b").kind == "mentions"


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: made.update(mood="good"),
        lambda made: made.pop("source_hash"),
        lambda made: made.update(format="soulwright/compiled/2"),
        lambda made: made["clauses"][0].update(kind="wish"),
        lambda made: made["clauses"][0].update(weight=3),
        lambda made: made["clauses"][0].pop("hash"),
        lambda made: made["clauses"][0]["span"].update(start="0"),
        lambda made: made.update(edges=[{"kind": "likes", "source": "a", "target": "b"}]),
    ],
)
def test_the_schema_refuses_what_is_missing_unknown_or_of_another_type(spoil: Change) -> None:
    made = compiled_document(compile_spec(LINKED))
    spoil(made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, compiled_schema())
