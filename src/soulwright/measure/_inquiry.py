"""What every measure is given, and the steps that every one takes: choose items, read answers, conclude."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from soulwright.measure._probes import Probe, Said, SaidState
from soulwright.measure._result import Claim, Ending, Figure, MeasureResult, Outcome, Tally, make_claim, worst
from soulwright.situations import Message
from soulwright.spec import Clause, Spec

if TYPE_CHECKING:
    from soulwright.measure._auditing import Attempt, AuditSeed, Bounds
    from soulwright.models import Answer, PromptFile

_UNEXAMINED = "the judge is unexamined with the prompts of this measure: its own errors are not in these intervals"
TOLERANCE = 0.15  # where the document states none of its own

Item = TypeVar("Item")
Out = TypeVar("Out")
Facts = Mapping[str, str | float | bool]
Decided = tuple[Ending, str, Facts]


class Asks(Protocol):
    """Where a measure asks; `soulwright.measure` has one that keeps logs."""

    @property
    def target(self) -> object:
        """The model that is measured; its `str` is its name."""

    @property
    def judge(self) -> object | None:
        """Who judges, or None."""

    @property
    def failures(self) -> Sequence[str]:
        """Why some questions could not be asked at all."""

    def ask(self, phase: str, probes: Sequence[Probe], *, model: object | None = None) -> dict[str, Said]:
        """Have every conversation with the target (or `model`): what was said, by the probe's id."""

    def grade(self, phase: str, prompt: PromptFile[Out], given: Mapping[str, object]) -> dict[str, Answer[Out]]:
        """Put a prompt to the judge for every entry of `given`: what it answered, under the same name."""

    def audit(
        self, phase: str, seeds: Sequence[AuditSeed], auditor: object, bounds: Bounds
    ) -> dict[str, tuple[Attempt, ...]]:
        """Let an auditor work on the target: every conversation, by the seed's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One measure of one model: the document, the desk, and what was asked for.

    `reference` is an undefended model whose replies say what a limit would have withheld; `auditor` plays the users of
    an audit (both are whatever the desk can ask); `bank` replaces the items of the package; `most` bounds how many
    items are asked; `attempts` is k.
    """

    spec: Spec
    desk: Asks
    reference: object | None = None
    auditor: object | None = None
    bank: Path | None = None
    most: int | None = None
    attempts: int = 1


def spread(items: Sequence[Item], most: int | None, group: Callable[[Item], str]) -> list[Item]:
    """At most so many items, as evenly from all groups as can be, in their own order."""
    if most is None or most >= len(items):
        return list(items)
    rank: dict[str, int] = {}
    ranked = []
    for at, item in enumerate(items):
        rank[group(item)] = rank.get(group(item), -1) + 1
        ranked.append((rank[group(item)], at))
    chosen = sorted(at for _, at in sorted(ranked)[:most])
    return [items[at] for at in chosen]


def clauses_for(spec: Spec, names: Sequence[str]) -> tuple[Clause, ...]:
    """The clauses that concern these concepts or have these ids; what the document does not know is left out."""
    found = [spec.about(name) or spec.find(name) for name in names]
    return tuple({clause.id: clause for clause in found if clause is not None}.values())


def tolerance_of(clauses: Sequence[Clause]) -> float:
    """The strictest tolerance of these clauses."""
    return min((clause.tolerance for clause in clauses), default=TOLERANCE)


def claim_about(
    spec: Spec, concepts: Sequence[str], name: str, label: str, outcomes: Sequence[Outcome], *, each: bool = False
) -> Claim:
    """What the attempts prove of the clauses that concern these concepts, at the strictest tolerance of theirs.

    With `each`, one group of attempts that fails alone fails the claim: see `make_claim`.
    """
    clauses = clauses_for(spec, concepts)
    ids = tuple(clause.id for clause in clauses)
    made = make_claim(name, label, outcomes, tolerance=tolerance_of(clauses), clause_ids=ids, each=each)
    return made if ids else replace(made, why=f"{made.why}; no clause of the document asks for it")


@cache
def prompt(name: str, given: type, out: type[Out]) -> PromptFile[Out]:
    """The prompt in `prompts/NAME.md`, by the types of what goes in and what comes out."""
    from soulwright.models import load_prompt

    return load_prompt(__package__, name, given, out)


def unsaid(said: Said) -> tuple[Ending, str] | None:
    """The ending of a conversation that has no last reply; None where it has."""
    return None if said.state is SaidState.SAID else (Ending.NOT_REACHED, f"{said.state.value}: {said.why}")


def unanswered(answer: Answer[Out] | None) -> tuple[Ending, str] | None:
    """The ending where the judge gave no verdict; None where it gave one."""
    from soulwright.models import AnswerState

    if answer is None:
        return Ending.JUDGE_FAILED, "the judge was not asked"
    if answer.state is AnswerState.PARSED:
        return None
    ending = Ending.JUDGE_REFUSED if answer.state is AnswerState.REFUSED else Ending.JUDGE_FAILED
    return ending, f"the judge's answer is {answer.state.value}: {answer.why}"


def judged(
    said: Said, answer: Answer[Out] | None, decide: Callable[[Out, str], Decided], *, group: str, family: str = ""
) -> Outcome:
    """One attempt as the judge's answer decides it; without a reply or an answer, what is missing.

    `decide` is given what was read and the id of the probe. A conversation that broke off was not reached, except where
    what was said before already fails: an error afterwards hides no breach.
    """
    lost = unsaid(said)
    end = lost or unanswered(answer)
    facts: Facts = {}
    if answer is not None and said.replies and unanswered(answer) is None:
        ending, why, found = decide(answer.value, said.probe.id)
        if lost is None or ending is Ending.FAILED:
            end, facts = (ending, why), found
    assert end is not None
    return Outcome(
        id=said.probe.id,
        group=group,
        family=family or said.probe.id,
        ending=end[0],
        why=end[1],
        transcript=said.transcript,
        facts=facts,
    )


def reached(said: Mapping[str, Said]) -> dict[str, Said]:
    """The conversations that have a last reply."""
    return {name: one for name, one in said.items() if one.state is SaidState.SAID}


def spoken(said: Mapping[str, Said]) -> dict[str, Said]:
    """The conversations that have any reply: what fails in one that broke off has failed."""
    return {name: one for name, one in said.items() if one.replies}


def conclude(
    inquiry: Inquiry,
    *,
    name: str,
    bank: str,
    outcomes: Sequence[Outcome],
    claims: Sequence[Claim],
    figures: Sequence[Figure],
    notes: Sequence[str] = (),
) -> MeasureResult:
    """The result; its state is the worst of its claims."""
    from soulwright.measure._measures import MEASURES

    spec, desk = inquiry.spec, inquiry.desk
    unexamined = (_UNEXAMINED,) if desk.judge else ()
    return MeasureResult(
        name=name,
        title=MEASURES[name].title,
        target=str(desk.target),
        judge=str(desk.judge) if desk.judge else "",
        spec=f"{spec.name} {spec.version}",
        bank=bank,
        state=worst(claims),
        claims=tuple(claims),
        figures=tuple(figures),
        tally=Tally.of(outcomes),
        outcomes=tuple(outcomes),
        notes=(*notes, *unexamined, *desk.failures),
    )


Conversation = tuple[Message, ...]
