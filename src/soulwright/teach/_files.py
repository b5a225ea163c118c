"""Lessons on disk: two files that TRL loads as they stand, and the sidecar that says where each row came from.

INVARIANT: every row is read back only if its hash is the one in the sidecar, so that a row that was changed, lost or
added by hand is an error that names its line, never a lesson with the wrong clauses.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import InputError
from soulwright.runs import write_jsonl
from soulwright.situations import Message, Role
from soulwright.teach._lessons import Lesson, LessonSort, make_lesson, row_id, row_of

CHATS = "chats.jsonl"
DOCUMENTS = "documents.jsonl"
PREFERENCES = "preferences.jsonl"
PROVENANCE = "provenance.jsonl"
_TEACH_AGAIN = "run `soulwright teach` again: it writes all files of this folder"
_STRICT = ConfigDict(extra="forbid")

RowType = TypeVar("RowType")


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class _Turn:
    role: Role
    content: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class _Chat:
    prompt: tuple[_Turn, ...]
    completion: tuple[_Turn]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class _Preference:
    prompt: tuple[_Turn, ...]
    chosen: tuple[_Turn]
    rejected: tuple[_Turn]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class _Document:
    text: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class _Origin:
    row_id: str
    sort: LessonSort
    row: str
    clause_ids: tuple[str, ...]
    clause_hashes: tuple[str, ...]
    generator: str
    seed: int | None


_CHAT = TypeAdapter(_Chat)
_DOCUMENT = TypeAdapter(_Document)
_ORIGIN = TypeAdapter(_Origin)
_PREFERENCE = TypeAdapter(_Preference)

Content = tuple[tuple[Message, ...], str, tuple[Message, ...]]
Place = tuple[Path, int]


def write_lessons(path: Path, lessons: Sequence[Lesson], *, generator: str = "", seed: int | None = None) -> None:
    """Write the lessons into the folder `path`; `generator` and `seed` say what made them.

    Each file is whole or not there; a kind that no lesson has leaves an empty file. The sidecar is written last, so a
    folder that was half replaced does not pass for a whole one.
    """
    chats = [lesson for lesson in lessons if lesson.messages and not lesson.rejected]
    preferred = [lesson for lesson in lessons if lesson.rejected]
    write_jsonl(path / CHATS, (row_of(lesson.messages, "") for lesson in chats))
    write_jsonl(path / DOCUMENTS, (row_of((), lesson.text) for lesson in lessons if lesson.text))
    if preferred or (path / PREFERENCES).exists():
        rows = (row_of(lesson.messages, "", lesson.rejected) for lesson in preferred)
        write_jsonl(path / PREFERENCES, rows)
    write_jsonl(path / PROVENANCE, (_origin(lesson, generator, seed) for lesson in lessons))


def read_lessons(path: Path) -> tuple[Lesson, ...]:
    """The lessons of a folder, in teaching order; InputError with file, line and remedy where something is wrong."""
    rows: defaultdict[str, deque[tuple[Place, Content]]] = defaultdict(deque)
    for place, content in (*_chats(path / CHATS), *_documents(path / DOCUMENTS), *_preferences(path / PREFERENCES)):
        rows[row_id(row_of(*content))].append((place, content))
    lessons: list[Lesson] = []
    for place, origin in _rows(path / PROVENANCE, _ORIGIN):
        if not rows[origin.row_id]:
            raise _wrong(place, f"no row has the hash `{origin.row_id}`: it was changed or is missing")
        row_place, content = rows[origin.row_id].popleft()
        lessons.append(_lesson(origin, content, row_place))
    left = sorted(place for waiting in rows.values() for place, _ in waiting)
    if left:
        raise _wrong(left[0], f"this row is not in {PROVENANCE}: it was changed or added")
    return tuple(lessons)


def seed_of_lessons(path: Path) -> int | None:
    """The seed that the lessons of a folder were made with; None where it was not recorded."""
    return next((origin.seed for _, origin in _rows(path / PROVENANCE, _ORIGIN)), None)


def _origin(lesson: Lesson, generator: str, seed: int | None) -> dict[str, object]:
    return {
        "row_id": lesson.id,
        "sort": lesson.sort.value,
        "row": lesson.row,
        "clause_ids": list(lesson.clause_ids),
        "clause_hashes": list(lesson.clause_hashes),
        "generator": generator,
        "seed": seed,
    }


def _lesson(origin: _Origin, content: Content, place: Place) -> Lesson:
    messages, text, rejected = content
    try:
        return make_lesson(
            origin.sort,
            messages=messages,
            text=text,
            clause_ids=origin.clause_ids,
            clause_hashes=origin.clause_hashes,
            row=origin.row,
            rejected=rejected,
        )
    except InputError as error:
        raise InputError(error.message, source=str(place[0]), line=place[1], help=error.help) from error


def _chats(path: Path) -> Iterator[tuple[Place, Content]]:
    for place, chat in _rows(path, _CHAT):
        yield place, (_messages((*chat.prompt, *chat.completion)), "", ())


def _preferences(path: Path) -> Iterator[tuple[Place, Content]]:
    """Preferences, where there are any: a folder without them has no such file."""
    if path.exists():
        for place, row in _rows(path, _PREFERENCE):
            yield place, (_messages((*row.prompt, *row.chosen)), "", _messages(row.rejected))


def _messages(turns: tuple[_Turn, ...]) -> tuple[Message, ...]:
    return tuple(Message(role=turn.role, content=turn.content) for turn in turns)


def _documents(path: Path) -> Iterator[tuple[Place, Content]]:
    for place, document in _rows(path, _DOCUMENT):
        yield place, ((), document.text, ())


def _rows(path: Path, shape: TypeAdapter[RowType]) -> Iterator[tuple[Place, RowType]]:
    """The rows of a file with their lines. Only a line feed ends a line: a text may hold other separators."""
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            try:
                row = shape.validate_json(line)
            except ValidationError as error:
                raise _wrong((path, number), _first_cause(error)) from error
            yield (path, number), row


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError("this file is not UTF-8", source=str(path), help=_TEACH_AGAIN) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot read these lessons: {reason}", source=str(path), help=_TEACH_AGAIN) from error


def _first_cause(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
    return f"`{where}`: {what}" if where else f"this line is no row of lessons: {what}"


def _wrong(place: Place, message: str) -> InputError:
    return InputError(message, source=str(place[0]), line=place[1], help=_TEACH_AGAIN)
