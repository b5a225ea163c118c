"""A long text in windows: learned from end to end, every token once, and no place in it is an end.

A window begins as every text does, with the text's first paragraph (its title) above it, as a page has a running head;
then come tokens that the window before it learned, which are only read, and then what this window learns. Only the
last window ends. So after the title comes the beginning and nothing else, and every other word is learned behind the
words that stand before it. Copies of one text are cut at other places each (by the golden section), so that a word is
learned behind much and behind little of what comes before it.

What overlaps is read and not learned, as where long texts are scored by strides (transformers' documentation,
"Perplexity of fixed-length models").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

OVERLAP = 64
_LONGEST_HEAD = 48  # tokens; a first paragraph that is longer is no title
_GOLDEN = 0.6180339887498949


class Window(NamedTuple):
    """A part of a text: the tokens from `begin` are read, those from `first` to before `last` are learned."""

    begin: int
    first: int
    last: int


def windows_of(size: int, *, room: int, copy: int = 0) -> Iterator[Window]:
    """The windows of a text of `size` tokens, `room` tokens each at the most; the size of the first depends on `copy`.

    >>> [tuple(window) for window in windows_of(500, room=256)]
    [(0, 0, 192), (128, 192, 384), (320, 384, 500)]
    """
    overlap = min(OVERLAP, room // 4)
    stride = max(1, room - overlap)
    first, last = 0, max(1, overlap, round(stride * (1 - copy * _GOLDEN % 1)))
    while first < size:
        yield Window(begin=max(0, first - overlap), first=first, last=min(size, last))
        first, last = last, last + stride


def cut_text(ids: Sequence[int], *, title: Sequence[int], room: int, copy: int) -> Iterator[tuple[list[int], range]]:
    """The windows of a text as tokens, each with its tokens that are only read; a text that fits is one window.

    `title` are the tokens of its first paragraph; a long one, and one with which the text does not begin, stands above
    no window.
    """
    if len(ids) <= room:
        yield list(ids), range(0)
        return
    few = 0 < len(title) <= min(_LONGEST_HEAD, room // 4) and list(ids[: len(title)]) == list(title)
    head = list(title) if few else []
    for window in windows_of(len(ids), room=room - len(head), copy=copy):
        above = head if window.first else []
        begin = max(window.begin, len(above))  # what stands above is not read a second time
        read = range(len(above), len(above) + max(0, window.first - begin))
        yield [*above, *ids[begin : window.last]], read
