"""A long text in windows: every token is learned once, behind what stands before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.train._windows import cut_text, windows_of

SIZES = st.integers(1, 900)
ROOMS = st.integers(8, 400)
COPIES = st.integers(0, 60)


def learned(own: list[int], read: range, above: int) -> list[int]:
    return [token for at, token in enumerate(own) if at >= above and at not in read]


@given(SIZES, ROOMS, COPIES)
def test_windows_learn_every_token_exactly_once_and_in_order(size: int, room: int, copy: int) -> None:
    windows = list(windows_of(size, room=room, copy=copy))
    assert [at for window in windows for at in range(window.first, window.last)] == list(range(size))
    assert all(window.last - window.begin <= room for window in windows)


@given(st.integers(1, 40), SIZES, st.integers(40, 400), COPIES)
def test_the_title_stands_above_each_window_and_what_overlaps_is_only_read(
    title: int, size: int, room: int, copy: int
) -> None:
    ids = list(range(title + size))
    cut = list(cut_text(ids, title=ids[:title], room=room, copy=copy))
    if len(cut) == 1:
        assert cut == [(ids, range(0))]
        return
    headed = title <= room // 4
    rest = []
    for number, (own, read) in enumerate(cut):
        above = title if headed and number else 0
        assert len(own) <= room
        assert own[:above] == ids[:above]
        rest += learned(own, read, above)
        if number:  # what is learned follows on what is read, and that on nothing but the title
            assert own[above:] == list(range(own[above], own[-1] + 1))
    assert rest == ids


def test_copies_are_cut_at_other_places() -> None:
    firsts = {next(iter(windows_of(2000, room=380, copy=copy))).last for copy in range(20)}
    assert len(firsts) >= 16


@pytest.mark.parametrize("title", [[], [7, 8], list(range(60))], ids=["none", "another text's", "a long one"])
def test_without_a_fitting_title_nothing_stands_above(title: list[int]) -> None:
    ids = list(range(600))
    assert all(own == list(range(own[0], own[-1] + 1)) for own, _ in cut_text(ids, title=title, room=200, copy=0))
