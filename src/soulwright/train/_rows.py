"""From lessons to the rows of a phase: a data set on disk in the order of learning, the same for every worker.

Texts and demonstrations become tokens here, as in our own loop, so that a token learned is the same thing in both;
preferences and self-distillation are rows of messages, which TRL writes with the model's own chat template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soulwright.errors import InputError
from soulwright.runs import atomic_directory, content_key, read_json, write_json
from soulwright.situations import Message, message_to_dict
from soulwright.teach import Lesson, LessonSort
from soulwright.train._batches import Encoded, encode_lessons
from soulwright.train._course import Course, Method
from soulwright.train._order import order_rows

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_IGNORED = -100  # what torch and transformers take for "no loss here"
_ROWS = "rows"
_PLAN = "plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A demonstration and what the student says in its place, the same words left out."""

    lesson: Lesson
    rejected: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a phase: the lesson that it came from, what the trainer reads, and its length in tokens."""

    lesson: str
    content: Mapping[str, object]
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What turns lessons into tokens: a tokenizer, the folder to name in an error, and how long a row may be.

    It remembers which lessons fit, so that nothing is read a second time only to count what was left out.
    """

    tokenizer: PreTrainedTokenizerBase
    folder: Path
    positions: int
    document_prefix: str
    _fits: dict[str, bool] = field(init=False, default_factory=dict)

    def encode(self, lessons: Sequence[Lesson]) -> list[tuple[Lesson, Encoded]]:
        """The lessons that fit, with their tokens; a text that does not fit is cut into windows that do."""
        encoded = encode_lessons(
            lessons,
            self.tokenizer,
            positions=self.positions,
            document_prefix=self.document_prefix,
            base=self.folder,
        )
        skipped = set(encoded.skipped)
        self._fits.update((lesson.id, lesson.id not in skipped) for lesson in lessons)
        return [(lessons[row.lesson], row) for row in encoded.rows]

    def skipped(self, lessons: Sequence[Lesson]) -> tuple[str, ...]:
        """The ids of the lessons that do not fit."""
        if any(lesson.id not in self._fits for lesson in lessons):
            self.encode(lessons)
        return tuple(lesson.id for lesson in lessons if not self._fits[lesson.id])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The order of a phase: the lesson of every row, and the tokens of every step."""

    key: str
    lessons: tuple[str, ...]
    tokens: tuple[int, ...]
    rows_per_step: int
    note: str = ""

    @property
    def hash(self) -> str:
        """One hash of which lesson is learned when."""
        return content_key(list(self.lessons), self.rows_per_step)

    @property
    def steps(self) -> int:
        """How many steps the phase has."""
        return len(self.tokens)


def lessons_for(method: Method, lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons that a method learns from.

    Texts, conversations, preferences (demonstrations where the teacher wrote none), or demonstrations. The reply that
    a preference prefers is a demonstration already, so conversations leave it out.
    """
    if method is Method.DOCUMENTS:
        return [lesson for lesson in lessons if lesson.text]
    if method is Method.SFT:
        return [lesson for lesson in lessons if lesson.messages and lesson.sort is not LessonSort.PREFERENCE]
    preferences = [lesson for lesson in lessons if lesson.sort is LessonSort.PREFERENCE]
    if method is Method.DPO and preferences:
        return preferences
    return [lesson for lesson in lessons if lesson.sort is LessonSort.DEMONSTRATION]


def learned_rows(lessons: Sequence[Lesson], reader: Reader) -> list[Row]:
    """Texts and demonstrations as tokens, with the loss where our own loop takes it."""
    return [
        Row(
            lesson=lesson.id,
            content={"input_ids": row.ids, "labels": _labels(row)},
            tokens=len(row.ids),
        )
        for lesson, row in reader.encode(lessons)
    ]


def _labels(row: Encoded) -> list[int]:
    learned = frozenset(row.learned)
    return [token if at in learned else _IGNORED for at, token in enumerate(row.ids)]


def preferred_rows(pairs: Sequence[Pair], reader: Reader) -> list[Row]:
    """Pairs as TRL reads them: the prompt, the teacher's reply, the student's own."""
    lengths = {lesson.id: len(row.ids) for lesson, row in reader.encode([pair.lesson for pair in pairs])}
    return [
        Row(
            lesson=pair.lesson.id,
            content={
                "prompt": [message_to_dict(message) for message in pair.lesson.messages[:-1]],
                "chosen": [message_to_dict(pair.lesson.messages[-1])],
                "rejected": [message_to_dict(pair.rejected)],
            },
            tokens=2 * lengths[pair.lesson.id],
        )
        for pair in pairs
        if pair.lesson.id in lengths
    ]


def distilled_rows(lessons: Sequence[Lesson], clauses: Mapping[str, str], reader: Reader) -> list[Row]:
    """Prompts with the words of their clauses beside them, which only the teacher is shown."""
    rows = [
        Row(
            lesson=lesson.id,
            content={
                "prompt": [message_to_dict(message) for message in lesson.messages[:-1]],
                "privileged_context": "\n\n".join(clauses[name] for name in lesson.clause_ids if name in clauses),
            },
            tokens=len(row.ids),
        )
        for lesson, row in reader.encode(lessons)
        if any(name in clauses for name in lesson.clause_ids)
    ]
    if not rows:
        raise InputError(
            "no demonstration names a clause of the document",
            help="run `soulwright teach` again, or leave `distil` out",
        )
    return rows


def write_rows(rows: Sequence[Row], course: Course, folder: Path, *, key: str, note: str = "") -> Plan:
    """Put the rows into the order of learning and write them as a data set, whole or not at all."""
    from datasets import Dataset

    order = order_rows(
        [row.tokens for row in rows],
        rows_per_step=course.rows_per_step,
        seed=course.seed,
        epochs=course.epochs,
        steps=course.steps,
    )
    size = course.rows_per_step
    plan = Plan(
        key=key,
        note=note,
        lessons=tuple(rows[index].lesson for index in order),
        tokens=tuple(sum(rows[index].tokens for index in order[at : at + size]) for at in range(0, len(order), size)),
        rows_per_step=size,
    )
    with atomic_directory(folder) as partial:
        # The order is a column of indices over rows that are written once, however many epochs there are.
        Dataset.from_list([dict(row.content) for row in rows]).save_to_disk(partial / _ROWS)
        write_json(partial / _PLAN, {"order": order, **asdict(plan)})
    return plan


def read_plan(folder: Path) -> Plan | None:
    """The order of a phase as it was written, None where it was not."""
    if not (folder / _PLAN).is_file():
        return None
    found: Any = read_json(folder / _PLAN)
    del found["order"]
    return Plan(**found | {"lessons": tuple(found["lessons"]), "tokens": tuple(found["tokens"])})


def open_rows(folder: Path) -> Any:
    """The data set of a phase, row after row in the order of learning."""
    from datasets import load_from_disk

    found: Any = read_json(folder / _PLAN)
    return load_from_disk(str(folder / _ROWS)).select(found["order"])
