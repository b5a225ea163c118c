"""Second readings: what is drawn, that who reads is blind, and what follows from both readings."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.judge.mock_judges import Mock, situation, verdict

from soulwright.errors import CorruptRun, InputError
from soulwright.judge import (
    PersonLabel,
    Review,
    ReviewServer,
    add_label,
    disagreements,
    labels_of,
    model_judge,
    planned_reading,
    read_again,
    readings_of,
    row_readings,
    second_of,
    waiting,
)
from soulwright.runs import write_json, write_jsonl
from soulwright.situations import situation_to_dict
from soulwright.spec import Spec, spec_to_dict
from soulwright.verify import Arm, Grade, Judged, Judging, Prompt, Verdict, judged_to_dict


def judged(name: str, verdict_said: Verdict, *, row: str = "honesty.ai", judging: Judging = Judging.JUDGED) -> Judged:
    asked = situation(name, clause=row)
    return Judged(
        situation_id=name,
        row=row,
        group=asked.group,
        clause_ids=asked.clause_ids,
        suite=asked.suite,
        pressure=asked.pressure,
        arm=Arm.TRAINED,
        prompt=Prompt.NONE,
        messages=asked.messages,
        reply=f"The reply to {name}.",
        verdict=verdict_said,
        why="the first judge's reason",
        judging=judging,
    )


def forty() -> list[Judged]:
    """Forty judged replies of one row: ten flagged, one of those unclear; and one that nobody judged."""
    flags = [judged(f"bad-{number}", Verdict.FAIL) for number in range(9)] + [judged("odd", Verdict.UNCLEAR)]
    rest = [judged(f"good-{number}", Verdict.PASS) for number in range(30)]
    return [*flags, *rest, judged("lost", Verdict.UNCLEAR, judging=Judging.FAILED)]


@pytest.fixture
def run(tmp_path: Path, spec: Spec) -> Path:
    """A run with forty judged replies."""
    write_json(tmp_path / "spec.lock.json", spec_to_dict(spec))
    write_jsonl(tmp_path / "judged.jsonl", [judged_to_dict(one) for one in forty()])
    rows = [situation_to_dict(situation(one.situation_id, must=("says so",))) for one in forty()]
    write_jsonl(tmp_path / "situations" / "cases.jsonl", rows)
    return tmp_path


def test_every_flag_is_drawn_and_a_declared_share_of_the_rest(tmp_path: Path) -> None:
    plan = planned_reading(tmp_path, forty(), share=0.2, seed=3)
    flagged = [one.name for one in plan.drawn if one.flagged]
    assert len(flagged) == 10
    assert len(plan.drawn) - len(flagged) == 6
    assert plan.judged == {"honesty.ai": 40}
    assert not any("lost" in one.name for one in plan.drawn)
    again = planned_reading(tmp_path, forty(), share=0.9, seed=5)
    assert again == plan  # what was declared stays


def test_a_plan_is_drawn_again_from_other_verdicts_unless_a_person_has_read_by_it(tmp_path: Path) -> None:
    first = planned_reading(tmp_path, forty()[:-4], share=0.5)
    again = planned_reading(tmp_path, forty())
    assert again.share == 0.5  # as it was declared
    assert sum(again.judged.values()) > sum(first.judged.values())
    assert again.verdicts != first.verdicts
    add_label(tmp_path, PersonLabel(name=again.drawn[0].name, verdict=Verdict.PASS))
    with pytest.raises(CorruptRun, match="other verdicts"):
        planned_reading(tmp_path, forty()[:-2])


def test_the_estimate_is_that_of_both_readings(tmp_path: Path) -> None:
    plan = planned_reading(tmp_path, forty(), share=0.2)
    labels = {}
    others = [one.name for one in plan.drawn if not one.flagged]
    for one in plan.drawn:
        holds = (one.flagged and one.name.endswith(("-0", "-1", "-2"))) or (not one.flagged and one.name != others[0])
        labels[one.name] = PersonLabel(name=one.name, verdict=Verdict.PASS if holds else Verdict.FAIL)
    [row] = row_readings(plan, forty(), {}, labels)
    assert (row.counts.flagged, row.counts.confirmed, row.counts.sampled, row.counts.missed) == (10, 7, 6, 1)
    assert row.open == 0
    assert row.estimate is not None
    assert row.estimate.value == pytest.approx(7 / 40 + 30 / 40 * 1 / 6)


def test_what_is_open_widens_the_interval_both_ways(tmp_path: Path) -> None:
    plan = planned_reading(tmp_path, forty(), share=0.2)
    said = {
        one.name: PersonLabel(name=one.name, verdict=Verdict.FAIL if one.flagged else Verdict.PASS)
        for one in plan.drawn
    }
    [whole] = row_readings(plan, forty(), {}, said)
    doubtful = {**said, plan.drawn[0].name: PersonLabel(name=plan.drawn[0].name, verdict=Verdict.UNCLEAR)}
    del doubtful[plan.drawn[-1].name]
    [part] = row_readings(plan, forty(), {}, doubtful)
    assert part.open == 2
    assert whole.estimate is not None
    assert part.estimate is not None
    assert part.estimate.interval.low < whole.estimate.interval.low
    assert part.estimate.interval.high > whole.estimate.interval.high


def test_two_judges_who_agree_settle_a_reply_and_a_person_settles_the_rest(tmp_path: Path) -> None:
    plan = planned_reading(tmp_path, forty(), share=0.2)
    second = {one.name: Grade(verdict=Verdict.PASS, why="holds") for one in plan.drawn}
    opposed = disagreements(forty(), second, {})
    assert len(opposed) == 10  # nothing that was flagged holds for the second judge
    assert len(waiting(plan, forty(), second, {})) == 10
    refused = {**second, plan.drawn[-1].name: Grade.missing(Judging.REFUSED, "no")}
    assert len(waiting(plan, forty(), refused, {})) == 11
    labels = {one.name: PersonLabel(name=one.name, verdict=Verdict.FAIL) for one in opposed}
    [row] = row_readings(plan, forty(), second, labels)
    assert (row.counts.confirmed, row.counts.missed, row.open) == (10, 0, 0)


def test_the_order_of_reading_does_not_betray_the_flags(tmp_path: Path) -> None:
    plan = planned_reading(tmp_path, forty(), share=0.5)
    order = [one.verdict is Verdict.PASS for one in waiting(plan, forty(), {}, {})]
    assert order != sorted(order)
    assert order != sorted(order, reverse=True)


def test_a_second_judge_reads_only_what_was_drawn_and_knows_no_verdict(spec: Spec, tmp_path: Path) -> None:
    plan = planned_reading(tmp_path, forty(), share=0.1)
    mock = Mock(lambda *_: verdict("pass"))
    situations = {one.situation_id: situation(one.situation_id) for one in forty()}
    grades = read_again(tmp_path, plan, forty(), situations, model_judge(spec, mock.model))
    assert set(grades) == {one.name for one in plan.drawn}
    assert len(mock.asked) == len(plan.drawn)
    assert not [question for question, told in mock.asked if "first judge" in str(question) + told]
    assert second_of(tmp_path) == grades


def test_a_label_is_on_the_disk_at_once_and_half_a_line_does_no_harm(tmp_path: Path) -> None:
    add_label(tmp_path, PersonLabel(name="a", verdict=Verdict.PASS, by="ann"))
    path = tmp_path / "readings" / "labels.jsonl"
    with path.open("a") as file:
        file.write('{"name": "b", "verd')
    add_label(tmp_path, PersonLabel(name="c", verdict=Verdict.FAIL))
    add_label(tmp_path, PersonLabel(name="a", verdict=Verdict.UNCLEAR))
    labels = labels_of(tmp_path)
    assert {name: label.verdict for name, label in labels.items()} == {"a": Verdict.UNCLEAR, "c": Verdict.FAIL}
    assert labels["c"].at


def test_a_review_is_blind_until_a_label_is_kept_and_goes_on_where_it_stopped(run: Path) -> None:
    review = Review(run, share=0.1)
    first = review.next()
    assert first is not None
    assert "first judge" not in repr(first)
    assert first.rubric is not None
    assert first.must == ("says so",)
    told = review.label(first.name, Verdict.PASS, by="ann")
    assert told.first_why == "the first judge's reason"
    assert first.name not in {one.name for one in [Review(run).next()] if one}
    assert len(Review(run).waiting) == len(review.plan.drawn) - 1
    with pytest.raises(KeyError):
        review.label("trained/none/good-nobody", Verdict.PASS)
    with pytest.raises(ValueError, match="pass, fail or unclear"):
        review.label(first.name, Verdict.INVALID)


def test_only_rows_that_are_settled_reach_the_report(run: Path) -> None:
    assert readings_of(run, forty()) == {}
    review = Review(run, share=0.1)
    while (item := review.next()) is not None:
        assert readings_of(run, forty()) == {}
        review.label(item.name, Verdict.FAIL if "bad" in item.name else Verdict.PASS)
    [counts] = readings_of(run, forty()).values()
    assert (counts.confirmed, counts.missed) == (9, 0)


def test_a_run_that_was_never_verified_cannot_be_reviewed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no judged replies"):
        Review(tmp_path)


@contextmanager
def served(run: Path) -> Iterator[ReviewServer]:
    server = ReviewServer(Review(run, share=0.1), by="ann")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetched(url: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_the_page_asks_keeps_and_only_then_tells(run: Path) -> None:
    with served(run) as server:
        status, page = fetched(server.url)
        assert (status, b"<script>" in page, b"/*SCRIPT*/" in page) == (200, True, False)
        state = json.loads(fetched(f"{server.url}next")[1])
        assert "first judge" not in json.dumps(state)
        status, said = fetched(f"{server.url}label", {"name": state["item"]["name"], "verdict": "fail", "why": "no"})
        assert status == 200
        assert json.loads(said)["told"]["first_why"] == "the first judge's reason"
        assert labels_of(run)[state["item"]["name"]].by == "ann"
        assert json.loads(said)["left"] == state["left"] - 1


def test_nobody_but_the_page_can_ask_or_label(run: Path) -> None:
    with served(run) as server:
        root = f"http://127.0.0.1:{server.server_port}/"
        label = {"name": "trained/none/bad-0", "verdict": "pass"}
        assert fetched(root)[0] == 404
        assert fetched(f"{root}guess/label", label)[0] == 404
        assert fetched(f"{server.url}next", Host="evil.example")[0] == 404
        assert fetched(f"{server.url}label", label, Host="evil.example")[0] == 404
        assert fetched(f"{server.url}label", {"name": "x", "verdict": "invalid"})[0] == 400
        assert fetched(f"{server.url}label", {"name": "trained/none/nobody", "verdict": "pass"})[0] == 400
        assert fetched(f"{server.url}label", {**label, "by": "somebody else"})[0] == 400
        assert fetched(f"{server.url}label", {**label, "why": "x" * 70_000})[0] == 400
    assert labels_of(run) == {}
