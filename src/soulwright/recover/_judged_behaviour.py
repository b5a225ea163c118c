"""Rules from behaviour where no grammar reads the replies: a judge model says what differs, and is then tested.

The judge never learns which model is the target: in every question the two replies are called X and Y, and which is
which changes from conversation to conversation. It sees no document until the finished rules are compared with one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zlib import crc32

from inspect_ai.model import Model
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.models import Answer, AnswerState, Survey, load_prompt
from soulwright.recover._behaviour import Contrast, Conversation, Rule, RuleScore, RuleTest, parted, tested
from soulwright.situations import message_to_dict
from soulwright.spec import Spec

_PACKAGE = "soulwright.recover"
AT_ONCE = 60  # observations put together in one question
MOST_RULES = 30  # as the prompt `consolidate` says
_STRICT = ConfigDict(extra="forbid")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A conversation with the reply of each model, X and Y in the order of the question."""

    conversation: list[dict[str, str]]
    reply_x: str
    reply_y: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Difference:
    """Whether two replies differ in conduct, and how."""

    differs: bool
    when: str
    x_does: str
    y_does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What was seen of one model, where the other did otherwise."""

    observations: list[dict[str, str]]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class SaidRule:
    """One rule in words."""

    when: str
    does: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Rules:
    """A list of rules in words."""

    rules: list[SaidRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAndPair:
    """All rules beside one conversation with its two replies."""

    rules: list[str]
    conversation: list[dict[str, str]]
    reply_x: str
    reply_y: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Following:
    """One rule whose situation this is, by its number (from 1), and who follows it."""

    rule: int
    x: bool
    y: bool


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Followings:
    """The rules whose situation this is."""

    applies: list[Following]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseText:
    """A clause as the judge reads it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAndClauses:
    """One rule, and the clauses of a document."""

    rule: str
    clauses: list[ClauseText]


