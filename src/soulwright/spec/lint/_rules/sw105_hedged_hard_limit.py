"""SW105: a hard limit with words of degree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._clauses import Kind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_DEGREE = re.compile(
    r"\b(?:serious(?:ly)?|significant(?:ly)?|substantial(?:ly)?|clearly|severe(?:ly)?|major|excessive(?:ly)?|undu(?:e|ly)"
    r"|meaningful(?:ly)?|flagrant(?:ly)?|overwhelming(?:ly)?|rarely|generally|usually|typically|normally|mostly"
    r"|unreasonabl[ey]|likely|considerabl[ey])\b",
    re.IGNORECASE,
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage, word in search(_DEGREE, subject.passages_of(Kind.HARD_LIMIT)):
        message = f"`{word[0]}` leaves open where this hard limit lies"
        remedy = "name what is over the line, or give an example on each side of it"
        yield subject.hit(passage, subject.part(passage, word), message, remedy)


_WRONG = """## Weapons {#weapons authority=root}

The assistant must not give serious help with weapons of mass killing.
{#weapons.none kind=hard_limit}
"""

RULE = Rule(
    id="SW105",
    name="hedged-hard-limit",
    severity=Severity.WARNING,
    what="A hard limit holds a word of degree, such as serious, significant, clearly or usually.",
    why="The point of a hard limit is that it is not weighed. A word of degree brings the scales back in.",
    remedy="Say what exactly is never done. Where degree cannot be avoided, show both sides of the line in examples.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("serious help", "help")),
    find=_find,
)
