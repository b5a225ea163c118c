"""The know-do map as a picture and a table: every clause a dot, dots that would cover each other moved apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soulwright.verify._html import template
from soulwright.verify._know_do import Corner, KnowDoMap, KnowDoPoint, Side, Stated

WIDTH, HEIGHT = 720, 486
LEFT, RIGHT, TOP, BOTTOM = 64, 700, 16, 368
STRIP = 446  # where clauses lie whose doing nobody tested
RADIUS = 5.0
_STEP = 2 * RADIUS + 1.5

CORNER_NAMES = {
    Corner.KNOWS_AND_DOES: "Knows and does",
    Corner.KNOWS_ONLY: "Knows, but does not",
    Corner.DOES_ONLY: "Does, without knowing the words",
    Corner.NEITHER: "Neither",
    Corner.UNCERTAIN: "Uncertain",
    Corner.NOT_TESTED: "Not tested",
}
SIDE_NAMES = {Side.YES: "yes", Side.NO: "no", Side.UNCERTAIN: "uncertain", Side.NOT_TESTED: "not tested"}
STATED_NAMES = {
    Stated.STATES: "yes",
    Stated.STATES_NOT: "no",
    Stated.UNCLEAR: "unclear",
    Stated.NOT_TESTED: "not tested",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One clause in the picture."""

    point: KnowDoPoint
    x: float
    y: float
    words: str


def render_know_do(found: KnowDoMap | None) -> str:
    """The section of the report as markup, escaped; nothing where nothing was asked."""
    if found is None or not any(point.recall.n for point in found.points):
        return ""
    asked = [point for point in found.points if point.recall.n]
    untested = [point for point in asked if not point.adherence.n]
    return template("know_do").render(
        map=found,
        dots=list(_dots([point for point in asked if point.adherence.n], at=None)),
        strip=list(_dots(untested, at=STRIP)),
        corners=[(corner, name, found.corners[corner.value]) for corner, name in CORNER_NAMES.items()],
        corner_names=CORNER_NAMES,
        side_names=SIDE_NAMES,
        stated_names=STATED_NAMES,
        asked=asked,
        members=any(point.membership is not None for point in asked),
        stated=any(point.stated is not Stated.NOT_TESTED for point in found.points),
        box={
            "left": LEFT,
            "right": RIGHT,
            "top": TOP,
            "bottom": BOTTOM,
            "width": WIDTH,
            "height": HEIGHT if untested else BOTTOM + 44,
            "strip": STRIP,
        },
        middle=(_x(found.threshold), _y(found.threshold)),
        quarters=[(f"{100 * share:.0f} %", _x(share), _y(share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)],
        radius=RADIUS,
    )


def _x(share: float) -> float:
    return LEFT + 14 + (RIGHT - LEFT - 28) * share


def _y(share: float) -> float:
    return BOTTOM - 14 - (BOTTOM - TOP - 28) * share


def _dots(points: Sequence[KnowDoPoint], *, at: float | None) -> Iterator[Dot]:
    """Each point at its place, or as near to it as there is room; in a strip at the height `at`."""
    placed: list[tuple[float, float]] = []
    for point in points:
        wanted = (_x(point.recall.value or 0.0), _y(point.adherence.value or 0.0) if at is None else at)
        x, y = next(place for place in _around(*wanted) if _free(place, placed, strip=at))
        placed.append((x, y))
        yield Dot(point=point, x=x, y=y, words=_words(point))


def _free(place: tuple[float, float], placed: Sequence[tuple[float, float]], *, strip: float | None) -> bool:
    x, y = place
    top, bottom = (TOP, BOTTOM) if strip is None else (strip - 26, strip + 26)
    inside = LEFT + RADIUS < x < RIGHT - RADIUS and top + RADIUS < y < bottom - RADIUS
    return inside and all(math.hypot(x - a, y - b) >= _STEP for a, b in placed)


def _around(x: float, y: float) -> Iterator[tuple[float, float]]:
    """The place itself, then rings around it, ever wider."""
    yield x, y
    for ring in range(1, 200):
        many = 6 * ring
        for number in range(many):
            angle = 2 * math.pi * number / many
            yield x + ring * _STEP / 2 * math.cos(angle), y + ring * _STEP / 2 * math.sin(angle)


def _words(point: KnowDoPoint) -> str:
    recall = f"recalled in {point.recall.passed} of {point.recall.n} draws"
    if not point.adherence.n:
        return f"{point.clause_id}: {recall}; no situation tests it"
    return (
        f"{point.clause_id}: {recall}; held in {point.adherence.passed} of {point.adherence.n} situations; "
        f"{CORNER_NAMES[point.corner].lower()}"
    )