class Relation(StrEnum):
    """How a clause stands to a rule."""

    SAME = "same"
    PART = "part"
    OPPOSITE = "opposite"


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Match:
    """One clause that asks for what the rule says, or for its contrary."""

    id: str
    relation: Relation


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Matches:
    """All such clauses."""

    clauses: list[Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRules:
    """Rules that a judge proposed, each tested; how many conversations were compared, and answers it did not give."""

    rules: tuple[RuleTest, ...]
    contrasts: tuple[Contrast, ...]
    unanswered: int


def induce_judged(
    conversations: Sequence[Conversation],
    target: Mapping[str, str],
    baseline: Mapping[str, str],
    judge: Model,
    *,
    folder: Path,
) -> JudgedRules:
    """Propose rules from a third of the conversations, and test them on the rest; conversations need both replies."""
    seen, kept = parted([each for each in conversations if each.id in target and each.id in baseline])
    observed, lost = _differences(seen, target, baseline, judge, folder)
    said, lost_rules = _consolidated(observed, judge, folder)
    contrasts, lost_tests = _followed(said, kept, target, baseline, judge, folder)
    rules = [Rule(when=(each.when,), does=(each.does,)) for each in said]
    return JudgedRules(
        rules=tested(rules, contrasts), contrasts=tuple(contrasts), unanswered=lost + lost_rules + lost_tests
    )


def score_judged(rules: Sequence[Rule], spec: Spec, judge: Model, *, folder: Path) -> RuleScore:
    """Which clauses a list of rules finds: those that the judge calls the same or a part; the contrary is none."""
    clauses = [ClauseText(id=clause.id, text=clause.text) for clause in spec.clauses]
    known = {clause.id for clause in clauses}

    def check(_: str, found: Matches) -> str:
        strange = [each.id for each in found.clauses if each.id not in known]
        return f"there is no clause `{strange[0]}`" if strange else ""

    values = {str(at): RuleAndClauses(rule=str(rule), clauses=clauses) for at, rule in enumerate(rules)}
    prompt = load_prompt(_PACKAGE, "clauses", RuleAndClauses, Matches)
    answers = Survey(prompt=prompt, model=judge, folder=folder / "clauses", check=check).ask(values)
    clauses_of = {
        int(name): tuple(dict.fromkeys(each.id for each in found.clauses if each.relation is not Relation.OPPOSITE))
        for name, found in _parsed(answers).items()
    }
    clauses_of = {at: ids for at, ids in sorted(clauses_of.items()) if ids}
    reached = {name for ids in clauses_of.values() for name in ids}
    return RuleScore(
        clauses_of=clauses_of,
        found=tuple(clause.id for clause in clauses if clause.id in reached),
        missed=tuple(clause.id for clause in clauses if clause.id not in reached),
        invisible=(),
        invented=tuple(at for at in range(len(rules)) if at not in clauses_of),
    )


def _target_is_x(name: str) -> bool:
    return crc32(f"order of {name}".encode()) % 2 == 0


def _in_order(name: str, target: Mapping[str, str], baseline: Mapping[str, str]) -> tuple[str, str]:
    return (target[name], baseline[name]) if _target_is_x(name) else (baseline[name], target[name])


def _differences(
    seen: Sequence[Conversation], target: Mapping[str, str], baseline: Mapping[str, str], judge: Model, folder: Path
) -> tuple[list[dict[str, str]], int]:
    values: dict[str, Pair] = {}
    for each in seen:
        x, y = _in_order(each.id, target, baseline)
        if x.strip() != y.strip():  # the same words are the same conduct: nobody needs to be asked
            values[each.id] = Pair(conversation=_dicts(each), reply_x=x, reply_y=y)
    if not values:
        return [], 0
    prompt = load_prompt(_PACKAGE, "difference", Pair, Difference)
    answers = _parsed(Survey(prompt=prompt, model=judge, folder=folder / "differences").ask(values))
    found = []
    for name, said in answers.items():
        if said.differs and said.when.strip():
            mine, other = (said.x_does, said.y_does) if _target_is_x(name) else (said.y_does, said.x_does)
            found.append({"when": said.when, "does": mine, "the other does": other})
    return found, len(values) - len(answers)


def _consolidated(observed: Sequence[dict[str, str]], judge: Model, folder: Path) -> tuple[list[SaidRule], int]:
    """The observations as rules, in questions of a size that a model can read; the rules of several once more."""
    if not observed:
        return [], 0
    prompt = load_prompt(_PACKAGE, "consolidate", Observations, Rules)
    parts = [list(observed[at : at + AT_ONCE]) for at in range(0, len(observed), AT_ONCE)]
    values = {str(at): Observations(observations=part) for at, part in enumerate(parts)}
    answers = _parsed(Survey(prompt=prompt, model=judge, folder=folder / "rules").ask(values))
    said = [rule for answer in answers.values() for rule in answer.rules]
    lost = len(values) - len(answers)
    if len(parts) > 1 and said:
        again = {"all": Observations(observations=[{"when": rule.when, "does": rule.does} for rule in said])}
        joined = _parsed(Survey(prompt=prompt, model=judge, folder=folder / "joined").ask(again))
        said = list(joined["all"].rules) if "all" in joined else said
        lost += not joined
    return list(dict.fromkeys(said)), lost


def _followed(
    rules: Sequence[SaidRule],
    kept: Sequence[Conversation],
    target: Mapping[str, str],
    baseline: Mapping[str, str],
    judge: Model,
    folder: Path,
) -> tuple[list[Contrast], int]:
    """Who follows which rule where: each conversation as a contrast whose conditions and acts are the rules' own."""
    if not rules:
        return [], 0
    lines = [f"{at}. When: {rule.when} Then: {rule.does}" for at, rule in enumerate(rules, start=1)]
    values: dict[str, RulesAndPair] = {}
    for each in kept:
        x, y = _in_order(each.id, target, baseline)
        values[each.id] = RulesAndPair(rules=lines, conversation=_dicts(each), reply_x=x, reply_y=y)

    def check(_: str, found: Followings) -> str:
        strange = [each.rule for each in found.applies if not 1 <= each.rule <= len(rules)]
        return f"there is no rule {strange[0]}" if strange else ""

    prompt = load_prompt(_PACKAGE, "follows", RulesAndPair, Followings)
    answers = _parsed(Survey(prompt=prompt, model=judge, folder=folder / "tests", check=check).ask(values))
    contrasts = []
    for name, found in answers.items():
        first = _target_is_x(name)
        contrasts.append(
            Contrast(
                id=name,
                conditions=frozenset(rules[each.rule - 1].when for each in found.applies),
                target=frozenset(rules[e.rule - 1].does for e in found.applies if (e.x if first else e.y)),
                baseline=frozenset(rules[e.rule - 1].does for e in found.applies if (e.y if first else e.x)),
            )
        )
    return contrasts, len(values) - len(answers)


def _parsed(answers: Mapping[str, Answer[Out]]) -> dict[str, Out]:
    return {name: answer.value for name, answer in answers.items() if answer.state is AnswerState.PARSED}


def _dicts(conversation: Conversation) -> list[dict[str, str]]:
    return [message_to_dict(message) for message in conversation.messages]
