"""`soulwright publish`: a checkpoint as others load it, with a card that says what was measured of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option
from soulwright.errors import InputError, RunError

if TYPE_CHECKING:
    from soulwright.train import LayoutFinding, Trace, TrainedFrom


@click.command(short_help="Write a checkpoint with its model card, as others load it.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="PATH", help="The folder to write.")
@click.option("--name", default="", help="What the model is called; the name of the folder if left out.")
@click.option("--anyway", is_flag=True, help="Also where the gate is not good or a link is broken; the card says so.")
@json_option
def publish(*, run: Path, out: Path, name: str, anyway: bool, as_json: bool) -> int:
    """Write the checkpoint of a verified run with a model card: what was measured, what it was made from, how to load.

    Refused where the gate does not call the checkpoint good, where a link of its provenance is broken, or where its
    files are not what `transformers`, vLLM and llama.cpp's converter expect; `--anyway` writes it and says so.
    """
    return answer(lambda: _publish(run, out, name or out.name, anyway=anyway), as_json=as_json)


def _publish(run: Path, out: Path, name: str, *, anyway: bool) -> Outcome:
    from soulwright.organism import BASE
    from soulwright.runs import atomic_directory, read_json, write_json, write_text_atomic
    from soulwright.train import check_layout, read_record, trace, weights_hash

    _check(run, out)
    chain = trace(run, bases={"organism": BASE})
    layout = check_layout(run / "model")
    gate = _gate(run)
    troubles = _troubles(chain, layout, gate)
    if "model" in gate and gate["model"] != weights_hash(run / "model"):
        troubles.append("the gate was asked of another checkpoint")
    gap: Any = read_json(run / "gap.json")
    if "model" not in gap["manifest"]["hashes"]:
        troubles.append("gap.json does not say that it is of these weights")
    if troubles and not anyway:
        raise RunError(
            f"this checkpoint is not fit to publish: {troubles[0]}",
            path=str(run),
            help="put that right, or add `--anyway`: the card says so",
        )
    record = read_record(run / "training.json")
    with atomic_directory(out) as folder:
        shutil.copytree(run / "model", folder, dirs_exist_ok=True)
        write_text_atomic(folder / "README.md", _card(run / "model", name, layout, gate, gap, record))
        write_json(folder / "provenance.json", _provenance(chain, gap, record))
        shutil.copy(run / "gap.json", folder / "gap.json")
    document = {"out": str(out), "gate": gate, "troubles": troubles, "layout": [_finding(one) for one in layout]}
    text = "\n".join(
        [f"{out}: {len(list(out.iterdir()))} files, card in README.md", *(f"but: {one}" for one in troubles)]
    )
    return Outcome(document=document, text=text, findings=bool(troubles))


def _check(run: Path, out: Path) -> None:
    for part, verb in (("model", "train"), ("gap.json", "verify")):
        if not (run / part).exists():
            raise InputError(
                f"this run has no `{part}`", source=str(run), help=f"`soulwright {verb} --run {run}` makes it"
            )
    if out.exists() and any(out.iterdir()):
        raise InputError("this folder holds other things", source=str(out), help="name a new folder with --out")


def _gate(run: Path) -> dict[str, Any]:
    """The gate that `train` kept, or else that of the replies that verification judged."""
    from soulwright.runs import read_json, read_jsonl
    from soulwright.verify import gate_checkpoint, gate_items, gate_to_dict, judged_from_dict

    kept: Any = read_json(run / "gate.json") if (run / "gate.json").is_file() else None
    if kept is not None:
        return dict(kept)
    judged = [judged_from_dict(row) for row in read_jsonl(run / "judged.jsonl")]
    return gate_to_dict(gate_checkpoint(gate_items([one for one in judged if one.suite.held_out]), margin=0.05))


def _troubles(chain: Trace, layout: tuple[LayoutFinding, ...], gate: dict[str, Any]) -> list[str]:
    from soulwright.train import LayoutState
    from soulwright.verify import GateState

    troubles = [f"{link.name}: {link.what}" for link in chain.broken]
    troubles += [f"{one.part}: {one.what}" for one in layout if one.state is LayoutState.BROKEN]
    if gate["state"] != GateState.GOOD.value:
        troubles.append(f"the gate says `{str(gate['state']).replace('_', ' ')}`")
    return troubles


def _card(
    model: Path,
    name: str,
    layout: tuple[LayoutFinding, ...],
    gate: dict[str, Any],
    gap: dict[str, Any],
    record: TrainedFrom | None,
) -> str:
    from soulwright.verify import CardFacts, render_card

    template = model / "chat_template.jinja"
    return render_card(
        CardFacts(
            name=name,
            base=_public_name(record.base) if record else "organism",
            gap=gap,
            gate=gate,
            record=record,
            template=template.read_text(encoding="utf-8") if template.is_file() else "in tokenizer_config.json",
            hashes=gap["manifest"]["hashes"],
            layout=layout,
        )
    )


def _provenance(chain: Trace, gap: dict[str, Any], record: TrainedFrom | None) -> dict[str, object]:
    from soulwright.train import as_json

    here = record.base if record else ""
    return {
        "links": [
            {"name": link.name, "state": link.state.value, "what": link.what.replace(here, _public_name(here))}
            for link in chain.links
        ],
        "clauses": [{"id": one.id, "hash": one.hash, "lessons": one.lessons} for one in chain.clauses],
        "checkpoint": dict(chain.checkpoint),
        "trained_from": as_json(replace(record, base=_public_name(here))) if record else None,
        "hashes": gap["manifest"]["hashes"],
    }


def _public_name(base: str) -> str:
    """A base as others may read it: of a folder of this machine only its name."""
    return Path(base).name if Path(base).is_absolute() else base


def _finding(one: LayoutFinding) -> dict[str, str]:
    return {"part": one.part, "state": one.state.value, "what": one.what}
