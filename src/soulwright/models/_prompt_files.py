"""Prompt files: what a model is asked, with a version, a typed input, a typed output and a hash.

    ---
    prompt: judge.reply
    version: 1
    reply_tokens: 120
    ---
    === system ===
    You judge one reply by this clause: {{ clause }}
    === user ===
    {"conversation": {{ conversation }}}

The templates are Jinja's and may use the fields of the input and nothing else. INVARIANT: whatever the user template
puts in is put in as JSON, so that no words of a conversation can end it and pass for ours; the system template puts in
words as they are, and no field may stand in both. The shape of the output is appended to the system message, and the
hash covers the file and both types, so that whoever keeps the hash has pinned what was asked and how it was read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

import yaml
from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, meta
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.runs import content_key

Out = TypeVar("Out")

_LAYOUT = re.compile(r"---\n(?P<head>.*?)\n---\n=== system ===\n(?P<system>.*?)\n=== user ===\n(?P<user>.*)", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?[ \t]*\n(?P<inside>.*)\n[ \t]*```", re.DOTALL)
_ORDER = """

Answer with one JSON object and nothing around it, valid under this JSON schema:
{schema}"""


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class _Head:
    prompt: str
    version: int
    reply_tokens: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """A text that is not of the asked shape: why, in words that the model can be told."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile(Generic[Out]):
    """One prompt: its two templates, the types of what goes in and of what must come out, and the hash of it all.

    `reply_tokens` is how long a reply is expected to be, which plans multiply and nothing else reads.
    """

    name: str
    version: int
    hash: str
    system: str
    user: str
    input: type[Any]
    output: TypeAdapter[Out] = field(compare=False)
    reply_tokens: int = 400

    def render(self, values: object) -> tuple[str, str]:
        """The system and the user message for this input; TypeError where it is not the input that the prompt takes."""
        if type(values) is not self.input:
            raise TypeError(f"the prompt `{self.name}` takes {self.input.__name__}, not {type(values).__name__}")
        given = {field.name: getattr(values, field.name) for field in fields(values)}  # type: ignore[arg-type] # a dataclass: load_prompt has checked it
        system = _compiled(self.system, as_json=False).render(given).strip()
        order = _ORDER.format(schema=json.dumps(self.output.json_schema(), ensure_ascii=False))
        return system + order, _compiled(self.user, as_json=True).render(given).strip()

    def read(self, text: str) -> Out | NotRead:
        """The output in a model's words, or why there is none. Total: no text makes it raise.

        The text is one JSON object, alone or as the one fenced block, of exactly the asked fields and types.
        """
        text = text.strip()
        if not text:
            return NotRead(why="it is empty")
        if fenced := _FENCED.fullmatch(text):
            text = fenced["inside"].strip()
        if not (text.startswith("{") and text.endswith("}")):
            return NotRead(why="it is not one JSON object with nothing around it")
        try:
            text.encode()  # a lone half of a character is in no text
            json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
            return self.output.validate_json(text, strict=True)
        except ValidationError as error:
            return NotRead(why=_first_cause(error))
        except (ValueError, RecursionError) as error:
            said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            return NotRead(why=f"it is not JSON: {said}")


def load_prompt(package: str, name: str, input: type[Any], output: type[Out]) -> PromptFile[Out]:
    """The prompt in `prompts/NAME.md` of the package that asks.

    `input` is a dataclass; `output` is what pydantic can check, and takes no unknown field anywhere. ValueError where
    the file has another layout or its templates use anything else; FileNotFoundError where it is not there.
    """
    raw = files(package).joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
    return read_prompt(raw, input, output)


def read_prompt(raw: str, input: type[Any], output: type[Out]) -> PromptFile[Out]:
    """The prompt in the words of a file; ValueError as `load_prompt` says."""
    match = _LAYOUT.fullmatch(raw)
    if match is None:
        raise ValueError("a prompt is front matter, then `=== system ===` and `=== user ===` with a text each")
    head = TypeAdapter(_Head).validate_json(json.dumps(yaml.safe_load(match["head"])), strict=True)
    _check_fields(head.prompt, match["system"], match["user"], input)
    shape = TypeAdapter(output)
    schema = shape.json_schema()
    _check_closed(head.prompt, schema)
    return PromptFile(
        name=head.prompt,
        version=head.version,
        hash=content_key(raw, [[field.name, str(field.type)] for field in fields(input)], schema),
        system=match["system"],
        user=match["user"],
        input=input,
        output=shape,
        reply_tokens=head.reply_tokens,
    )


def _check_fields(name: str, system: str, user: str, input: type[Any]) -> None:
    if not is_dataclass(input):
        raise ValueError(f"the input of the prompt `{name}` is no dataclass")
    try:
        above, below = (
            meta.find_undeclared_variables(_environment(as_json=False).parse(each)) for each in (system, user)
        )
    except TemplateSyntaxError as error:
        raise ValueError(f"the prompt `{name}` is no template: {error}") from error
    has = {field.name for field in fields(input)}
    if unknown := (above | below) - has:
        raise ValueError(f"the prompt `{name}` uses {', '.join(sorted(unknown))}, which its input has not")
    if unused := has - (above | below):
        raise ValueError(f"the prompt `{name}` does not use {', '.join(sorted(unused))} of its input")
    if both := above & below:
        raise ValueError(f"the prompt `{name}` puts {', '.join(sorted(both))} into both messages")


def _check_closed(name: str, schema: object) -> None:
    """INVARIANT: no object of an output takes a field that nobody asked for."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("additionalProperties") is not False:
            title = schema.get("title", "an object")
            raise ValueError(f"the output of the prompt `{name}` takes unknown fields in {title}: forbid extra ones")
        for part in schema.values():
            _check_closed(name, part)
    elif isinstance(schema, list):
        for part in schema:
            _check_closed(name, part)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _refused(name: str) -> object:
    raise ValueError(f"{name} is not a value of JSON")


def _first_cause(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "the object"
    return f"`{where}`: {first['msg'][:1].lower()}{first['msg'][1:]}"


@cache
def _compiled(template: str, *, as_json: bool) -> Template:
    return _environment(as_json=as_json).from_string(template)


@cache
def _environment(*, as_json: bool) -> Environment:
    # Prompts are read by models, not by browsers: escaping for HTML would change the words.
    return Environment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_encoded if as_json else None,
    )


def _encoded(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} is not a value of JSON")
