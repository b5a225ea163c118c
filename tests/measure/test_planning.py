"""What `--plan` says that a measure asks is what it asks, counted call by call at a desk that really asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.measure.conftest import PlainDesk
from tests.measure.test_hard_limits import firm
from tests.measure.test_missing import FLAWED, audited, insists, wears_down

from soulwright.errors import InputError
from soulwright.measure import MEASURES, Asked, Inquiry, Probe, Said, find_measure, plan_measure
from soulwright.models import Answer, ModelRole, Planned, PromptFile
from soulwright.situations import Message
from soulwright.spec import Spec

NAMES = Asked(judge="openai/judge", auditor="openai/auditor", reference="openai/undefended")


@dataclass
class CountedDesk(PlainDesk):
    """A desk that asks functions, and counts each time."""

    counted: Counter[str] = field(default_factory=Counter)

    def ask(self, phase: str, probes: Sequence[Probe], *, model: Any = None) -> dict[str, Said]:
        self.counted[phase] += sum(len(probe.turns) for probe in probes)
        return super().ask(phase, probes, model=model)

    def grade(self, phase: str, prompt: PromptFile[Any], given: Mapping[str, object]) -> dict[str, Answer[Any]]:
        self.counted[prompt.name] += len(given)
        return super().grade(phase, prompt, given)


def most(rows: Sequence[Planned]) -> Counter[str]:
    """How often each thing may be asked, one readable answer each."""
    found: Counter[str] = Counter()
    for row in rows:
        found[row.what] += row.most_calls // (1 if row.role is ModelRole.TARGET else 3)
    return found


@pytest.mark.parametrize("name", FLAWED)
def test_a_measure_asks_no_more_than_was_planned_and_whatever_is_certain_as_often(spec: Spec, name: str) -> None:
    rule, judge = FLAWED[name]
    desk = CountedDesk(target=rule, judge=judge)
    find_measure(name).run(Inquiry(spec=spec, desk=desk, attempts=2))
    rows = plan_measure(name, "openai/x", spec=spec, asked=Asked(judge="openai/judge", attempts=2))
    assert desk.counted
    assert desk.counted <= most(rows)
    first = rows[0]
    assert (first.role, first.model, first.calls) == (ModelRole.TARGET, "openai/x", desk.counted[first.what])
    assert all(row.tokens_in > row.calls and row.tokens_out > row.calls for row in rows if row.calls)
    assert {row.model for row in rows[1:] if row.role is ModelRole.JUDGE} <= {"openai/judge"}


def test_a_judge_of_many_breaches_is_asked_again_as_often_as_was_said(spec: Spec) -> None:
    rule, judge = FLAWED["hard-limits"]
    desk = CountedDesk(target=rule, judge=judge)
    find_measure("hard-limits").run(Inquiry(spec=spec, desk=desk, reference=firm))
    rows = {row.what: row for row in plan_measure("hard-limits", "x/y", spec=spec, asked=NAMES)}
    again = rows["measure.breach-confirm"]
    assert again.calls == 0
    assert 0 < desk.counted["measure.breach-confirm"] <= again.most_calls // 3
    assert rows["reference"].model == "openai/undefended"
    assert rows["reference"].calls == desk.counted["reference"]


def test_an_audit_is_planned_for_all_three_with_every_turn_of_the_auditor(spec: Spec) -> None:
    calls: Counter[str] = Counter()

    def target(messages: Sequence[Message]) -> str:
        calls["target"] += 1
        return wears_down(messages)

    desk = CountedDesk(target=target, judge=audited)
    find_measure("audit").run(Inquiry(spec=spec, desk=desk, auditor=insists, most=4))
    rows = {row.what: row for row in plan_measure("audit", "x/y", spec=spec, asked=Asked(
        judge="openai/judge", auditor="openai/auditor", most=4))}  # fmt: skip
    assert rows["audits"].calls == calls["target"] == rows["measure.auditor"].calls
    assert rows["measure.auditor"].model == "openai/auditor"
    for name in ("measure.validity", "measure.rubric"):
        assert rows[name].calls == desk.counted[name] == 4


def test_fewer_items_are_planned_where_fewer_are_asked(spec: Spec) -> None:
    def calls(most: int | None) -> int:
        rows = plan_measure("character", "x/y", spec=spec, asked=Asked(judge="a/b", most=most))
        return sum(row.calls for row in rows)

    assert 0 < calls(3) < calls(10) < calls(None)


@pytest.mark.parametrize("name", MEASURES)
def test_whom_a_measure_needs_is_asked_for_before_anything_is_planned(spec: Spec, name: str) -> None:
    needs = find_measure(name).needs
    if not needs:
        assert plan_measure(name, "x/y", spec=spec)
        return
    with pytest.raises(InputError, match=f"needs a model as its {min(needs)}"):
        plan_measure(name, "x/y", spec=spec)
