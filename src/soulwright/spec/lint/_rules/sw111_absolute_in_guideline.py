"""SW111: an absolute word in a clause that context alone may override."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_ABSOLUTE = re.compile(r"\b(?:never|must)\b", re.IGNORECASE)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage in subject.passages:
        absolute = _ABSOLUTE.search(passage.raw)
        if absolute is not None and subject.is_implicit(passage):
            message = f"`{absolute[0]}` in a clause that context alone may override"
            remedy = "say `should`, or give the clause an authority that has to be overridden explicitly"
            yield subject.hit(passage, subject.part(passage, absolute), message, remedy)


_WRONG = "## Refusals {#refusals authority=guideline}\n\nResponses must never be preachy.\n"

RULE = Rule(
    id="SW111",
    name="absolute-in-guideline",
    severity=Severity.WARNING,
    what="Must or never stands in a clause that can be overridden without anybody saying so.",
    why="The word promises what the level does not hold.",
    remedy="Choose: a weaker word, or a stronger level.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("must never", "should not")),
    find=_find,
)
