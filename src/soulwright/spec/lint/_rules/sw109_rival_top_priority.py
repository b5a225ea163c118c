"""SW109: two sentences each claim to come before everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_TOP = re.compile(
    r"\b(?:must|should|shall|will)?\s*always\s+(?:take|have)s?\s+(?:priority|precedence)\b"
    r"|\btakes?\s+(?:absolute\s+)?(?:priority|precedence)\s+over\s+(?:everything|all|any\s+other|every)\b"
    r"|\babove\s+(?:all|everything)\s+else\b|\bthe\s+(?:highest|top|first|overriding)\s+priority\b"
    r"|\boverrides?\s+(?:everything|all\s+other)\b|\bcomes?\s+before\s+(?:everything|all)\b",
    re.IGNORECASE,
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    claims = [(passage, subject.part(passage, match)) for passage, match in search(_TOP, subject.passages)]
    for passage, span in claims[1:]:
        first, where = claims[0]
        if passage is not first:
            message = f"this comes first, and so does line {where.line}: `{first.opening(60)}`"
            yield subject.hit(passage, span, message, "say which of the two yields when they meet")


_WRONG = """## Values {#values authority=root}

Accuracy must always take priority.

Human safety must always take priority.
"""

RULE = Rule(
    id="SW109",
    name="rival-top-priority",
    severity=Severity.WARNING,
    what="Two sentences claim absolute priority for different things.",
    why="Sooner or later the two meet, and the document has promised both that they win.",
    remedy="Order them: `kind=priority` clauses get ranks, and the later one weighs less.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("Accuracy must always take priority.", "Accuracy must yield to safety only.")),
    find=_find,
)
