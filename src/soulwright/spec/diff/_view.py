"""A document as the comparison sees it: its sections, its written clauses, and every sentence with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from soulwright.spec._clauses import Clause, Spec
from soulwright.spec._document import Document, ExampleBlock, Prose, Section, Sentence
from soulwright.spec._prose import sentences
from soulwright.spec.diff._change import Side

_WHOLE = re.compile("[.!?][\"\u201d'\u2019)*]*\\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sentence with its place. `clause_id` is the written clause it belongs to."""

    sentence: Sentence
    section: Section
    clause_id: str | None

    @property
    def text(self) -> str:
        """The words without markup."""
        return self.sentence.text

    @property
    def whole(self) -> bool:
        """True where it ends like a sentence; lead-ins and labels of lists do not."""
        return _WHOLE.search(self.text) is not None

    def side(self) -> Side:
        """The sentence as one side of a change."""
        return Side(
            text=self.text,
            section=self.section.id,
            title=self.section.title,
            clause_id=self.clause_id,
            span=self.sentence.span,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One example with its place."""

    example: ExampleBlock
    section: Section


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything of one document that is compared."""

    spec: Spec
    document: Document
    sections: Mapping[str, Section]
    clauses: Mapping[str, Clause]
    places: Mapping[str, Section]
    inherited: frozenset[str]
    prose: tuple[Said, ...]
    commentary: tuple[Said, ...]
    examples: tuple[Shown, ...]


def view_of(spec: Spec, document: Document) -> View:
    """The document laid out for comparison; a section id that stands twice counts once.

    What a document inherits has no place in its text; its clauses stand before the first heading.
    """
    every = (document.preamble, *document.sections)
    written = {block.attributes.id: section for section in every for block in section.prose if block.attributes}
    sections = {section.id: section for section in reversed(document.sections)}
    inherited = frozenset(
        clause.id for clause in spec.clauses if spec.parents and clause.id not in written and clause.id not in sections
    )
    return View(
        spec=spec,
        document=document,
        sections=sections,
        clauses={clause.id: clause for clause in spec.clauses if clause.id in written or clause.id in inherited},
        places={**written, **dict.fromkeys(inherited, document.preamble)},
        inherited=inherited,
        prose=tuple(said for section in every for block in section.prose for said in _said(section, block)),
        commentary=tuple(
            said
            for section in every
            for note in section.commentary
            for block in note.body
            for said in _said(section, block)
        ),
        examples=tuple(Shown(example=example, section=section) for section in every for example in section.examples),
    )


def _said(section: Section, block: Prose) -> Iterator[Said]:
    clause_id = block.attributes.id if block.attributes else None
    for sentence in sentences(block):
        yield Said(sentence=sentence, section=section, clause_id=clause_id)


def side_of_section(section: Section, text: str = "", body: tuple[str, ...] = ()) -> Side:
    """A section as one side of a change; `text` is what is said of it (its title, if left out)."""
    span = section.heading.span if section.heading else section.span
    return Side(
        text=text or section.title, section=section.id, title=section.title, clause_id=None, span=span, body=body
    )


def side_of_clause(view: View, clause: Clause, text: str = "") -> Side:
    """A written clause as one side of a change."""
    section = view.places[clause.id]
    inherited = clause.id in view.inherited
    return Side(
        text=text or clause.text,
        section=section.id,
        title=f"Inherited from {view.spec.parents[0].name}" if inherited else section.title,
        clause_id=clause.id,
        span=section.span if inherited else clause.span,
    )
