"""SW008: a level or tag that the document does not declare, or two names of one level side by side."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import Attributes
from soulwright.spec._marks import near
from soulwright.spec.lint._finding import Fix, Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_LEVEL_KEYS = ("authority", "adjustable_by", "waivable_by")


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    written = list(subject.attributes)
    used = {word for attributes in written for key in _LEVEL_KEYS for word in attributes.tokens(key)}
    for attributes in written:
        for key in _LEVEL_KEYS:
            for word in dict.fromkeys(attributes.tokens(key)):
                yield from _level(subject, attributes, word, used)
        for tag in dict.fromkeys(attributes.tokens("tags")):
            if tag not in subject.front.tags:
                yield Hit(
                    span=subject.word_in(attributes, tag),
                    message=f"the tag `{tag}` is declared nowhere",
                    help=f'say in the front matter what it means: `tags: {{{tag}: "..."}}`',
                )


def _level(subject: Subject, attributes: Attributes, word: str, used: set[str]) -> Iterator[Hit]:
    level = subject.front.level(word)
    span = subject.word_in(attributes, word)
    if level is None:
        remedy = near(word, subject.front.levels) or f"the levels are {', '.join(subject.front.levels)}"
        yield Hit(span=span, message=f"unknown level `{word}`", help=remedy)
    elif level != word and level in used:
        yield Hit(
            span=span,
            message=f"`{word}` is another name of `{level}`, which this document also uses",
            help=f"write `{level}` everywhere",
            fix=Fix(start=span.start, end=span.end, replacement=level),
        )


_WRONG = (
    "## Care {#care authority=platform}\n\nIt must be kind.\n\n## Limits {#limits authority=root}\n\nIt must stop.\n"
)

RULE = Rule(
    id="SW008",
    name="unknown-level",
    severity=Severity.ERROR,
    what="An attribute names a level or a tag that is not declared, or uses an old name of a level beside the new one.",
    why="Authority decides who may change a clause. A level that nobody declared has no place in the order.",
    remedy="Declare levels and tags in the front matter (`levels`, `alias`, `tags`), or correct the word.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("platform", "root")),
    find=_find,
    mechanical=True,
)
