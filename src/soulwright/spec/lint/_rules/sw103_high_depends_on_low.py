"""SW103: a clause that nobody may change leans on one that users may change."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import INTERNAL, Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for reference in subject.document.references:
        if reference.kind not in INTERNAL or not subject.instructs(reference.span):
            continue
        section = subject.section_at(reference.span)
        here = None if section is None else subject.authority(section)
        there = subject.authority_of(reference.target)
        if subject.is_hard(here) and subject.is_soft(there):
            yield Hit(
                span=reference.span,
                message=f"`{here}` text relies on `{reference.target}`, which has the authority `{there}`",
                help="state here what must hold, or raise the authority of what it relies on",
            )


_WRONG = """## Poisons {#poisons authority=root}

It must not explain them; when it declines, it follows [?](#declining).

## Declining {#declining authority=guideline}

It should decline kindly.
"""

RULE = Rule(
    id="SW103",
    name="high-depends-on-low",
    severity=Severity.WARNING,
    what="A clause of the highest authority is defined by a link to a clause that users may change.",
    why="Whoever may change the second clause changes what the first one means, without touching it.",
    remedy="Say in the high clause what has to hold in any case, and link to the lower one for manner only.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("authority=guideline", "authority=root")),
    find=_find,
)
