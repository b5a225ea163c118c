"""What the report's pictures are made of: numbers in words, colour steps, and points of curves (no markup here)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from soulwright.verify._gap import LossPoint
from soulwright.verify._statistics import Interval, Rate

WIDTH, HEIGHT = 720, 230
LEFT, RIGHT, TOP, BOTTOM = 44, 150, 12, 30
MOST_POINTS = 90
DASH, MINUS = "\u2013", "\u2212"


def percent(value: float | None) -> str:
    """A share as whole percent; 100 and 0 are kept for all and none, so 0.998 reads 99."""
    if value is None:
        return DASH
    if value <= 0 or value >= 1:
        return str(round(100 * value))
    return str(min(99, max(1, round(100 * value))))


def decimals(value: float) -> str:
    """A share as percent with one decimal place, for bounds that are compared with a tolerance."""
    return f"{100 * value:.1f}"


def span(interval: Interval) -> str:
    """An interval in percent, rounded outwards."""
    low, high = math.floor(100 * interval.low + 1e-9), math.ceil(100 * interval.high - 1e-9)
    return f"{low}{DASH}{high}"


def signed(interval: Interval) -> str:
    """An interval of differences in points, rounded outwards and signed."""
    low, high = math.floor(100 * interval.low + 1e-9), math.ceil(100 * interval.high - 1e-9)
    return f"{_sign(low)} to {_sign(high)}"


def _sign(value: int) -> str:
    return f"{MINUS}{-value}" if value < 0 else f"+{value}" if value else "0"


def p_value(p: float) -> str:
    """A p value as a reader wants it."""
    if p < 0.0001:
        return "< 0.0001"
    return f"{p:.4f}" if p < 0.01 else f"{p:.2f}"


def step(rate: Rate) -> str:
    """The colour class of a rate: h0 (none held) to h10 (all held), hx where nothing was judged."""
    if rate.value is None:
        return "hx"
    if rate.passed == rate.n:
        return "h10"
    return f"h{min(9, int(10 * rate.value))}"


def spoken(rate: Rate) -> str:
    """A rate as a sentence, for hovering and for screen readers."""
    if rate.n == 0:
        return f"nothing judged ({rate.unclear} unclear)" if rate.unclear else "no situations"
    text = f"{rate.passed} of {rate.n} held ({percent(rate.value)} %), 95 % interval {span(rate.interval)} %"
    if rate.unclear:
        low, high = rate.worst_case
        text += f"; {rate.unclear} unclear, so {percent(low)} to {percent(high)} % at the worst and best"
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of the loss picture, ready to draw; `label_y` keeps the labels apart."""

    name: str
    points: str
    last: str
    end_x: float
    end_y: float
    label_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPicture:
    """The loss curves with their axes."""

    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def loss_picture(points: Sequence[LossPoint]) -> LossPicture | None:
    """The curves by type of lesson, averaged into `MOST_POINTS` points at most; None where none was recorded."""
    finite = [point for point in points if math.isfinite(point.loss)]
    if not finite:
        return None
    most_tokens = max(1, *(point.tokens for point in finite))
    lines = {name: _binned([p for p in finite if p.lesson == name]) for name in _names(finite)}
    most_loss = max(max(loss for _, loss in line) for line in lines.values()) or 1.0
    y_step, x_step = _round_step(most_loss / 4), _round_step(most_tokens / 5)
    ceiling = y_step * math.ceil(most_loss / y_step)

    def x(tokens: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * tokens / most_tokens

    def y(loss: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * loss / ceiling

    placed = sorted(((name, [(x(t), y(v)) for t, v in line], line[-1][1]) for name, line in lines.items()), key=_end)
    curves, last_label = [], -math.inf
    for name, line, loss in placed:
        last_label = max(line[-1][1], last_label + 15)
        curves.append(
            Curve(
                name=name or "all lessons",
                points=" ".join(f"{a:.1f},{b:.1f}" for a, b in line),
                last=f"{loss:.2f}",
                end_x=line[-1][0],
                end_y=line[-1][1],
                label_y=last_label,
            )
        )
    return LossPicture(
        curves=tuple(curves),
        x_ticks=tuple(Tick(at=x(t), text=_thousands(t)) for t in _multiples(x_step, most_tokens)),
        y_ticks=tuple(Tick(at=y(v), text=f"{v:g}") for v in _multiples(y_step, ceiling)),
    )


def _end(placed: tuple[str, list[tuple[float, float]], float]) -> float:
    return placed[1][-1][1]


def _names(points: Sequence[LossPoint]) -> list[str]:
    return list(dict.fromkeys(point.lesson for point in points))


def _binned(points: Sequence[LossPoint]) -> list[tuple[float, float]]:
    ordered = sorted(points, key=lambda point: point.tokens)
    size = math.ceil(len(ordered) / MOST_POINTS)
    bins = (ordered[start : start + size] for start in range(0, len(ordered), size))
    return [(sum(p.tokens for p in b) / len(b), sum(p.loss for p in b) / len(b)) for b in bins]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)


def _multiples(step_size: float, most: float) -> list[float]:
    return [round(step_size * k, 10) for k in range(int(most / step_size + 1e-9) + 1)]


def _thousands(tokens: float) -> str:
    if tokens >= 1e6:
        return f"{tokens / 1e6:g} M"
    return f"{tokens / 1e3:g} k" if tokens >= 1e3 else f"{tokens:g}"
