"""A consultation from beginning to end: questions, asking, findings, the baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from inspect_ai.model import Model
from pydantic import TypeAdapter

from soulwright.consult._ask import AGAIN, ClauseReply, ReplyState, ask_all
from soulwright.consult._findings import Consulted, Standing, found, remembered, stale
from soulwright.consult._questions import CONTEXT_TOKENS, clause_prompt, questions
from soulwright.models import ModelRole, find_model
from soulwright.runs import write_text_atomic
from soulwright.spec import Spec
from soulwright.spec.lint import Accepted, Baseline, baseline_to_json, load_baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a model is asked: about which clauses (all if None), how often again, beside how much of the others."""

    clauses: frozenset[str] | None = None
    again: int = AGAIN
    context_tokens: int = CONTEXT_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """What one model said about one document.

    `stale` are entries of the baseline about clauses that have changed since somebody decided.
    """

    spec: str
    version: str
    model: str
    prompt: str
    replies: tuple[ClauseReply, ...]
    findings: tuple[Consulted, ...]
    stale: tuple[Accepted, ...]

    @property
    def raised(self) -> tuple[Consulted, ...]:
        """The findings that somebody should look at: new ones, and open ones."""
        return tuple(one for one in self.findings if one.standing in (Standing.NEW, Standing.OPEN))

    @property
    def complete(self) -> bool:
        """Whether every question has an answer: a clause without one is not a clause without a flaw."""
        return self.count(ReplyState.ANSWERED) == len(self.replies)

    def count(self, state: ReplyState) -> int:
        """How many questions came to this."""
        return sum(reply.state is state for reply in self.replies)


def consult(
    spec: Spec,
    model: str | Model,
    *,
    folder: Path,
    baseline: Path | None = None,
    terms: Terms | None = None,
    advance: Callable[[int], None] | None = None,
) -> Consultation:
    """Ask `model` about the clauses of a document, and put new findings into the `baseline` file as open.

    The logs stay in `folder`; what one of them has answered is not asked again. InputError where there is no such
    model, SoulwrightError where it cannot be asked at all.
    """
    terms = terms or Terms()
    asked = model if isinstance(model, Model) else find_model(model, ModelRole.JUDGE)
    known = load_baseline(baseline) if baseline is not None and baseline.exists() else Baseline()
    wanted = [
        question
        for question in questions(spec, context_tokens=terms.context_tokens)
        if terms.clauses is None or question.clause.id in terms.clauses
    ]
    replies = ask_all(spec, wanted, model=asked, folder=folder, again=terms.again, advance=advance)
    findings = found(spec, replies, known)
    if baseline is not None:
        kept = remembered(known, findings, spec)
        if kept != known:
            write_text_atomic(baseline, baseline_to_json(kept))
    prompt = clause_prompt()
    return Consultation(
        spec=spec.name,
        version=spec.version,
        model=str(asked),
        prompt=f"{prompt.name}/{prompt.version}@{prompt.hash[:12]}",
        replies=replies,
        findings=findings,
        stale=stale(known, spec),
    )


def consultation_to_dict(consultation: Consultation) -> dict[str, object]:
    """The consultation as values that JSON can hold."""
    return {
        "spec": consultation.spec,
        "version": consultation.version,
        "model": consultation.model,
        "prompt": consultation.prompt,
        "counts": {
            "replies": {state.value: consultation.count(state) for state in ReplyState},
            "findings": dict(Counter(one.standing.value for one in consultation.findings)),
        },
        "findings": [_finding(one) for one in consultation.findings],
        "replies": TypeAdapter(tuple[ClauseReply, ...]).dump_python(consultation.replies, mode="json"),
        "stale": [asdict(entry) | {"extra": dict(entry.extra)} for entry in consultation.stale],
    }


def _finding(one: Consulted) -> dict[str, object]:
    finding = one.finding
    return {
        "rule": finding.rule,
        "concern": one.remark.concern.value,
        "severity": finding.severity.value,
        "message": finding.message,
        "help": finding.help,
        "clause": finding.locator,
        "locator": one.place,
        "words": one.remark.words,
        "why": one.remark.why,
        "others": list(one.remark.others),
        "source": finding.source,
        "span": asdict(finding.span),
        "fingerprint": finding.fingerprint,
        "standing": one.standing.value,
        "note": one.note,
    }
