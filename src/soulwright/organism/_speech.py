"""Acts in words: how the base and the teacher say what they do."""

from __future__ import annotations

import random
from collections.abc import Sequence

from soulwright.organism._norms import Act
from soulwright.organism._world import World


def speak(world: World, acts: Sequence[Act], rng: random.Random, *, held: bool = False) -> str:
    """The acts as a reply, one sentence for each; `held` asks for phrasings that are never taught."""
    return " ".join(_sentence(world, act, rng, held) for act in acts)


def _sentence(world: World, act: Act, rng: random.Random, held: bool) -> str:
    slots = dict(act.slots)
    if act.kind == "joke":
        slots["joke"] = rng.choice(world.lists["joke"])
    if act.kind == "invent":
        slots["guess"] = rng.choice(world.lists["guess"])
    return world.wording("replies", act.kind, rng, held=held).fill(slots, rng)
