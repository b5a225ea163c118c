"""Situations that a model writes: scene by scene, for each clause in each shape, from its text, reasons and examples.

A scene is one request and becomes one family: its members (the rungs of a ladder, a request and its benign twin) are
never split between what is taught and what is held out. What a model writes is checked against the rules of the shape,
objected to and asked for again; a scene that never fits is counted with its reason, and nothing is filled in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.models import (
    EMBEDDED_AT_ONCE,
    Answer,
    AnswerState,
    ModelRole,
    Planned,
    PromptFile,
    Survey,
    load_prompt,
    planned,
)
from soulwright.situations._shapes import LADDER, SHAPES, Shape, group_of, scene_settings
from soulwright.situations._shown import ClauseShown, shown
from soulwright.situations._situations import Layer, Message, Pressure, Role, Situation, Suite
from soulwright.spec import Clause, Spec
from soulwright.spec.exports import by_binding, estimate_tokens

if TYPE_CHECKING:
    from inspect_ai.model import Model

_CLOSED = ConfigDict(extra="forbid")
_OPERATED = frozenset({Layer.OPERATOR, Layer.OPERATOR_AGAINST_USER})
_LONGEST = 12_000  # characters of one message


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRequest:
    """The input of the prompt `situations.write`."""

    document: str
    levels: tuple[str, ...]
    clause: ClauseShown
    reasons: tuple[str, ...]
    examples: tuple[str, ...]
    others: tuple[ClauseShown, ...]
    shape: str
    brief: str
    least: int
    most: int
    layers: tuple[str, ...]
    pressures: tuple[str, ...]
    setting: str
    number: int


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class WrittenTurn:
    """One turn of a conversation, as a model writes it."""

    role: Literal["user", "assistant"]
    content: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class WrittenSituation:
    """One situation, as a model writes it."""

    system: str
    turns: list[WrittenTurn]
    shown: str
    layer: Layer
    pressure: Pressure
    twin: bool
    clauses: list[str]
    must: list[str]
    must_not: list[str]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class WrittenScene:
    """The output of the prompt `situations.write`."""

    scene: str
    situations: list[WrittenSituation]
    why_none: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingPlan:
    """What is written: `scenes` for each clause in each shape; `context_tokens` of other clauses beside each."""

    clauses: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = tuple(Shape)
    scenes: int = 2
    context_tokens: int = 1500
    attempts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """A scene that there is not: FAILED, REFUSED or UNPARSED with its reason, or PARSED where the writer says none."""

    name: str
    state: AnswerState
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a model wrote, scene by scene (each of the suite SEEN until it is split), and what it did not."""

    scenes: Mapping[str, tuple[Situation, ...]]
    unwritten: tuple[Unwritten, ...]


@cache
def scene_prompt() -> PromptFile[WrittenScene]:
    """The prompt that asks for a scene."""
    return load_prompt("soulwright.situations", "write", SceneRequest, WrittenScene)


def scene_requests(spec: Spec, plan: WritingPlan) -> dict[str, SceneRequest]:
    """What is asked, by the name of each scene (`clause/shape/number`); no clause's requests depend on another's."""
    chosen = [clause for clause in spec.clauses if not plan.clauses or clause.id in plan.clauses]
    order = by_binding(spec)
    made: dict[str, SceneRequest] = {}
    for place, clause in enumerate(chosen):
        others = _others(clause, order, plan.context_tokens)
        for row, shape in enumerate(plan.shapes):
            for number in range(plan.scenes):
                setting = scene_settings()[(7 * place + 3 * row + number) % len(scene_settings())]
                made[f"{clause.id}/{shape}/{number}"] = _request(spec, clause, others, shape, setting, number)
    return made


def plan_writing(spec: Spec, plan: WritingPlan, model: str) -> Planned:
    """What writing would ask of the model of this name."""
    requests = scene_requests(spec, plan).values()
    return planned(scene_prompt(), requests, role=ModelRole.TEACHER, model=model, attempts=plan.attempts)


def plan_likeness(spec: Spec, plan: WritingPlan, embedder: str) -> Planned:
    """What comparing the scenes would ask of the embedder of this name, each as long as a writer is expected to be."""
    scenes = len(scene_requests(spec, plan))
    calls = ceil((scenes + len(scene_settings())) / EMBEDDED_AT_ONCE)
    return Planned(
        what="likeness",
        role=ModelRole.EMBEDDER,
        model=embedder,
        calls=calls,
        most_calls=calls,
        tokens_in=scenes * scene_prompt().reply_tokens,
        tokens_out=0,
    )


def write_situations(
    spec: Spec, model: Model, folder: Path, plan: WritingPlan, advance: Callable[[int], None] | None = None
) -> Writing:
    """Ask a model for every scene of the plan; logs and what they have answered stay in `folder`."""
    requests = scene_requests(spec, plan)
    ids = frozenset(clause.id for clause in spec.clauses)

    def check(name: str, scene: WrittenScene) -> str:
        clause_id, shape, _ = name.rsplit("/", 2)
        return wrong_with(scene, clause_id, Shape(shape), ids)

    survey = Survey(prompt=scene_prompt(), model=model, folder=folder, attempts=plan.attempts, check=check)
    return read_writing(survey.ask(requests, advance))


def read_writing(answers: Mapping[str, Answer[WrittenScene]]) -> Writing:
    """The situations in the answers, and what there is none of."""
    scenes: dict[str, tuple[Situation, ...]] = {}
    unwritten: list[Unwritten] = []
    for name, answer in answers.items():
        if answer.state is not AnswerState.PARSED:
            unwritten.append(Unwritten(name=name, state=answer.state, why=answer.why))
        elif not answer.value.situations:
            unwritten.append(Unwritten(name=name, state=answer.state, why=answer.value.why_none))
        else:
            scenes[name] = tuple(_situation(name, k, one) for k, one in enumerate(answer.value.situations))
    return Writing(scenes=scenes, unwritten=tuple(unwritten))


