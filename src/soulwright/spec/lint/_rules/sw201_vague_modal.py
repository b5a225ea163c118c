"""SW201: an obligation weakened by a word that says nothing of when it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_OFTEN = r"(?:generally|typically|usually|normally|ordinarily|mostly|basically|often)"
_WEAK = re.compile(
    rf"\b(?:should|must|shall)\s+{_OFTEN}\b|\b(?:basically|almost|virtually|practically)\s+(?:never|always)\b",
    re.IGNORECASE,
)
# To forbid an attempt is as strong as to forbid the thing.
_ATTEMPT = re.compile(
    r"(?<!never )(?<!not )(?<!or )\b(?:try\s+to|strives?\s+(?:to|for)|aims?\s+(?:to|for))\b", re.IGNORECASE
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    passages = [passage for passage in subject.passages if not subject.idle(passage)]
    for passage, match in search(_WEAK, passages):
        message = f"`{_words(match)}` does not say when"
        remedy = "name the cases in which it does not hold, or leave the word out"
        yield subject.hit(passage, subject.part(passage, match), message, remedy)
    for passage, match in search(_ATTEMPT, passages):
        message = f"`{_words(match)}` asks for an attempt, which nobody can observe"
        yield subject.hit(passage, subject.part(passage, match), message, "say what the reply does")


def _words(match: re.Match[str]) -> str:
    return " ".join(match[0].split())


_WRONG = "## Disputes {#disputes authority=root}\n\nThe assistant should generally refuse to argue about its rules.\n"

RULE = Rule(
    id="SW201",
    name="vague-modal",
    severity=Severity.SUGGESTION,
    what="`Should generally`, `basically never`, `try to`, `aim to`: an obligation that does not say when it holds.",
    why="A reply that does otherwise can always be the exception, so no test can find a violation.",
    remedy="Name the exceptions, or ask for the act and not for the attempt.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("should generally", "should")),
    find=_find,
)
