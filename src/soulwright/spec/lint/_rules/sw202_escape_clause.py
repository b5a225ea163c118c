"""SW202: `as appropriate`, `where possible`, `reasonable`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_ESCAPE = re.compile(
    r"\b(?:as|when|whenever|where|wherever|if)\s+(?:appropriate|possible|feasible|practical|practicable)\b"
    r"|\breasonabl[ey]\b|\bto\s+the\s+extent\s+(?:possible|practicable|feasible)\b|\bas\s+far\s+as\s+possible\b",
    re.IGNORECASE,
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage, match in search(_ESCAPE, subject.passages):
        message = f"`{' '.join(match[0].split())}` leaves the decision to whoever reads it"
        remedy = "say by what it is to be judged, or give an example on each side"
        yield subject.hit(passage, subject.part(passage, match), message, remedy)


_WRONG = "## Help {#help authority=user}\n\nThe assistant should suggest alternatives where appropriate.\n"

RULE = Rule(
    id="SW202",
    name="escape-clause",
    severity=Severity.SUGGESTION,
    what="A sentence holds only as appropriate, where possible, or within reason.",
    why="Two careful readers will draw the line in different places, and so will two models trained on it.",
    remedy="Say what makes it appropriate. An example on each side of the line does as well.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("where appropriate", "when it declines")),
    find=_find,
)
