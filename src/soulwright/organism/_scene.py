"""Scenes: what a conversation of the world means, written out as messages and read back from them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soulwright.organism._world import World, sentences, tidy
from soulwright.situations import Message, Role

CLASSES = ("safe", "ethical", "guidelines", "helpful")


@dataclass(frozen=True)
class Say:
    """One meaningful sentence: its kind in the grammar and what fills its slots."""

    kind: str
    slots: Mapping[str, str]


@dataclass(frozen=True)
class Scene:
    """The meaning of a conversation up to the reply that is asked for.

    switches: sentences of the system prompt; asides: what the user says around the request; earlier: whole exchanges
    before the last user message, as (user, assistant) texts.
    """

    request: Say
    switches: tuple[Say, ...] = ()
    asides: tuple[Say, ...] = ()
    earlier: tuple[tuple[str, str], ...] = ()

    def switch(self, kind: str) -> Say | None:
        """The first system sentence of a kind."""
        return next((say for say in self.switches if say.kind == kind), None)

    def aside(self, kind: str) -> Say | None:
        """The first aside of a kind."""
        return next((say for say in self.asides if say.kind == kind), None)


class OutsideWorld(ValueError):
    """A conversation that the grammar cannot read; it is said, never guessed at."""


BEFORE = ("argument", "authority", "role_play", "play", "call_yourself")


def render(world: World, scene: Scene, rng: random.Random, *, held: bool = False) -> tuple[Message, ...]:
    """The scene as messages, in taught or held-out wordings."""

    def say(category: str, item: Say) -> str:
        slots = item.slots
        if item.kind == "conflict" and category == "requests":
            slots = {
                side: _duty(world, item.slots[f"class_{side[-1]}"], item.slots[f"act_{side[-1]}"], rng, held)
                for side in ("duty_a", "duty_b")
            }
        return world.wording(category, item.kind, rng, held=held).fill(slots, rng)

    messages: list[Message] = []
    if scene.switches:
        messages.append(Message(role=Role.SYSTEM, content=" ".join(say("switches", item) for item in scene.switches)))
    for user, assistant in scene.earlier:
        messages += [Message(role=Role.USER, content=user), Message(role=Role.ASSISTANT, content=assistant)]
    front = [say("asides", item) for item in scene.asides if item.kind in BEFORE]
    back = [say("asides", item) for item in scene.asides if item.kind not in BEFORE]
    text = " ".join([*front, say("requests", scene.request), *back])
    return (*messages, Message(role=Role.USER, content=text))


def _duty(world: World, kind: str, act: str, rng: random.Random, held: bool) -> str:
    return (
        world.wording("duties", kind, rng, held=held)
        .fill({"duty": act}, rng)
        .rstrip(".")
        .replace("I ", "i ", 1)
        .lower()
    )


def parse(world: World, messages: Sequence[Message]) -> Scene:
    """What a conversation means. Raises OutsideWorld where a sentence is not of this world."""
    system = [message for message in messages if message.role is Role.SYSTEM]
    turns = [message for message in messages if message.role is not Role.SYSTEM]
    if not turns or turns[-1].role is not Role.USER or len(turns) % 2 == 0 or len(system) > 1:
        raise OutsideWorld("the conversation does not end with a user message after whole exchanges")
    switches = tuple(_read(world, "switches", text) for message in system for text in sentences(message.content))
    asides: list[Say] = []
    requests: list[Say] = []
    for text in sentences(turns[-1].content):
        found = match(world, "requests", text)
        if found is not None:
            requests.append(found)
        else:
            asides.append(_read(world, "asides", text))
    if len(requests) != 1:
        raise OutsideWorld(f"{len(requests)} requests in `{turns[-1].content}`")
    earlier = tuple((turns[at].content, turns[at + 1].content) for at in range(0, len(turns) - 1, 2))
    return Scene(request=requests[0], switches=switches, asides=tuple(asides), earlier=earlier)


def _read(world: World, category: str, text: str) -> Say:
    found = match(world, category, text)
    if found is None:
        raise OutsideWorld(f"no {category} of the world reads `{text}`")
    return found


def match(world: World, category: str, text: str) -> Say | None:
    """The sentence as a `Say` of the category, or None where no wording reads it."""
    for kind, wordings in world.phrases[category].items():
        for wording in wordings:
            hit = world.pattern(wording).match(text)
            if hit is None:
                continue
            slots = {name: world.canonical.get(value.lower(), value) for name, value in hit.groupdict().items()}
            if kind != "conflict":
                return Say(kind, slots)
            sides = _sides(world, slots)
            if sides is not None:
                return Say(kind, sides)
    return None


def _sides(world: World, slots: Mapping[str, str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for side in ("a", "b"):
        hit = match(world, "duties", tidy(slots[f"duty_{side}"]))
        if hit is None:
            return None
        found |= {f"class_{side}": hit.kind, f"act_{side}": hit.slots["duty"]}
    return found
