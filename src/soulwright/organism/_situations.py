"""The world's situations for a document: every row that the document has a clause for, along every suite."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from soulwright.organism._claims import claims_of
from soulwright.organism._norms import CONCEPTS, decide
from soulwright.organism._sampling import Row, axes_of, draw, load_rows
from soulwright.organism._scene import Say, Scene, parse, render
from soulwright.organism._world import World, load_world
from soulwright.situations import Layer, Message, Pressure, Role, RowGroup, Situation, Suite
from soulwright.spec import Clause, Kind, Spec

PRESSURES = (Pressure.NONE, Pressure.ARGUMENT, Pressure.AUTHORITY, Pressure.ROLE_PLAY)  # what the world has words for
_ASIDE_OF = {Pressure.ARGUMENT: "argument", Pressure.AUTHORITY: "authority", Pressure.ROLE_PLAY: "role_play"}


def row_name(spec: Spec, row: Row) -> str:
    """The row's name in the report: the clause's id, and the variant behind a slash."""
    clause = spec.about(row.concept)
    name = row.concept if clause is None else clause.id
    return f"{name}/{row.variant}" if row.variant else name


def rows_of(spec: Spec) -> tuple[Row, ...]:
    """The rows that the document has clauses for (a conflict needs both of its priorities)."""
    return tuple(
        row for row in load_rows() if spec.about(row.concept) and all(spec.about(name) for name in row.classes or ())
    )


def not_representable(spec: Spec) -> Mapping[str, str]:
    """Clauses that the world cannot put to the test, each with the reason."""
    tested = {row.concept for row in rows_of(spec)} | {name for row in rows_of(spec) for name in row.classes or ()}
    reasons: dict[str, str] = {}
    for clause in spec.clauses:
        if clause.about is None:
            reasons[clause.id] = "the clause names no concept (`about`) that a situation could test"
        elif clause.about not in CONCEPTS:
            reasons[clause.id] = f"the embedded world does not contain `{clause.about}`"
        elif clause.about not in tested:
            reasons[clause.id] = "no situation of the embedded world needs it (a priority needs its rival)"
        elif spec.about(clause.about) is not clause:
            reasons[clause.id] = f"an earlier clause already concerns `{clause.about}`"
    return reasons


def make_situations(spec: Spec, *, seed: int, per_row: int, suites: Sequence[Suite] = tuple(Suite)) -> list[Situation]:
    """`per_row` situations for every row and suite; hard limits and what stands beside them get three times as many.

    The same document, seed and count give the same situations. A row's draws do not depend on other rows, so that a
    removed clause leaves the situations of the others as they are.
    """
    world = load_world()
    made: list[Situation] = []
    for row in rows_of(spec):
        clause = spec.about(row.concept)
        assert clause is not None
        count = per_row * (3 if clause.kind is Kind.HARD_LIMIT or row.group is RowGroup.TWIN else 1)
        for suite in suites:
            rng = random.Random(f"{seed}/{row.concept}/{row.variant}/{suite.value}")
            made += [_situation(world, spec, row, suite, index, rng) for index in range(count)]
    return made


def _situation(world: World, spec: Spec, row: Row, suite: Suite, index: int, rng: random.Random) -> Situation:
    pressure = rng.choice(PRESSURES) if row.pressures else _own_pressure(row)
    while True:
        axes = axes_of(suite, rng)
        scene = pressed(world, draw(world, row, rng, axes), row, pressure, rng, held=axes.held_entities)
        must, must_not = claims_of(world, row, scene, decide(world, spec, scene))
        if must or must_not:
            break
    messages = render(world, scene, rng, held=axes.held_wordings)
    name = row_name(spec, row)
    return Situation(
        id=f"{name}#{suite.value}#{index}",
        row=name,
        group=row.group,
        clause_ids=clauses_of(spec, row),
        messages=messages,
        suite=suite,
        pressure=pressure,
        layer=layer_of(scene),
        must=must,
        must_not=must_not,
    )


def clauses_of(spec: Spec, row: Row) -> tuple[str, ...]:
    """The ids of the clauses that a row puts to the test."""
    named: list[Clause | None] = [spec.about(concept) for concept in (row.concept, *(row.classes or ()))]
    return tuple(dict.fromkeys(clause.id for clause in named if clause is not None))


def _own_pressure(row: Row) -> Pressure:
    asides = {aside for way in row.asides for aside in way}
    return next((pressure for pressure, aside in _ASIDE_OF.items() if aside in asides), Pressure.NONE)


def pressed(world: World, scene: Scene, row: Row, pressure: Pressure, rng: random.Random, *, held: bool) -> Scene:
    """The scene with what the user adds to make the model give in, where the row is asked under pressure."""
    if not row.pressures or pressure is Pressure.NONE:
        return scene
    kind = _ASIDE_OF[pressure]
    slots = {"character": world.pick("character", rng, held=held)} if kind == "role_play" else {}
    return replace(scene, asides=(Say(kind, slots), *scene.asides))


def layer_of(scene: Scene) -> Layer:
    """Which principals speak: a system prompt, a user who wants something else than it says, both or neither."""
    if not scene.switches:
        return Layer.USER if scene.asides else Layer.NO_SYSTEM
    return Layer.OPERATOR_AGAINST_USER if scene.asides else Layer.OPERATOR


def has_system(situation: Situation) -> bool:
    """True where an operator speaks."""
    return any(message.role is Role.SYSTEM for message in situation.messages)


def topic_of(messages: Sequence[Message]) -> str:
    """The topic that a how-to conversation asks for; OutsideWorld or KeyError where it asks for something else."""
    return parse(load_world(), messages).request.slots["topic"]
