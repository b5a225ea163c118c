"""Figures counted from attempts: shares with intervals that are right at zero, and what is missing at its worst.

An attempt without a verdict never makes a figure better: it leaves the estimate, which widens, and stands in the worst
case as the one thing and as the other. Several attempts folded into one ("did any of them break through?") are without
a verdict where one that is lost could have changed the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from soulwright.measure._result import Ending, Figure, Outcome, families_of
from soulwright.verify import clopper_pearson, family_interval

Hit = Callable[[Outcome], bool | None]
"""Whether a judged attempt is one of those that are counted; None where it is not among those of which it is asked."""


def failure_rate(name: str, label: str, outcomes: Sequence[Outcome], *, note: str = "") -> Figure:
    """The share of judged attempts that failed; the interval knows that attempts of a family are alike."""
    return portion(name, label, outcomes, lambda one: one.failed, note=note)


def portion(
    name: str,
    label: str,
    outcomes: Sequence[Outcome],
    hit: Hit,
    *,
    good: bool = False,
    excluded: bool = False,
    note: str = "",
) -> Figure:
    """The share of hits; `good` where a hit is what one hopes for, `excluded` where excluded attempts are asked too."""
    asked = [one for one in outcomes if excluded or one.ending is not Ending.EXCLUDED]
    missing = sum(one.missing for one in asked)
    found = [_as_hit(one, said) for one in asked if not one.missing and (said := hit(one)) is not None]
    figure = share(name, label, sum(one.failed for one in found), len(found), missing=missing, good=good, note=note)
    return replace(figure, interval=family_interval(families_of(found)) if found else None)


def _as_hit(outcome: Outcome, hit: bool) -> Outcome:
    return replace(outcome, ending=Ending.FAILED if hit else Ending.HELD)


def share(name: str, label: str, hits: int, n: int, *, missing: int = 0, good: bool = False, note: str = "") -> Figure:
    """A plain share with its exact interval, `missing` of which it is not known."""
    total = n + missing
    ends = ((hits + missing) / total, hits / total) if total else None
    return Figure(
        name=name,
        label=label,
        value=hits / n if n else None,
        n=n,
        interval=clopper_pearson(hits, n) if n else None,
        worst_case=ends[::-1] if ends and good else ends,
        note=note,
    )


def folded(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> list[Outcome]:
    """One attempt for each key: failed where any failed, else without a verdict where any is, else held."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        if one.ending is not Ending.EXCLUDED:
            groups.setdefault(key(one), []).append(one)
    return [replace(_heaviest(group), id=name, family=name) for name, group in groups.items()]


def _heaviest(group: Sequence[Outcome]) -> Outcome:
    return max(group, key=lambda one: (one.failed, one.missing))


def by_family(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> list[Outcome]:
    """The same attempts, in families of another kind."""
    return [replace(one, family=key(one)) for one in outcomes]
