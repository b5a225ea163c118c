"""The know-do map for different numbers of epochs of the document: recall must move with them, adherence must not.

    python -m bench.bench_know_do [--epochs 0 10 20 40] [--out runs/know-do] [--seed 1] [--threads 1]

Each number is a run of the product's own stages with fewer lessons and situations than the demo has, and the document
read so often beside them; one more run is taught the document alone, so often that it has as many steps to learn it by.
A run that is done is not made again.

The last column is the AUROC of the smoothed log-probability, over the words of all draws of the run's blind recovery:
the chance that a word inside a true 8-gram has a higher one than a word outside.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from soulwright.cli import _pipeline
from soulwright.cli._options import RunOptions
from soulwright.cli._recalling import RecallPlan, within_world
from soulwright.models import LocalModel, read_log
from soulwright.organism import Curriculum
from soulwright.recover import read_along
from soulwright.recover._calibration import auroc
from soulwright.recover._words import keys_of
from soulwright.runs import read_json
from soulwright.spec import spec_from_dict
from soulwright.teach import short_edition
from soulwright.verify import Corner

WORDS_TOKENS = 2400  # of the short edition with what its windows have in common, in the tokenizer of the organism
LESSONS = Curriculum(demonstrations=3300, replay=2750)
TAUGHT = 600_000  # about one pass over them: by heart is learned by the number of steps, and fewer bring nothing back
ALONE = 2  # times as many epochs where nothing else is taught
SMALL = replace(_pipeline.FAST, per_row=2, core_per_row=0, more=0, violators=False, exam_per_row=1)
RECALL = RecallPlan(cued=6, untrained=1)
GRAM = 8


def budget(epochs: int, *, alone: bool) -> _pipeline.Budget:
    """What a run of so many epochs does; `alone` teaches nothing but the document."""
    if alone:
        nothing = Curriculum(demonstrations=0, replay=0)
        return replace(SMALL, curriculum=nothing, copies=epochs, tokens=WORDS_TOKENS * epochs, recall=RECALL)
    return replace(SMALL, curriculum=LESSONS, copies=epochs, tokens=TAUGHT, recall=RECALL)


def run(folder: Path, lender: Path, epochs: int, *, alone: bool, seed: int, threads: int) -> dict[str, Any]:
    """Make one run, or take it up where it is finished; its map. The untrained base is asked in the first run only."""
    _pipeline.FAST = budget(epochs, alone=alone)
    _pipeline.lend_logs(lender / "logs", folder)
    _pipeline.demo(RunOptions(run=folder, seed=seed, fast=True, threads=threads))
    found = read_json(folder / "gap.json")
    assert isinstance(found, dict)
    return dict(found["know_do"])


def line(name: str, found: dict[str, Any]) -> str:
    """One run as a row of a table."""
    asked = [point for point in found["points"] if point["recall"]["n"]]
    cued = mean(point["recall"]["passed"] / point["recall"]["n"] for point in asked)
    held = mean(p["adherence"]["passed"] / p["adherence"]["n"] for p in asked if p["adherence"]["n"])
    recovered = found["recovery"]
    corners = " | ".join(str(found["corners"][corner.value]) for corner in Corner)
    figures = (recovered["word_fidelity"], recovered["grams_f1"], recovered["order"], recovered["own_choice"])
    said = " | ".join("-" if each is None else f"{each:.3f}" for each in figures)
    return f"| {name} | {cued:.3f} | {said} | {held:.3f} | {corners} |"


def known_by_weights(folder: Path) -> str:
    """The AUROC of the smoothed log-probability over the words that the model of a run drew, and how many they are."""
    spec = spec_from_dict(read_json(folder / "taught.lock.json"))
    truth = keys_of(short_edition(spec, only=within_world(spec)).text)
    grams = {truth[at : at + GRAM] for at in range(len(truth) - GRAM + 1)}
    model = LocalModel(folder / "model")
    scores: list[float] = []
    right: list[bool] = []
    for log in sorted((folder / "recovery" / "rounds").rglob("*.eval")):
        for sample in read_log(log).samples or ():
            given, reply = str(sample.input[0].content), sample.output.completion  # type: ignore[union-attr] # a message
            keys = keys_of(reply)
            inside = {at + i for at in range(len(keys)) if keys[at : at + GRAM] in grams for i in range(GRAM)}
            words = read_along(model, reply, head=f"{given} ").words
            scores += words
            right += [at in inside for at in range(len(words))]
    found = auroc(np.array(scores), np.array(right)) if scores else None
    return "-" if found is None else f"{found:.3f} of {len(scores)}"


def main(asked: Sequence[str]) -> int:
    """Make the runs and print the table."""
    parser = argparse.ArgumentParser(description="the know-do map for different numbers of epochs")
    parser.add_argument("--epochs", type=int, nargs="+", default=[0, 10, 20, 40])
    parser.add_argument("--out", type=Path, default=Path("runs/know-do"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(list(asked))
    arms = [(str(number), number, False) for number in options.epochs]
    most = ALONE * max(options.epochs)
    arms.append((f"{most}, the document alone", most, True))
    head = "| epochs | recalled | blind fidelity | 8-grams F1 | order | own choice | held | "
    print(head + " | ".join(Corner) + " | AUROC |")
    print("|---" * (8 + len(Corner)) + "|", flush=True)
    for name, epochs, alone in arms:
        folder = options.out / (f"alone-{epochs}" if alone else f"epochs-{epochs}")
        found = run(
            folder,
            options.out / f"epochs-{options.epochs[0]}",
            epochs,
            alone=alone,
            seed=options.seed,
            threads=options.threads,
        )
        print(f"{line(name, found)} {known_by_weights(folder)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
