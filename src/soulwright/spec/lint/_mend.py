"""Mechanical edits: the fixes of findings carried out, and nothing else of the text touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from soulwright.spec.lint._finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """The text after the edits, and the findings that were settled."""

    text: str
    done: tuple[Finding, ...]


def mend(text: str, findings: Iterable[Finding]) -> Mended:
    """Carry out the fixes in `findings`; of two that overlap only the first is, and another check finds the second."""
    done: list[Finding] = []
    pieces: list[str] = []
    at = 0
    offered = ((finding, finding.fix) for finding in findings if finding.fix is not None)
    for finding, fix in sorted(offered, key=lambda pair: pair[0].span.start):
        if fix.start >= at:
            pieces += [text[at : fix.start], fix.replacement]
            at = fix.end
            done.append(finding)
    return Mended(text="".join([*pieces, text[at:]]), done=tuple(done))
