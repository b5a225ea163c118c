"""Verification over the workers of a Ray cluster: each asks and judges one suite of one arm into the log of that suite.

The logs are those of a verification on one machine, so it reads them: the order of the replies is that of the plans,
whichever worker was first, and a worker that died has its suite asked again by another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from soulwright.situations import Suite
from soulwright.train import RayCluster, share_out
from soulwright.verify._inspect import MAX_TOKENS, ArmPlan, run_arm, verify_run
from soulwright.verify._judged import Judged
from soulwright.verify._judging import AsksJudge, GradesReplies


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """One suite of one plan, and where its log goes: a folder that all workers share."""

    plan: ArmPlan
    judge: GradesReplies | AsksJudge
    logs: Path
    depends_on: str
    max_tokens: int


def verify_on_ray(
    plans: Sequence[ArmPlan],
    judge: GradesReplies | AsksJudge,
    cluster: RayCluster,
    *,
    logs: Path,
    depends_on: str = "",
    max_tokens: int = MAX_TOKENS,
) -> list[Judged]:
    """As `verify_run`, each suite of each plan on a worker of its own; plans and judge must be able to travel."""
    logs = logs.absolute()
    shares = [
        _Share(
            plan=replace(plan, situations=[one for one in plan.situations if one.suite is suite]),
            judge=judge,
            logs=logs,
            depends_on=depends_on,
            max_tokens=max_tokens,
        )
        for plan in plans
        for suite in Suite
        if any(one.suite is suite for one in plan.situations)
    ]
    share_out(cluster, _ask, shares)
    return verify_run(plans, judge, logs=logs, depends_on=depends_on, max_tokens=max_tokens)


def _ask(share: _Share) -> None:
    run_arm(share.plan, share.judge, logs=share.logs, depends_on=share.depends_on, max_tokens=share.max_tokens)
