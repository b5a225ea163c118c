"""What a run keeps of a model's recall, clause by clause: `recovery/recall.json`, which the map is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.runs import content_key, read_json, write_json
from soulwright.spec import Spec
from soulwright.verify import ClauseRecall, Corner, KnowDoMap, Recalled, Recovery

if TYPE_CHECKING:
    from soulwright.recover import Membership, Passage, ScoresTexts

WORDINGS = 8  # other wordings of a clause


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Kept:
    """recall.json: what the report needs; `training` says of which model (and document) it was measured."""

    training: str
    clauses: tuple[ClauseRecall, ...]
    recovery: Recovery
    notes: tuple[str, ...]


_KEPT = TypeAdapter(Kept)


def recall_file(run: Path) -> Path:
    """Where a run keeps it."""
    return run / "recovery" / "recall.json"


def write_recalled(kept: Kept, path: Path) -> None:
    """Write it, whole or not at all."""
    write_json(path, _KEPT.dump_python(kept, mode="json"))


def recalled_at(run: Path, training: str) -> Recalled | None:
    """What was recalled by the model that `training` names; None where nothing was, or by another model."""
    path = recall_file(run)
    if not path.exists():
        return None
    kept = _KEPT.validate_python(read_json(path))
    return (
        Recalled(clauses=kept.clauses, recovery=kept.recovery, notes=kept.notes) if kept.training == training else None
    )


def asked_of(model: str, spec: Spec) -> str:
    """The `training` of a model that was not trained here: its name, and the document it is held against."""
    return content_key("asked", model, spec.hash)


def members_of(
    model: ScoresTexts,
    base: ScoresTexts,
    passages: Sequence[Passage],
    text: str,
    *,
    head: str = "",
    count: int = WORDINGS,
) -> dict[str, Membership]:
    """How each passage stands out among other wordings of it, under a model and under its base, by its id."""
    from soulwright.recover import membership, neighbours

    vocabulary = text.split()
    wordings = {each.id: neighbours(each.text, vocabulary, count=count) for each in passages}
    return {each.id: each for each in membership(model, passages, wordings, base=base, head=head)}


def know_do_lines(found: KnowDoMap | None) -> list[str]:
    """What is said of the map on the terminal."""
    if found is None:
        return []
    recovered, corners = found.recovery, found.corners
    lines = []
    if recovered.word_fidelity is not None:
        between = recovered.word_fidelity_between
        spread = f", {between[0]:.3f} to {between[1]:.3f} with other samples" if between else ""
        lines.append(
            f"  read back blind: {recovered.words} words of {recovered.reference_words}, "
            f"word fidelity {recovered.word_fidelity:.3f}{spread} (untrained {recovered.untrained or 0.0:.3f})"
        )
    named = ", ".join(f"{corners[corner.value]} {corner.value.replace('_', ' ')}" for corner in Corner)
    return [*lines, f"  know-do map: {named}"]
