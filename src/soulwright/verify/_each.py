"""A model asked question by question: what it has answered is never asked again, what failed is asked the next time.

A model behind a network fails on some questions, so that replies cannot depend on a whole log being finished. Each
question has a key (model, settings, judge, situation, words), and what any log of the folder has answered under that
key counts, whatever was asked beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from inspect_ai.log import EvalSample
from inspect_ai.model import Model

from soulwright.errors import CorruptRun
from soulwright.models import ask_in_parts, keep_log, model_key, read_log
from soulwright.runs import content_key
from soulwright.situations import situation_to_dict
from soulwright.verify._inspect import MAX_TOKENS, ArmPlan, Heard, _judged, nobody_listens, task_of
from soulwright.verify._judged import Judged
from soulwright.verify._judging import AsksJudge, GradesReplies


def ask_each(
    plan: ArmPlan,
    judge: GradesReplies | AsksJudge,
    *,
    logs: Path,
    depends_on: str = "",
    max_tokens: int = MAX_TOKENS,
    advance: Callable[[int], None] | None = None,
) -> list[Judged]:
    """Ask one arm and judge its replies, in the order of the situations.

    A situation on which the model erred has no reply and says why, also where it erred on all of them; the next call
    asks those again, and only those.
    """
    made_from = content_key(model_key(_model(plan)), plan.arm, plan.prompt, max_tokens, depends_on)
    keys = {
        one.id: content_key(made_from, situation_to_dict(one), plan.messages_for(one)[0].content)
        for one in plan.situations
    }
    by_id = {one.id: one for one in plan.situations}
    kept = ask_in_parts(
        logs / f"{plan.arm}-{plan.prompt}",
        keys,
        read=_answered,
        put=lambda names: _Part(
            replace(plan, situations=[by_id[name] for name in names]),
            judge,
            max_tokens,
            made_from,
            {name: keys[name] for name in names},
        ),
        advance=advance or nobody_listens,
        size=plan.at_once,
    )
    return [_judged(one, kept.get(keys[one.id]), plan.arm, plan.prompt) for one in plan.situations]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the questions, as they are put here or by a worker."""

    plan: ArmPlan
    judge: GradesReplies | AsksJudge
    max_tokens: int
    made_from: str
    keys: Mapping[str, str]

    def __call__(self, path: Path, advance: Callable[[int], None]) -> None:
        done = Heard(advance)
        plan = self.plan
        task = task_of(plan, self.judge, max_tokens=self.max_tokens, advance=done)
        for sample in task.dataset:
            sample.metadata = {**(sample.metadata or {}), "key": self.keys[str(sample.id)]}
        task.metadata = {"arm": str(plan.arm), "prompt": str(plan.prompt), "made_from": self.made_from}
        keep_log(
            task,
            _model(plan),
            path,
            failed=f"verification of `{plan.model}` failed",
            help="put that right and verify again: what was answered is kept",
            at_once=plan.at_once,
            answered_or_not=True,
        )
        done.up_to(len(plan.situations))


def _model(plan: ArmPlan) -> Model:
    if not isinstance(plan.model, Model):
        raise TypeError("a model folder is asked by `run_arm`")
    return plan.model


def _answered(path: Path, made_now: bool) -> dict[str, EvalSample]:
    """The samples of a log by their key: those that were answered, of one made just now all of them."""
    try:
        samples = read_log(path).samples or ()
    except CorruptRun:
        return {}
    return {str((one.metadata or {}).get("key")): one for one in samples if made_now or one.error is None}
