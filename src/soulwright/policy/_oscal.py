"""One deployment as an OSCAL profile of the document's catalog: every control, each default set to what was ruled."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, cast

from soulwright.policy._deployment import Deployment, UserAdjustments
from soulwright.policy._resolve import resolve
from soulwright.policy._ruling import LIFTED, Decision
from soulwright.spec import Spec
from soulwright.spec.exports import oscal_catalog

_NAMESPACE = "urn:soulwright:oscal:1"


def oscal_profile(spec: Spec, deployment: Deployment, *, modified: str, catalog: str) -> dict[str, object]:
    """The profile `{"profile": ...}` that tailors `oscal_catalog(spec)`, which lies at the address `catalog`.

    It takes in every control and sets the parameter of each default clause to the value that holds for this operator
    before any user adjusts it; who decided it stands beside it. A clause that the deployment lifts says so.
    """
    source = cast("dict[str, Any]", oscal_catalog(spec, modified=modified)["catalog"])
    ruling = resolve(spec, deployment, UserAdjustments())
    decided = {decision.clause_id: decision for decision in ruling.decisions.values()}
    settings, lifted = list(_settings(source, decided)), list(_lifted(source, decided))
    modify = {"set-parameters": settings, "alters": lifted}
    operator = " ".join(deployment.operator.split()) or "unnamed operator"
    content = json.dumps([source["uuid"], operator, modify], sort_keys=True)
    return {
        "profile": {
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{_NAMESPACE}:profile:{content}")),
            "metadata": {
                **{key: source["metadata"][key] for key in ("last-modified", "version", "oscal-version")},
                "title": f"{source['metadata']['title']} as deployed by {operator}",
                "props": [_prop("operator", operator), _prop("catalog-uuid", source["uuid"])],
            },
            "imports": [{"href": catalog, "include-all": {}}],
            "merge": {"as-is": True},
            **({"modify": {key: rows for key, rows in modify.items() if rows}} if settings or lifted else {}),
        }
    }


def _settings(source: dict[str, Any], decided: Mapping[str, Decision]) -> Iterator[dict[str, object]]:
    for control, decision in _decided(source, decided):
        for parameter in control.get("params", ()):
            by = _prop("decided-by", decision.decided_by)
            yield {"param-id": parameter["id"], "values": [decision.value], "props": [by]}


def _lifted(source: dict[str, Any], decided: Mapping[str, Decision]) -> Iterator[dict[str, object]]:
    for control, decision in _decided(source, decided):
        if decision.value == LIFTED and "params" not in control:
            props = [_prop("status", LIFTED), _prop("decided-by", decision.decided_by)]
            yield {"control-id": control["id"], "adds": [{"position": "ending", "props": props}]}


def _decided(source: dict[str, Any], decided: Mapping[str, Decision]) -> Iterator[tuple[dict[str, Any], Decision]]:
    for control in (control for group in source["groups"] for control in group["controls"]):
        clause_id = next(prop["value"] for prop in control["props"] if prop["name"] == "label")
        if clause_id in decided:
            yield control, decided[clause_id]


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NAMESPACE, "value": value}
