"""A course of TRL and PEFT: what it refuses, what its phases learn, and the model folder that it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from soulwright.errors import CorruptRun, InputError, RunError
from soulwright.models import LocalModel, Turn
from soulwright.situations import Message, Role
from soulwright.teach import Lesson, LessonSort, make_lesson
from soulwright.train import (
    Course,
    Engine,
    LayoutState,
    Lora,
    Method,
    Student,
    WeightType,
    check_layout,
    find_base,
    train_course,
)
from soulwright.train._order import order_rows
from soulwright.train._pairs import flip_rate, student_pairs, written_pairs
from soulwright.train._phase import with_clauses
from soulwright.train._rows import lessons_for
from soulwright.train._seal import newest_sealed, seal

pytest.importorskip("trl", reason="the extra `large` is not installed: pip install -e '.[large]'")

QUICK = Course(
    methods=(Method.SFT,), lora=Lora(rank=4), rate=3e-3, rows_per_step=4, rows_at_once=4, steps=2, reply_tokens=4,
    dtype=WeightType.FLOAT32,
)  # fmt: skip
ONE = Engine(threads=1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"methods": ()}, "at least one method"),
        ({"rate": 0.0}, "the course's rate is `0.0`"),
        ({"warmup": 1.0}, "the course's warmup is `1.0`"),
        ({"anchor": -1.0}, "the course's anchor is `-1.0`"),
        ({"rows_per_step": 0}, "the course's rows_per_step is `0`"),
    ],
)
def test_a_course_that_makes_no_sense_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Course(**settings)


def test_what_only_changes_how_a_course_is_computed_leaves_its_fingerprint() -> None:
    assert replace(QUICK, rows_at_once=1, checkpoint_every=7).fingerprint == QUICK.fingerprint
    assert replace(QUICK, rate=1e-3).fingerprint != QUICK.fingerprint


def test_preferences_and_self_distillation_learn_at_a_smaller_rate_than_demonstrations() -> None:
    course = Course(rate=1e-4)
    assert course.rate_of(Method.SFT) == course.rate_of(Method.DOCUMENTS) == 1e-4
    assert course.rate_of(Method.DPO) < course.rate_of(Method.DISTIL) < 1e-4


def test_every_step_is_full_and_an_epoch_learns_every_lesson_before_the_next_begins() -> None:
    order = order_rows([9, 1, 5, 7, 3, 2, 8], rows_per_step=4, seed=2, epochs=2)
    assert len(order) == 16
    assert sorted(order[:7]) == sorted(order[7:14]) == list(range(7))


def test_the_order_is_that_of_the_seed() -> None:
    lengths = list(range(1, 60))
    assert order_rows(lengths, rows_per_step=4, seed=2) == order_rows(lengths, rows_per_step=4, seed=2)
    assert order_rows(lengths, rows_per_step=4, seed=2) != order_rows(lengths, rows_per_step=4, seed=3)


def test_the_clauses_stand_in_the_system_prompt_and_never_in_the_words_of_a_user() -> None:
    told = with_clauses([{"role": "system", "content": "A shop."}, {"role": "user", "content": "Hi."}], "Be kind.")
    assert told == [{"role": "system", "content": "Be kind.\n\nA shop."}, {"role": "user", "content": "Hi."}]


def test_a_checkpoint_that_was_never_sealed_is_not_gone_on_from(tmp_path: Path) -> None:
    for number in (2, 4):
        (tmp_path / f"checkpoint-{number}").mkdir()
        (tmp_path / f"checkpoint-{number}" / "weights").write_text(str(number))
    seal(tmp_path / "checkpoint-2", "key")
    assert newest_sealed(tmp_path, "key") == tmp_path / "checkpoint-2"
    assert not (tmp_path / "checkpoint-4").exists()


def test_a_sealed_checkpoint_of_another_phase_is_not_gone_on_from(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-2").mkdir()
    seal(tmp_path / "checkpoint-2", "key")
    assert newest_sealed(tmp_path, "another") is None


def test_a_sealed_checkpoint_that_was_changed_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-2").mkdir()
    (tmp_path / "checkpoint-2" / "weights").write_text("2")
    seal(tmp_path / "checkpoint-2", "key")
    (tmp_path / "checkpoint-2" / "weights").write_text("3")
    with pytest.raises(CorruptRun) as raised:
        newest_sealed(tmp_path, "key")
    assert raised.value.path == str(tmp_path / "checkpoint-2" / "weights")


def test_a_base_is_a_folder_or_a_model_of_the_hub(tmp_path: Path) -> None:
    assert find_base(str(tmp_path)) == tmp_path
    with pytest.raises(InputError, match="there is no folder `/no/such`"):
        find_base("/no/such")


def test_an_adapter_learns_and_the_merged_model_loads_and_answers_like_the_base_with_its_adapter(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    course = replace(QUICK, methods=(Method.DOCUMENTS, Method.SFT), steps=4)
    result = train_course(lessons, base, tmp_path / "out", course, work=tmp_path / "work", engine=ONE)
    assert [phase.method for phase in result.phases] == [Method.DOCUMENTS, Method.SFT]
    texts = {lesson.id for lesson in lessons if lesson.text}
    assert set(result.phases[0].lessons) <= texts
    assert not set(result.phases[1].lessons) & texts
    assert result.adapter is not None
    whole: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    plain: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    ids = torch.tensor([[1, 20, 30, 40]])
    before = plain(ids).logits
    adapted = PeftModel.from_pretrained(plain, str(result.adapter))(ids).logits
    assert torch.allclose(whole(ids).logits, adapted, atol=1e-5)
    assert not torch.allclose(before, adapted, atol=1e-3)
    assert {finding.state for finding in check_layout(tmp_path / "out")} == {LayoutState.FITS}
    assert LocalModel(tmp_path / "out").replies([[Turn("user", "bake bread")]], max_new_tokens=2)


def test_a_course_that_had_ended_is_only_written_out_again(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    first = train_course(lessons, base, tmp_path / "one", QUICK, work=tmp_path / "work", engine=ONE)
    at: list[float] = []
    second = train_course(
        lessons, base, tmp_path / "two", QUICK, work=tmp_path / "work", engine=Engine(threads=1, at=at.append)
    )
    assert second == first
    assert at == []


def test_a_method_without_lessons_is_refused(base: Path, lessons: tuple[Lesson, ...], tmp_path: Path) -> None:
    chats = [lesson for lesson in lessons if lesson.messages]
    course = replace(QUICK, methods=(Method.DOCUMENTS,))
    with pytest.raises(InputError, match="there are no lessons for `documents`"):
        train_course(chats, base, tmp_path / "out", course, work=tmp_path / "work", engine=ONE)


def test_a_step_that_cannot_be_cut_for_the_workers_is_refused(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    course = replace(QUICK, rows_per_step=3, rows_at_once=2)
    with pytest.raises(InputError, match="cannot be cut for 1 workers, 2 at once"):
        train_course(lessons, base, tmp_path / "out", course, work=tmp_path / "work", engine=ONE)


def _saying(*replies: str | None) -> Callable[..., list[str | None]]:
    left = list(replies)

    def sample(_student: Student, _name: str, conversations: object) -> list[str | None]:
        assert isinstance(conversations, list)
        taken = left[: len(conversations)]
        del left[: len(conversations)]
        return taken

    return sample


STUDENT = Student(model=Path("nowhere"), logs=Path("nowhere"), key="1", reply_tokens=4)


def test_a_pair_is_the_teachers_reply_and_the_students_own_where_they_differ(lessons: tuple[Lesson, ...]) -> None:
    three = lessons[:3]
    pairs = student_pairs(three, STUDENT, _saying("another", f" {three[1].messages[-1].content} ", None))
    assert [(pair.lesson.id, pair.rejected.content) for pair in pairs] == [(three[0].id, "another")]


def test_a_student_that_already_speaks_like_its_teacher_has_nothing_to_prefer(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    engine = Engine(threads=1, sample=_saying(*[None] * 200))
    course = replace(QUICK, methods=(Method.DPO,))
    with pytest.raises(RunError, match="there is nothing to prefer"):
        train_course(lessons, base, tmp_path / "out", course, work=tmp_path / "work", engine=engine)


def test_a_preference_of_the_teacher_is_a_pair_and_no_demonstration(lessons: tuple[Lesson, ...]) -> None:
    said = Message(role=Role.ASSISTANT, content="another")
    preference = make_lesson(
        LessonSort.PREFERENCE, messages=lessons[0].messages, clause_ids=("a",), clause_hashes=("1",), rejected=(said,)
    )
    both = (*lessons, preference)
    assert lessons_for(Method.DPO, both) == [preference]
    assert preference not in lessons_for(Method.SFT, both)
    assert {lesson.sort for lesson in lessons_for(Method.DPO, lessons)} == {LessonSort.DEMONSTRATION}
    assert [(pair.lesson.id, pair.rejected) for pair in written_pairs([preference])] == [(preference.id, said)]


def test_the_flip_rate_is_the_share_of_replies_that_the_clause_changes(lessons: tuple[Lesson, ...]) -> None:
    four = lessons[:4]
    assert flip_rate(four, {"a": "Be kind."}, STUDENT, _saying("x", "x", "x", "x", "x", "y", "x", "z")) == 0.5
    assert flip_rate(four, {}, STUDENT, _saying()) == 0.0


def test_a_student_that_its_clause_does_not_move_is_not_distilled(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    engine = Engine(threads=1, sample=_saying(*["the same"] * 200))
    course = replace(QUICK, methods=(Method.DISTIL,))
    with pytest.raises(RunError, match="changes 0% of its replies: too few to distil"):
        train_course(
            lessons, base, tmp_path / "out", course, work=tmp_path / "work", clauses={"a": "Be kind."}, engine=engine
        )


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda config: config.update(tie_word_embeddings=False), "tied weights"),
        (lambda config: config.update(dtype="float16"), "type of the weights"),
        (lambda config: config.update(auto_map={"AutoModel": "code.py"}), "configuration"),
        (lambda config: config.update(vocab_size=7), "weights"),
    ],
)
def test_a_model_folder_that_others_could_not_load_is_named_by_its_broken_part(
    make_base: Callable[..., Path], spoil: Callable[[dict[str, Any]], None], part: str
) -> None:
    folder = make_base()
    config = json.loads((folder / "config.json").read_text())
    spoil(config)
    (folder / "config.json").write_text(json.dumps(config))
    broken = [finding.part for finding in check_layout(folder) if finding.state is LayoutState.BROKEN]
    assert broken == [part]


def test_a_model_folder_without_a_chat_template_is_broken(make_base: Callable[..., Path]) -> None:
    folder = make_base()
    (folder / "chat_template.jinja").unlink()
    assert [one.part for one in check_layout(folder) if one.state is LayoutState.BROKEN] == [
        "chat template",
        "llama.cpp: vocabulary",
    ]
