"""Prose without its markup, and the modal force that it states."""

from __future__ import annotations

import re

from soulwright.spec._clauses import Polarity

_MARKER = re.compile(r"\A[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_SUBSTITUTIONS = (
    (re.compile(r"\s*\[\^[A-Za-z0-9_]+\]"), ""),  # reference to an evaluation set
    (re.compile(r"\[\?\]\(#([^()\s]*)\)"), lambda match: re.sub(r"[_\-./]+", " ", match[1])),  # link by title
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)"), lambda match: match[1]),
    (re.compile(r"`([^`]*)`"), lambda match: match[1]),
    (re.compile(r"\*\*([^*]+)\*\*"), lambda match: match[1]),
    (re.compile(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])"), lambda match: match[1]),
    (re.compile(r"(?<!\w)_([^_\s](?:[^_]*[^_\s])?)_(?!\w)"), lambda match: match[1]),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!~<>])"), lambda match: match[1]),
)
_MODAL = re.compile(
    r"\b(?:(?P<must_not>must\s+not|must\s+never|shall\s+not|may\s+not|never)|(?P<should_not>should\s+not|should\s+never)"
    r"|(?P<must>must|shall|always)|(?P<should>should)|(?P<may>may))\b",
    re.IGNORECASE,
)


def plain(markdown: str) -> str:
    """The sentences of a paragraph or list item: no markup, one space between words.

    >>> plain("- **Kind.** It `must`  help, see [the list](#list)[^ab12].")
    'Kind. It must help, see the list.'
    """
    text = _MARKER.sub("", markdown)
    for pattern, replacement in _SUBSTITUTIONS:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def stated_polarity(text: str) -> Polarity | None:
    """The force of the first modal of `text`; None where it has none.

    >>> stated_polarity("The assistant must never lie; it may stay silent.")
    <Polarity.MUST_NOT: 'must_not'>
    """
    modal = _MODAL.search(text)
    return Polarity(modal.lastgroup) if modal and modal.lastgroup else None
