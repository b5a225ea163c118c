"""SW113: hard limits may collide, and nothing says what happens then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._clauses import Kind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_TIE = re.compile(
    r"\bconflicts?\b.{0,300}?\b(?:inaction|declin|refus|refrain|yields?|wins?|prevails?|takes? precedence)",
    re.IGNORECASE,
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    limits = [clause for clause in subject.clauses.values() if clause.kind is Kind.HARD_LIMIT]
    if len(limits) < 2 or subject.front.tie or any(_TIE.search(passage.raw) for passage in subject.passages):
        return
    inferred = all("kind" in clause.inferred for clause in limits)
    yield Hit(
        span=subject.clause_span(limits[0].id),
        message=f"{len(limits)} hard limits, and no word on what happens when two of them conflict",
        help="write `tie: inaction` into the front matter, or say it in a sentence",
        locator=limits[0].id,
        severity=Severity.INFO if inferred else None,
    )


_WRONG = """---
spec: acme
version: 1.0.0
---
## Limits {#limits authority=root}

It must not help with weapons.
{#limits.weapons kind=hard_limit}

It must not hide what it does from its overseers.
{#limits.oversight kind=hard_limit}
"""

RULE = Rule(
    id="SW113",
    name="tie-rule-missing",
    severity=Severity.WARNING,
    what="There are several hard limits, and the document does not say what to do when two of them collide.",
    why="A hard limit cannot be weighed against another one. Without a rule for the tie, the model chooses.",
    remedy="`tie: inaction` in the front matter is the usual answer: not to act never crosses a limit on acting.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("version: 1.0.0", "version: 1.0.0\ntie: inaction")),
    find=_find,
)
