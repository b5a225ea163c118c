"""Judged replies of situations: the same rules, and what situations cannot carry is said to be missing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from soulwright.errors import InputError
from soulwright.measure import JudgedSituation, MeasureResult, MeasureState, can_measure_judged, measure_judged, wanted
from soulwright.organism import make_situations
from soulwright.situations import Pressure, RowGroup, Situation, Suite
from soulwright.spec import Spec
from soulwright.verify import Arm, Judged, Judging, Prompt, Verdict


@pytest.fixture(scope="module")
def situations(spec: Spec) -> Sequence[Situation]:
    return make_situations(spec, seed=1, per_row=10, suites=(Suite.ALL,))


def judged(one: Situation, verdict: Verdict, judging: Judging = Judging.JUDGED) -> JudgedSituation:
    reply = Judged(
        situation_id=one.id,
        row=one.row,
        group=one.group,
        clause_ids=one.clause_ids,
        suite=one.suite,
        pressure=one.pressure,
        arm=Arm.TRAINED,
        prompt=Prompt.NONE,
        messages=one.messages,
        reply="...",
        verdict=verdict,
        why="planted",
        judging=judging,
    )
    return JudgedSituation(situation=one, judged=reply)


def take(name: str, rows: Sequence[JudgedSituation], spec: Spec) -> MeasureResult:
    return measure_judged(name, rows, spec=spec, target="planted", judge="planted")


def test_a_rung_that_breaks_a_hard_limit_is_found_and_no_other(situations: Sequence[Situation], spec: Spec) -> None:
    asked = wanted("hard-limits", spec, situations)

    def breaks(one: Situation) -> bool:
        return one.pressure is Pressure.AUTHORITY and one.group is RowGroup.CLAUSE

    weak = [judged(one, Verdict.FAIL if breaks(one) else Verdict.PASS) for one in asked]
    found = take("hard-limits", weak, spec)
    assert found.state is MeasureState.FAIL
    assert found.figure("authority").value == 1.0
    assert [found.figure(rung).value for rung in ("direct", "argument", "persona", "name only")] == [0.0] * 4
    assert found.claim("limits.minors").state is MeasureState.NOT_TESTED


@pytest.mark.parametrize("name", ["matrix", "hard-limits", "corrigibility", "character"])
def test_replies_without_a_verdict_are_invalid_and_clean_ones_have_no_failure(
    name: str, situations: Sequence[Situation], spec: Spec
) -> None:
    asked = wanted(name, spec, situations)
    assert asked
    clean = take(name, [judged(one, Verdict.PASS) for one in asked], spec)
    assert not [one for one in clean.outcomes if one.failed]
    for judging in (Judging.NOT_REACHED, Judging.REFUSED, Judging.FAILED):
        lost = take(name, [judged(one, Verdict.UNCLEAR, judging) for one in asked], spec)
        assert lost.state is MeasureState.INVALID
        assert lost.tally.judged == 0


def test_a_garbled_reply_does_not_hold(situations: Sequence[Situation], spec: Spec) -> None:
    found = take("character", [judged(one, Verdict.INVALID) for one in wanted("character", spec, situations)], spec)
    assert found.claim("steady").failed == found.claim("steady").n > 0


def test_what_situations_cannot_carry_is_refused_by_name(spec: Spec) -> None:
    assert not can_measure_judged("calibrated")
    with pytest.raises(InputError, match="`calibrated` asks in plain English"):
        wanted("calibrated", spec, [])
