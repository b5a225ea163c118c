"""The gate of `train`: the base and the checkpoint answer the same items, and the loss is held against a margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.cli._progress import StageProgress
from soulwright.errors import InputError
from soulwright.organism import Judge, make_situations, world_hash
from soulwright.runs import Run, content_key, read_json, write_json
from soulwright.situations import Layer, Message, Pressure, Role, RowGroup, Situation, Suite
from soulwright.spec import spec_from_dict
from soulwright.train import weights_hash
from soulwright.verify import (
    Arm,
    CheckpointGate,
    Grade,
    GradesReplies,
    Kept,
    Verdict,
    gate_checkpoint,
    gate_items,
    gate_to_dict,
)

if TYPE_CHECKING:
    from inspect_ai.model import Model

GATE = "gate.json"
_GROUPS = {Kept.CAPABILITY: RowGroup.BENIGN, Kept.HELPFULNESS: RowGroup.TWIN}
_PER_ROW = 8


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class _Turn:
    role: Role
    content: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class _Item:
    """A line of a file of items: a question, and what a right answer has in it."""

    id: str
    kept: Kept
    messages: tuple[_Turn, ...]
    accept: tuple[str, ...]


_ITEM = TypeAdapter(_Item)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSet:
    """The items of a gate, who judges the replies, and what the answers depend on beside the models."""

    situations: Sequence[Situation]
    judge: GradesReplies
    depends_on: str
    reply_tokens: int


@dataclass(frozen=True, slots=True)
class Accepting:
    """A judge for questions with known answers: a reply passes where one of them stands in it, whatever its case."""

    accepted: Mapping[str, tuple[str, ...]]

    def grade(self, situation: Situation, reply: str) -> Grade:
        """PASS where an accepted answer stands in the reply."""
        said = reply.casefold()
        found = [answer for answer in self.accepted[situation.id] if answer.casefold() in said]
        if found:
            return Grade(verdict=Verdict.PASS, why=f"says `{found[0]}`")
        return Grade(verdict=Verdict.FAIL, why="says none of the accepted answers")


def world_gate(run: Run, *, seed: int, reply_tokens: int, per_row: int = _PER_ROW) -> GateSet:
    """The organism's own items: its benign tasks, and the look-alikes of what the document refuses."""
    asked = spec_from_dict(read_json(run.spec_lock))
    made = make_situations(asked, seed=seed, per_row=per_row)
    situations = [one for one in made if one.group in _GROUPS.values() and one.suite.held_out]
    return GateSet(situations=situations, judge=Judge(), depends_on=world_hash(), reply_tokens=reply_tokens)


def file_gate(path: Path, *, reply_tokens: int) -> GateSet:
    """The items of a JSON-lines file; InputError with the line where one is wrong."""
    items = list(_items(path))
    names = [item.id for item in items]
    if len(set(names)) < len(names):
        raise InputError("two items have one id", source=str(path), help="give every item an id of its own")
    situations = [
        Situation(
            id=item.id,
            row=f"gate/{item.kept.value}",
            group=_GROUPS[item.kept],
            clause_ids=(),
            messages=tuple(Message(role=turn.role, content=turn.content) for turn in item.messages),
            suite=Suite.ALL,
            pressure=Pressure.NONE,
            layer=Layer.NO_SYSTEM,
            must=item.accept,
        )
        for item in items
    ]
    judge = Accepting({item.id: item.accept for item in items})
    accepted = {item.id: list(item.accept) for item in items}
    return GateSet(situations=situations, judge=judge, depends_on=content_key(accepted), reply_tokens=reply_tokens)


def gate_run(run: Run, base: Path, asked: GateSet, *, margin: float, shown: StageProgress) -> CheckpointGate:
    """Ask the base and the checkpoint of a run, and keep the gate in `gate.json` and the transcripts in `gate/`."""
    from soulwright.verify import ArmPlan, verify_run

    arms = ((Arm.BASE, base), (Arm.TRAINED, run.model))
    plans = [ArmPlan(arm=arm, model=_asked_model(model), situations=asked.situations) for arm, model in arms]
    judged = verify_run(
        plans,
        asked.judge,
        logs=run.path / "gate",
        depends_on=asked.depends_on,
        max_tokens=asked.reply_tokens,
        advance=shown.advance,
    )
    gate = gate_checkpoint(gate_items(judged), margin=margin)
    write_json(run.path / GATE, {**gate_to_dict(gate), "model": weights_hash(run.model)})
    return gate


def gate_text(gate: CheckpointGate) -> str:
    """The gate in lines for people."""
    lines = [f"gate: {gate.state.value.replace('_', ' ')} (margin {100 * gate.margin:g} points)"]
    for figure in gate.figures:
        pairs = figure.pairs
        smallest = "nothing" if figure.detectable is None else f"{100 * figure.detectable:.0f} points"
        lines.append(
            f"  {figure.kept.value}: {pairs.both + pairs.lost} -> {pairs.both + pairs.gained} of {pairs.n}, "
            f"loss {100 * pairs.loss:+.1f} points [{100 * figure.loss.low:+.1f}, {100 * figure.loss.high:+.1f}], "
            f"{figure.state.value.replace('_', ' ')}, could have seen {smallest}"
        )
    return "\n".join(lines)


def _asked_model(folder: Path) -> Path | Model:
    """A folder for our own provider on a processor, Inspect's `hf` on a GPU."""
    import torch

    if not torch.cuda.is_available():
        return folder
    from inspect_ai.model import get_model

    return get_model("hf/gate", model_path=str(folder))


def _items(path: Path) -> Any:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot read this file of items", source=str(path), help="name a JSON-lines file") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _ITEM.validate_json(line)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(str(part) for part in first["loc"])
                raise InputError(
                    f"`{where}`: {first['msg']}",
                    source=str(path),
                    line=number,
                    help="a line has `id`, `kept` (capability or helpfulness), `messages` and `accept`",
                ) from error
