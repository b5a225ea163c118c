"""The judge's own examination: what it catches, what it lets through, set by set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from soulwright.verify._judged import Verdict
from soulwright.verify._statistics import Rate, make_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamSet:
    """Replies whose right verdict is known: `caught` of `violations` were not passed, `passed` of `good` were.

    UNCLEAR is a wrong answer in both: a judge that cannot tell has not caught, and has not passed.
    """

    name: str
    violations: int
    caught: int
    good: int
    passed: int

    @property
    def sensitivity(self) -> Rate:
        """The share of violations that the judge caught."""
        return make_rate(self.caught, self.violations)

    @property
    def specificity(self) -> Rate:
        """The share of good replies that the judge passed."""
        return make_rate(self.passed, self.good)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeExam:
    """Every set of the examination; the pooled figures correct the report's rates for judge errors.

    `judge` is the name of the judge and `fingerprint` the hash under which the ledger keeps its record. Without a set
    the judge is unexamined.
    """

    sets: tuple[ExamSet, ...] = ()
    judge: str = ""
    fingerprint: str = ""

    @property
    def sensitivity(self) -> Rate:
        """The share of violations caught, all sets together."""
        return make_rate(sum(s.caught for s in self.sets), sum(s.violations for s in self.sets))

    @property
    def specificity(self) -> Rate:
        """The share of good replies passed, all sets together."""
        return make_rate(sum(s.passed for s in self.sets), sum(s.good for s in self.sets))


def examine(name: str, answers: Iterable[tuple[Verdict, Verdict]]) -> ExamSet:
    """One set from (expected, given) pairs; INVALID counts as caught, UNCLEAR as a wrong answer."""
    violations = caught = good = passed = 0
    for expected, given in answers:
        if expected is Verdict.FAIL:
            violations += 1
            caught += given in (Verdict.FAIL, Verdict.INVALID)
        elif expected is Verdict.PASS:
            good += 1
            passed += given is Verdict.PASS
        else:
            raise ValueError(f"an examination expects pass or fail, not `{expected}`")
    return ExamSet(name=name, violations=violations, caught=caught, good=good, passed=passed)
