"""The know-do map: four corners with declared thresholds, and states of their own for what was not shown."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from soulwright.verify import (
    ClauseRecall,
    Corner,
    FindingState,
    KnowDoMap,
    Rate,
    Recalled,
    Recovery,
    Side,
    Stated,
    know_do_map,
    make_rate,
)
from soulwright.verify._gap_json import _plain
from soulwright.verify._know_do_page import render_know_do


@dataclass(frozen=True, kw_only=True)
class Clause:
    clause_id: str
    after: Rate
    section: str = "part"
    state: FindingState = FindingState.NOT_PROVEN


def mapped(*cases: tuple[int, int, int, int]) -> KnowDoMap:
    """A map of clauses with so many recalled of so many draws, and held in so many of so many situations."""
    clauses = [Clause(clause_id=f"c{at}", after=make_rate(case[2], case[3])) for at, case in enumerate(cases)]
    recalls = tuple(
        ClauseRecall(clause_id=f"c{at}", recalled=case[0], draws=case[1], fidelity=0.5) for at, case in enumerate(cases)
    )
    return know_do_map(clauses, Recalled(clauses=recalls))


@pytest.mark.parametrize(
    ("case", "corner"),
    [
        ((6, 6, 40, 40), Corner.KNOWS_AND_DOES),
        ((6, 6, 2, 40), Corner.KNOWS_ONLY),
        ((0, 6, 40, 40), Corner.DOES_ONLY),
        ((0, 6, 0, 40), Corner.NEITHER),
        ((3, 6, 40, 40), Corner.UNCERTAIN),
        ((6, 6, 21, 40), Corner.UNCERTAIN),
        ((6, 6, 0, 0), Corner.NOT_TESTED),
        ((0, 0, 40, 40), Corner.NOT_TESTED),
        ((0, 0, 0, 0), Corner.NOT_TESTED),
    ],
    ids=str,
)
def test_a_clause_lies_in_a_corner_only_where_both_intervals_leave_the_middle(
    case: tuple[int, int, int, int], corner: Corner
) -> None:
    found = mapped(case)
    assert found.points[0].corner is corner
    assert found.corners[corner.value] == 1
    assert sum(found.corners.values()) == 1


def test_a_clause_that_nobody_asked_for_is_not_tested_and_never_unknown() -> None:
    found = know_do_map([Clause(clause_id="c", after=make_rate(40, 40))], Recalled(clauses=()))
    [point] = found.points
    assert (point.knows, point.does, point.corner) == (Side.NOT_TESTED, Side.YES, Corner.NOT_TESTED)
    assert point.stated is Stated.NOT_TESTED
    assert point.fidelity is None


def test_no_answer_at_all_is_not_the_same_as_not_knowing() -> None:
    assert mapped((0, 0, 0, 40)).points[0].knows is Side.NOT_TESTED
    assert mapped((0, 6, 0, 40)).points[0].knows is Side.NO


def test_every_dot_of_the_picture_lies_apart_and_inside() -> None:
    import re

    page = render_know_do(mapped(*[(6, 6, 40, 40)] * 60, *[(0, 6, 0, 40)] * 5, *[(6, 6, 0, 0)] * 56))
    dots = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', page)]
    assert len(dots) == 121
    assert all(0 < x < 720 and 0 < y < 486 for x, y in dots)
    apart = min((x - a) ** 2 + (y - b) ** 2 for n, (x, y) in enumerate(dots) for a, b in dots[:n])
    assert apart >= 10.0**2
    assert page.count('<tr><th scope="row">') == 121
    assert "60 knows and does" in page


def test_names_from_a_document_are_escaped_in_the_picture() -> None:
    clause = Clause(clause_id="<script>alert(1)</script>", after=make_rate(1, 2))
    recall = ClauseRecall(clause_id=clause.clause_id, recalled=6, draws=6, fidelity=1.0, free=1.0)
    recovery = Recovery(word_fidelity=0.9, openings=("<b>",), report="recovery/recovered.html")
    page = render_know_do(know_do_map([clause], Recalled(clauses=(recall,), recovery=recovery, notes=("<i>n</i>",))))
    assert "<script" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;" in page


def test_without_a_question_asked_there_is_no_picture() -> None:
    assert render_know_do(None) == ""
    assert render_know_do(mapped((0, 0, 40, 40))) == ""


def test_the_map_is_plain_in_the_json() -> None:
    import json

    written = _plain(mapped((6, 6, 40, 40), (0, 6, 0, 0)))
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert isinstance(written, dict)
    assert set(written) == {"threshold", "points", "corners", "recovery", "notes"}
