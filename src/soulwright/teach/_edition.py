"""A document to learn by heart: its short edition.

The short edition is generated from the compiled document: its title, the headings, and under each the clauses in their
own words, without reasons, examples and attributes. How a text is cut for learning is the business of training.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from soulwright.spec import Spec, parse
from soulwright.teach._lessons import Lesson, LessonSort, make_lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The short edition of a document: its title, and its paragraphs in order (headings and clauses).

    `clauses` says which clause a paragraph is, by its place; headings have none.
    """

    title: str
    paragraphs: tuple[str, ...]
    clauses: dict[int, str]

    @property
    def text(self) -> str:
        """The whole edition as markdown."""
        return "\n\n".join(self.paragraphs)

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def short_edition(spec: Spec, *, only: Collection[str] | None = None) -> Edition:
    """The clauses of a document under their headings, in its order; `only` those ids, where some are given."""
    sections = {section.id: section.title for section in parse(spec.text, spec.source).sections}
    title = next((name for name in sections.values() if name), spec.name)
    paragraphs: list[str] = []
    clauses: dict[int, str] = {}
    section = None
    for clause in spec.clauses if only is None else (clause for clause in spec.clauses if clause.id in only):
        if clause.section != section:
            section = clause.section
            paragraphs.append(f"## {sections.get(section) or section}")
        clauses[len(paragraphs)] = clause.id
        paragraphs.append(" ".join(clause.text.split()))
    return Edition(title=title, paragraphs=tuple(paragraphs), clauses=clauses)


def document_lessons(spec: Spec, *, copies: int, only: Collection[str] | None = None) -> list[Lesson]:
    """The short edition as a text to learn, so many times; training cuts each copy at other places."""
    edition = short_edition(spec, only=only)
    ids = tuple(edition.clauses[at] for at in sorted(edition.clauses))
    lesson = make_lesson(
        LessonSort.DOCUMENT,
        text="\n\n".join((edition.title, *edition.paragraphs)),
        clause_ids=ids,
        clause_hashes=tuple(spec.clause(name).hash for name in ids),
    )
    return [lesson] * copies
