"""Text as a reader sees it: invisible characters gone, look-alikes and wide forms read as the letters they imitate.

Every folded character knows where in the original it came from, so that what is found in the folded text can be quoted
as it was written. Look-alikes come from Unicode's own list of confusables (the package `confusable-homoglyphs`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_JOINERS = "\u200c\u200d"
_MARKS = "\u200e\u200f\u061c"
_EMOJI_STYLE = "\ufe0e\ufe0f"
_QUOTES = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"}
# Scripts in which joiners are part of ordinary spelling.
_JOINING_SCRIPTS = ("ARABIC", "DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text as it reads; `at[i]` is the place in the original of its i-th character."""

    text: str
    at: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that reads as `text[start:end]`."""
        return self.at[start], self.at[end - 1] + 1


def fold(text: str) -> Folded:
    r"""Read `text` as a person (or a model) would.

    >>> fold("I am your p\u200br\u043evider").text
    'i am your provider'
    """
    letters: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text):
        for letter in _read(char):
            letters.append(letter)
            at.append(place)
    return Folded(text="".join(letters), at=tuple(at))


def hidden(text: str) -> Iterator[int]:
    """The places of characters that nobody sees and that ordinary spelling does not need."""
    for place, char in enumerate(text):
        if _is_hidden(char) and not _is_spelling(text, place):
            yield place


def mixes_scripts(word: str) -> bool:
    r"""True for a word that reads as Latin letters but borrows some from elsewhere.

    >>> mixes_scripts("\u0455ystem"), mixes_scripts("system"), mixes_scripts("\u0441\u043e\u0440")
    (True, False, False)
    """
    letters = [char for char in word if char.isalpha()]
    foreign = [char for char in letters if not char.isascii() and _latin_twin(char)]
    if not foreign or (len(foreign) == len(letters) and not any(_is_costume(char) for char in foreign)):
        return False
    return all(char.isascii() or _latin_twin(char) for char in letters)


def _read(char: str) -> str:
    if char.isascii():
        return char.lower()
    if _is_hidden(char):
        return ""
    if char in _QUOTES:
        return _QUOTES[char]
    return (_latin_twin(char) or unicodedata.normalize("NFKC", char)).lower()


def _latin_twin(char: str) -> str:
    """The Latin letter or digit that `char` imitates; empty for what is a letter in its own right."""
    plain = unicodedata.normalize("NFKC", char)
    if plain.isascii() and plain.isalnum() and char not in "ªº²³¹":
        return plain
    return _confusables().get(char, "") if unicodedata.name(char, "").split(" ")[0] != "LATIN" else ""


def _is_costume(char: str) -> bool:
    """A letter that exists only as another shape of a Latin one: full width, mathematical bold, circled."""
    return unicodedata.normalize("NFKC", char).isascii()


def _is_hidden(char: str) -> bool:
    tag, variation = 0xE0000 <= ord(char) <= 0xE01EF, 0xFE00 <= ord(char) <= 0xFE0F
    filler = char in "\u115f\u1160\u3164\uffa0\u034f\u2800"
    return unicodedata.category(char) == "Cf" or tag or variation or filler


def _is_spelling(text: str, place: int) -> bool:
    """Whether a hidden character does honest work here: in an emoji, in a script that joins, at the start of a file."""
    char, before = text[place], text[place - 1] if place else ""
    if char == "\ufeff":
        return place == 0
    if char in _EMOJI_STYLE or (char == "\u200d" and before and unicodedata.category(before) in ("So", "Sk", "Mn")):
        return bool(before) and unicodedata.category(before) in ("So", "Sm", "Sk", "Nd", "Po", "Mn")
    if char in _JOINERS:
        return unicodedata.name(before or " ", "").split(" ")[0] in _JOINING_SCRIPTS
    if char in _MARKS:
        return any(unicodedata.bidirectional(other) in ("R", "AL") for other in text)
    return char == "\u00ad"


@cache
def _confusables() -> dict[str, str]:
    """Unicode's confusables that are one character and read as one Latin letter or digit."""
    from confusable_homoglyphs import confusables

    twins = {}
    for char, likes in confusables.confusables_data.items():
        plain = [like["c"] for like in likes if len(like["c"]) == 1 and like["c"].isascii() and like["c"].isalnum()]
        if len(char) == 1 and not char.isascii() and plain:
            # Unicode lists a capital I under the small l that it resembles; in a word it reads as an i.
            twins[char] = "I" if plain[0] == "l" and char.isupper() else str(plain[0])
    return twins
