"""The teacher: reads a document and answers as it asks. The base's habits are the teacher with no document."""

from __future__ import annotations

import random
from collections.abc import Sequence
from zlib import crc32

from soulwright.organism._norms import decide
from soulwright.organism._scene import parse
from soulwright.organism._speech import speak
from soulwright.organism._world import load_world
from soulwright.situations import Message
from soulwright.spec import Spec


class Teacher:
    """A pure function from a conversation to the reply that the document asks for (or, with none, the base's)."""

    def __init__(self, spec: Spec | None, *, held_out_phrasing: bool = False) -> None:
        self._spec = spec
        self._held = held_out_phrasing

    def reply(self, messages: Sequence[Message]) -> str:
        """The reply. Raises OutsideWorld where the conversation is not of this world.

        Wordings are drawn by a checksum of the conversation, so the same conversation is always answered alike.
        """
        world = load_world()
        scene = parse(world, messages)
        rng = random.Random(crc32("\n".join(f"{message.role}:{message.content}" for message in messages).encode()))
        return speak(world, decide(world, self._spec, scene), rng, held=self._held)
