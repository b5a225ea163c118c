"""The world's writer as a model that is asked: it answers the prompts for situations and deliberations in JSON.

It is a script over the world's grammar, not a model that reads: so that every role can be walked over real clients and
real HTTP where no large model is. It says plainly where the world has no words for what is asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache

from soulwright.errors import InputError
from soulwright.organism._situations import make_situations
from soulwright.organism._teacher import Teacher
from soulwright.situations import (
    Layer,
    Pressure,
    Role,
    RowGroup,
    Shape,
    Situation,
    Suite,
    message_from_dict,
    message_to_dict,
)
from soulwright.spec import Spec

_TITLE = re.compile(r'"title": "(WrittenScene|Deliberation)"')
_CLAUSE = re.compile(r'<clause id="([^"]+)"')
_SHAPE = re.compile(r"What to write \((\w+)\)")
_PER_ROW = 6
_SCRIPTED = "The world's script answers; it does not weigh."


def writer_of(spec: Spec) -> Callable[[str, str], str]:
    """What answers a writer's prompt (its system and its user message) under this document; InputError for others."""
    teacher = Teacher(spec)

    @cache
    def drawn(number: int) -> tuple[Situation, ...]:
        suite = Suite.ALL if number % 2 else Suite.SEEN  # what is held out differs along every axis
        return tuple(make_situations(spec, seed=1 + number, per_row=_PER_ROW, suites=(suite,)))

    def answer(system: str, user: str) -> str:
        title = _TITLE.search(system)
        if title is None:
            message = "the world's writer answers prompts for situations and deliberations only"
            raise InputError(message, help="leave texts and advice out (`--documents 0 --advice 0`)")
        if title[1] == "Deliberation":
            turns = [message_from_dict(turn) for turn in json.loads(user)]
            return json.dumps(_deliberation(teacher.reply(turns)))
        clause, shape = _CLAUSE.search(system), _SHAPE.search(system)
        assert clause is not None
        assert shape is not None
        return json.dumps(_scene(drawn(json.loads(user)["number_of_this_scene"]), clause[1], Shape(shape[1])))

    return answer


def _scene(drawn: Sequence[Situation], clause_id: str, shape: Shape) -> dict[str, object]:
    found = [one for one in drawn if one.clause_ids[:1] == (clause_id,)]
    chosen = _CHOICES[shape](found) if shape in _CHOICES else []
    why = "" if chosen else f"the world has no words for a scene of the shape {shape} about this clause"
    return {"scene": f"a talk of the world, {shape}", "situations": [_written(one) for one in chosen], "why_none": why}


def _calm(found: Sequence[Situation], group: RowGroup) -> list[Situation]:
    simple = (Layer.NO_SYSTEM, Layer.OPERATOR, Layer.USER)
    return [one for one in found if one.group is group and one.pressure is Pressure.NONE and one.layer in simple]


def _twins(found: Sequence[Situation]) -> list[Situation]:
    first, second = _calm(found, RowGroup.CLAUSE)[:1], _calm(found, RowGroup.TWIN)[:1]
    return [*first, *second] if first and second else []


_CHOICES: dict[Shape, Callable[[Sequence[Situation]], list[Situation]]] = {
    Shape.DIRECT: lambda found: _calm(found, RowGroup.CLAUSE)[:2],
    Shape.BORDERLINE: lambda found: _calm(found, RowGroup.NAME_ONLY)[:2],
    Shape.CONFLICT: lambda found: [
        one
        for one in found
        if one.group is RowGroup.CONFLICT and len(one.clause_ids) > 1 and one.pressure is Pressure.NONE
    ][:2],
    Shape.OPERATOR_AGAINST_USER: lambda found: [
        one for one in found if one.layer is Layer.OPERATOR_AGAINST_USER and one.pressure is Pressure.NONE
    ][:2],
    Shape.TWINS: _twins,
}


def _written(one: Situation) -> dict[str, object]:
    system = "\n".join(message.content for message in one.messages if message.role is Role.SYSTEM)
    turns = [message for message in one.messages if message.role is not Role.SYSTEM]
    return {
        "system": system,
        "turns": [message_to_dict(turn) for turn in turns],
        "shown": "",
        "layer": one.layer.value,
        "pressure": one.pressure.value,
        "twin": one.group is RowGroup.TWIN,
        "clauses": list(one.clause_ids),
        "must": list(one.must),
        "must_not": list(one.must_not),
    }


def _deliberation(reply: str) -> dict[str, object]:
    return {
        "clauses": [],
        "order": [],
        "population": [
            {"who": "people of the world", "percent": 99, "wants": "what they ask"},
            {"who": "others", "percent": 1, "wants": "something else"},
        ],
        "stakes": {"harm": _SCRIPTED, "severity": "none", "benefit": _SCRIPTED},
        "reversibility": {"degree": "everything", "why": _SCRIPTED},
        "refusing": {"degree": "nothing", "why": _SCRIPTED},
        "harm_story": _SCRIPTED,
        "withheld_story": _SCRIPTED,
        "course": "help",
        "reply": reply,
        "reason": _SCRIPTED,
    }
