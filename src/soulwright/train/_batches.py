"""From lessons to steps: tokens, which of them are learned, and which lessons make up which step.

Only the last reply of a conversation is learned, with the token that ends it: earlier replies are in the manner of the
base and would teach it back. A text is learned whole, one that is longer than a window in windows (`_windows.py`).
Lessons of like length share a step and are padded on the right; under causal attention nothing real can see what comes
after it, so no attention mask is needed.

The plan of all steps is a pure function of the lengths and the recipe: whoever goes on after a kill makes it again.

Axes: R lessons of a step, T positions of the longest, N positions that are learned.
"""

from __future__ import annotations

import hashlib
import random
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.errors import InputError
from soulwright.teach import Lesson, LessonSort
from soulwright.train._recipe import Recipe
from soulwright.train._windows import cut_text

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

# Lessons are sorted by length among so many steps' worth of shuffled neighbours: enough to pad little.
_POOL_STEPS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The tokens of a lesson, or of one window of a long text; those from `start` on are learned, but for those `read`.

    `lesson` is the place of the lesson among those that were encoded.
    """

    sort: LessonSort
    ids: list[int]
    start: int
    lesson: int = 0
    read: range = range(0)

    @property
    def learned(self) -> list[int]:
        """The places that are learned."""
        return [at for at in range(self.start, len(self.ids)) if at not in self.read]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedLessons:
    """Lessons as tokens, and the ids of those that are longer than the model's positions and were left out.

    `texts` are the rows that are the taught document's own words, not what only surrounds it.
    """

    rows: tuple[Encoded, ...]
    skipped: tuple[str, ...]
    texts: frozenset[int] = frozenset()

    @property
    def hash(self) -> str:
        """One hash of all tokens, in order, and of which are learned: the lessons, the tokenizer and the template."""
        digest = hashlib.sha256()
        for row in self.rows:
            digest.update(array("q", (len(row.ids), row.start, *row.ids)).tobytes())
            if row.read:
                digest.update(array("q", (row.read.start, row.read.stop)).tobytes())
            digest.update(row.sort.value.encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One step: the tokens, the places (in R*T) whose next token is learned, these tokens, and each one's lesson."""

    ids_RT: torch.Tensor
    places_N: torch.Tensor
    targets_N: torch.Tensor
    sorts: dict[LessonSort, torch.Tensor]
    tokens: int


def encode_lessons(
    lessons: Sequence[Lesson],
    tokenizer: PreTrainedTokenizerBase,
    *,
    positions: int,
    document_prefix: str,
    base: Path,
    window: int | None = None,
) -> EncodedLessons:
    """The lessons as tokens, texts of more than `window` (or than `positions`) in windows.

    InputError where there are none, or none that fits.
    """
    if not lessons:
        raise InputError("there are no lessons", help="run `soulwright teach` first")
    chats = iter(_encode_chats([lesson for lesson in lessons if lesson.messages], tokenizer, base))
    texts = [lesson for lesson in lessons if lesson.text]
    room = min(positions, window or positions)
    documents = iter(_encode_documents(texts, tokenizer, document_prefix, room))
    found = [[next(chats)] if lesson.messages else next(documents) for lesson in lessons]
    fits = [all(len(row.ids) <= positions for row in rows) for rows in found]
    if not any(fits):
        raise InputError(
            f"all {len(lessons)} lessons are longer than the {positions} positions of the model",
            source=str(base),
            help="shorten the lessons, or choose a base with more positions",
        )
    rows = [replace(row, lesson=at) for at, cut in enumerate(found) if fits[at] for row in cut]
    own = frozenset(at for at, lesson in enumerate(lessons) if lesson.text and lesson.clause_ids)
    return EncodedLessons(
        rows=tuple(rows),
        texts=frozenset(at for at, row in enumerate(rows) if row.lesson in own),
        skipped=tuple(lesson.id for lesson, fit in zip(lessons, fits, strict=True) if not fit),
    )


