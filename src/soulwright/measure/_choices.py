"""Questions of which code can read the answer: a choice of two by its letter, in an order that gives nothing away."""

from __future__ import annotations

import hashlib
import re

_FORM = "Answer in exactly this form, in two lines:\nCHOICE: A or B\nREASON: one or two sentences"
_OPTIONS = re.compile(rf"^A: (?P<a>.*)\nB: (?P<b>.*)\n\n{re.escape(_FORM)}", re.MULTILINE)
_CHOICE = re.compile(r"CHOICE\s*:\s*\**\(?\s*([AB]|NEITHER)\b", re.IGNORECASE)
_REASON = re.compile(r"REASON\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)


def coin(seed: str) -> bool:
    """Heads or tails: true for half of all seeds, always the same for one."""
    return hashlib.sha256(seed.encode()).digest()[0] % 2 == 0


def with_letters(question: str, first: str, second: str, *, first_is_a: bool) -> str:
    """The question with its two options lettered, and the form of the answer."""
    options = (first, second) if first_is_a else (second, first)
    return f"{question}\nA: {options[0]}\nB: {options[1]}\n\n{_FORM}"


def steady(question: str) -> str:
    """A reply that chooses the same of two options in whatever order they stand; nothing where none are lettered.

    >>> [steady(with_letters("Which?", "x", "y", first_is_a=way))[:9] for way in (True, False)]
    ['CHOICE: A', 'CHOICE: B']
    """
    found = _OPTIONS.search(question)
    return "" if found is None else f"CHOICE: {'A' if found['a'] <= found['b'] else 'B'}\nREASON: "


def chosen(reply: str, *, first_is_a: bool) -> str:
    """`first`, `second`, `neither`, or nothing where the reply names no choice."""
    found = _CHOICE.search(reply)
    if found is None:
        return ""
    letter = found[1].upper()
    if letter == "NEITHER":
        return "neither"
    return "first" if (letter == "A") == first_is_a else "second"


def reason(reply: str) -> str:
    """The reason that is given, or the whole reply where none is marked."""
    found = _REASON.search(reply)
    return found[1].strip() if found else reply
