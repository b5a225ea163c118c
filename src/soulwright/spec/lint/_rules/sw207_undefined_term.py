"""SW207: a term of code or a name in CamelCase that the document never explains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._clauses import Kind
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Passage, Subject

_TERM = re.compile(r"(?<![\w/.\-=])(?:[A-Z][a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+)(?![\w/=(\"]|\.\w)")
_LINK_TARGET = re.compile(r"\]\([^()]*\)")
_WELL_KNOWN = frozenset(
    {"GitHub", "JavaScript", "TypeScript", "YouTube", "LinkedIn", "PayPal", "WhatsApp", "WordPress"}
)
_DEFINES = (
    r"(?:\*\*|\*|_|`|\"|“)*{term}(?:\*\*|\*|_|`|\"|”)*(?:\s*\([^)]*\))?\s*"
    r"(?::|---|—|\bis\b|\bare\b|\bmeans?\b|\brefers?\b)"
)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    seen: set[str] = set()
    for passage in (*subject.passages, *subject.explanations):
        targets = [match.span() for match in _LINK_TARGET.finditer(passage.raw)]
        for match in _TERM.finditer(passage.raw):
            term = match[0]
            in_target = any(start <= match.start() < end for start, end in targets)
            if in_target or term in seen or term in _WELL_KNOWN or _defined(subject, passage, term):
                continue
            seen.add(term)
            message = f"`{term}` is explained nowhere"
            yield subject.hit(passage, subject.part(passage, match), message, "say what it is where it first stands")


def _defined(subject: Subject, passage: Passage, term: str) -> bool:
    """Whether a definition names it: a clause of that kind, a heading, an id, or `term: ...` at the start of a text."""
    if any(term in each.raw for each in subject.passages_of(Kind.DEFINITION)):
        return True
    if term in subject.sections or term in subject.written_clauses or term in subject.concepts:
        return True
    defines = re.compile(r"\A\s*(?:[-*+]|\d+[.)])?\s*" + _DEFINES.format(term=re.escape(term)))
    return any(defines.match(each.raw) for each in subject.mentioning(term)) or term in passage.section.title


_WRONG = "## Scope {#scope authority=root}\n\nThe assistant must act within its ScopeOfAutonomy.\n"

RULE = Rule(
    id="SW207",
    name="undefined-term",
    severity=Severity.SUGGESTION,
    what="A technical name (`like_this` or LikeThis) is used and nowhere explained.",
    why="Readers who do not know the name skip the sentence, and a model makes up a meaning.",
    remedy="Explain it where it first stands (`term: what it is`), or give it a clause of kind `definition`. Ids, "
    "concepts "
    "and tags of the document count as explained.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("The a", "ScopeOfAutonomy: what somebody has agreed to.\n\nThe a")),
    find=_find,
)