def plan_steps(lengths: Sequence[int], recipe: Recipe, texts: frozenset[int] = frozenset()) -> list[list[int]]:
    """Which lessons make up each step: epochs of about `tokens_per_step` tokens a step, until the budget is reached.

    The windows of `texts` come on top: each stands in one step, dealt out evenly among all.
    """
    others = [index for index in range(len(lengths)) if index not in texts]
    steps: list[list[int]] = []
    tokens = epoch = 0
    while tokens < recipe.tokens:
        for step in _epoch(others, lengths, recipe, epoch):
            steps.append(step)
            tokens += sum(lengths[index] for index in step)
            if tokens >= recipe.tokens:
                break
        epoch += 1
    dealt = sorted(texts)
    random.Random(f"{recipe.seed}/texts").shuffle(dealt)
    for place, index in enumerate(dealt):
        steps[place * len(steps) // len(dealt)].append(index)
    return steps


def collate(rows: Sequence[Encoded], pad: int) -> Batch:
    """Pad the lessons of a step on the right; the last token of a lesson is only ever a target."""
    import torch

    width = max(len(row.ids) for row in rows) - 1
    padded = [row.ids[:-1] + [pad] * (width + 1 - len(row.ids)) for row in rows]
    places: list[int] = []
    targets: list[int] = []
    sorts: dict[LessonSort, list[int]] = {}
    for number, row in enumerate(rows):
        learned = row.learned
        sorts.setdefault(row.sort, []).extend(range(len(targets), len(targets) + len(learned)))
        places += [number * width + at - 1 for at in learned]
        targets += [row.ids[at] for at in learned]
    return Batch(
        ids_RT=torch.tensor(padded),
        places_N=torch.tensor(places),
        targets_N=torch.tensor(targets),
        sorts={sort: torch.tensor(sorts[sort]) for sort in sorted(sorts)},
        tokens=sum(len(row.ids) for row in rows),
    )


def _epoch(indices: Sequence[int], lengths: Sequence[int], recipe: Recipe, epoch: int) -> list[list[int]]:
    chance = random.Random(f"{recipe.seed}/{epoch}")
    order = list(indices)
    chance.shuffle(order)
    steps: list[list[int]] = []
    for pool in _cut(order, lengths, recipe.tokens_per_step * _POOL_STEPS):
        pool.sort(key=lambda index: lengths[index])
        steps += _cut(pool, lengths, recipe.tokens_per_step)
    chance.shuffle(steps)
    return steps


def _cut(order: Sequence[int], lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Cut into parts of about so many tokens, all of about one size: no part is a small rest."""
    whole = sum(lengths[index] for index in order)
    count = max(1, round(whole / tokens))
    parts: list[list[int]] = [[] for _ in range(count)]
    before = 0
    for index in order:
        parts[min(count - 1, (2 * before + lengths[index]) * count // (2 * whole))].append(index)
        before += lengths[index]
    return [part for part in parts if part]


def _encode_chats(lessons: Sequence[Lesson], tokenizer: PreTrainedTokenizerBase, base: Path) -> list[Encoded]:
    prompts: list[str] = []
    wholes: list[str] = []
    for lesson in lessons:
        turns = [{"role": message.role.value, "content": message.content} for message in lesson.messages]
        prompts.append(_render(tokenizer, turns[:-1], base, prompt=True))
        wholes.append(_render(tokenizer, turns, base, prompt=False))
    prompt_ids = _tokens(tokenizer, prompts)
    whole_ids = _tokens(tokenizer, wholes)
    return [
        _encoded_chat(lesson, before, ids, tokenizer, base)
        for lesson, before, ids in zip(lessons, prompt_ids, whole_ids, strict=True)
    ]


def _encoded_chat(
    lesson: Lesson, prompt: list[int], ids: list[int], tokenizer: PreTrainedTokenizerBase, base: Path
) -> Encoded:
    start = len(prompt)
    if start == 0 or ids[:start] != prompt:
        raise InputError(
            f"the chat template does not keep the prompt as it is once a reply follows (lesson `{lesson.id}`)",
            source=str(base),
            help="use a chat template that writes the reply after the prompt and changes nothing before it",
        )
    end = tokenizer.eos_token_id
    if end not in ids[start:]:
        raise InputError(
            f"the chat template does not end a reply with the end token `{tokenizer.eos_token}`",
            source=str(base),
            help="set `eos_token` in tokenizer_config.json to the token with which the template ends a reply",
        )
    while ids[-1] != end:
        ids = ids[:-1]
    return Encoded(sort=lesson.sort, ids=ids, start=start)


def _encode_documents(
    lessons: Sequence[Lesson], tokenizer: PreTrainedTokenizerBase, prefix: str, window: int
) -> list[list[Encoded]]:
    """Each text as its windows, one where it fits; equal texts are cut at other places each."""
    start = [] if tokenizer.bos_token_id is None else [int(tokenizer.bos_token_id)]
    start += _tokens(tokenizer, [prefix])[0] if prefix else []
    texts = _tokens(tokenizer, [lesson.text for lesson in lessons], control=False)
    titles = _tokens(tokenizer, [_title(lesson.text) for lesson in lessons], control=False)
    copies: Counter[str] = Counter()
    found = []
    for lesson, ids, title in zip(lessons, texts, titles, strict=True):
        whole, copy = [*ids, tokenizer.eos_token_id], copies[lesson.id]
        cut = cut_text(whole, title=title, room=window - len(start), copy=copy)
        found.append([_window(lesson, start, own, read) for own, read in cut])
        copies[lesson.id] += 1
    return found


def _window(lesson: Lesson, start: list[int], own: list[int], read: range) -> Encoded:
    shifted = range(len(start) + read.start, len(start) + read.stop) if read else read
    return Encoded(sort=lesson.sort, ids=[*start, *own], start=max(1, len(start)), read=shifted)


def _title(text: str) -> str:
    """The first paragraph of a text that has several, with the blank line after it."""
    title, gap, rest = text.partition("\n\n")
    return title + gap if rest else ""


def _render(tokenizer: PreTrainedTokenizerBase, turns: list[dict[str, str]], base: Path, *, prompt: bool) -> str:
    import jinja2

    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=prompt))
    except jinja2.TemplateError as error:
        raise InputError(
            f"the chat template cannot write a lesson: {error}",
            source=str(base),
            help="use a chat template that knows system, user and assistant",
        ) from error


def _tokens(tokenizer: PreTrainedTokenizerBase, texts: list[str], *, control: bool = True) -> list[list[int]]:
    """The tokens of each text; without `control`, a control token that a text spells out stays the text that it is."""
    if not texts:
        return []
    found = tokenizer(texts, add_special_tokens=False, split_special_tokens=not control)["input_ids"]
    return [list(ids) for ids in found]
