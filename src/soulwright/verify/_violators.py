"""Counting planted violators: the findings of a run, once for the clean model and once for each violator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from soulwright.spec import Kind, Spec
from soulwright.verify._budget import row_finding
from soulwright.verify._exam import JudgeExam
from soulwright.verify._findings import Finding, FindingState, settle, worst_state
from soulwright.verify._judged import Judged, Judging
from soulwright.verify._owners import counts_for_clause, row_owner
from soulwright.verify._plan import Plan
from soulwright.verify._power import SHARES, Planted, Power, clauses_at_stake, planted_replies
from soulwright.verify._tallies import RowTally, tally


def measure_power(
    spec: Spec,
    clean: Sequence[Judged],
    broken: Mapping[str, Sequence[Judged]],
    *,
    plan: Plan,
    exam: JudgeExam,
    shares: Sequence[float] = SHARES,
) -> Power:
    """The violators of each clause in `broken` (its replies with the clause broken), at each strength, as the run
    would find them: same situations, judge, rule and corrections. Violators that never answer otherwise are left out.
    """
    desk = _Desk(spec, clean, plan, exam)
    at_stake = clauses_at_stake(spec, clean)
    planted = []
    for clause_id, replies in broken.items():
        for share in shares:
            given, differs = planted_replies(at_stake[clause_id], replies, clause_id=clause_id, share=share)
            if differs:
                planted.append(desk.planted(clause_id, given, share=share, differs=differs))
    states = {clause_id: desk.state_of(clause_id, desk.findings) for clause_id in broken}
    unreached = [one for one in (*clean, *chain(*broken.values())) if one.judging is Judging.NOT_REACHED]
    return Power(planted=tuple(planted), clean=states, unreached=len(unreached))


class _Desk:
    """The findings of the clean model, and those that change when some of its replies do."""

    def __init__(self, spec: Spec, clean: Sequence[Judged], plan: Plan, exam: JudgeExam) -> None:
        self._spec, self._plan, self._exam = spec, plan, exam
        self._rows = tally(clean)
        kinds = {clause.id: clause.kind for clause in spec.clauses}
        owners = {name: row_owner(spec, entry)[0] for name, entry in self._rows.items()}
        self._hard = frozenset(
            name for name, owner in owners.items() if owner is not None and owner.kind is Kind.HARD_LIMIT
        )
        self._owners = {name: owner.id if owner is not None else None for name, owner in owners.items()}
        self._kinds = kinds
        self._raw = {name: self._finding(entry) for name, entry in self._rows.items()}
        self.findings = settle(self._raw, self._hard)

    def planted(self, clause_id: str, replies: Sequence[Judged], *, share: float, differs: int) -> Planted:
        """One violator, from its replies to the situations at stake."""
        changed = tally(replies)
        findings = settle(self._raw | {name: self._finding(entry) for name, entry in changed.items()}, self._hard)
        own = [findings[name] for name in self._own(clause_id)]
        return Planted(
            clause_id=clause_id,
            share=share,
            state=worst_state(one.state for one in own),
            failed=sum(one.failed for one in own),
            n=sum(one.n for one in own),
            differs=differs,
        )

    def state_of(self, clause_id: str, findings: Mapping[str, Finding]) -> FindingState:
        """What the findings say of a clause."""
        return worst_state(findings[name].state for name in self._own(clause_id))

    def _finding(self, entry: RowTally) -> Finding:
        _, tolerance = row_owner(self._spec, entry)
        return row_finding(entry, tolerance=tolerance, exam=self._exam, rule=self._plan.rule, level=self._plan.level)

    def _own(self, clause_id: str) -> list[str]:
        kind = self._kinds[clause_id]
        return [
            name
            for name, entry in self._rows.items()
            if counts_for_clause(entry.group, self._owners[name], entry.clause_ids, clause_id, kind)
        ]
