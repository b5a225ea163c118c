"""Slope charts: each row of two versions as one line from its old to its new share, those that moved named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 190, 570, 26, 400
_APART = 13.0  # between two names, so that none covers another
_NAMED = 12


class Tone(StrEnum):
    """How a line is drawn."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One row in two versions, as shares that held."""

    name: str
    old: float
    new: float
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """One line, ready to draw; `label_y` is where its name stands, None where it stays unnamed."""

    name: str
    old: float
    new: float
    tone: Tone
    y_old: float
    y_new: float
    label_y: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopePicture:
    """The chart with its size."""

    slopes: tuple[Slope, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def slope_picture(moves: Iterable[Move]) -> SlopePicture | None:
    """The chart of some rows: all that are worse or better are named, then those that changed most; None for no row."""
    drawn = sorted(moves, key=lambda move: (move.tone is Tone.SAME, -abs(move.new - move.old), move.name))
    if not drawn:
        return None
    moved = sum(move.tone is not Tone.SAME for move in drawn)
    named = {move.name for move in drawn[: max(moved, _NAMED)] if move.new != move.old or move.tone is not Tone.SAME}
    heights = _apart([(move.name, _y(move.new)) for move in drawn if move.name in named])
    slopes = (
        Slope(
            name=move.name,
            old=move.old,
            new=move.new,
            tone=move.tone,
            y_old=_y(move.old),
            y_new=_y(move.new),
            label_y=heights.get(move.name),
        )
        for move in reversed(drawn)  # what moved is drawn last, on top
    )
    return SlopePicture(slopes=tuple(slopes))


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _apart(wanted: list[tuple[str, float]]) -> dict[str, float]:
    """Heights near those wanted, far enough from each other, none below the chart."""
    placed: dict[str, float] = {}
    last = float("-inf")
    for name, y in sorted(wanted, key=lambda pair: pair[1]):
        last = max(y, last + _APART)
        placed[name] = last
    over = max(0.0, last - BOTTOM)
    limit = BOTTOM + _APART
    for name in reversed(placed):  # from the lowest up, push those that stand too low
        limit = min(placed[name], limit - _APART) if over else placed[name]
        placed[name] = limit
    return placed
