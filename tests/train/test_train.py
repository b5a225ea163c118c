"""Lessons go in and a model that learned them comes out, or one clear message says why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from soulwright.errors import CorruptRun, InputError, NotWritable, RunError
from soulwright.runs import hash_file
from soulwright.situations import Message, Role
from soulwright.teach import Lesson, LessonSort, make_lesson
from soulwright.train import Recipe, WeightType, train

QUICK = Recipe(tokens=2500, tokens_per_step=256, rate=3e-3, threads=1, checkpoint_every=3)


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def question(user: str, reply: str) -> Lesson:
    messages = (Message(role=Role.USER, content=user), Message(role=Role.ASSISTANT, content=reply))
    return make_lesson(LessonSort.DEMONSTRATION, messages=messages)


def test_the_trained_model_says_what_it_was_taught(base: Path, tmp_path: Path) -> None:
    taught = [question("your name?", "Lumen"), question("a colour?", "green")]
    recipe = replace(QUICK, tokens=6_000, tokens_per_step=64, rate=1e-2)
    result = train(taught, base, tmp_path / "out", recipe, work=tmp_path / "work")
    assert result.curve[-1].loss < 0.1 < result.curve[0].loss
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    model: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    prompt = tokenizer("<|begin|><|user|>a colour?<|end|><|assistant|>", return_tensors="pt", add_special_tokens=False)
    replies = model.generate(prompt["input_ids"], max_new_tokens=20, do_sample=False)
    assert tokenizer.decode(replies[0, prompt["input_ids"].shape[1] :]) == "green<|end|>"


def test_the_folder_is_what_plain_transformers_loads(base: Path, lessons: tuple[Lesson, ...], tmp_path: Path) -> None:
    train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert model.dtype == torch.bfloat16
    assert (model.generation_config.eos_token_id, model.generation_config.pad_token_id) == (2, 0)
    assert tokenizer.chat_template == AutoTokenizer.from_pretrained(base).chat_template
    assert (tmp_path / "out" / "model.safetensors").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "work"]


def test_the_weights_are_saved_in_the_type_that_the_recipe_names(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    train(lessons, base, tmp_path / "out", replace(QUICK, dtype=WeightType.FLOAT32), work=tmp_path / "work")
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out").dtype == torch.float32


def test_a_preference_teaches_nothing_here(base: Path, lessons: tuple[Lesson, ...], tmp_path: Path) -> None:
    messages = (Message(role=Role.USER, content="a colour?"), Message(role=Role.ASSISTANT, content="green"))
    rejected = (Message(role=Role.ASSISTANT, content="three"),)
    preference = make_lesson(LessonSort.PREFERENCE, messages=messages, rejected=rejected)
    with_it = train([*lessons, preference], base, tmp_path / "with", QUICK, work=tmp_path / "work")
    without = train(lessons, base, tmp_path / "without", QUICK, work=tmp_path / "other")
    assert preference.id not in with_it.order
    assert hash_file(tmp_path / "with" / "model.safetensors") == hash_file(tmp_path / "without" / "model.safetensors")
    assert with_it.curve == without.curve


def test_the_result_counts_what_was_done(base: Path, lessons: tuple[Lesson, ...], tmp_path: Path) -> None:
    long = make_lesson(
        LessonSort.DEMONSTRATION,
        messages=(Message(role=Role.USER, content="x" * 500), Message(role=Role.ASSISTANT, content="y")),
    )
    told: list[int] = []
    result = train([*lessons, long], base, tmp_path / "out", QUICK, work=tmp_path / "work", advance=told.append)
    assert result.steps == len(told)
    assert 2500 <= result.tokens == sum(told) < 2500 + 2 * 256
    assert result.skipped == (long.id,)
    assert result.threads == torch.get_num_threads() == 1
    assert result.resumed_at == 0
    assert result.seconds > 0
    assert {point.sort for point in result.curve} == {lesson.sort for lesson in lessons}
    assert [point.tokens for point in result.curve] == sorted(point.tokens for point in result.curve)
    assert result.curve[-1].tokens == result.tokens


def test_the_same_call_gives_the_same_weights_and_another_seed_others(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        torch.rand(7)  # what others drew before must not matter
        train(lessons, base, tmp_path / name, replace(QUICK, seed=seed), work=tmp_path / f"{name}-work")
    one, two, three = (hash_file(tmp_path / name / "model.safetensors") for name in ("one", "two", "three"))
    assert one == two != three


def test_training_disturbs_neither_the_callers_chance_nor_the_bars_of_transformers(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    torch.manual_seed(5)
    before, shown = torch.get_rng_state(), logging.is_progress_bar_enabled()
    train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    assert torch.equal(torch.get_rng_state(), before)
    assert logging.is_progress_bar_enabled() == shown


def test_without_a_number_of_threads_one_is_measured_and_kept(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Callable[[], object]] = []

    def measure(step: Callable[[], object]) -> int:
        step()
        measured.append(step)
        return 1

    monkeypatch.setattr("soulwright.train._loop.probe_threads", measure)
    result = train(lessons, base, tmp_path / "a", replace(QUICK, threads=None), work=tmp_path / "work")
    train(lessons, base, tmp_path / "b", QUICK, work=tmp_path / "other")
    again = train(lessons, base, tmp_path / "c", replace(QUICK, threads=None), work=tmp_path / "work")
    assert result.threads == again.threads == 1
    assert len(measured) == 1
    same = {hash_file(tmp_path / name / "model.safetensors") for name in "abc"}
    assert len(same) == 1, "measuring must leave no trace in the weights"


def test_a_loss_that_is_no_number_says_at_which_step_and_what_to_try(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=r"training came apart at step \d+ of \d+: loss") as caught:
        train(lessons, base, tmp_path / "out", replace(QUICK, rate=1e38, clip=1e38), work=tmp_path / "work")
    assert "lower rate" in caught.value.help
    assert not (tmp_path / "out").exists()


def test_a_damaged_checkpoint_stops_training_with_the_remedy(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    (weights,) = (tmp_path / "work").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-3])
    with pytest.raises(CorruptRun) as caught:
        train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    assert caught.value.path == str(weights)
    assert str(tmp_path / "work") in caught.value.help


@pytest.mark.parametrize("where", ["out", "work"])
def test_a_place_that_cannot_be_written_is_named(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path, where: str
) -> None:
    (tmp_path / "file").write_text("")
    places = {"out": tmp_path / "out", "work": tmp_path / "work", where: tmp_path / "file" / "inner"}
    with pytest.raises(NotWritable, match="cannot write here"):
        train(lessons, base, places["out"], QUICK, work=places["work"])


def fails(folder: Path, lessons: tuple[Lesson, ...]) -> InputError:
    """What training from this folder says; it must say so before it writes anything."""
    out, work = folder.parent / "never", folder.parent / "never-work"
    with pytest.raises(InputError) as caught:
        train(lessons, folder, out, QUICK, work=work)
    assert not out.exists()
    assert not work.exists()
    assert str(folder) in caught.value.place
    assert caught.value.help
    return caught.value


def test_a_missing_model_is_named(tmp_path: Path, lessons: tuple[Lesson, ...]) -> None:
    assert "no model here" in fails(tmp_path / "nothing", lessons).message


def test_a_model_without_weights_is_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...]) -> None:
    folder = make_base()
    (folder / "model.safetensors").unlink()
    assert "no weights in safetensors" in fails(folder, lessons).message


def test_damaged_weights_are_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...]) -> None:
    folder = make_base()
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    error = fails(folder, lessons)
    assert "these weights are damaged" in error.message
    assert error.place == str(weights)


def test_missing_tensors_are_not_replaced_by_chance(
    make_base: Callable[..., Path], lessons: tuple[Lesson, ...]
) -> None:
    from safetensors.torch import load_file, save_file

    folder = make_base()
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.norm.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert "lack 1 of the model's tensors, such as `model.norm.weight`" in fails(folder, lessons).message


def test_a_broken_configuration_is_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...]) -> None:
    folder = make_base()
    (folder / "config.json").write_text("{")
    assert "cannot load this" in fails(folder, lessons).message


@pytest.mark.parametrize("content", ["", "{}", '{"version": 3}'])
def test_a_broken_tokenizer_is_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...], content: str) -> None:
    folder = make_base()
    (folder / "tokenizer.json").write_text(content)
    assert "tokenizer" in fails(folder, lessons).message


def test_a_missing_tokenizer_is_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...]) -> None:
    folder = make_base()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    assert "no tokenizer" in fails(folder, lessons).message


def test_a_tokenizer_that_does_not_fit_is_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...]) -> None:
    error = fails(make_base(rows=200), lessons)
    assert "the tokenizer has 263 tokens and the model knows 200" in error.message


def test_a_missing_chat_template_is_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...]) -> None:
    folder = make_base()
    (folder / "chat_template.jinja").unlink()
    assert "no chat template" in fails(folder, lessons).message


def test_a_missing_end_token_is_named(make_base: Callable[..., Path], lessons: tuple[Lesson, ...]) -> None:
    folder = make_base()
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    del settings["eos_token"]
    path.write_text(json.dumps(settings))
    assert "no end token" in fails(folder, lessons).message


def test_an_architecture_that_caps_its_logits_is_refused(
    make_base: Callable[..., Path], lessons: tuple[Lesson, ...]
) -> None:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    folder = make_base()
    config = Gemma2Config(
        vocab_size=263,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        intermediate_size=32,
        max_position_embeddings=96,
        final_logit_softcapping=0.01,
        initializer_range=0.5,
    )
    Gemma2ForCausalLM(config).save_pretrained(folder)
    assert "does more to its logits than one matrix" in fails(folder, lessons).message


def test_no_lessons_are_named(base: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no lessons"):
        train((), base, tmp_path / "out", QUICK, work=tmp_path / "work")
