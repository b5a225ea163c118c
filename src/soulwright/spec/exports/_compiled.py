"""The compiled document as JSON that other programs read, and the JSON Schema that it satisfies.

It holds everything but the prose: the clauses with their spans and hashes, and the edges between them. The schema is
made from the same dataclasses, so that the two cannot drift apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal, cast

from pydantic import TypeAdapter

from soulwright.spec._clauses import Clause, Spec

FORMAT: Literal["soulwright/compiled/1"] = "soulwright/compiled/1"
SCHEMA = "https://json-schema.org/draft/2020-12/schema"


class EdgeKind(StrEnum):
    """How one clause leads to another, or to a section."""

    MENTIONS = "mentions"
    """The words of the clause link to it."""
    LIFTS = "lifts"
    """The clause takes it away where it applies."""
    WEIGHS = "weighs"
    """The clause is a factor in judging it."""
    EXAMPLE = "example"
    """An example of the clause gives a verdict about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From one clause to a clause or section, each named by its id."""

    kind: EdgeKind
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A document that the compiled one extends; its clauses stand among the others, with their `source`."""

    name: str
    version: str
    source: str
    source_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """A compiled document: where it came from, its clauses, and the edges between them."""

    format: Literal["soulwright/compiled/1"]
    name: str
    version: str
    source: str
    source_hash: str
    levels: tuple[str, ...]
    front_matter: Mapping[str, object]
    extends: tuple[Ancestor, ...]
    clauses: tuple[Clause, ...]
    edges: tuple[Edge, ...]


@cache
def _adapter() -> TypeAdapter[_Compiled]:
    return TypeAdapter(_Compiled)


def compiled_document(spec: Spec) -> dict[str, object]:
    """The compiled document as plain JSON values that satisfy `compiled_schema`."""
    compiled = _Compiled(
        format=FORMAT,
        name=spec.name,
        version=spec.version,
        source=spec.source,
        source_hash=spec.hash,
        levels=spec.levels,
        front_matter=spec.front_matter,
        extends=tuple(
            Ancestor(
                name=parent.name,
                version=parent.version,
                source=parent.source,
                source_hash=hashlib.sha256(parent.text.encode()).hexdigest(),
            )
            for parent in spec.parents
        ),
        clauses=spec.clauses,
        edges=compiled_edges(spec),
    )
    return cast("dict[str, object]", _adapter().dump_python(compiled, mode="json"))


def compiled_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of what `compiled_document` gives; unknown fields are refused."""
    schema = _adapter().json_schema(mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            part["additionalProperties"] = False
            part["required"] = sorted(part["properties"])
    return {"$schema": SCHEMA, "$id": f"urn:{FORMAT.replace('/', ':')}", **schema, "title": "Compiled document"}


def compiled_edges(spec: Spec) -> tuple[Edge, ...]:
    """How the clauses hang together, each edge once, in the order of the document."""
    return tuple(dict.fromkeys(_edges(spec)))


def _edges(spec: Spec) -> Iterator[Edge]:
    for clause in spec.clauses:
        weighed = (clause.weight_of,) if clause.weight_of else ()
        shown = (verdict.clause_id for example in clause.examples for verdict in example.verdicts)
        targets = {
            EdgeKind.MENTIONS: clause.refers_to,
            EdgeKind.LIFTS: clause.lifts,
            EdgeKind.WEIGHS: weighed,
            EdgeKind.EXAMPLE: tuple(name for name in shown if name is not None),
        }
        for kind, names in targets.items():
            yield from (Edge(kind=kind, source=clause.id, target=name) for name in names if name != clause.id)
