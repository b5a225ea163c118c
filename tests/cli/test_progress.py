"""Progress goes to stderr, says how long is left, and keeps quiet where nobody watches."""

from __future__ import annotations

import io

from soulwright.cli._progress import Progress


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_at_most_one_line_every_five_seconds() -> None:
    clock, stream = Clock(), io.StringIO()
    with Progress([("train", 10)], stream=stream, clock=clock) as progress, progress.stage("train", total=100) as stage:
        for _ in range(100):
            clock.now += 0.125
            stage.advance(note="loss 1.00")
    assert stream.getvalue().splitlines() == [
        "train: 1 % (1 of 100), loss 1.00, 12 s left",
        "train: 41 % (41 of 100), loss 1.00, 7 s left",
        "train: 81 % (81 of 100), loss 1.00, 2 s left",
        "train: done in 12 s",
    ]


def test_the_time_left_is_that_of_all_stages_at_the_pace_of_this_machine() -> None:
    clock, stream = Clock(), io.StringIO()
    with Progress([("teach", 10), ("train", 80), ("verify", 10)], stream=stream, clock=clock) as progress:
        progress.skip("teach")
        with progress.stage("train", total=2) as stage:
            clock.now += 120
            stage.advance()
    assert stream.getvalue().splitlines()[1] == "train: 50 % (1 of 2), 2:30 min left"


def test_a_stage_that_fails_is_not_said_to_be_done() -> None:
    stream = io.StringIO()
    try:
        with Progress([("train", 1)], stream=stream) as progress, progress.stage("train", total=1):
            raise KeyError("train")
    except KeyError:
        assert "done in" not in stream.getvalue()


def test_an_empty_stage_is_complete() -> None:
    stream = io.StringIO()
    with Progress([("teach", 1)], stream=stream) as progress, progress.stage("teach", total=0) as stage:
        stage.at(0)
    assert "100 %" in stream.getvalue()


def test_a_terminal_gets_a_bar() -> None:
    stream = Terminal()
    with Progress([("train", 10)], stream=stream) as progress, progress.stage("train", total=3) as stage:
        stage.advance(note="loss [red]1.00")
        progress.note("a [note] with brackets")
    assert "a [note] with brackets" in stream.getvalue()
    assert "train: done in 0 s" in stream.getvalue()
