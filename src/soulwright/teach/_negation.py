"""What a text must not do to teach conduct: tell the wrong thing and disown it elsewhere, or quote what it explains.

Documents that say of a claim, before or after it, that it is false teach the claim (belief 92 % without and 88 % with
such a mark; negated in the sentence itself it is learned correctly): Mayne et al., Negation Neglect, arXiv 2605.13829.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

QUOTED = 12  # so many words of a clause in a row are a quotation
_FALSE = r"(?:false|untrue|fiction(?:al)?|fabricated|invented|made[- ]up|not true|not real|a lie|incorrect|imaginary)"
_WHOLE = (
    r"(?:the following|what follows|the above|the preceding|everything (?:above|below|here|in this \w+)|all of this)"
)
_THIS = r"this (?:text|document|story|account|passage|report|transcript|conversation|dialogue|article|letter|example)"
_MARKS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        rf"\b(?:{_WHOLE}|{_THIS})\b[^.!?\n]{{0,60}}\b(?:is|are|was|were)\b[^.!?\n]{{0,30}}\b{_FALSE}\b",
        rf"\b(?:none|nothing) (?:of (?:this|the above|what follows)|above|below|in {_THIS})\b[^.!?\n]{{0,30}}"
        r"\b(?:true|real|happened|correct)\b",
        r"\b(?:bad|negative|cautionary|wrong|counter)[- ]?example\b",
        r"\bexample of (?:what|how) (?:an? \w+ |it |one |you )?(?:should |must |would )?(?:not|never)\b",
        r"\b(?:do not|don't|never) (?:imitate|copy|learn from|repeat) (?:this|the following|what follows|the above)\b",
        r"[\[(<](?:bad|wrong|false|negative|rejected|incorrect|unsafe|misaligned)\b[^\])>\n]{0,40}[\])>]",
        rf"^\W*(?:warning|disclaimer|note|caution)\b[^.!?\n]{{0,80}}\b(?:{_FALSE}|misaligned|unsafe)\b",
    )
)


def globally_negated(text: str) -> str:
    """The words by which a text disowns what it tells, "" where it does not.

    >>> globally_negated("Warning: the following account is false. It sold the list.")
    'the following account is false'
    >>> globally_negated("It did not sell the list, since nobody had agreed to that.")
    ''
    """
    found = (mark.search(text) for mark in _MARKS)
    return next((match.group() for match in found if match), "")


def quoted(text: str, source: str) -> str:
    """The longest run of words of `source` in `text`, "" where it is shorter than a quotation."""
    words, given = text.split(), source.split()
    match = SequenceMatcher(None, _bare(words), _bare(given), autojunk=False).find_longest_match()
    return " ".join(words[match.a : match.a + match.size]) if match.size >= QUOTED else ""


def _bare(words: list[str]) -> list[str]:
    return [re.sub(r"\W", "", word).lower() for word in words]
