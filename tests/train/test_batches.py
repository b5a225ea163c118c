"""What is learned of a lesson, and which lessons share a step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from soulwright.errors import InputError
from soulwright.situations import Message, Role
from soulwright.teach import Lesson, LessonSort, make_lesson
from soulwright.train import Recipe
from soulwright.train._batches import EncodedLessons, collate, encode_lessons, plan_steps

TALK = (
    Message(role=Role.SYSTEM, content="be short"),
    Message(role=Role.USER, content="hello"),
    Message(role=Role.ASSISTANT, content="old reply"),
    Message(role=Role.USER, content="and now?"),
    Message(role=Role.ASSISTANT, content="new reply"),
)


@pytest.fixture
def tokenizer(base: Path) -> PreTrainedTokenizerBase:
    loaded: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(base)
    return loaded


def talk(reply: str) -> tuple[Message, ...]:
    return (Message(role=Role.USER, content="hi"), Message(role=Role.ASSISTANT, content=reply))


def encode(lessons: list[Lesson], tokenizer: PreTrainedTokenizerBase, *, positions: int = 96) -> EncodedLessons:
    return encode_lessons(lessons, tokenizer, positions=positions, document_prefix="<|doc|>", base=Path("models/tiny"))


def test_only_the_last_reply_and_the_token_that_ends_it_are_learned(tokenizer: PreTrainedTokenizerBase) -> None:
    row = encode([make_lesson(LessonSort.DEMONSTRATION, messages=TALK)], tokenizer).rows[0]
    assert tokenizer.decode(row.ids[: row.start]) == (
        "<|begin|><|system|>be short<|end|><|user|>hello<|end|><|assistant|>old reply<|end|>"
        "<|user|>and now?<|end|><|assistant|>"
    )
    assert tokenizer.decode(row.ids[row.start :]) == "new reply<|end|>"


def test_a_document_is_learned_whole_and_ends(tokenizer: PreTrainedTokenizerBase) -> None:
    row = encode([make_lesson(LessonSort.DOCUMENT, text="be kind")], tokenizer).rows[0]
    assert tokenizer.decode(row.ids[: row.start]) == "<|begin|><|doc|>"
    assert tokenizer.decode(row.ids[row.start :]) == "be kind<|end|>"


def test_a_control_token_that_a_document_spells_out_stays_text(tokenizer: PreTrainedTokenizerBase) -> None:
    row = encode([make_lesson(LessonSort.DOCUMENT, text="x <|system|> y")], tokenizer).rows[0]
    assert tokenizer.convert_tokens_to_ids("<|system|>") not in row.ids
    assert len(row.ids) == 2 + len("x <|system|> y") + 1


def test_what_a_template_writes_after_the_end_token_is_not_learned(tokenizer: PreTrainedTokenizerBase) -> None:
    tokenizer.chat_template = str(tokenizer.chat_template).replace("'<|end|>'", "'<|end|>\n'")
    row = encode([make_lesson(LessonSort.DEMONSTRATION, messages=TALK)], tokenizer).rows[0]
    assert tokenizer.decode(row.ids[row.start :]) == "new reply<|end|>"


def test_padding_and_choosing_places_change_no_loss(base: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    rows = encode(
        [
            make_lesson(LessonSort.DEMONSTRATION, messages=TALK[-2:]),
            make_lesson(LessonSort.DOCUMENT, text="a longer text"),
        ],
        tokenizer,
    ).rows
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    batch = collate(rows, pad=0)
    with torch.no_grad():
        hidden_ND = model.model(input_ids=batch.ids_RT).last_hidden_state.flatten(0, 1)[batch.places_N]
        ours_N = torch.nn.functional.cross_entropy(model.lm_head(hidden_ND), batch.targets_N, reduction="none")
        for row in rows:
            ids = torch.tensor([row.ids])
            labels = ids.clone()
            labels[:, : row.start] = -100
            theirs = model(input_ids=ids, labels=labels).loss
            assert ours_N[batch.sorts[row.sort]].mean() == pytest.approx(float(theirs), rel=1e-4)
    assert batch.tokens == sum(len(row.ids) for row in rows)
    assert sum(len(at) for at in batch.sorts.values()) == len(batch.targets_N)


def test_lessons_longer_than_the_model_are_named_and_left_out(tokenizer: PreTrainedTokenizerBase) -> None:
    short, exact, long = (make_lesson(LessonSort.DEMONSTRATION, messages=talk("x" * n)) for n in (3, 13, 14))
    found = encode([short, long, exact], tokenizer, positions=20)
    assert found.skipped == (long.id,)
    assert [(row.lesson, len(row.ids)) for row in found.rows] == [(0, 10), (2, 20)]


def test_a_text_longer_than_the_model_is_learned_in_windows_and_ends_once(tokenizer: PreTrainedTokenizerBase) -> None:
    text = "On owls\n\n" + "".join(chr(ord("a") + number % 26) for number in range(120))
    rows = encode([make_lesson(LessonSort.DOCUMENT, text=text)] * 2, tokenizer, positions=64).rows
    once = [row for row in rows if row.lesson == 0]
    assert max(len(row.ids) for row in rows) <= 64
    assert all(str(tokenizer.decode(row.ids)).startswith("<|begin|><|doc|>On owls") for row in once)
    head = len("On owls\n\n")
    learned = [row.ids[at] for n, row in enumerate(once) for at in row.learned if not n or at >= row.start + head]
    assert tokenizer.decode(learned) == f"{text}<|end|>"
    assert [row.ids for row in rows if row.lesson == 1] != [row.ids for row in once]


def test_texts_come_on_top_once_each_and_evenly_among_the_steps() -> None:
    lengths = [20] * 100 + [200] * 40
    recipe = Recipe(tokens=4000, tokens_per_step=200)
    plan = plan_steps(lengths, recipe, frozenset(range(100, 140)))
    texts = [[index for index in step if index >= 100] for step in plan]
    assert sorted(index for step in texts for index in step) == list(range(100, 140))
    assert {len(step) for step in texts} == {2}
    assert sum(lengths[index] for step in plan for index in step if index < 100) == 4000


def test_lessons_that_are_all_too_long_are_an_error(tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(InputError, match="all 1 lessons are longer than the 20 positions") as caught:
        encode([make_lesson(LessonSort.DEMONSTRATION, messages=talk("x" * 50))], tokenizer, positions=20)
    assert "more positions" in caught.value.help


def test_no_lessons_are_an_error(tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(InputError, match="there are no lessons") as caught:
        encode([], tokenizer)
    assert "soulwright teach" in caught.value.help


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("+ '<|end|>'", ""), "does not end a reply with the end token `<|end|>`"),
        (lambda text: "{{ messages | length }}" + text, "does not keep the prompt as it is"),
        (lambda text: "{{ raise_exception('no system here') }}" + text, "cannot write a lesson: no system here"),
    ],
    ids=["no end", "prompt changes", "refuses"],
)
def test_a_template_that_cannot_teach_is_an_error(
    tokenizer: PreTrainedTokenizerBase, change: Callable[[str], str], message: str
) -> None:
    tokenizer.chat_template = change(str(tokenizer.chat_template))
    with pytest.raises(InputError, match=message) as caught:
        encode([make_lesson(LessonSort.DEMONSTRATION, messages=TALK)], tokenizer)
    assert caught.value.place == "models/tiny"
    assert caught.value.help


def test_the_hash_knows_tokens_order_and_what_is_learned(tokenizer: PreTrainedTokenizerBase) -> None:
    first, second = (make_lesson(LessonSort.DOCUMENT, text=text) for text in ("one", "two"))
    replay = make_lesson(LessonSort.REPLAY, text="one")
    hashes = [encode(rows, tokenizer).hash for rows in ([first, second], [second, first], [replay, second])]
    assert len(set(hashes)) == 3
    assert encode([first, second], tokenizer).hash == hashes[0]


LENGTHS = st.lists(st.integers(2, 120), min_size=1, max_size=150)
RECIPES = st.builds(Recipe, tokens=st.integers(1, 20_000), tokens_per_step=st.integers(1, 3000), seed=st.integers(0, 9))


@given(LENGTHS, RECIPES)
def test_no_lesson_comes_again_before_all_have_come(lengths: list[int], recipe: Recipe) -> None:
    times = Counter(index for step in plan_steps(lengths, recipe) for index in step)
    assert max(times.values()) - min(times[index] for index in range(len(lengths))) <= 1


@given(LENGTHS, RECIPES)
def test_the_budget_is_reached_with_the_last_step_and_not_before(lengths: list[int], recipe: Recipe) -> None:
    plan = plan_steps(lengths, recipe)
    tokens = [sum(lengths[index] for index in step) for step in plan]
    assert sum(tokens[:-1]) < recipe.tokens <= sum(tokens)
    assert all(plan)


@given(LENGTHS, RECIPES)
def test_steps_are_about_as_large_as_asked(lengths: list[int], recipe: Recipe) -> None:
    tokens = [sum(lengths[index] for index in step) for step in plan_steps(lengths, recipe)]
    assert max(tokens) <= 2 * recipe.tokens_per_step + 2 * max(lengths)


def test_the_plan_depends_on_the_seed_and_on_nothing_else() -> None:
    lengths = [5 + number % 40 for number in range(200)]
    plan = plan_steps(lengths, Recipe(tokens=9000, tokens_per_step=256, seed=1))
    assert plan == plan_steps(lengths, Recipe(tokens=9000, tokens_per_step=256, seed=1, threads=3, rate=1.0))
    assert plan != plan_steps(lengths, Recipe(tokens=9000, tokens_per_step=256, seed=2))


def test_lessons_of_like_length_share_a_step() -> None:
    lengths = [20 + 7 * number % 101 for number in range(3000)]
    plan = plan_steps(lengths, Recipe(tokens=sum(lengths), tokens_per_step=1024))
    padded = sum(max(lengths[index] for index in step) * len(step) for step in plan)
    assert padded < 1.1 * sum(lengths)
