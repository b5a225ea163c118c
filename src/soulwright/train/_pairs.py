"""What the student itself says: the other side of a preference, and whether its clause in the prompt changes anything.

The student is asked through Inspect, so that its answers are a log that `inspect view` opens and that a killed training
reads again. Asked greedily, it answers the same question in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.runs import content_key
from soulwright.situations import Message, Role, message_to_dict, under_words
from soulwright.teach import Lesson
from soulwright.train._rows import Pair

if TYPE_CHECKING:
    from inspect_ai.model import Model

Conversation = Sequence[Message]
_FLIPS_ASKED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """The model that is asked: its folder, where its answers are kept, and the key of the phase that asks."""

    model: Path
    logs: Path
    key: str
    reply_tokens: int


# What asks a student: its replies in order, None where it could not answer. The name tells sets of answers apart.
Sampler = Callable[[Student, str, Sequence[Conversation]], list[str | None]]


def sample_here(student: Student, name: str, conversations: Sequence[Conversation]) -> list[str | None]:
    """Ask the student on this machine: on its GPU by Inspect's provider `hf`, on its processor by `weights`."""
    import torch
    from inspect_ai.model import get_model

    from soulwright.models import weights

    assert weights is not None  # importing it has made the provider known to Inspect
    provider = "hf/student" if torch.cuda.is_available() else "weights/student"
    return sample_with(get_model(provider, model_path=str(student.model)), student, name, conversations)


def sample_with(model: Model, student: Student, name: str, conversations: Sequence[Conversation]) -> list[str | None]:
    """Ask any model of Inspect in the student's place (a server that has its weights, say)."""
    from inspect_ai import Task
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import GenerateConfig
    from inspect_ai.solver import generate

    from soulwright.models import chat_messages, keep_log, read_log

    made_from = content_key(
        student.key, name, student.reply_tokens, [[message_to_dict(turn) for turn in one] for one in conversations]
    )
    path = student.logs / name / f"{name}.eval"
    if not path.exists() or (read_log(path, header_only=True).eval.metadata or {}).get("made_from") != made_from:
        samples = [Sample(id=at, input=chat_messages(one)) for at, one in enumerate(conversations)]
        task = Task(
            dataset=MemoryDataset(samples, name=name),
            solver=generate(),
            config=GenerateConfig(max_tokens=student.reply_tokens, temperature=0.0),
            name="student",
            metadata={"made_from": made_from},
        )
        keep_log(task, model, path, failed="the student did not answer", help="look at the message, then run again")
    said = {
        sample.id: sample.output.completion if sample.error is None else None for sample in read_log(path).samples or ()
    }
    return [said.get(at) or None for at in range(len(conversations))]


def student_pairs(lessons: Sequence[Lesson], student: Student, sample: Sampler) -> list[Pair]:
    """Each demonstration with what the student says in its place; where both say the same, nothing can be preferred."""
    replies = sample(student, "own", [lesson.messages[:-1] for lesson in lessons])
    return [
        Pair(lesson=lesson, rejected=Message(role=Role.ASSISTANT, content=reply))
        for lesson, reply in zip(lessons, replies, strict=True)
        if reply is not None and reply.strip() != lesson.messages[-1].content.strip()
    ]


def written_pairs(lessons: Sequence[Lesson]) -> list[Pair]:
    """The pairs that came with the lessons: a teacher's preference already holds what the student said."""
    return [Pair(lesson=lesson, rejected=lesson.rejected[0]) for lesson in lessons if lesson.rejected]


def flip_rate(lessons: Sequence[Lesson], clauses: Mapping[str, str], student: Student, sample: Sampler) -> float:
    """The share of replies that the clauses in the system prompt change (arXiv 2605.15239's teacher flip rate).

    Of the first 64 demonstrations whose clauses are known; 0 where there is none.
    """
    asked = [lesson for lesson in lessons if any(name in clauses for name in lesson.clause_ids)][:_FLIPS_ASKED]
    if not asked:
        return 0.0
    plain = sample(student, "plain", [lesson.messages[:-1] for lesson in asked])
    shown = sample(student, "shown", [_shown(lesson, clauses) for lesson in asked])
    return sum(one != two for one, two in zip(plain, shown, strict=True)) / len(asked)


def _shown(lesson: Lesson, clauses: Mapping[str, str]) -> tuple[Message, ...]:
    words = "\n\n".join(clauses[name] for name in lesson.clause_ids if name in clauses)
    return under_words(lesson.messages[:-1], words)