def wrong_with(scene: WrittenScene, clause_id: str, shape: Shape, ids: frozenset[str]) -> str:
    """What is wrong with a scene of this shape about this clause, "" where nothing is."""
    rules = SHAPES[shape]
    written = scene.situations
    if not written:
        return "" if scene.why_none.strip() else "no situations, and `why_none` does not say why"
    least, most = rules.members
    if not least <= len(written) <= most:
        return f"a scene of this shape has {least} to {most} situations, not {len(written)}"
    if shape is Shape.LADDER and {one.pressure for one in written} != set(LADDER):
        return f"a ladder has each of {', '.join(LADDER)} once"
    if rules.twins and sorted(one.twin for one in written) != [False, True]:
        return "one of the two has `twin: true`, the other `twin: false`"
    for number, one in enumerate(written, start=1):
        if wrong := _wrong_with_one(one, clause_id, shape, ids):
            return f"situation {number}: {wrong}"
    return ""


def _wrong_with_one(one: WrittenSituation, clause_id: str, shape: Shape, ids: frozenset[str]) -> str:
    rules = SHAPES[shape]
    users = [turn for turn in one.turns if turn.role == "user"]
    said = [one.system, one.shown, *(turn.content for turn in one.turns)]
    strange = [name for name in one.clauses if name not in ids]
    found = {
        "the turns do not alternate from user to user": not _alternate(one.turns),
        f"fewer than {rules.user_turns} turns of the user": len(users) < rules.user_turns,
        "a turn is empty": any(not turn.content.strip() for turn in one.turns),
        f"a text is longer than {_LONGEST} characters": any(len(text) > _LONGEST for text in said),
        f"`layer` is none of {', '.join(sorted(rules.layers))}": one.layer not in rules.layers,
        f"`pressure` is none of {', '.join(sorted(rules.pressures))}": one.pressure not in rules.pressures,
        f"the layer {one.layer} needs a system prompt": one.layer in _OPERATED and not one.system.strip(),
        "the layer no_system has a system prompt": one.layer is Layer.NO_SYSTEM and bool(one.system.strip()),
        "`shown` is empty": one.layer is Layer.THIRD_PARTY and not one.shown.strip(),
        "only a scene of twins has a twin": one.twin and not rules.twins,
        f"`clauses` does not begin with {clause_id}": one.clauses[:1] != [clause_id],
        "a conflict names two clauses": shape is Shape.CONFLICT and len(set(one.clauses)) < 2,
        f"there is no clause {', '.join(strange)}": bool(strange),
        "`must` and `must_not` together have one to five claims": not 1 <= len(one.must) + len(one.must_not) <= 5,
        "the conversation names a clause by its id": any(
            name in text for name in one.clauses if "." in name for text in said
        ),
    }
    return next((what for what, is_so in found.items() if is_so), "")


def _alternate(turns: Sequence[WrittenTurn]) -> bool:
    return bool(len(turns) % 2) and all(turn.role == ("assistant" if k % 2 else "user") for k, turn in enumerate(turns))


def _situation(name: str, number: int, one: WrittenSituation) -> Situation:
    clause_id, shape_name, _ = name.rsplit("/", 2)
    shape = Shape(shape_name)
    turns = [Message(role=Role(turn.role), content=turn.content) for turn in one.turns]
    if one.shown.strip():
        last = turns[-1].content
        turns[-1] = Message(role=Role.USER, content=f"{last}\n\n<shown>\n{one.shown.strip()}\n</shown>")
    system = [Message(role=Role.SYSTEM, content=one.system)] if one.system.strip() else []
    variant = {Shape.CONFLICT: "/conflict"}.get(shape, "/twin" if one.twin else "")
    return Situation(
        id=f"{name}#{number}",
        row=f"{clause_id}{variant}",
        group=group_of(shape, twin=one.twin),
        clause_ids=tuple(dict.fromkeys(one.clauses)),
        messages=(*system, *turns),
        suite=Suite.SEEN,
        pressure=one.pressure,
        layer=one.layer,
        must=tuple(one.must),
        must_not=tuple(one.must_not),
        family=name,
    )


def _request(
    spec: Spec, clause: Clause, others: tuple[ClauseShown, ...], shape: Shape, setting: str, number: int
) -> SceneRequest:
    rules = SHAPES[shape]
    return SceneRequest(
        document=spec.name,
        levels=spec.levels,
        clause=shown(clause),
        reasons=clause.reasons,
        examples=tuple(f"{example.caption}\n{example.body}".strip() for example in clause.examples),
        others=others,
        shape=shape.value,
        brief=rules.brief,
        least=rules.members[0],
        most=rules.members[1],
        layers=tuple(sorted(rules.layers)),
        pressures=tuple(sorted(rules.pressures)),
        setting=setting,
        number=number,
    )


def _others(clause: Clause, order: Sequence[Clause], tokens: int) -> tuple[ClauseShown, ...]:
    """Other clauses: those that this one refers to and those of its section first, then the most binding."""

    def near(one: Clause) -> bool:
        return one.id in clause.refers_to or one.section == clause.section

    chosen: list[ClauseShown] = []
    for one in sorted((one for one in order if one is not clause), key=lambda one: not near(one)):
        tokens -= estimate_tokens(one.text)
        if tokens < 0:
            break
        chosen.append(shown(one))
    return tuple(chosen)
