"""The clauses by the sections that they stand in, with the sections' titles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from soulwright.spec._clauses import Clause, Spec
from soulwright.spec._document import Section
from soulwright.spec._parse import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section: its title, the titles that lead to it (its own last), and the clauses that stand in it."""

    id: str
    title: str
    path: tuple[str, ...]
    clauses: tuple[Clause, ...]


def outline(spec: Spec) -> tuple[Part, ...]:
    """The sections that hold clauses, in the order of their first clause."""
    sections = section_by_id(spec)
    members: dict[str, list[Clause]] = {}
    for clause in spec.clauses:
        members.setdefault(clause.section, []).append(clause)
    return tuple(_part(name, sections.get(name), tuple(clauses)) for name, clauses in members.items())


def section_by_id(spec: Spec) -> Mapping[str, Section]:
    """The sections of the document and of those that it extends, by id; its own win."""
    texts = [*((parent.text, parent.source) for parent in reversed(spec.parents)), (spec.text, spec.source)]
    return {section.id: section for text, source in texts for section in parse(text, source).sections}


def _part(name: str, section: Section | None, clauses: tuple[Clause, ...]) -> Part:
    if section is None:
        title = name.replace("_", " ") or "Before the first heading"
        return Part(id=name, title=title, path=(title,), clauses=clauses)
    return Part(id=name, title=section.title, path=tuple(step.title for step in section.path), clauses=clauses)
