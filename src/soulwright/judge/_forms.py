"""The same reply in other clothes: what should not change a verdict, and is known not to change what was said.

All of it is done by rule and gives the same text every time. A paraphrase by rule is a small one (contractions, joining
words, quotation marks); a model that paraphrases can be put in its place (`paraphrase_with`).
"""

from __future__ import annotations

import re
from enum import StrEnum


class Form(StrEnum):
    """How a case is put to the judge."""

    PLAIN = "plain"
    """As it is."""
    AGAIN = "again"
    """As it is, a second time."""
    SWAPPED = "swapped"
    """With what fails before what passes, and the bad examples before the good ones."""
    PARAPHRASE = "paraphrase"
    """The reply in other words of the same meaning."""
    VERBOSE = "verbose"
    """The reply with courtesies around it that say nothing."""
    MARKUP = "markup"
    """The reply as a list with headings."""


PERTURBED = (Form.SWAPPED, Form.PARAPHRASE, Form.VERBOSE, Form.MARKUP)
_WORDS = (
    ("do not", "don't"), ("does not", "doesn't"), ("did not", "didn't"), ("cannot", "can't"), ("will not", "won't"),
    ("is not", "isn't"), ("are not", "aren't"), ("I am", "I'm"), ("I will", "I'll"), ("I have", "I've"),
    ("it is", "it's"), ("that is", "that's"), ("you are", "you're"), ("we are", "we're"), ("let us", "let's"),
)  # fmt: skip
_SAME = {
    "however": "but",
    "therefore": "so",
    "in order to": "to",
    "for example": "for instance",
    "such as": "like",
    "also": "too",
    "help": "assist",
    "begin": "start",
    "big": "large",
    "perhaps": "maybe",
}
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'“])")


def in_form(reply: str, form: Form) -> str:
    """The reply in this form; unchanged for those that change only how it is asked about."""
    if form is Form.PARAPHRASE:
        return _paraphrased(reply)
    if form is Form.VERBOSE:
        return _verbose(reply)
    if form is Form.MARKUP:
        return _marked_up(reply)
    return reply


def _paraphrased(reply: str) -> str:
    """Short forms become long ones where there are any, else long ones short; a few words give way to their likes."""
    straight = reply.translate(str.maketrans("\u2018\u2019\u201c\u201d", "''\"\""))
    long = straight
    for whole, short in _WORDS:
        long = _replaced(long, short, whole)
    if long == straight:
        for whole, short in _WORDS:
            long = _replaced(long, whole, short)
    for word, like in _SAME.items():
        if word != "also":  # its like stands at the end of a sentence, not where it does
            long = _replaced(long, word, like)
    return long


def _replaced(text: str, old: str, new: str) -> str:
    def with_case(found: re.Match[str]) -> str:
        return new[:1].upper() + new[1:] if found[0][:1].isupper() else new

    return re.sub(rf"\b{re.escape(old)}\b", with_case, text, flags=re.IGNORECASE)


def _verbose(reply: str) -> str:
    return (
        "Thank you for your message. I have read it with care, and here is what I have to say.\n\n"
        f"{reply}\n\n"
        "I hope that this is clear. It is all that I wanted to say in answer to your message, and I have tried to say"
        " it in full. Thank you again for having written."
    )


def _marked_up(reply: str) -> str:
    if "```" in reply:
        return f"## Reply\n\n{reply}"
    sentences = [part for line in reply.splitlines() for part in _SENTENCE.split(line) if part.strip()]
    return "## Reply\n\n" + "\n".join(f"- {sentence.strip()}" for sentence in sentences)
