"""Comments in a document that disable rules, each with a reason.

    <!-- soulwright-disable SW204 SW111: the commentary quotes a rule and states none -->

It stands on a line of its own, renders to nothing, and holds for the block beneath it; above a heading, for the whole
section. `soulwright-disable-file` holds for the whole document, wherever it stands. Without a reason it disables
nothing, and rule SW011 says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from soulwright.spec._document import Document, Gap, Heading, HtmlComment, Section, Span
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


def disabled_by(findings: Iterable[Finding], comments: Iterable[Disabling]) -> list[list[Disabling]]:
    """For each finding the comments that disable it; `findings` are in the order of the document.

    One sweep over both: comments come in where they begin to hold and go out where they end.
    """
    waiting: dict[str, list[Disabling]] = defaultdict(list)
    for comment in sorted(comments, key=lambda each: each.start, reverse=True):
        for rule in {*comment.rules} - {*_NEVER} if comment.reason else ():
            waiting[rule].append(comment)
    holding: dict[str, list[Disabling]] = defaultdict(list)
    found = []
    for finding in findings:
        at, rule = finding.span.start, finding.rule
        while waiting[rule] and waiting[rule][-1].start <= at:
            holding[rule].append(waiting[rule].pop())
        holding[rule] = [comment for comment in holding[rule] if at < max(comment.end, comment.start + 1)]
        found.append(holding[rule])
    return found


def disablings(document: Document) -> tuple[Disabling, ...]:
    """The comments of `document` that disable something, sound or not, in order."""
    return tuple(_disablings(document))


def _disablings(document: Document) -> Iterator[Disabling]:
    sections = {section.span.start: section for section in document.sections}
    for place, block in enumerate(document.blocks):
        if not isinstance(block, HtmlComment) or _MARK not in block.text:
            continue
        form = _FORM.fullmatch(block.text)
        if form is None:
            yield Disabling(rules=(), reason="", start=0, end=0, comment=block.span)
            continue
        start, end = (0, len(document.text)) if form["file"] else _reach(document, place, sections)
        rules = tuple(re.split(r"[\s,]+", form["rules"].strip())) if form["rules"].strip() else ()
        yield Disabling(rules=rules, reason=(form["reason"] or "").strip(), start=start, end=end, comment=block.span)


def _reach(document: Document, place: int, sections: Mapping[int, Section]) -> tuple[int, int]:
    """The characters of the block beneath a comment; of the whole section where that block is a heading."""
    following = islice(document.blocks, place + 1, None)
    block = next((each for each in following if not isinstance(each, Gap | HtmlComment)), None)
    if block is None:
        return 0, 0
    reach = sections[block.span.start].whole if isinstance(block, Heading) else block.span
    return reach.start, reach.end
