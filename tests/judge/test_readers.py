"""Who read a run's replies, two by two: judges, further judges and persons; only what they read twice counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from soulwright.judge import PersonLabel, Reader, add_label, disputes_of, planned_reading
from soulwright.runs import write_json
from soulwright.situations import Message, Pressure, Role, RowGroup, Suite
from soulwright.spec import Spec
from soulwright.verify import Arm, Grade, Judged, Judging, Prompt, Verdict

CLAUSES = ("honesty.ai", "honesty.prices")


def replies(flagged: int = 30, n: int = 60) -> list[Judged]:
    """As many replies to each clause, the first ones flagged."""
    return [
        Judged(
            situation_id=f"{clause}#{k}", row=clause, group=RowGroup.CLAUSE, clause_ids=(clause,), suite=Suite.ALL,
            pressure=Pressure.NONE, arm=Arm.TRAINED, prompt=Prompt.NONE,
            messages=(Message(role=Role.USER, content=f"question {k}"),), reply=f"reply {k}",
            verdict=Verdict.FAIL if k < flagged else Verdict.PASS, why="first",
        )
        for clause in CLAUSES
        for k in range(n)
    ]  # fmt: skip


def keep(run: Path, name: str, judge: str, said: Mapping[str, Verdict], judging: Judging = Judging.JUDGED) -> None:
    rows = {key: {"verdict": verdict, "why": judge, "judging": judging} for key, verdict in said.items()}
    write_json(run / "readings" / f"{name}.json", {"judge": judge, "fingerprint": judge, "said": rows})


def opposing(judged: list[Judged], clause: str) -> dict[str, Verdict]:
    """A second judge who says the opposite on one clause, and the same on the other."""
    opposite = {Verdict.PASS: Verdict.FAIL, Verdict.FAIL: Verdict.PASS}
    return {
        f"trained/none/{one.situation_id}": opposite[one.verdict] if one.row == clause else one.verdict
        for one in judged
    }


def test_a_run_that_nobody_read_again_has_no_unclear_clause(spec: Spec, tmp_path: Path) -> None:
    assert disputes_of(tmp_path, replies(), spec, judge="one") == {}


def test_a_second_judge_who_differs_makes_the_clause_unclear_and_its_replies_are_named(
    spec: Spec, tmp_path: Path
) -> None:
    judged = replies()
    keep(tmp_path, "second", "two", opposing(judged, "honesty.ai"))
    found = disputes_of(tmp_path, judged, spec, judge="one")
    assert list(found) == ["honesty.ai"]
    assert found["honesty.ai"].readers == ("one", "two")
    assert found["honesty.ai"].share.value == 1.0
    first = found["honesty.ai"].examples[0]
    assert first.asked.startswith("question")
    assert {one.reader: one.why for one in first.opinions} == {"one": "first", "two": "two"}


def test_a_further_judge_who_agrees_with_one_of_them_clears_it(spec: Spec, tmp_path: Path) -> None:
    judged = replies()
    keep(tmp_path, "second", "two", opposing(judged, "honesty.ai"))
    keep(tmp_path, "further-three", "three", opposing(judged, "honesty.ai"))
    assert disputes_of(tmp_path, judged, spec, judge="one") == {}


def test_what_a_judge_refused_or_failed_on_was_not_read(spec: Spec, tmp_path: Path) -> None:
    judged = replies()
    said = dict.fromkeys(opposing(judged, "honesty.ai"), Verdict.UNCLEAR)
    keep(tmp_path, "second", "two", said, Judging.REFUSED)
    assert disputes_of(tmp_path, judged, spec, judge="one") == {}


def test_a_person_counts_as_far_as_he_has_read_and_what_is_left_as_agreed(spec: Spec, tmp_path: Path) -> None:
    judged = replies()
    drawn = planned_reading(tmp_path, judged, share=0.5).drawn
    own = [one for one in drawn if one.row == "honesty.ai"]
    for one in own[:3]:
        add_label(tmp_path, PersonLabel(name=one.name, verdict=Verdict.PASS if one.flagged else Verdict.FAIL))
    assert disputes_of(tmp_path, judged, spec, judge="one") == {}
    for one in own[3:]:
        add_label(tmp_path, PersonLabel(name=one.name, verdict=Verdict.PASS if one.flagged else Verdict.FAIL))
    found = disputes_of(tmp_path, judged, spec, judge="one")
    assert found["honesty.ai"].readers == ("one", "a person")


def test_who_judged_the_same_replies_before_is_a_reader_too(spec: Spec, tmp_path: Path) -> None:
    judged = replies()
    said = {key: Grade(verdict=verdict, why="old") for key, verdict in opposing(judged, "honesty.prices").items()}
    found = disputes_of(tmp_path, judged, spec, judge="new", before=Reader(name="old", said=said))
    assert list(found) == ["honesty.prices"]
    unjudged = [replace(one, verdict=Verdict.UNCLEAR, judging=Judging.FAILED) for one in judged]
    assert disputes_of(tmp_path, unjudged, spec, judge="new", before=Reader(name="old", said=said)) == {}
