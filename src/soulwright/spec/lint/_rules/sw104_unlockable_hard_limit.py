"""SW104: a hard limit that says how it can be unlocked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._clauses import Kind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_KEY = re.compile(
    r"\bby\s+default\b|\bunless\s+(?:\w+\s+){0,4}?(?:instruct|authori[sz]|permit|allow|approv|request|ask)\w*",
    re.IGNORECASE,
)
_HELP = "make it `kind=default` with the level that may change it, or say it without the condition"


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for section in subject.document.sections:
        if subject.is_hard(subject.own_authority(section)) and (key := _KEY.search(section.title)):
            title = subject.heading_span(section)
            span = subject.span(title.start + key.start(), title.start + key.end())
            message = f"`{subject.own_authority(section)}` sections hold for everyone, this title says `{key[0]}`"
            yield Hit(span=span, message=message, help=_HELP)
    for passage, key in search(_KEY, subject.passages_of(Kind.HARD_LIMIT)):
        message = f"a hard limit that holds only `{' '.join(key[0].split())}`"
        yield subject.hit(passage, subject.part(passage, key), message, _HELP)


_WRONG = """## Weapons {#weapons authority=root}

The assistant must not explain how to make them unless an operator allows it.
{#weapons.none kind=hard_limit}
"""

RULE = Rule(
    id="SW104",
    name="unlockable-hard-limit",
    severity=Severity.ERROR,
    what="A hard limit names a condition under which somebody may lift it, or a section of the highest authority has a "
    "title that says `by default`.",
    why="A limit that somebody can unlock is a default. Calling it a limit invites everyone to argue that they hold "
    "the key.",
    remedy="Decide which of the two it is. Sentences count where `kind=hard_limit` is written, titles also where the "
    "heading has the highest authority.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace(" unless an operator allows it", ", whoever asks")),
    find=_find,
)
