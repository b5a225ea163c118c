"""What a document does not say and follows by a stated rule. Every field filled in here is named in `Clause.inferred`.

Levels. A clause of a level whose definition says who may override it is a `default` (values off and on, default on:
what is switched is the clause itself); a clause of a level that nobody may override is a `hard_limit` where its title
forbids or all of its sentences do, else a `rule`. The definitions of the five published levels stand in
`PUBLISHED_ADJUSTERS`; a document may define its own (`levels:` as a mapping). Without a definition it is a `rule`.

Plain prose. A sentence of a document that marks no clauses is a clause where it has a modal. The first of these that
fits gives its kind: the sentence says "by default" (`default`) or "regardless of" an operator (`protection`); its
heading, or the nearest one around it, holds one of the words in `_TITLES`; it says may or can and nothing stronger
(`permission`); else it is a `rule`. A `hard_limit` must forbid, otherwise it is a `rule` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from soulwright.spec._clauses import Kind, Polarity
from soulwright.spec._document import Adjustment, FrontMatter, Section

# What the published documents say of their levels, in "Instructions and levels of authority".
PUBLISHED_ADJUSTERS: Mapping[str, Mapping[str, Adjustment]] = {
    "root": {},
    "system": {"system": Adjustment.EXPLICIT},
    "developer": {"system": Adjustment.EXPLICIT, "developer": Adjustment.EXPLICIT},
    "user": {"developer": Adjustment.EXPLICIT, "user": Adjustment.EXPLICIT},
    "guideline": {"developer": Adjustment.IMPLICIT, "user": Adjustment.IMPLICIT},
}
PLAIN_LEVELS = ("provider", "operator", "user")

_FORBIDS = re.compile(r"\A(?:do\s+not|don(?:'|\u2019)t|never|avoid|refuse|ignore|no)\b", re.IGNORECASE)
_BY_DEFAULT = re.compile(r"\bby\s+default\b", re.IGNORECASE)
_REGARDLESS = re.compile(r"\b(?:regardless\s+of|whatever|no\s+matter\s+what)\b[^.;]{0,60}\boperators?\b", re.IGNORECASE)
_MAY = re.compile(r"\b(?:may|can|is\s+free\s+to|is\s+allowed\s+to|is\s+permitted\s+to)\b(?!\s+not)", re.IGNORECASE)
_STRONGER = re.compile(r"\b(?:must|should|shall|never|always)\b", re.IGNORECASE)
_TITLES: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(rf"\b(?:{words})", re.IGNORECASE), kind)
    for words, kind in (
        (r"hard\s+(?:constraint|limit)|red.?line|bright.?line|absolute\s+limit", Kind.HARD_LIMIT),
        (r"protection|owed\s+to\s+users|rights\s+of\s+users|user\s+rights", Kind.PROTECTION),
        (r"default", Kind.DEFAULT),
        (r"honest|truthful", Kind.HONESTY),
        (r"priorit", Kind.PRIORITY),
        (r"factors?\b|weighing|costs\s+and\s+benefits", Kind.FACTOR),
        (r"character|identity|personality|wellbeing|nature\b", Kind.CHARACTER),
        (r"definitions?\b|glossary|terms\b", Kind.DEFINITION),
        (r"about\s+this\s+document|concluding|conclusion", Kind.META),
    )
)
_ADJUSTS = re.compile(
    r"\b(operator|user)s?\b[^.;]{0,60}?\b(?:can|may)\b[^.;]{0,40}?"
    r"\b(?:adjust|change|turn|switch|override|disable|enable|opt|allow|waive|unlock|customi[sz]e|restrict|expand)",
    re.IGNORECASE,
)


def adjusters_of(level: str, front: FrontMatter) -> Mapping[str, Adjustment] | None:
    """Who may override a clause of this level, and how; None where neither the document nor a published one says."""
    if front.adjusters:
        return front.adjusters.get(level)
    published = PUBLISHED_ADJUSTERS.get(level)
    known = published is not None and set(published) <= set(front.levels) and "root" in front.levels
    return published if known else None


def title_forbids(title: str) -> bool:
    """Whether a heading reads as a prohibition.

    >>> title_forbids("Don't facilitate harm"), title_forbids("Be kind")
    (True, False)
    """
    return _FORBIDS.match(title) is not None


def kind_by_level(forbids: bool, adjusters: Mapping[str, Adjustment] | None) -> Kind:
    """The kind of a clause by what its level says of who may override it, and whether it is a prohibition."""
    if adjusters is None:
        return Kind.RULE
    if adjusters:
        return Kind.DEFAULT
    return Kind.HARD_LIMIT if forbids else Kind.RULE


def kind_by_words(text: str, section: Section, polarity: Polarity) -> Kind:
    """The kind of a sentence of plain prose."""
    kind = _by_sentence(text) or _by_titles(section.path)
    if kind is None:
        kind = Kind.PERMISSION if _MAY.search(text) and not _STRONGER.search(text) else Kind.RULE
    return Kind.RULE if kind is Kind.HARD_LIMIT and not polarity.forbids else kind


def _by_sentence(text: str) -> Kind | None:
    if _REGARDLESS.search(text):
        return Kind.PROTECTION
    return Kind.DEFAULT if _BY_DEFAULT.search(text) else None


def _by_titles(path: Iterable[Section]) -> Kind | None:
    for section in reversed(tuple(path)):
        for pattern, kind in _TITLES:
            if pattern.search(section.title):
                return kind
    return None


def adjusters_by_words(text: str) -> Mapping[str, Adjustment]:
    """The principals of whom a sentence says that they can change it.

    >>> sorted(adjusters_by_words("By default it should add caveats; operators can turn this off."))
    ['operator']
    """
    return {match[1].lower(): Adjustment.EXPLICIT for match in _ADJUSTS.finditer(text)}
