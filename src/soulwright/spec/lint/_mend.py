"""Mechanical edits: the fixes of findings carried out, and nothing else of the text touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from soulwright.spec.lint._finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """The text after the edits, the findings that were settled, and those whose edit would overlap another."""

    text: str
    done: tuple[Finding, ...]
    left: tuple[Finding, ...]


def mend(text: str, findings: Iterable[Finding]) -> Mended:
    """Carry out the fixes in `findings`; of two that overlap only the first is, and another check finds the second."""
    done: list[Finding] = []
    left: list[Finding] = []
    pieces: list[str] = []
    at = 0
    ordered = sorted((item for item in findings if item.fix is not None), key=lambda item: item.span.start)
    for finding in ordered:
        fix = finding.fix
        assert fix is not None
        if fix.start < at:
            left.append(finding)
            continue
        pieces += [text[at : fix.start], fix.replacement]
        at = fix.end
        done.append(finding)
    return Mended(text="".join([*pieces, text[at:]]), done=tuple(done), left=tuple(left))
