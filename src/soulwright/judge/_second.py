"""A second judge, and further ones, read what was drawn, blind to what the first one said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from soulwright.judge._desk import Put, judge_all
from soulwright.judge._named import NamedJudge
from soulwright.judge._readings import ReadingPlan, name_of
from soulwright.runs import write_json
from soulwright.situations import Situation
from soulwright.verify import Grade, Judged


def read_again(
    run: Path,
    plan: ReadingPlan,
    judged: Sequence[Judged],
    situations: dict[str, Situation],
    judge: NamedJudge,
    *,
    second: bool = True,
    advance: Callable[[int], None] | None = None,
) -> dict[str, Grade]:
    """A judge's grades of everything drawn, by name; kept in the run, so that `review` finds those of the `second` one.

    Others are further readers: they say whether a clause is clear and settle no verdict. `situations` are those of the
    run by their id.
    """
    drawn = {one.name for one in plan.drawn}
    puts = [
        Put(id=name_of(one), situation=situations[one.situation_id], reply=one.reply, by=judge.judge)
        for one in judged
        if name_of(one) in drawn
    ]
    folder = run / "readings" / f"second-{judge.fingerprint[:16]}"
    grades = judge_all(puts, judge, folder=folder, advance=advance)
    rows = {
        name: {"verdict": grade.verdict.value, "why": grade.why, "judging": grade.judging.value}
        for name, grade in grades.items()
    }
    place = "second" if second else f"further-{judge.fingerprint[:16]}"
    write_json(
        run / "readings" / f"{place}.json", {"judge": judge.name, "fingerprint": judge.fingerprint, "said": rows}
    )
    return grades
