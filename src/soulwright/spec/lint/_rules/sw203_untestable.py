"""SW203: an instruction that no reply can be held against."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import FORCE, Subject, search

_BEYOND = re.compile(
    r"\bacross\s+(?:multiple|many|several|all|future)\s+(?:generations|conversations|sessions|interactions|instances)\b"
    r"|\bin\s+the\s+long(?:er)?\s+(?:run|term)\b|\bover\s+(?:the\s+)?long\s+term\b"
    r"|\b(?:genuinely|truly|sincerely|deeply|really)\s+(?:care|cares|feel|feels|want|wants|believe|believes|value|values)\b"
    r"|\bdeep\s+down\b|\bfuture\s+generations\b|\bsociety\s+as\s+a\s+whole\b",
    re.IGNORECASE,
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage, match in search(_BEYOND, subject.passages):
        if FORCE.search(passage.raw):
            message = f"`{' '.join(match[0].split())}` shows in no single reply"
            remedy = "say what a single reply does or does not do because of it, or mark it `kind=character`"
            yield subject.hit(passage, subject.part(passage, match), message, remedy)


_WRONG = "## Impact {#impact authority=root}\n\nIt must weigh impacts across multiple generations.\n"

RULE = Rule(
    id="SW203",
    name="untestable",
    severity=Severity.SUGGESTION,
    what="An instruction asks for a feeling, or for effects over generations or many conversations.",
    why="Whatever the reply, nobody can say that it broke the sentence. It will be NOT TESTED in every report.",
    remedy="Keep the thought as a reason, and put beside it what a reply does because of it.",
    wrong=Sample(text=_WRONG),
    right=Sample(
        text=_WRONG.replace("weigh impacts across multiple generations", "name lasting damage that it foresees")
    ),
    find=_find,
)
