"""SW108: `always` and `never` beneath `by default`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._document import ListItem, Paragraph, Section
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject, search

_BY_DEFAULT = re.compile(r"\bby\s+default\b", re.IGNORECASE)
_ABSOLUTE = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+[*_]*(always|never|under no circumstances)\b", re.IGNORECASE)
_SAME_SENTENCE = re.compile(r"\bby\s+default\b[^.;:]{0,60}?\b(?:should|must|shall)\s+(always|never)\b", re.IGNORECASE)
_HELP = "make it a clause that holds for everyone, or drop the absolute word"


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for passage, match in search(_SAME_SENTENCE, subject.passages):
        message = f"`{match[1]}` in a sentence that says `by default`"
        yield subject.hit(passage, subject.part(passage, match, 1), message, _HELP)
    for section in subject.all_sections:
        yield from _lists(subject, section)


def _lists(subject: Subject, section: Section) -> Iterator[Hit]:
    """Items beneath a lead-in such as `By default, the assistant should:`."""
    soft = False
    for block in section.blocks:
        if isinstance(block, Paragraph) and not block.in_item:
            lead = block.text.rstrip().rstrip("*_").rstrip()
            soft = lead.endswith(":") and _BY_DEFAULT.search(lead) is not None
        elif isinstance(block, ListItem) and soft and (match := _ABSOLUTE.match(block.text)):
            start = block.text_span.start + match.start(1)
            message = f"`{match[1]}` beneath a lead-in that says `by default`"
            yield Hit(span=subject.span(start, start + len(match[1])), message=message, help=_HELP)


_WRONG = """## Care {#care authority=root}

Whatever operators say, the assistant should by default:

- Always tell users what it cannot help with.
- Never deceive users in a way that harms them.
"""

RULE = Rule(
    id="SW108",
    name="absolute-under-default",
    severity=Severity.ERROR,
    what="A sentence or list says `by default` and `always` or `never` of the same thing.",
    why="A default can be changed and an absolute cannot. Readers will rely on the word that suits them.",
    remedy="Split what holds for everyone from what can be changed, and name who may change it.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace(" by default", "")),
    find=_find,
)
