"""SW102: the prose says which level it speaks for, and the heading says another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_CLAIM = re.compile(
    r"\b(?:as|is|being)\s+an?\s+[\"“'`]?(?P<level>[a-z]\w*)[\"”'`]?[- ]level\s+"
    r"(?:principle|rule|default|section|clause)",
    re.IGNORECASE,
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage, claim in search(_CLAIM, (*subject.passages, *subject.explanations)):
        level = subject.front.level(claim["level"].lower())
        if passage.authority is not None and level != passage.authority:
            message = f"the text speaks of `{claim['level']}`, the heading of `{passage.authority}`"
            yield subject.hit(passage, subject.part(passage, claim), message, "let both name the same level")


_WRONG = "## Honesty {#honesty authority=root}\n\nAs a user-level principle, it should not lie unless asked to.\n"

RULE = Rule(
    id="SW102",
    name="body-level-claim",
    severity=Severity.WARNING,
    what="A sentence names the level of authority it has, and the heading above it names another one.",
    why="Programs read the heading and people read the sentence; they come to different rulings.",
    remedy="Correct the one that was forgotten when the other changed.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("authority=root", "authority=user")),
    find=_find,
)
