"""Whether a changelog speaks of a change. A reading of words: it can miss a paraphrase, and it quotes what it found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from soulwright.spec._prose import plain
from soulwright.spec.diff._change import Change, ChangeKind, Part, Verdict, WordSort
from soulwright.spec.diff._versions import newer, same_version

_HEADING = re.compile(r"(#{1,6})\s+\[?v?([0-9][\w.\-]*)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_WORD = re.compile(r"[a-z][a-z\-']{2,}")
_ENDINGS = re.compile(r"(?:ations?|ings?|edly|ed|ly|es|s|ies|ly)\Z")
_COMMON = frozenset(
    "the and for with that this from are was were can cannot not but its has have had will would should must may might "
    "into other more most some any all each such than then they their there these those when where which while who "
    "whom whose how what why also only even very just like about between within without over under out our your you "
    "them his her one two first second third section sections model spec assistant assistants user users "
    "update updates updated updating add adds added change changes changed clarif clarifies example examples new small "
    "various copy edits make makes made level levels principle principles content response responses include includes "
    "including based instruction instructions developer developers behavior follow given notable explicitly "
    "e.g i.e use used using provide provides help helps ensure".split()
)
# How common a word may be in the document and still tell one change from another.
_RARE = 0.04
# A long word that stands in hardly any sentence is as good as a name.
_SELDOM = 3
_LONG = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    text: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The words of the document: those that tell nothing, and those that tell by themselves."""

    common: frozenset[str]
    rare: frozenset[str]


def mark_mentions(
    changes: Sequence[Change], changelog: str, *, old: str, new: str, document: Sequence[str], titles: Sequence[str]
) -> tuple[Change, ...]:
    """The changes with the line of the changelog that speaks of each; those without one are silent.

    Only entries above version `old` and not above `new` count, where the versions can be compared. `document` are the
    sentences of the new document: a word that stands in many of them tells nothing. `titles` are its headings: their
    words name a whole section and so no single change.
    """
    lines = [_Line(text=item, words=frozenset(_stems(item))) for item in _items(changelog, old=old, new=new)]
    known = _known(document, titles)
    return tuple(_marked(change, lines, known) for change in changes)


def silent_verdicts(changes: Sequence[Change]) -> tuple[Verdict, ...]:
    """One warning for each change of force, authority, default or exception that the changelog passes over."""
    return tuple(
        Verdict(
            rule="SW311",
            name="silent-change",
            error=False,
            message=f"{' and '.join(kind.value for kind in change.kinds)}, and the changelog does not say so",
            help="say it in the changelog, or reword so that nothing changes",
            change=place,
        )
        for place, change in enumerate(changes)
        if change.silent and change.directed
    )


def _items(changelog: str, *, old: str, new: str) -> list[str]:
    """The entries of the versions in question, each bullet or paragraph as plain text."""
    items: list[str] = []
    inside = not any(_HEADING.match(line) for line in changelog.splitlines())
    seen_level = 0
    fresh = True
    for line in changelog.splitlines():
        heading = _HEADING.match(line)
        if heading is not None and (not seen_level or len(heading[1]) <= seen_level):
            seen_level = len(heading[1])
            inside = _wanted(heading[2], old=old, new=new)
        elif not line.strip():
            fresh = True
        elif inside and not line.startswith("#"):
            if fresh or _ITEM.match(line):
                items.append(line)
            else:
                items[-1] += " " + line
            fresh = False
    return [text for item in items if (text := plain(item))]


def _wanted(version: str, *, old: str, new: str) -> bool:
    if new and same_version(version, new):
        return True
    if old and same_version(version, old):
        return False
    above = newer(version, old) if old else None
    beyond = newer(version, new) if new else None
    return above is not False and beyond is not True and (above is True or not old)


def _marked(change: Change, lines: Sequence[_Line], known: _Known) -> Change:
    scored = [(_score(change, line, known), line.text) for line in lines]
    best = max(scored, key=lambda item: item[0], default=(0.0, ""))
    if best[0] >= 1:
        return replace(change, mentioned=best[1])
    return replace(change, silent=change.kinds != (ChangeKind.EDITORIAL,))


def _score(change: Change, line: _Line, known: _Known) -> float:
    """At least 1 where the line speaks of the change."""
    lowered = line.text.lower()
    here = change.here
    if here.clause_id and here.clause_id.lower() in lowered:
        return 10
    if change.part is Part.AUTHORITY and change.old and change.new:
        return 5.0 * (_level(change.old.text, lowered) and _level(change.new.text, lowered))
    titles = {side.title for side in (change.old, change.new) if side is not None and side.title}
    named = max((_named(title, line, known.common) for title in titles), default=0.0)
    changed = _changed_stems(change) - known.common
    shared = changed & line.words
    # Two telling words, or one that says nearly as much as a name; a title that is named needs less.
    weight = sum(2 if stem in known.rare else 1 for stem in shared) / 2
    by_words = max(weight, 1.0 if shared and len(shared) / len(changed) >= 0.5 else 0.0)
    whole = change.part in (Part.SECTION, Part.TITLE, Part.PLACE)
    return max(by_words, named * (1 if whole else 0.9) + len(shared) * 0.15)


def _level(name: str, lowered: str) -> bool:
    return re.search(rf"\b{re.escape(name.lower())}\b", lowered) is not None


def _named(title: str, line: _Line, common: frozenset[str]) -> float:
    """The share of the title's telling words that the line has; a title of one such word names nothing by itself."""
    if title.lower() in line.text.lower():
        return 1.0
    words = set(_stems(title)) - common
    return len(words & line.words) / len(words) if len(words) >= 2 else 0.0


def _changed_stems(change: Change) -> set[str]:
    if change.words:
        return {stem for word in change.words if word.sort is not WordSort.SAME for stem in _stems(word.text)}
    return set(_stems(change.here.text))


def _known(sentences: Iterable[str], titles: Iterable[str]) -> _Known:
    counts: Counter[str] = Counter()
    total = 0
    for sentence in sentences:
        counts.update(set(_stems(sentence)))
        total += 1
    often = {stem for stem, number in counts.items() if number > max(3, _RARE * total)}
    rare = {stem for stem, number in counts.items() if number <= _SELDOM and len(stem) >= _LONG}
    rare -= {stem for title in titles for stem in _stems(title)}
    return _Known(common=frozenset(often | {_stem(word) for word in _COMMON}), rare=frozenset(rare))


def _stems(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _COMMON]


def _stem(word: str) -> str:
    cut = _ENDINGS.sub("", word.strip("-'"))
    return cut if len(cut) >= 3 else word
