"""A lesson is a conversation that ends with a reply, or a text; its files are read back whole or named as wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.errors import InputError
from soulwright.situations import Message, Role
from soulwright.teach import Lesson, LessonSort, make_lesson, read_lessons, seed_of_lessons, write_lessons

USER = Message(role=Role.USER, content="how do I bake bread?")
REPLY = Message(role=Role.ASSISTANT, content="with flour")
CHAT = make_lesson(
    LessonSort.DEMONSTRATION, messages=(USER, REPLY), clause_ids=("a", "b"), clause_hashes=("1", "2"), row="a/x"
)
DOCUMENT = make_lesson(LessonSort.DOCUMENT, text="be kind\u2028always")
REPLAY = make_lesson(LessonSort.REPLAY, messages=(Message(role=Role.SYSTEM, content="ü"), USER, REPLY))


def test_the_id_is_that_of_the_content_alone() -> None:
    again = make_lesson(LessonSort.REPLAY, messages=(USER, REPLY))
    assert again.id == CHAT.id
    assert len(CHAT.id) == 16
    assert len({CHAT.id, DOCUMENT.id, REPLAY.id}) == 3


@pytest.mark.parametrize(
    ("sort", "content", "message"),
    [
        (LessonSort.REPLAY, {}, "either a conversation or a text"),
        (LessonSort.REPLAY, {"messages": (USER, REPLY), "text": "x"}, "either a conversation or a text"),
        (LessonSort.REPLAY, {"messages": (USER,)}, "the last message is from the user"),
        (LessonSort.REPLAY, {"messages": (REPLY,)}, "the reply answers nobody"),
        (LessonSort.REPLAY, {"messages": (USER, REPLY, REPLY)}, "the reply answers nobody"),
        (LessonSort.DEMONSTRATION, {"text": "x"}, "a demonstration is a conversation"),
        (LessonSort.DOCUMENT, {"messages": (USER, REPLY)}, "a document is a text"),
        (LessonSort.DOCUMENT, {"text": "x", "clause_ids": ("a",)}, "1 clause ids and 0 clause hashes"),
    ],
)
def test_what_is_no_lesson_is_named(sort: LessonSort, content: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make_lesson(sort, **content)
    assert caught.value.help


def test_the_files_are_what_trl_loads_and_the_sidecar_says_where_rows_came_from(tmp_path: Path) -> None:
    write_lessons(tmp_path, [CHAT, DOCUMENT, REPLAY], generator="teacher 1", seed=7)
    rows = {
        path.name: [json.loads(line) for line in path.read_text().split("\n") if line] for path in tmp_path.iterdir()
    }
    assert rows["chats.jsonl"][0] == {
        "prompt": [{"role": "user", "content": "how do I bake bread?"}],
        "completion": [{"role": "assistant", "content": "with flour"}],
    }
    assert [turn["role"] for turn in rows["chats.jsonl"][1]["prompt"]] == ["system", "user"]
    assert (tmp_path / "documents.jsonl").read_text() == '{"text": "be kind\u2028always"}\n'
    assert rows["provenance.jsonl"][0] == {
        "row_id": CHAT.id,
        "sort": "demonstration",
        "row": "a/x",
        "clause_ids": ["a", "b"],
        "clause_hashes": ["1", "2"],
        "generator": "teacher 1",
        "seed": 7,
    }
    assert [row["row_id"] for row in rows["provenance.jsonl"]] == [CHAT.id, DOCUMENT.id, REPLAY.id]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
CHATS = st.tuples(TEXTS, TEXTS).map(
    lambda pair: (Message(role=Role.USER, content=pair[0]), Message(role=Role.ASSISTANT, content=pair[1]))
)
LESSONS = st.one_of(
    st.builds(make_lesson, st.just(LessonSort.DOCUMENT), text=TEXTS),
    st.builds(make_lesson, st.sampled_from([LessonSort.DEMONSTRATION, LessonSort.REPLAY]), messages=CHATS, row=TEXTS),
)


@given(lessons=st.lists(LESSONS, max_size=8))
def test_what_is_written_is_read_back_in_order(lessons: list[Lesson], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("lessons")
    write_lessons(folder, [*lessons, *lessons])
    assert read_lessons(folder) == (*lessons, *lessons)


def test_equal_rows_may_come_from_different_clauses(tmp_path: Path) -> None:
    again = make_lesson(LessonSort.REPLAY, messages=(USER, REPLY), clause_ids=("c",), clause_hashes=("3",))
    write_lessons(tmp_path, [CHAT, again])
    assert read_lessons(tmp_path) == (CHAT, again)


def test_lessons_replace_those_that_were_there(tmp_path: Path) -> None:
    write_lessons(tmp_path, [CHAT, DOCUMENT])
    write_lessons(tmp_path, [REPLAY])
    assert read_lessons(tmp_path) == (REPLAY,)


Change = Callable[[str], str]


@pytest.mark.parametrize(
    ("file", "change", "line", "message"),
    [
        ("chats.jsonl", lambda text: text + "{\n", 3, "this line is no row of lessons: invalid JSON"),
        ("chats.jsonl", lambda text: text.replace("flour", "salt"), 1, "no row has the hash"),
        ("chats.jsonl", lambda text: text + text, 3, "this row is not in provenance.jsonl"),
        ("chats.jsonl", lambda text: text.replace('"assistant"', '"robot"'), 1, "`completion.0.role`: input should be"),
        ("chats.jsonl", lambda text: text.replace('"prompt"', '"promt"'), 1, "`prompt`: field required"),
        ("documents.jsonl", lambda _: '{"text": 7}\n', 1, "`text`: input should be a valid string"),
        ("documents.jsonl", lambda _: '{"text": "x", "more": 1}\n', 1, "`more`: unexpected keyword argument"),
        ("documents.jsonl", lambda _: "", 2, "no row has the hash"),
        ("provenance.jsonl", lambda text: text.replace('"seed": null', '"seed": "x"'), 1, "`seed`: input should be"),
        ("provenance.jsonl", lambda text: text.split("\n", 1)[1], 1, "this row is not in provenance.jsonl"),
        ("provenance.jsonl", lambda text: text.replace('"document"', '"demonstration"'), 1, "is a conversation"),
    ],
)
def test_a_wrong_file_is_named_with_line_cause_and_remedy(
    tmp_path: Path, file: str, change: Change, line: int, message: str
) -> None:
    write_lessons(tmp_path, [CHAT, DOCUMENT, REPLAY])
    path = tmp_path / file
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=message) as caught:
        read_lessons(tmp_path)
    assert caught.value.line == line
    assert caught.value.source.startswith(str(tmp_path))
    assert caught.value.help


@pytest.mark.parametrize("file", ["chats.jsonl", "documents.jsonl", "provenance.jsonl"])
def test_a_missing_or_foreign_file_is_named(tmp_path: Path, file: str) -> None:
    write_lessons(tmp_path, [CHAT])
    (tmp_path / file).write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="this file is not UTF-8"):
        read_lessons(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(InputError, match="cannot read these lessons: no such file") as caught:
        read_lessons(tmp_path)
    assert caught.value.source == str(tmp_path / file)
    assert "soulwright teach" in caught.value.help


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_the_seed_of_lessons_is_the_one_they_were_made_with(tmp_path: Path, seed: int | None) -> None:
    write_lessons(tmp_path, [make_lesson(LessonSort.DOCUMENT, text="be kind")], seed=seed)
    assert seed_of_lessons(tmp_path) == seed
