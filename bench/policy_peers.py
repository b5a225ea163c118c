"""The rule of one switch as Cedar policies and as a Rego module: may this level have what it wants?

Both ask about one level at a time. `soulwright.policy` answers for all levels together, with the steps; so a ratio per
request flatters the peers. The tests hold the Cedar form equal to the resolver on a whole input space.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from soulwright.policy import Switch

CEDAR = """
@id("entitled") permit(principal, action, resource) when { resource.movers.contains(principal.level) };
@id("granted") permit(principal, action, resource) when { context.lent && resource.movers.contains(context.lender) };
@id("fixed") forbid(principal, action, resource) when { context.fixed && resource.movers.contains(context.lender) };
@id("value") forbid(principal, action, resource) unless { resource.values.contains(context.wanted) };
@id("bound") forbid(principal, action, resource)
  when { resource has bound && context.wanted != resource.bound };
@id("papers") forbid(principal, action, resource)
  when { context.wanted != resource.usual && !context.words.containsAll(resource.requires) };
@id("excluded") forbid(principal, action, resource)
  when { context.wanted != resource.usual && context.words.containsAny(resource.excludes) };
@id("implied") forbid(principal, action, resource)
  when { context.implied && !resource.implied_by.contains(principal.level) };
@id("overruled") forbid(principal, action, resource)
  when { context.overruled && !(context.lent && resource.movers.contains(context.lender)) };
"""

REGO = """package switch
import rego.v1

entitled if input.level in input.switch.movers
lent if { input.lent; input.lender in input.switch.movers }
entitled if lent
fixed if { input.fixed; input.lender in input.switch.movers }
unknown if not input.wanted in input.switch.values
bound if input.switch.bound != input.wanted
leaves if input.wanted != input.switch.usual
papers if { leaves; some word in input.switch.requires; not word in input.words }
excluded if { leaves; some word in input.switch.excludes; word in input.words }
hinted if { input.implied; not input.level in input.switch.implied_by }
overruled if { input.overruled; not lent }

default allow := false
allow if { entitled; not fixed; not unknown; not bound; not papers; not excluded; not hinted; not overruled }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One level's wish, and what bears on it. The operator lends and fixes only for the user."""

    level: str
    wanted: str
    implied: bool = False
    lent: bool = False
    fixed: bool = False
    overruled: bool = False
    words: frozenset[str] = frozenset()


class CedarSwitch:
    """One switch in Cedar: policies and entities parsed once, as its documentation advises."""

    def __init__(self, switch: Switch, *, operator: str = "operator") -> None:
        self._operator = operator
        self._policies = cedarpy.PolicySet.from_str(CEDAR)
        levels = {operator, "user", *switch.movers}
        entities = [_entity("Level", level, {"level": level}) for level in sorted(levels)]
        entities.append(_entity("Switch", switch.name, attributes(switch)))
        self._entities = cedarpy.Entities.from_json_str(json.dumps(entities))
        self._resource = {"type": "Switch", "id": switch.name}

    def request(self, asked: Request) -> dict[str, Any]:
        """The request as Cedar takes it."""
        return {
            "principal": {"type": "Level", "id": asked.level},
            "action": {"type": "Action", "id": "set"},
            "resource": self._resource,
            "context": context(asked, self._operator),
        }

    def allows(self, requests: Sequence[dict[str, Any]]) -> list[bool]:
        """The answer to each request, in one call."""
        results = cedarpy.is_authorized_batch(requests, self._policies, self._entities)
        return [result.decision is cedarpy.Decision.Allow for result in results]

    def one(self, request: dict[str, Any]) -> bool:
        """The answer to one request."""
        result = cedarpy.is_authorized(request, self._policies, self._entities)
        return result.decision is cedarpy.Decision.Allow


class RegoSwitch:
    """One switch in Rego: the module compiled once into a bundle."""

    def __init__(self, switch: Switch, *, operator: str = "operator") -> None:
        from regopy import Interpreter

        self._operator = operator
        self._switch = attributes(switch)
        self._rego = Interpreter()
        self._rego.add_module("switch", REGO)
        self._bundle = self._rego.build("allowed = data.switch.allow")

    def request(self, asked: Request) -> dict[str, Any]:
        """The input as Rego takes it."""
        return {"level": asked.level, "switch": self._switch, **context(asked, self._operator)}

    def one(self, request: dict[str, Any]) -> bool:
        """The answer to one request."""
        self._rego.set_input(request)
        return bool(json.loads(str(self._rego.query_bundle(self._bundle)))["bindings"]["allowed"])


def attributes(switch: Switch) -> dict[str, Any]:
    """What the document says of a switch, as plain values."""
    said: dict[str, Any] = {
        "movers": sorted(switch.movers),
        "implied_by": sorted(switch.implied_by),
        "values": list(switch.values),
        "usual": switch.default,
        "requires": sorted(switch.requires),
        "excludes": sorted(switch.unless),
    }
    return said | ({"bound": switch.bounds[0].value} if switch.bounds else {})


def context(asked: Request, operator: str) -> dict[str, Any]:
    """What bears on a request besides the switch and the level."""
    return {
        "wanted": asked.wanted,
        "implied": asked.implied,
        "lent": asked.lent,
        "lender": operator,
        "fixed": asked.fixed,
        "overruled": asked.overruled,
        "words": sorted(asked.words),
    }


def _entity(sort: str, name: str, attrs: dict[str, Any]) -> dict[str, Any]:
    return {"uid": {"type": sort, "id": name}, "attrs": attrs, "parents": []}
