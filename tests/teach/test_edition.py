"""The short edition of a document, and the lessons in which it is learned by heart."""

from __future__ import annotations

from collections import Counter

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


def test_every_word_is_taught_as_often_as_asked() -> None:
    edition = short_edition(SPEC)
    lessons = document_lessons(SPEC, epochs=3)
    assert {lesson.sort for lesson in lessons} == {LessonSort.DOCUMENT}
    times = Counter(part for lesson in lessons for part in lesson.text.split("\n\n")[1:])
    assert times == Counter(edition.paragraphs * 3)
    assert Counter(name for lesson in lessons for name in lesson.clause_ids) == Counter(
        list(edition.clauses.values()) * 3
    )


def test_one_pass_cuts_where_the_other_does_not() -> None:
    once, twice = document_lessons(SPEC, epochs=1), document_lessons(SPEC, epochs=2)
    odd = {lesson.text.split("\n\n")[1] for lesson in once}
    even = {lesson.text.split("\n\n")[1] for lesson in twice[len(once) :]}
    assert len(odd & even) <= 2  # the first of all, and a chance meeting
    assert all(lesson.text.startswith(short_edition(SPEC).title) for lesson in twice)
