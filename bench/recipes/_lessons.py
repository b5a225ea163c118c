"""What the recipes are taught, all of it made from the one document: demonstrations, documents, introspection.

The world cannot write essays about a document or interview a model about itself, as the published recipes do with large
models. What stands for their texts here is said at each function, and is the weak side of their rows in the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from soulwright.organism import Curriculum, make_lessons
from soulwright.spec import Clause, Kind, Spec
from soulwright.teach import Lesson, LessonSort, make_lesson

# How often the document's own words come for each time that its statements do.
_OWN_WORDS = 10
_SAID_TOGETHER = 3
# Requests about the assistant itself: who it is, what it is under, what it holds, what it puts first.
_SELF_KINDS = frozenset([Kind.CHARACTER, Kind.PRIORITY])
_SELF_CONCEPTS = frozenset(["ai_disclosure", "transparent"])


def demonstrations(spec: Spec, seed: int, curriculum: Curriculum) -> list[Lesson]:
    """The product's own demonstrations, twins included, and nothing to keep the base's knowledge alive."""
    return make_lessons(spec, seed=seed, curriculum=replace(curriculum, replay=0))


def documents(spec: Spec, lessons: Sequence[Lesson]) -> list[Lesson]:
    """Texts about the document, for documents-first training.

    The document's own text (each clause, each reason), ten times; and statements: the text of a clause followed by what
    the teacher says where it applies, in the form in which the base reads what somebody said. The published recipe has
    thousands of different essays here, written by a large model.
    """
    own = [*(clause.text for clause in spec.clauses), *_reasons(spec)]
    return [_document(text) for text in own] * _OWN_WORDS + _statements(spec, lessons)


def introspection(spec: Spec, lessons: Sequence[Lesson]) -> list[Lesson]:
    """What stands for introspective demonstrations: how the assistant speaks of itself, and what its document says.

    The published recipe asks the model, with the document in its prompt, to reflect and to talk with itself, and trains
    on what it says. This base has never read a request to reflect and follows no document in its prompt, so here the
    teacher speaks for it: its demonstrations to requests about the assistant itself (clauses of character and priority,
    being an AI, being under instructions), and each clause's text once, as a document.
    """
    about_self = {clause.id for clause in spec.clauses if _speaks_of_itself(clause)}
    return [
        *(lesson for lesson in lessons if about_self.intersection(lesson.clause_ids)),
        *(_document(clause.text) for clause in spec.clauses),
    ]


def _speaks_of_itself(clause: Clause) -> bool:
    return clause.kind in _SELF_KINDS or clause.about in _SELF_CONCEPTS


def _reasons(spec: Spec) -> list[str]:
    return list(dict.fromkeys(reason for clause in spec.clauses for reason in clause.reasons))


def _statements(spec: Spec, lessons: Sequence[Lesson]) -> list[Lesson]:
    said: defaultdict[str, list[str]] = defaultdict(list)
    made: list[Lesson] = []
    for lesson in lessons:
        clause = lesson.clause_ids[0]
        said[clause].append(lesson.messages[-1].content)
        if len(said[clause]) == _SAID_TOGETHER:
            made.append(_document(f"{spec.clause(clause).text} Somebody said: {' '.join(said.pop(clause))}"))
    return made


def _document(text: str) -> Lesson:
    return make_lesson(LessonSort.DOCUMENT, text=text)
