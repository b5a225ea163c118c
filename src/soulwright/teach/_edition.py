"""A document to learn by heart: its short edition, cut into lessons as a text is cut for training.

The short edition is generated from the compiled document: its title, the headings, and under each the clauses in their
own words, without reasons, examples and attributes. It is cut in two ways, in turn from pass to pass: the cuts of one
begin in the middle of the other's, so that the order is learned with the words. Each cut has the title above it, as a
page has a running head.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from soulwright.spec import Spec, parse
from soulwright.teach._lessons import Lesson, LessonSort, make_lesson

WORDS_A_CUT = 100


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


def document_lessons(
    spec: Spec, *, epochs: int, only: Collection[str] | None = None, words: int = WORDS_A_CUT
) -> list[Lesson]:
    """Lessons in which every word of the short edition stands exactly `epochs` times."""
    edition = short_edition(spec, only=only)
    hashes = {clause.id: clause.hash for clause in spec.clauses}
    lessons = []
    for epoch in range(epochs):
        for first, last in _cuts(edition, words, words if epoch % 2 else words // 2):
            ids = tuple(edition.clauses[at] for at in range(first, last) if at in edition.clauses)
            lessons.append(
                make_lesson(
                    LessonSort.DOCUMENT,
                    text="\n\n".join((edition.title, *edition.paragraphs[first:last])),
                    clause_ids=ids,
                    clause_hashes=tuple(hashes[name] for name in ids),
                )
            )
    return lessons


def _cuts(edition: Edition, words: int, first_words: int) -> Iterator[tuple[int, int]]:
    """Stretches of whole paragraphs, a new one wherever so many words are full, and the first after `first_words`."""
    first, before, full = 0, 0, first_words
    for at, paragraph in enumerate(edition.paragraphs):
        if before >= full:
            yield first, at
            first = at
            full += words * ((before - full) // words + 1)
        before += len(paragraph.split())
    yield first, len(edition.paragraphs)
