"""Comments in a document that disable rules, each with a reason.

    <!-- soulwright-disable SW204 SW111: the commentary quotes a rule and states none -->

It stands on a line of its own, renders to nothing, and holds for the block beneath it; above a heading, for the whole
section. `soulwright-disable-file` holds for the whole document, wherever it stands. Without a reason it disables
nothing, and rule SW011 says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from soulwright.spec._document import Document, Gap, Heading, HtmlComment, Span
from soulwright.spec.lint._finding import Finding

_MARK = "soulwright-disable"
_FORM = re.compile(r"\s*soulwright-disable(?P<file>-file)?\b(?P<rules>[^:]*)(?::\s*(?P<reason>.*?))?\s*", re.DOTALL)
_NEVER = ("SW011",)  # a rule about disabling that could be disabled would be none


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabling:
    """One such comment: the rules it names, its reason, and the characters it holds for."""

    rules: tuple[str, ...]
    reason: str
    start: int
    end: int
    comment: Span

    def covers(self, finding: Finding) -> bool:
        """Whether this comment disables `finding`."""
        inside = self.start <= finding.span.start < max(self.end, self.start + 1)
        return bool(self.reason) and inside and finding.rule in self.rules and finding.rule not in _NEVER


def disablings(document: Document) -> tuple[Disabling, ...]:
    """The comments of `document` that disable something, sound or not, in order."""
    return tuple(_disablings(document))


def _disablings(document: Document) -> Iterator[Disabling]:
    for place, block in enumerate(document.blocks):
        if not isinstance(block, HtmlComment) or _MARK not in block.text:
            continue
        form = _FORM.fullmatch(block.text)
        if form is None:
            yield Disabling(rules=(), reason="", start=0, end=0, comment=block.span)
            continue
        start, end = (0, len(document.text)) if form["file"] else _reach(document, place)
        rules = tuple(re.split(r"[\s,]+", form["rules"].strip())) if form["rules"].strip() else ()
        yield Disabling(rules=rules, reason=(form["reason"] or "").strip(), start=start, end=end, comment=block.span)


def _reach(document: Document, place: int) -> tuple[int, int]:
    """The characters of the block beneath a comment; of the whole section where that block is a heading."""
    for block in document.blocks[place + 1 :]:
        if isinstance(block, Gap | HtmlComment):
            continue
        if isinstance(block, Heading):
            section = next(each for each in document.sections if each.heading is block)
            return section.whole.start, section.whole.end
        return block.span.start, block.span.end
    return 0, 0
