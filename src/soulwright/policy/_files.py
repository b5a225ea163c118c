"""What a deployment file, a user's file and a provider's file look like: the boundary, checked by pydantic.

`deployment_schema` gives the same as JSON Schema, so that an editor completes and underlines while somebody writes.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from soulwright.policy._switches import behaviours, switches
from soulwright.spec import Spec

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def _day(value: object) -> object:
    """A day as people write it, and nothing that merely can be read as one, such as a count of seconds."""
    if not isinstance(value, str) or not _DAY.match(value):
        raise ValueError("write a day as 2026-12-31")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("there is no such day; write one as 2026-12-31") from error


def _short(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


# Control characters and marks that reverse the direction of text have no place in a name.
_READABLE = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+$"
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}$")]
Name = Annotated[str, StringConstraints(pattern=_READABLE, max_length=200)]
Day = Annotated[datetime.date, BeforeValidator(_day)]
Settings = Annotated[dict[Word, Word], Field(max_length=1000)]
Words = Annotated[list[Word], Field(max_length=1000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaperEntry(_Strict):
    """An agreement or attestation: only its word, or with who gave it, from when until when."""

    name: Word = Field(description="the word that clauses ask for with `requires=`")
    version: Word = Field(default="", description="which version was accepted")
    by: Name = Field(default="", description="who accepted it or vouches for it")
    on: Day | None = Field(default=None, description="the day it was given")
    until: Day | None = Field(default=None, description="the last day it counts")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Both forms: the mapping, and only the word."""
        word = {"type": "string", "pattern": r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}$"}
        return {"anyOf": [word, handler.resolve_ref_schema(handler(schema))]}


class PersonaEntry(_Strict):
    """The name and manner under which the operator lets the model speak."""

    name: Name
    description: Annotated[str, Field(max_length=20_000)] = ""


_Papers = Annotated[list[Annotated[PaperEntry, BeforeValidator(_short)]], Field(max_length=200)]


class DeploymentFile(_Strict):
    """A deployment: what one operator has agreed to, attested, set, lent to users and fixed."""

    operator: Name = Field(description="who builds something with the model and answers for this file")
    agreements: _Papers = Field(default=[], description="what the operator accepted, such as a usage policy")
    attestations: _Papers = Field(default=[], description="what the operator vouches for, such as verified ages")
    settings: Settings = Field(default={}, description="behaviours and the values that they get")
    implied: Settings = Field(default={}, description="values that only follow from the context of the product")
    grants: Words = Field(default=[], description="behaviours that users may adjust as far as the operator may")
    locked: Words = Field(default=[], description="behaviours that users cannot move")
    persona: PersonaEntry | None = Field(default=None, description="the name and manner under which the model speaks")
    scope: Annotated[list[Name], Field(max_length=200)] = Field(default=[], description="the subjects it keeps to")
    system_prompt: Annotated[str, Field(max_length=200_000)] = Field(
        default="", description="the operator's own words to the model; no ruling reads them"
    )


class UserFile(_Strict):
    """What one user asked for."""

    settings: Settings = Field(default={}, description="behaviours and the values wanted for them")
    implied: Settings = Field(default={}, description="values that only follow from what the user said")


class ProviderFile(_Strict):
    """The provider's own configuration: the settings of the levels above the operator's."""

    layers: dict[Word, Settings] = Field(description="for each level its behaviours and values")


def deployment_schema(spec: Spec | None = None) -> dict[str, Any]:
    """The JSON Schema of a deployment file; with `spec` it also knows the document's behaviours and their values."""
    schema = DeploymentFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Soulwright deployment" + (f" under {spec.name} {spec.version}" if spec else "")
    if spec is not None:
        _narrow(schema["properties"], spec)
    return schema


def _narrow(properties: dict[str, Any], spec: Spec) -> None:
    """Only the behaviours of this document, each with its sentence and its values."""
    governed, found = behaviours(spec), switches(spec)
    movable = {name: switch for name, switch in found.items() if switch.movers or name in governed}
    each: Mapping[str, Any] = {
        name: {
            "enum": list(switch.values),
            "default": switch.default,
            "description": spec.clause(switch.clause_id).text,
        }
        for name, switch in movable.items()
    }
    for key in ("settings", "implied"):
        properties[key] |= {"properties": dict(each), "additionalProperties": False}
        properties[key].pop("patternProperties", None)
        properties[key].pop("propertyNames", None)
    for key in ("grants", "locked"):
        properties[key]["items"] = {"enum": list(movable)}
        properties[key]["uniqueItems"] = True
