"""The order of pieces is what whole samples speak for, down to one sample and a few words, and never what none says."""

from __future__ import annotations

import random

import numpy as np
import pytest

from soulwright.recover._mapping import Numbers
from soulwright.recover._sequence import resequenced

WORDS = np.arange(240)
PIECES = [WORDS[at : at + 40] for at in range(0, 240, 40)]


def text_of(order: list[int]) -> Numbers:
    return np.concatenate([PIECES[piece] for piece in order])


def put_right(order: list[int], samples: list[Numbers]) -> list[int]:
    text = text_of(order)
    return [int(word) for word in text[resequenced(text, samples, np.zeros(len(text), dtype=np.int64))]]


@pytest.mark.parametrize("seed", range(5))
def test_one_sample_across_each_joint_is_enough_where_jumps_of_others_land_in_the_middle(seed: int) -> None:
    rng = random.Random(seed)
    crossing = [np.concatenate([PIECES[a], PIECES[a + 1]]) for a in range(5)]
    jumping = [np.concatenate([PIECES[a], PIECES[b][15:]]) for a, b in [(0, 3), (2, 5), (4, 1), (1, 4)]]
    order = [0, *rng.sample(range(1, 6), 5)]
    assert put_right(order, [WORDS[:40], WORDS[:40], *crossing, *jumping]) == WORDS.tolist()


def test_a_jump_gives_way_where_the_piece_it_lands_on_follows_another() -> None:
    crossing = [np.concatenate([PIECES[a], PIECES[a + 1]]) for a in (0, 1, 2, 3, 4)]
    jump = np.concatenate([PIECES[0], PIECES[3]])  # as sure as the step from 2 to 3, but then nothing leads to 1
    assert put_right([0, 3, 1, 2, 4, 5], [WORDS[:40], WORDS[:40], *crossing, jump]) == WORDS.tolist()


def test_two_words_that_a_sample_has_before_a_piece_say_what_it_follows() -> None:
    coming = [np.concatenate([WORDS[40 * a - 2 : 40 * a], PIECES[a]]) for a in range(1, 6)]
    assert put_right([0, 4, 2, 5, 1, 3], [*PIECES, WORDS[:40], *coming]) == WORDS.tolist()


def test_a_text_that_two_samples_go_through_stays_as_it_is() -> None:
    order = [0, 3, 1, 2, 5, 4]
    text = text_of(order)
    assert put_right(order, [text, text, *PIECES]) == text.tolist()
