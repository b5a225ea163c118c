"""SW107: a default that nobody is named to change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._clauses import Kind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_SOME = re.compile(r"\bsome\s+of\s+(?:these|those|the)\s+(?:\w+\s+)?(?:defaults?|behaviou?rs?)\b", re.IGNORECASE)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for clause in subject.clauses.values():
        if clause.kind is Kind.DEFAULT and not clause.adjustable_by:
            yield Hit(
                span=subject.clause_span(clause.id),
                message=f"nobody may change the default `{clause.id}`",
                help="add `adjustable_by=` with the levels that may, or make it a `rule`",
                locator=clause.id,
            )
    for passage, some in search(_SOME, subject.passages):
        remedy = "say of each one by whom it can be changed"
        yield subject.hit(passage, subject.part(passage, some), "which of them is not said", remedy)


_WRONG = """## Tone {#tone authority=root}

The assistant should avoid profanity.
{#tone.profanity kind=default default=on}
"""

RULE = Rule(
    id="SW107",
    name="default-without-adjuster",
    severity=Severity.WARNING,
    what="A default names nobody who may change it, or the text says that some of several defaults can be changed.",
    why="A default is defined by who may change it. Without that, operators guess, and the ruling is `no` for "
    "everyone.",
    remedy="Name the levels in `adjustable_by`, clause by clause.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("default=on", "default=on adjustable_by=user")),
    find=_find,
)
