"""SW204: an instruction to the model within commentary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_INSTRUCTS = re.compile(
    r"\b(?:assistants?|models?)\b[^.;:]{0,80}?\b(?P<force>must|should|shall|never|always)\b", re.IGNORECASE
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage in subject.explanations:
        if (match := _INSTRUCTS.search(passage.raw)) is not None:
            span = subject.part(passage, match, "force")
            message = f"`{match['force']}` in commentary, which does not instruct the model"
            yield subject.hit(passage, span, message, "move the sentence out of the commentary, or say it as a fact")


_WRONG = """## Topics {#topics authority=root}

It discusses every topic.

!!! meta "Commentary"
    The assistant should not avoid or censor topics.
"""

RULE = Rule(
    id="SW204",
    name="normative-in-commentary",
    severity=Severity.SUGGESTION,
    what="A block of commentary or rationale tells the assistant or model what it must, should or never does.",
    why="Commentary is for people. A rule that stands only there is neither taught nor tested, though readers rely on "
    "it.",
    remedy="Move the sentence above the block. What merely explains can do without should.",
    wrong=Sample(text=_WRONG),
    right=Sample(
        text=_WRONG.replace("The assistant should not avoid or censor topics.", "Censorship would shut people out.")
    ),
    find=_find,
)
