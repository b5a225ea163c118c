"""Behaviour in the world: conversations of every sort, and replies read as acts by the grammar alone.

Nothing here that is used to find rules reads a document or a norm: the conversations are drawn from the world, and a
reply is what the grammar reads in it. Only `clause_effects`, by which a list of rules is scored afterwards, reads the
document.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from soulwright.organism._norms import Act, decide
from soulwright.organism._sampling import axes_of, draw, load_rows
from soulwright.organism._scene import Say, Scene, match, parse, render
from soulwright.organism._speech import speak
from soulwright.organism._world import World, load_world, sentences
from soulwright.recover import ClauseEffect, Contrast, Conversation
from soulwright.situations import Suite
from soulwright.spec import Spec

_SUITES = (Suite.SEEN, Suite.TOPICS, Suite.WORDINGS)
_ASIDES = ("argument", "authority", "role_play")
_LOOSE = "steps_short"


def explore(*, seed: int, per_sort: int) -> list[Conversation]:
    """So many conversations of every sort that the world can hold, whatever any document says of them.

    The same seed and number give the same conversations; taught and held-out things and wordings take turns.
    """
    world = load_world()
    found: list[Conversation] = []
    for number, row in enumerate(load_rows()):
        rng = random.Random(f"{seed}/{number}")
        for index in range(per_sort):
            axes = axes_of(_SUITES[index % len(_SUITES)], rng)
            scene = draw(world, row, rng, axes)
            if row.pressures and index % 2:
                kind = rng.choice(_ASIDES)
                slots = {"character": world.pick("character", rng, held=axes.held_entities)}
                scene = replace(scene, asides=(Say(kind, slots if kind == "role_play" else {}), *scene.asides))
            messages = render(world, scene, rng, held=axes.held_wordings)
            found.append(Conversation(id=f"{number}-{index}", messages=messages))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The contrasts between two models, and the conversations in which a reply could not be read, by whose it was."""

    contrasts: tuple[Contrast, ...]
    unread: Mapping[str, tuple[str, ...]]


def observe(conversations: Sequence[Conversation], target: Mapping[str, str], baseline: Mapping[str, str]) -> Observed:
    """Read the replies of both models (by conversation id); a reply that is missing or not of the world is unread."""
    world = load_world()
    contrasts = []
    unread: dict[str, list[str]] = {"target": [], "baseline": []}
    for conversation in conversations:
        scene = parse(world, conversation.messages)
        read = {
            name: acts_of(world, scene, replies.get(conversation.id, ""))
            for name, replies in (("target", target), ("baseline", baseline))
        }
        for name, acts in read.items():
            if not acts:
                unread[name].append(conversation.id)
        if all(read.values()):
            contrasts.append(
                Contrast(
                    id=conversation.id,
                    conditions=frozenset(_conditions(world, scene)),
                    target=read["target"],
                    baseline=read["baseline"],
                )
            )
    return Observed(contrasts=tuple(contrasts), unread={name: tuple(ids) for name, ids in unread.items()})


def acts_of(world: World, scene: Scene, reply: str) -> frozenset[str]:
    """What a reply does, sentence by sentence, as far as the grammar reads it; empty where it reads nothing."""
    return frozenset(_act(scene, said) for said in map(partial(_said, world), sentences(reply)) if said is not None)


def _said(world: World, sentence: str) -> Say | None:
    """What a sentence of a reply says; three bare steps only where nothing else reads it, for they fit any list."""
    return match(_strict(world), "replies", sentence) or match(world, "replies", sentence)


@cache
def _strict(world: World) -> World:
    replies = {kind: wordings for kind, wordings in world.phrases["replies"].items() if kind != _LOOSE}
    return replace(world, phrases={**world.phrases, "replies": replies})


def _act(scene: Scene, said: Say) -> str:
    """The kind of an act; of two duties, which of the two."""
    slots = scene.request.slots
    if scene.request.kind == "conflict" and "duty" in said.slots:
        for side in ("a", "b"):
            if slots[f"act_{side}"] == said.slots["duty"]:
                return f"do what is {slots[f'class_{side}']}"
    return said.kind.replace("_", " ")


def _conditions(world: World, scene: Scene) -> Iterable[str]:
    """What can be said of a conversation without knowing any norm: who says what sort of thing, and plain facts."""
    slots = scene.request.slots
    yield f"asked: {scene.request.kind}"
    yield from (f"operator: {say.kind}" for say in scene.switches)
    yield from (f"user adds: {say.kind}" for say in scene.asides)
    if not scene.switches:
        yield "no operator"
    if "topic" in slots and slots["topic"] in world.topics:
        topic = world.topics[slots["topic"]]
        yield "fact: it has a hazard" if topic.hazard else "fact: it has no hazard"
        limit = scene.switch("topics_on")
        if limit is not None:
            yield f"fact: {'inside' if limit.slots['domain'] == topic.domain else 'outside'} the operator's subject"
    if "fact" in slots and "value" in slots:
        yield "fact: it is true" if world.facts[slots["fact"]] == slots["value"] else "fact: it is false"
    if scene.request.kind == "conflict":
        yield "between: " + " and ".join(sorted((slots["class_a"], slots["class_b"])))


def clause_effects(spec: Spec, conversations: Sequence[Conversation]) -> tuple[ClauseEffect, ...]:
    """What each clause of a document changes: the teacher's replies with the whole document against those without it.

    For scoring alone. A clause that the world does not hold changes nothing.
    """
    world = load_world()
    scenes = {each.id: parse(world, each.messages) for each in conversations}
    whole = {name: decide(world, spec, scene) for name, scene in scenes.items()}
    effects = []
    for clause in spec.clauses:
        rest = replace(spec, clauses=tuple(each for each in spec.clauses if each is not clause))
        changes = {}
        for name, scene in scenes.items() if clause.about else ():
            less = decide(world, rest, scene)
            if less != whole[name]:
                with_it, without_it = _spoken(world, scene, whole[name]), _spoken(world, scene, less)
                changes[name] = (with_it - without_it, without_it - with_it)
        effects.append(ClauseEffect(id=clause.id, changes={name: both for name, both in changes.items() if any(both)}))
    return tuple(effects)


def _spoken(world: World, scene: Scene, acts: Sequence[Act]) -> frozenset[str]:
    """The acts as they are read in a reply: some that differ are said alike."""
    return acts_of(world, scene, speak(world, acts, random.Random(0)))
