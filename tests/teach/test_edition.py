"""The short edition of a document, and the lessons in which it is learned by heart."""

from __future__ import annotations

from soulwright.cli._documents import bundled_document
from soulwright.spec import load_spec
from soulwright.teach import LessonSort, document_lessons, short_edition

SPEC = load_spec(bundled_document())


def test_the_edition_has_every_clause_in_its_own_words_and_in_order() -> None:
    edition = short_edition(SPEC)
    assert [edition.clauses[at] for at in sorted(edition.clauses)] == [clause.id for clause in SPEC.clauses]
    for at, name in edition.clauses.items():
        assert edition.paragraphs[at] == " ".join(SPEC.clause(name).text.split())


def test_an_edition_of_some_clauses_has_no_heading_without_one() -> None:
    wanted = {"limits.weapons", "honesty.truthful"}
    edition = short_edition(SPEC, only=wanted)
    assert set(edition.clauses.values()) == wanted
    assert len(edition.paragraphs) == 4
    assert [text.startswith("## ") for text in edition.paragraphs] == [True, False, True, False]


def test_the_whole_edition_under_its_title_is_taught_as_often_as_asked_and_names_its_clauses() -> None:
    edition = short_edition(SPEC)
    lessons = document_lessons(SPEC, copies=3)
    assert len(lessons) == 3
    for lesson in lessons:
        assert lesson.sort is LessonSort.DOCUMENT
        assert lesson.text == "\n\n".join((edition.title, edition.text))
        assert lesson.clause_ids == tuple(clause.id for clause in SPEC.clauses)
        assert lesson.clause_hashes == tuple(clause.hash for clause in SPEC.clauses)
