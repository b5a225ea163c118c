"""Progress on stderr, with time left: bars on a terminal, one line every five seconds anywhere else.

    with Progress([("teach", 5), ("train", 200), ("verify", 60)]) as progress:
        progress.skip("teach")
        with progress.stage("train", total=300) as stage:
            for step in range(300):
                stage.advance(note=f"loss {loss:.2f}")

The weights are the seconds that each stage took on a reference machine; only their proportions matter, since the time
left is what remains of them at the pace of this run so far. Time is taken from the monotonic clock.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_EVERY_SECONDS = 5.0


class Progress:
    """How far a run is, over all its stages; prints to stderr and nowhere else."""

    def __init__(
        self,
        stages: Sequence[tuple[str, float]],
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._weights = dict(stages)
        assert len(self._weights) == len(stages), "two stages of one name"
        self._stream = stream if stream is not None else sys.stderr
        self._clock = clock
        self._started = clock()
        self._done_weight = 0.0
        self._screen: _Lines | _Bars = (
            _Bars(self._stream) if self._stream.isatty() else _Lines(self._stream, clock=clock)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._screen.close()

    def skip(self, name: str) -> None:
        """Say that a stage was done before; it counts neither for the work nor for the time."""
        self._weights.pop(name)
        self._screen.say(f"{name}: done before, kept")

    @contextmanager
    def stage(self, name: str, *, total: int) -> Iterator[StageProgress]:
        """Enter a stage of `total` units; when the block ends well the whole stage counts as done."""
        started = self._clock()
        yield StageProgress(self, name, total)
        self._done_weight += self._weights[name]
        self._screen.say(f"{name}: done in {spoken_time(self._clock() - started)}")

    def note(self, text: str) -> None:
        """Say one thing that stays on the screen."""
        self._screen.say(text)

    def show(self, name: str, *, done: int, total: int, note: str) -> None:
        """Show how far a stage is; `StageProgress.advance` calls this."""
        part = min(1.0, done / total) if total else 1.0
        left = self._seconds_left(self._done_weight + part * self._weights[name])
        self._screen.show(name, done=done, total=total, note=note, left=left)

    def _seconds_left(self, done_weight: float) -> float | None:
        """What remains of the weights, at the pace so far; None before there is a pace."""
        elapsed = self._clock() - self._started
        if done_weight <= 0 or elapsed <= 0:
            return None
        return elapsed / done_weight * max(0.0, sum(self._weights.values()) - done_weight)


class StageProgress:
    """How far one stage is."""

    def __init__(self, progress: Progress, name: str, total: int) -> None:
        self._progress = progress
        self._name = name
        self._total = total
        self._done = 0

    def advance(self, units: int = 1, *, note: str = "") -> None:
        """Count some units as done; `note` is a figure worth watching, such as the loss."""
        self.at(self._done + units, note=note)

    def at(self, done: int, *, note: str = "") -> None:
        """Say how many units are done in all (after a resumed training, say)."""
        self._done = done
        self._progress.show(self._name, done=done, total=self._total, note=note)


def spoken_time(seconds: float) -> str:
    """A duration as people write it.

    >>> spoken_time(7), spoken_time(192), spoken_time(3723)
    ('7 s', '3:12 min', '1:02 h')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


def _left_words(left: float | None) -> str:
    return "" if left is None else f"{spoken_time(left)} left"


class _Lines:
    """For logs and pipes: at most one line every five seconds."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._last: float | None = None

    def show(self, name: str, *, done: int, total: int, note: str, left: float | None) -> None:
        now = self._clock()
        if self._last is not None and now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        share = f"{100 * done // total if total else 100} % ({done} of {total})"
        self.say(", ".join(part for part in (f"{name}: {share}", note, _left_words(left)) if part))

    def say(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Nothing is open."""


class _Bars:
    """For terminals: one bar, redrawn."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bars: Bars = RichProgress(
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[note]}", style="dim", markup=False),
            console=Console(file=stream),
            transient=True,
            redirect_stdout=False,
        )
        self._task: TaskID = self._bars.add_task("", left="", note="", total=None)
        self._bars.start()

    def show(self, name: str, *, done: int, total: int, note: str, left: float | None) -> None:
        self._bars.update(self._task, description=name, completed=done, total=total, note=note, left=_left_words(left))

    def say(self, text: str) -> None:
        self._bars.console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        self._bars.stop()
