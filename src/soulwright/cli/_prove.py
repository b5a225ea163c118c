"""`soulwright prove`: what holds for every possible operator and user, and the smallest input for which it does not."""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import json_option

if TYPE_CHECKING:
    from soulwright.policy import Counterexample, Deployment, Promise, Proof

_MARKS = {"holds": "✓", "fails": "✗", "vacuous": "-"}


@click.command(short_help="Prove what holds for every possible operator and user.")
@click.argument("spec", type=click.Path(path_type=Path), required=False)
@click.option(
    "--deployment",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Only for this operator: every possible user of this deployment.",
)
@click.option(
    "--counterexamples",
    type=click.Path(path_type=Path),
    default=Path("counterexamples"),
    show_default=True,
    metavar="DIR",
    help="Where a deployment is written for each promise that fails.",
)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The day on which agreements must be in force; today if left out.",
)
@json_option
def prove(
    *,
    spec: Path | None,
    deployment: Path | None,
    counterexamples: Path,
    on: datetime.datetime | None,
    as_json: bool,
) -> int:
    """Prove the promises of SPEC (the bundled one if left out) for every possible operator and user.

    Where the document is so written that one fails, the smallest counterexample is printed and written as a deployment
    file that shows it with `soulwright explain`. Exit status 1 where a promise fails.
    """
    day = on.date() if on else datetime.datetime.now(datetime.UTC).date()
    return answer(lambda: _prove(spec or bundled_document(), deployment, counterexamples, day), as_json=as_json)


def _prove(path: Path, deployment: Path | None, folder: Path, day: datetime.date) -> Outcome:
    from soulwright.policy import load_deployment, proof_to_dict
    from soulwright.policy import prove as hold
    from soulwright.spec import load_spec

    spec = load_spec(path)
    proof = hold(spec, None if deployment is None else load_deployment(deployment, today=day, spec=spec))
    written = {
        promise.name: _write(folder, promise, proof, path) for promise in proof.promises if promise.counterexamples
    }
    document = proof_to_dict(proof)
    document["source"] = str(path)
    document["reproduce"] = {name: shlex.join(command) for name, command in written.items()}
    return Outcome(document=document, text=_text(proof, path, written), findings=not proof.holds)


def _write(folder: Path, promise: Promise, proof: Proof, spec: Path) -> list[str]:
    """Write the smallest counterexample as files; the command that shows it."""
    import yaml

    from soulwright.policy import deployment_to_yaml, user_to_dict
    from soulwright.runs import write_text_atomic

    smallest = promise.counterexamples[0]
    about = f"# {promise.sentence}\n# Broken under {proof.spec_name} {proof.spec_version}: {smallest.happens}.\n"
    deployment = folder / f"{promise.name}.yaml"
    write_text_atomic(deployment, about + deployment_to_yaml(_named(smallest, promise)))
    command = ["soulwright", "explain", str(spec), "--deployment", str(deployment)]
    if smallest.user.settings or smallest.user.implied:
        user = folder / f"{promise.name}.user.yaml"
        write_text_atomic(user, about + yaml.safe_dump(user_to_dict(smallest.user), sort_keys=False))
        command += ["--user", str(user)]
    return command


def _named(example: Counterexample, promise: Promise) -> Deployment:
    from dataclasses import replace

    return replace(example.deployment, operator=f"counterexample to {promise.name}")


def _text(proof: Proof, path: Path, written: dict[str, list[str]]) -> str:
    whom = f"every user of {proof.operator}" if proof.operator else "every operator and user"
    lines = [f"{path}: {proof.spec_name} {proof.spec_version} ({proof.spec_hash[:12]}), for {whom}", ""]
    for promise in proof.promises:
        lines += [_line(promise), *_examples(promise, written.get(promise.name, []))]
    counts = [sum(promise.outcome == outcome for promise in proof.promises) for outcome in _MARKS]
    silent = f", {counts[2]} speak of nothing in this document" if counts[2] else ""
    failing = f", {counts[1]} fail" if counts[1] else ""
    kept = "1 promise holds" if counts[0] == 1 else f"{counts[0]} promises hold"
    lines += ["", f"{kept}{failing}{silent}; {proof.cases:,} inputs of {proof.behaviours} lines"]
    return "\n".join(lines)


def _line(promise: Promise) -> str:
    sentence = f"{_MARKS[promise.outcome.value]} {promise.sentence}"
    return f"{sentence}  [{_how(promise)}]"


def _how(promise: Promise) -> str:
    if promise.outcome == "vacuous":
        return "nothing in the document that it speaks of"
    rulings = "whole rulings" if promise.method == "whole rulings" else "cases"
    solver = f", solver: {promise.answer} over {promise.combinations:,} combinations" if promise.answer else ""
    return f"{promise.cases:,} {rulings}{solver}"


def _examples(promise: Promise, command: list[str]) -> list[str]:
    if not promise.counterexamples:
        return []
    lines = []
    for example in promise.counterexamples:
        like = f" (and so do {', '.join(example.also)})" if example.also else ""
        clauses = f", by {', '.join(example.clause_ids)}" if example.clause_ids else ""
        lines.append(f"    {example.happens}{clauses}{like}")
        lines.append(f"      where {_said(example)}")
    return [*lines, f"    see it: {shlex.join(command)}"]


def _said(example: Counterexample) -> str:
    """The input in one line."""
    deployment, user = example.deployment, example.user
    parts = [f"the operator sets {name}={value}" for name, value in deployment.settings.items()]
    parts += [f"the operator's context implies {name}={value}" for name, value in deployment.implied.items()]
    parts += [f"the operator agrees to {word}" for word in sorted(deployment.agreements)]
    parts += [f"the operator attests {word}" for word in sorted(deployment.attestations)]
    parts += [f"the operator grants {word}" for word in sorted(deployment.grants)]
    parts += [f"the operator locks {word}" for word in sorted(deployment.locked)]
    parts += [f"the user asks for {name}={value}" for name, value in user.settings.items()]
    parts += [f"the user's context implies {name}={value}" for name, value in user.implied.items()]
    return ", ".join(parts) or "nobody says anything"
