"""The result of one check: what is new, what was accepted or disabled, and counts of it. Values only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from soulwright.errors import InputError
from soulwright.spec._clauses import Spec
from soulwright.spec._mistakes import SpecErrors
from soulwright.spec.lint._baseline import Accepted
from soulwright.spec.lint._finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """A finding that a comment in the document disables, with the reason that the comment gives."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one check of one document found.

    `findings` are those that count, in the order of the document. `spec` is the compiled document, None where it does
    not compile; then the mistakes are among the findings. `stale` are entries of the baseline that match nothing.
    """

    source: str
    text: str
    spec: Spec | None
    findings: tuple[Finding, ...]
    disabled: tuple[Disabled, ...] = ()
    accepted: tuple[Finding, ...] = ()
    stale: tuple[Accepted, ...] = ()
    mistakes: tuple[InputError, ...] = ()

    def raise_mistakes(self) -> None:
        """Raise `SpecErrors` where the document does not compile; return quietly where it does."""
        if self.mistakes:
            raise SpecErrors(self.mistakes)

    def reaching(self, threshold: Severity) -> tuple[Finding, ...]:
        """The findings that are as grave as `threshold`, or graver."""
        return tuple(finding for finding in self.findings if finding.severity.reaches(threshold))

    @property
    def by_rule(self) -> dict[str, int]:
        """How many findings each rule has, in the order of the rules' numbers."""
        counts = Counter(finding.rule for finding in self.findings)
        return {rule: counts[rule] for rule in sorted(counts)}

    @property
    def by_severity(self) -> dict[str, int]:
        """How many findings there are of each severity, gravest first, zeros included."""
        counts = Counter(finding.severity for finding in self.findings)
        return {severity.value: counts[severity] for severity in Severity}
