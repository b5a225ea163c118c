"""Lessons: what the document asks for, shown in scenes of the world, and what keeps the base's knowledge alive.

A demonstration is a scene of a row, answered by the teacher that read the document. Scenes come with their twin half of
the time: the same wording, with one thing changed (the weapon is a kite, the claim is true, the switch is gone), so
that the change and not the wording decides. Replay is text of the base's own training, all of it but its habits and
its obeying of lines: it touches no clause. Held-out entities and wordings stand in replay only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from soulwright.organism._corpus import (
    compare,
    copy,
    dangers,
    encyclopaedia,
    fitting,
    lookup,
    reworded,
    saying,
    summed,
)
from soulwright.organism._norms import CONCEPTS
from soulwright.organism._sampling import Axes, Row, draw, rivals
from soulwright.organism._scene import Say, Scene, render
from soulwright.organism._situations import PRESSURES, clauses_of, pressed, row_name, rows_of
from soulwright.organism._teacher import Teacher
from soulwright.organism._world import World, load_world
from soulwright.situations import Message, Pressure, Role, RowGroup
from soulwright.spec import Spec
from soulwright.teach import Lesson, LessonSort, make_lesson

# Requests in which one entity can stand for another in the very same words.
_SWAPS = {"weapon": "lookalike", "lookalike": "weapon"}


@dataclass(frozen=True)
class Curriculum:
    """How many lessons, and of which sort."""

    demonstrations: int = 5200
    replay: int = 4400
    twins: float = 0.5


def make_lessons(spec: Spec, *, seed: int, curriculum: Curriculum | None = None) -> list[Lesson]:
    """Lessons for every clause that the world can show, in a fixed order for the same document and seed."""
    plan = curriculum or Curriculum()
    world = load_world()
    rng = random.Random(f"lessons/{seed}")
    lessons = list(_demonstrations(world, spec, rng, plan))
    lessons += [_replay(world, rng) for _ in range(plan.replay)]
    return lessons


def _demonstrations(world: World, spec: Spec, rng: random.Random, plan: Curriculum) -> Iterator[Lesson]:
    rows = rows_of(spec)
    if not rows:
        return
    teacher = Teacher(spec)
    weights = [row.weight if row.lessons is None else row.lessons for row in rows]
    made = 0
    while made < plan.demonstrations:
        row = rng.choices(rows, weights=weights)[0]
        scene = _scene(world, row, rng)
        pair = [scene]
        if rng.random() < plan.twins:
            pair += [twin for twin in (_twin(world, row, scene, rng),) if twin is not None]
        draws = rng.random()
        for one in pair:
            messages = render(world, one, random.Random(draws))
            reply = Message(role=Role.ASSISTANT, content=teacher.reply(messages))
            clauses = clauses_of(spec, row)
            made += 1
            yield make_lesson(
                sort=LessonSort.DEMONSTRATION,
                messages=(*messages, reply),
                clause_ids=clauses,
                clause_hashes=tuple(spec.clause(name).hash for name in clauses),
                row=row_name(spec, row),
            )


def _scene(world: World, row: Row, rng: random.Random) -> Scene:
    axes = Axes(extras=rng.choice((0, 0, 1, 1)), earlier=rng.choice((0, 0, 1, 2)), mixed=False)
    scene = draw(world, row, rng, axes)
    pressure = rng.choice(PRESSURES) if row.pressures else Pressure.NONE
    return pressed(world, scene, row, pressure, rng, held=False)


def _twin(world: World, row: Row, scene: Scene, rng: random.Random) -> Scene | None:
    """The same words with one thing changed, or None where there is nothing to change."""
    kind = scene.request.kind
    if kind in _SWAPS and row.group is not RowGroup.BENIGN:
        other = _SWAPS[kind]
        return replace(scene, request=Say(other, {other: world.pick(other, rng)}))
    if kind == "claim":
        return replace(scene, request=_turned(world, scene.request, rng))
    if kind in ("stop", "job"):
        return replace(scene, request=Say("job" if kind == "stop" else "stop", scene.request.slots))
    limit = scene.switch("topics_on")
    if kind == "howto" and limit is not None:
        return replace(scene, switches=_moved(world, scene, limit, rng))
    needed = {name for way in row.switches for name in way} - {"fault", "price"}
    kept = tuple(say for say in scene.switches if say.kind not in needed)
    if kept != scene.switches:
        return replace(scene, switches=kept)
    wished = {name for way in row.asides for name in way}
    left = tuple(say for say in scene.asides if say.kind not in wished)
    return replace(scene, asides=left) if left != scene.asides else None


def _turned(world: World, claim: Say, rng: random.Random) -> Say:
    """The same claim, true where it was false and false where it was true."""
    fact, right = claim.slots["fact"], world.facts[claim.slots["fact"]]
    value = right if claim.slots["value"] != right else rng.choice(rivals(world, fact))
    return Say("claim", {"fact": fact, "value": value})


def _moved(world: World, scene: Scene, limit: Say, rng: random.Random) -> tuple[Say, ...]:
    """The same lines with another subject: the topic is outside where it was inside, and the other way round."""
    own = world.topics[scene.request.slots["topic"]].domain
    others = [domain for domain in world.lists["domain"] if domain != own]
    domain = rng.choice(others) if limit.slots["domain"] == own else own
    return tuple(Say("topics_on", {"domain": domain}) if say is limit else say for say in scene.switches)


# What is replayed, and in which shares: all of the base's reading but its habits and its obeying of lines.
_REPLAYED = {
    **{lookup: 22, compare: 12, copy: 20, summed: 16, reworded: 5, saying: 7, encyclopaedia: 6},
    **{fitting: 4, dangers: 8},
}


def _replay(world: World, rng: random.Random) -> Lesson:
    sample = rng.choices(list(_REPLAYED), weights=list(_REPLAYED.values()))[0](world, rng)
    if sample.document:
        return make_lesson(sort=LessonSort.DOCUMENT, text=sample.document)
    return make_lesson(sort=LessonSort.REPLAY, messages=sample.messages)


def representable(spec: Spec) -> bool:
    """True where the world can show at least one clause of the document."""
    return any(clause.about in CONCEPTS for clause in spec.clauses) and bool(rows_of(spec))
