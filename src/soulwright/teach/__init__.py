"""Lessons: what a model is taught, each with the clauses that it came from, and the files that they travel in.

    lesson = make_lesson(sort, messages=messages, clause_ids=(clause.id,), clause_hashes=(clause.hash,))
    write_lessons(run.lessons, [lesson], generator="teacher 1", seed=7)
    read_lessons(run.lessons) == (lesson,)

A folder of lessons is `chats.jsonl` and `documents.jsonl`, in the formats that TRL loads as they stand
(`{"prompt": [..], "completion": [..]}` and `{"text": ..}`), and `provenance.jsonl`, one line a lesson in teaching
order, keyed by the hash of the row; preferences, where there are any, are `preferences.jsonl`
(`{"prompt": [..], "chosen": [..], "rejected": [..]}`).

A model writes lessons with `lessons_by_model`, which needs Inspect and is loaded when it is asked for; the embedded
world's teacher lives with the world that it knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soulwright.teach._edition import Edition, document_lessons, short_edition
from soulwright.teach._files import read_lessons, seed_of_lessons, write_lessons
from soulwright.teach._lessons import Lesson, LessonSort, make_lesson
from soulwright.teach._negation import globally_negated, quoted

if TYPE_CHECKING:
    from soulwright.teach._asked import DocumentSort, Problem
    from soulwright.teach._by_model import Rejected, TeachingPlan, Writers
    from soulwright.teach._course import Teaching, lessons_by_model, plan_lessons, rejected_to_dict, teaching_to_dict
    from soulwright.teach._from_student import Flips, FromStudent

__all__ = [
    "DocumentSort",
    "Edition",
    "Flips",
    "FromStudent",
    "Lesson",
    "LessonSort",
    "Problem",
    "Rejected",
    "Teaching",
    "TeachingPlan",
    "Writers",
    "document_lessons",
    "globally_negated",
    "lessons_by_model",
    "make_lesson",
    "plan_lessons",
    "quoted",
    "read_lessons",
    "rejected_to_dict",
    "seed_of_lessons",
    "short_edition",
    "teaching_to_dict",
    "write_lessons",
]

_LATE = {
    "DocumentSort": "_asked",
    "Flips": "_from_student",
    "FromStudent": "_from_student",
    "Problem": "_asked",
    "Rejected": "_by_model",
    "Teaching": "_course",
    "TeachingPlan": "_by_model",
    "Writers": "_by_model",
    "lessons_by_model": "_course",
    "plan_lessons": "_course",
    "rejected_to_dict": "_course",
    "teaching_to_dict": "_course",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(f"soulwright.teach.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
