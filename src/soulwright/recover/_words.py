"""Text as words: what is compared (the key) apart from how it is written (the surface).

Two samples of one document rarely agree on quotes, case or markup, and should not be told apart by them. So words are
aligned by their keys (NFKC, straight quotes, lower case, nothing around them), and the surface (blanks, markup,
punctuation, case) is voted on afterwards. A character of a script that is written without spaces is a word by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:['.\-\u2019\u2010\u2011][^\W{_UNSPACED}]+)*")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u2010": "-", "\u2011": "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a text: `key` is what is compared; `before + core + after` is how it is written."""

    key: str
    core: str
    before: str = ""
    after: str = ""


def words_of(text: str) -> tuple[Word, ...]:
    r"""The words of a text; joined again by `text_of` they give the text back.

    >>> [word.key for word in words_of("# The *Model's* rule:\n- never")]
    ['the', "model's", 'rule', 'never']
    >>> text_of(words_of("# A “rule”,\n\n- never!")) == "# A “rule”,\n\n- never!"
    True
    """
    matches = list(_WORD.finditer(text))
    found, start = [], 0
    for index, match in enumerate(matches):
        last = index + 1 == len(matches)
        end = len(text) if last else _end_of_word(text, match.end(), matches[index + 1].start())
        found.append(
            Word(
                key=normalised(match.group()),
                before=text[start : match.start()],
                core=match.group(),
                after=text[match.end() : end],
            )
        )
        start = end
    return tuple(found)


def _end_of_word(text: str, start: int, stop: int) -> int:
    """What stands between two words belongs to the first up to the first blank, from there on to the second."""
    blank = re.compile(r"\s").search(text, start, stop)
    return blank.start() if blank else stop


def normalised(word: str) -> str:
    """The key of one word."""
    return unicodedata.normalize("NFKC", word).translate(_QUOTES).casefold()


def keys_of(text: str) -> tuple[str, ...]:
    """The keys of a text's words: what the metrics compare."""
    return tuple(normalised(match.group()) for match in _WORD.finditer(text))


def text_of(words: Iterable[Word]) -> str:
    """The words as they are written."""
    return "".join(word.before + word.core + word.after for word in words)


class Alphabet:
    """Numbers for symbols of any hashable kind, so that alignment works on integers."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def numbers(self, symbols: Sequence[Hashable]) -> list[int]:
        """The number of each symbol; one that is new gets the next number."""
        numbers = self._numbers
        return [numbers.setdefault(symbol, len(numbers)) for symbol in symbols]

    @property
    def symbols(self) -> list[Hashable]:
        """The symbols, each at the index that is its number."""
        return list(self._numbers)
