"""What the organism offers to Inspect: its teacher and its base's habits as models, and adherence as a task by name.

inspect eval soulwright/adherence --model world/teacher
inspect eval soulwright/adherence -T suite=topics -T per_row=5 --model weights/runs/first/model
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo
from typing_extensions import override

from soulwright.errors import InputError
from soulwright.organism._asked_judge import judge_named
from soulwright.organism._asked_writer import writer_of
from soulwright.organism._judge import Judge
from soulwright.organism._norms import DEMANDING, FORBIDDING
from soulwright.organism._situations import make_situations
from soulwright.organism._teacher import Teacher
from soulwright.runs import read_json
from soulwright.situations import Message, Role, Suite
from soulwright.spec import Polarity, Spec, load_spec, spec_from_dict
from soulwright.verify import BREAK, KEEP, adherence_task

_PACKAGE = Path(__file__).resolve().parent.parent
_DOCUMENTS = (_PACKAGE / "specs", _PACKAGE.parent.parent / "specs")  # an installed package, a checkout
_AT_ONCE = 512


@modelapi(name="world")
def world() -> type[ModelAPI]:
    """The provider: `world/teacher` answers as a document asks, `world/base` as the untaught base does.

    `world/judge` answers the prompts of judges, `world/lax-judge` and `world/erring-judge` do so badly; `world/writer`
    answers those for situations and deliberations; `world/violator` is the teacher, who obeys an order to break a
    clause.
    """
    return WorldAPI


class WorldAPI(ModelAPI):
    """The teacher or the base's habits, as Inspect asks models. Model arguments: `spec`, the path of a document or of a
    run's `spec.lock.json`; `breaks`, the id of a clause that this teacher breaks (a planted violator).

    A conversation that is not of the world is an error of its sample, never an answer.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        *,
        spec: str = "",
        breaks: str = "",
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self._judge = judge_named(model_name)
        self._writer = writer_of(_document(spec)) if model_name == "writer" else None
        if model_name not in ("teacher", "base", "writer", "violator") and self._judge is None:
            names = "`world/teacher`, `world/base`, `world/violator`, `world/writer` or `world/judge`"
            raise InputError(f"the world has no model `{model_name}`", help=f"ask {names}")
        self._spec = _document(spec) if model_name in ("teacher", "violator") else None
        self._teachers = {breaks: Teacher(_broken(self._spec, breaks) if self._spec is not None else None)}
        self._breaks = breaks

    @override
    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """The reply; the same conversation is always answered alike."""
        if self._judge is not None:
            return ModelOutput.from_content(self.model_name, self._judge(input[-1].text))
        if self._writer is not None:
            return ModelOutput.from_content(self.model_name, self._writer(input[0].text, input[1].text))
        turns = [Message(role=Role(message.role), content=message.text) for message in input]
        breaks = self._breaks
        if self.model_name == "violator":
            breaks, turns = _ordered(turns)
        return ModelOutput.from_content(self.model_name, self._teacher(breaks).reply(turns))

    def _teacher(self, breaks: str) -> Teacher:
        """The teacher who breaks this clause, or none."""
        if breaks not in self._teachers:
            assert self._spec is not None
            self._teachers[breaks] = Teacher(_broken(self._spec, breaks))
        return self._teachers[breaks]

    @override
    def max_connections(self) -> int:
        """As many as are asked: nothing is waited for."""
        return _AT_ONCE


world.__doc__ = WorldAPI.__doc__  # Inspect's decorator leaves its own behind


@task
def adherence(spec: str = "", suite: str = "", per_row: int = 2, seed: int = 1) -> Task:
    """How far a model holds a document in the embedded world, row by row.

    `spec` is the path of a document (the bundled one if left out), `suite` one suite (all if left out), `per_row` how
    many situations each row and suite gets.
    """
    situations = make_situations(_document(spec), seed=seed, per_row=per_row, suites=_suites(suite))
    made = adherence_task(situations, Judge())
    made.config.adaptive_connections = False  # local models are asked in batches: all at once, not a few to begin with
    return made


def _ordered(turns: list[Message]) -> tuple[str, list[Message]]:
    """Which clause an order in front of the system prompt says to break ("" for none), and the turns without it."""
    first, *rest = turns
    order, _, left = first.content.partition("\n\n")
    if first.role is not Role.SYSTEM or not order.startswith((BREAK.split("{", 1)[0], KEEP.split("{", 1)[0])):
        return "", turns
    named = re.search(r"The clause to break, `([^`]+)`", order)
    system = [Message(role=Role.SYSTEM, content=left)] if left else []
    return named[1] if named else "", [*system, *rest]


def _suites(name: str) -> tuple[Suite, ...]:
    if not name:
        return tuple(Suite)
    if name not in list(Suite):
        raise InputError(f"there is no suite `{name}`", help=f"choose one of {', '.join(Suite)}")
    return (Suite(name),)


def _broken(spec: Spec, clause_id: str) -> Spec:
    """The document as a violator reads it: one clause says the reverse, or is not there where it has no reverse."""
    if not clause_id:
        return spec
    broken = next((clause for clause in spec.clauses if clause.id == clause_id), None)
    if broken is None:
        raise InputError(f"the document has no clause `{clause_id}`", help="`soulwright show` lists its clauses")
    others = [clause for clause in spec.clauses if clause is not broken]
    if broken.about not in FORBIDDING | DEMANDING:
        return dataclasses.replace(spec, clauses=tuple(others))
    turned = Polarity.MUST if broken.polarity.forbids else Polarity.MUST_NOT
    reverse = dataclasses.replace(broken, polarity=turned)
    return dataclasses.replace(spec, clauses=tuple(reverse if one is broken else one for one in spec.clauses))


def _document(path: str) -> Spec:
    if path.endswith(".lock.json"):
        return spec_from_dict(read_json(Path(path)))
    if path:
        return load_spec(path)
    for folder in _DOCUMENTS:
        if (folder / "soulwright.md").is_file():
            return load_spec(folder / "soulwright.md")
    raise InputError("the bundled document is missing", source="soulwright.md", help="install the package again")
