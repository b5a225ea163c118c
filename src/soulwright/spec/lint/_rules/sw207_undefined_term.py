"""SW207: a term of code or a name in CamelCase that the document never explains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._clauses import Kind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import LINK_TARGET, Subject

_NAME = r"(?:[A-Z][a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+)"
_TERM = re.compile(rf"(?<![\w/.\-=]){_NAME}(?![\w/=(\"]|\.\w)")
_WELL_KNOWN = frozenset(
    {"GitHub", "JavaScript", "TypeScript", "YouTube", "LinkedIn", "PayPal", "WhatsApp", "WordPress"}
)
_DEFINES = re.compile(
    rf"\s*(?:(?:[-*+]|\d+[.)])\s+)?[*_`\"“]*({_NAME})[*_`\"”]*(?:\s*\([^()]{{0,80}}\))?\s*"
    r"(?::|---|—|\b(?:is|are|means?|refers?)\b)"
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    explained = _explained(subject)
    for passage in (*subject.passages, *subject.explanations):
        targets = [match.span() for match in LINK_TARGET.finditer(passage.raw)]
        for match in _TERM.finditer(passage.raw):
            in_target = any(start <= match.start() < end for start, end in targets)
            if in_target or match[0] in explained or match[0] in passage.section.title:
                continue
            explained.add(match[0])  # once is enough
            message = f"`{match[0]}` is explained nowhere"
            yield subject.hit(passage, subject.part(passage, match), message, "say what it is where it first stands")


def _explained(subject: Subject) -> set[str]:
    """The names that need no explanation: those of a definition, of an id or concept, or that begin their own text."""
    names = {*_WELL_KNOWN, *subject.sections, *subject.written_clauses, *subject.concepts}
    for passage in subject.passages_of(Kind.DEFINITION):
        names.update(_TERM.findall(passage.raw))
    for passage in (*subject.passages, *subject.explanations):
        if (defines := _DEFINES.match(passage.raw)) is not None:
            names.add(defines[1])
    return names


_WRONG = "## Scope {#scope authority=root}\n\nThe assistant must act within its ScopeOfAutonomy.\n"

RULE = Rule(
    id="SW207",
    name="undefined-term",
    severity=Severity.SUGGESTION,
    what="A technical name (`like_this` or LikeThis) is used and nowhere explained.",
    why="Readers who do not know the name skip the sentence, and a model makes up a meaning.",
    remedy="Explain it where it first stands (`term: what it is`), or give it a clause of kind `definition`. Ids, "
    "concepts and tags of the document count as explained.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("The a", "ScopeOfAutonomy: what somebody has agreed to.\n\nThe a")),
    find=_find,
)
