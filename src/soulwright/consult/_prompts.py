"""The prompts: files beside this module, each with a version, a typed input, a named output and a hash.

A prompt begins with front matter (`prompt`, `version`, `input`, `output`); the rest is a Jinja template that may use
the fields of its input and nothing else. What stands in a document is put in as it is and never read as a template.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml
from jinja2 import Environment, StrictUndefined, Template, meta

_FOLDER = Path(__file__).parent / "prompts"
_FENCE = "---\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherClause:
    """A clause that is shown beside the one that is asked about."""

    id: str
    kind: str
    authority: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseQuestion:
    """The input of the prompt `consult.clause`: one clause, and what stands around it."""

    name: str
    version: str
    levels: tuple[str, ...]
    clause_id: str
    kind: str
    authority: str
    section: str
    text: str
    inferred: tuple[str, ...]
    adjustable_by: tuple[str, ...]
    reasons: tuple[str, ...]
    examples: tuple[str, ...]
    others: tuple[OtherClause, ...]
    omitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """The input of the prompt `consult.again`: why an answer could not be read."""

    detail: str


_INPUTS: dict[str, type[ClauseQuestion | Objection]] = {"ClauseQuestion": ClauseQuestion, "Objection": Objection}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt file: its name and version, what goes in, what must come out, and the SHA-256 of the file."""

    name: str
    version: int
    takes: type[ClauseQuestion | Objection]
    gives: str
    hash: str
    template: str

    def render(self, value: ClauseQuestion | Objection) -> str:
        """The words for this input; TypeError where it is not the input that the prompt takes."""
        if type(value) is not self.takes:
            raise TypeError(f"the prompt `{self.name}` takes {self.takes.__name__}, not {type(value).__name__}")
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        return _compiled(self.template).render(given).strip()


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt in the file `NAME.md`; ValueError where its template uses anything but the fields of its input."""
    raw = (_FOLDER / f"{name}.md").read_text(encoding="utf-8")
    _, head, template = raw.split(_FENCE, 2)
    about = yaml.safe_load(head)
    takes = _INPUTS[about["input"]]
    used = meta.find_undeclared_variables(_environment().parse(template))
    unknown = used - {field.name for field in fields(takes)}
    if unknown:
        raise ValueError(f"the prompt `{about['prompt']}` uses {', '.join(sorted(unknown))}, which its input has not")
    return Prompt(
        name=about["prompt"],
        version=about["version"],
        takes=takes,
        gives=about["output"],
        hash=hashlib.sha256(raw.encode()).hexdigest(),
        template=template,
    )


@cache
def _compiled(template: str) -> Template:
    return _environment().from_string(template)


@cache
def _environment() -> Environment:
    # Prompts are read by models, not by browsers: escaping would change the words of the document.
    return Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
