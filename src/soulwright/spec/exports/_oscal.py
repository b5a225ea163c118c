"""The document as an OSCAL catalog, which compliance tools load: a control for each clause, a group for each section.

OSCAL is NIST's Open Security Controls Assessment Language; the layout follows version 1.2 of its catalog model. Ids of
OSCAL are narrower than ours, so each control carries the clause's own id as its `label`. Nothing here takes the time:
identifiers are made from the content (UUID version 5), and whoever exports says when the document was last changed.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from soulwright.spec._clauses import Clause, Kind, Spec
from soulwright.spec.exports._compiled import Edge, compiled_edges
from soulwright.spec.exports._outline import Part, outline

OSCAL_VERSION = "1.2.1"
NAMESPACE = "urn:soulwright:oscal:1"
_NOT_IN_TOKENS = re.compile(r"[^A-Za-z0-9._-]")
_TITLE = 90


def oscal_catalog(spec: Spec, *, modified: str) -> dict[str, object]:
    """The catalog `{"catalog": ...}`; `modified` says when the document last changed, in ISO 8601 with a time zone.

    A default clause carries a parameter `<control>_value`: its default and the choice there is. A profile sets it.
    """
    ids = _control_ids(spec)
    edges = compiled_edges(spec)
    groups = [_group(part, ids, edges) for part in outline(spec)]
    return {
        "catalog": {
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:catalog:{spec.name}:{spec.version}:{spec.hash}")),
            "metadata": {
                "title": _one_line(f"{spec.name} {spec.version}"),
                "last-modified": modified,
                "version": _one_line(spec.version),
                "oscal-version": OSCAL_VERSION,
                "props": [
                    _prop("source-hash", spec.hash),
                    *(
                        _prop("level", level, group=f"level-{place}")
                        for place, level in enumerate(spec.levels, start=1)
                    ),
                ],
            },
            "groups": groups,
        }
    }


def _group(part: Part, ids: dict[str, str], edges: tuple[Edge, ...]) -> dict[str, object]:
    return {
        "id": part_id(part.id),
        "class": "section",
        "title": _one_line(part.title),
        "props": [_prop("path", " > ".join(part.path))],
        "controls": [_control(clause, ids, edges) for clause in part.clauses],
    }


def part_id(section_id: str) -> str:
    """The id of a section's group: a section and a clause of one id must not meet."""
    return f"section_{_token(section_id)}"


def _control(clause: Clause, ids: dict[str, str], edges: tuple[Edge, ...]) -> dict[str, object]:
    control = ids[clause.id]
    statement: dict[str, object] = {"id": f"{control}_smt", "name": "statement", "prose": clause.text}
    if len(clause.statements) > 1:
        statement["parts"] = [
            {
                "id": f"{control}_smt.{number}",
                "name": "item",
                "props": [_prop("id", item.id), _prop("polarity", item.polarity.value)],
                "prose": item.text,
            }
            for number, item in enumerate(clause.statements, start=1)
        ]
    parts = [statement]
    parts += [
        {"id": f"{control}_gdn.{number}", "name": "guidance", "prose": reason}
        for number, reason in enumerate(clause.reasons, start=1)
    ]
    parts += [
        {
            "id": f"{control}_exm.{number}",
            "name": "example",
            "ns": NAMESPACE,
            "title": _one_line(example.caption or "example"),
            "prose": example.body,
        }
        for number, example in enumerate(clause.examples, start=1)
    ]
    links = _links(clause, ids, edges)
    return {
        "id": control,
        "class": clause.kind.value,
        "title": _title(clause.title or clause.text),
        **({"params": [_parameter(clause, control)]} if clause.kind is Kind.DEFAULT else {}),
        "props": _props(clause),
        **({"links": links} if links else {}),
        "parts": parts,
    }


def _parameter(clause: Clause, control: str) -> dict[str, object]:
    return {
        "id": f"{control}_value",
        "label": _one_line(f"value of {clause.about or clause.id}"),
        "props": [_prop("choice", value) for value in clause.values],
        # OSCAL also has `select`, but a parameter has either that or values, and tools set a profile's values here.
        "values": [clause.default or clause.values[0]],
        "constraints": [{"description": f"one of: {', '.join(clause.values)}"}],
    }


def _props(clause: Clause) -> list[dict[str, str]]:
    lists = {
        "adjustable-by": clause.adjustable_by,
        "requires": clause.requires,
        "waivable-by": clause.waivable_by,
        "unless": clause.unless,
        "lifts": clause.lifts,
        "tag": clause.tags,
        "evaluation-set": clause.evaluations,
        "inferred": clause.inferred,
    }
    optional = {
        "about": clause.about,
        "rank": None if clause.rank is None else str(clause.rank),
        "severity": clause.severity,
        "beneficiary": clause.beneficiary,
        "weight-of": clause.weight_of,
        "locator": clause.locator or None,
        "source": clause.source or None,
    }
    props = [
        {"name": "label", "value": _one_line(clause.id)},
        _prop("authority", clause.authority),
        _prop("polarity", clause.polarity.value),
        _prop("hash", clause.hash),
        _prop("tolerance", str(clause.tolerance)),
    ]
    props += [_prop(name, value) for name, value in optional.items() if value is not None]
    return props + [_prop(name, value) for name, values in lists.items() for value in values]


def _links(clause: Clause, ids: dict[str, str], edges: Iterable[Edge]) -> list[dict[str, str]]:
    mine = (edge for edge in edges if edge.source == clause.id)
    return [{"href": f"#{ids[edge.target]}", "rel": "related"} for edge in mine if edge.target in ids]


def _control_ids(spec: Spec) -> dict[str, str]:
    """An OSCAL id for each clause; where two come out alike, the later ones get a number."""
    taken: dict[str, str] = {}
    for clause in spec.clauses:
        wanted = _token(clause.id)
        name, number = wanted, 2
        while name in taken.values():
            name, number = f"{wanted}-{number}", number + 1
        taken[clause.id] = name
    return taken


def _token(text: str) -> str:
    token = _NOT_IN_TOKENS.sub("_", text) or "_"
    return token if re.match(r"[A-Za-z_]", token) else f"_{token}"


def _title(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= _TITLE else f"{line[:_TITLE].rsplit(' ', 1)[0]} …"


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "untitled"


def _prop(name: str, value: str, *, group: str = "") -> dict[str, str]:
    prop = {"name": name, "ns": NAMESPACE, "value": _one_line(value)}
    return {**prop, "group": group} if group else prop
