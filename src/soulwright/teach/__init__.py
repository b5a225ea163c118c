"""Lessons: what a model is taught, each with the clauses that it came from, and the files that they travel in.

    lesson = make_lesson(sort, messages=messages, clause_ids=(clause.id,), clause_hashes=(clause.hash,))
    write_lessons(run.lessons, [lesson], generator="teacher 1", seed=7)
    read_lessons(run.lessons) == (lesson,)

A folder of lessons is `chats.jsonl` and `documents.jsonl`, in the formats that TRL loads as they stand
(`{"prompt": [..], "completion": [..]}` and `{"text": ..}`), and `provenance.jsonl`, one line a lesson in teaching
order, keyed by the hash of the row. Who writes the lessons is not here: a teacher lives with the world that it knows.
"""

from __future__ import annotations

from soulwright.teach._edition import Edition, document_lessons, short_edition
from soulwright.teach._files import read_lessons, write_lessons
from soulwright.teach._lessons import Lesson, LessonSort, make_lesson

__all__ = [
    "Edition",
    "Lesson",
    "LessonSort",
    "document_lessons",
    "make_lesson",
    "read_lessons",
    "short_edition",
    "write_lessons",
]
