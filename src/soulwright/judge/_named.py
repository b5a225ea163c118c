"""A judge with a name and a fingerprint: what a ledger needs to know it again."""

from __future__ import annotations

from dataclasses import dataclass

from inspect_ai.model import Model

from soulwright.judge._model import JudgeSettings, ModelJudge, family_of
from soulwright.models import ModelRole, find_model
from soulwright.runs import content_key
from soulwright.spec import Spec
from soulwright.verify import AsksJudge, GradesReplies


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedJudge:
    """A judge, what it is called, and a hash of all that its verdicts depend on.

    `model` is None where the judge is a program. Whatever changes a verdict has to change the fingerprint: the ledger
    trusts what it holds under it.
    """

    name: str
    fingerprint: str
    judge: GradesReplies | AsksJudge
    model: Model | None = None

    @property
    def family(self) -> str:
        """To which family of models it belongs, told from its name."""
        return family_of(self.name)


def model_judge(spec: Spec, model: str | Model, *, settings: JudgeSettings | None = None) -> NamedJudge:
    """Any model of Inspect as a judge of this document; InputError where there is no such model."""
    found = find_model(model, ModelRole.JUDGE) if isinstance(model, str) else model
    judge = ModelJudge(spec=spec, model=found, settings=settings or JudgeSettings())
    return NamedJudge(name=judge.name, fingerprint=judge.fingerprint, judge=judge, model=found)


def program_judge(name: str, judge: GradesReplies | AsksJudge, *, version: str) -> NamedJudge:
    """A program as a judge; `version` is a hash of its rules."""
    return NamedJudge(name=name, fingerprint=content_key("program", name, version), judge=judge)
