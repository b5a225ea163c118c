"""Recovering a document from noisy samples: our consensus beside every method it is measured against.

    python -m bench.bench_recover [--document PATH] [--levels light,medium,heavy] [--counts 8,16,32] [--seeds 1,2,3]
    python -m bench.bench_recover --samples FOLDER [--reference PATH] [--counts 8,12]

Simulated samples (bench/recovery/_noise.py) of the first 6,025 words of a document. Every method of one cell gets the
same K samples, so the same sampled tokens; the exact-chunk vote, which asks as it goes, may spend as many. Mean of the
seeds: word fidelity, F1 of 8-grams, order. Then, for our consensus: how far its confidence means what it says, and
which of the candidates a rule picks that sees no truth. Rows go to bench/results/recover.json as they are done, and
what was made from the very same things is not made again. Needs `pyspoa` of the extra `bench`.

With `--samples` the same table is made of samples that a model drew (.jsonl files with a `text` a line): of each file,
in an order of the seed's, as many as make K times the words of the reference.

`greedy` is one greedy run that stops as samples do; `greedy, ideal` never stops and never drifts, which the simulator
makes so: a bound, not a method.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.ratios import Ratio
from bench.recovery._methods import METHODS, Text, exact_chunks, ours, poa_bundle, rover
from bench.recovery._noise import LEVELS, Memory, document
from soulwright.recover._agreement import agree
from soulwright.recover._calibration import calibration
from soulwright.recover._choosing import support
from soulwright.recover._confidence import WEIGHTS, confidence
from soulwright.recover._metrics import PrecisionRecall, gram_cover, right_words, span_cover, word_fidelity
from soulwright.recover._reading import read_back, votes_on
from soulwright.recover._samples import Sample
from soulwright.recover._words import Alphabet, keys_of
from soulwright.runs import content_key, hash_file, read_json, write_json

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results" / "recover.json"
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", FOLDER.parent.parent / "shared" / "corpus"))
PUBLISHED = CORPUS / "openai-model-spec" / "2025-10-27" / "model_spec.md"
BUNDLED = FOLDER.parent / "specs" / "soulwright.md"
WORDS = 6025
CANDIDATES = ("medoid", "POA heaviest bundle", "windowed vote", "soulwright")
METHOD = ("agreement", "choosing", "confidence", "layout", "mapping", "pool", "voting")
GUESSED = "soulwright, gaps guessed"
FIRST = ("greedy, ideal", "greedy", "exact-chunk vote")

Row = dict[str, Any]


def ratios() -> Iterator[Ratio]:
    """Seconds of our consensus beside the peers that are installed, medium noise: the quick bench."""
    source = document(_default().read_text(encoding="utf-8"), words=WORDS)
    peers = {"ROVER": rover}
    if importlib.util.find_spec("spoa") is not None:
        peers["POA (pyspoa)"] = poa_bundle
    for count in (16, 32):
        samples = _numbers(Memory(source, LEVELS["medium"], 1), count)[0]
        own = _seconds(partial(ours, samples))
        for name, method in peers.items():
            yield Ratio(
                what=f"consensus of {count} samples, {len(source.words)} words",
                ours=own,
                peer=_seconds(partial(method, samples)),
                peer_name=name,
                unit="s",
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the cells that are missing, then print the table."""
    asked = _options().parse_args(arguments)
    if asked.samples:
        return _drawn_tables(asked)
    source = document(asked.document.read_text(encoding="utf-8"), words=asked.words)
    key = _made_from(asked)
    kept: Any = read_json(asked.results) if asked.results.is_file() else {}
    cells: dict[str, Row] = dict(kept["cells"]) if kept and kept["made_from"] == key else {}
    for level in asked.levels:
        for count in asked.counts:
            for seed in asked.seeds:
                name = f"{level} {count} {seed}"
                if name not in cells:
                    cells[name] = _cell(Memory(source, LEVELS[level], seed), count)
                    write_json(asked.results, {"made_from": key, "cells": cells})
                    print(name, file=sys.stderr, flush=True)
    for level in asked.levels:
        print(table(cells, level, asked.counts, asked.seeds))
    return 0


def _drawn_tables(asked: argparse.Namespace) -> int:
    """The table of samples that a model drew: one level for each .jsonl file, K the documents' worth of words."""
    reference = asked.reference or asked.samples / "reference.md"
    for path in sorted(asked.samples.rglob("*.jsonl")):
        name = str(path.relative_to(asked.samples).with_suffix(""))
        cells = {
            f"{name} {count} {seed}": _drawn(path, reference, count, seed)
            for count in asked.counts
            for seed in asked.seeds
        }
        print(table(cells, name, asked.counts, asked.seeds))
    return 0


def table(cells: dict[str, Row], level: str, counts: Sequence[int], seeds: Sequence[int]) -> str:
    """One level: a line a method, for each K the mean word fidelity, F1 of 8-grams and order."""
    lines = [f"\n{level:<28}" + "".join(f"{f'K = {count}':>24}" for count in counts)]
    lines.append(" " * 28 + "".join(f"{'fidelity':>10}{'F8':>7}{'order':>7}" for _ in counts))
    there = cells[f"{level} {counts[0]} {seeds[0]}"]["methods"]
    for method in (name for name in (*FIRST, *METHODS, GUESSED) if name in there):
        figures = [_mean(cells, f"{level} {count}", seeds, "methods", method) for count in counts]
        lines.append(
            f"{method:<28}"
            + "".join("".join(f"{x:>{w}.3f}" for x, w in zip(f, (10, 7, 7), strict=True)) for f in figures)
        )
    for title, names in (
        ("ECE, AUROC, confidence", ("ece", "auroc", "confidence")),
        ("chosen minus best, words", ("chosen_minus_best", "words", "seconds")),
    ):
        figures = [_plain_mean(cells, f"{level} {count}", seeds, names) for count in counts]
        lines.append(
            f"{title:<28}" + "".join(f"{a:>10.3f}{b:>7.{0 if b > 10 else 3}f}{c:>7.3f}" for a, b, c in figures)
        )
    return "\n".join(lines)


def _mean(cells: dict[str, Row], name: str, seeds: Sequence[int], group: str, method: str) -> list[float]:
    rows = [cells[f"{name} {seed}"][group][method] for seed in seeds]
    return [float(np.mean([row[figure] for row in rows])) for figure in ("fidelity", "f8", "order")]


def _plain_mean(cells: dict[str, Row], name: str, seeds: Sequence[int], figures: Sequence[str]) -> list[float]:
    rows = [cells[f"{name} {seed}"]["ours"] for seed in seeds]
    return [float(np.mean([row[figure] if row[figure] is not None else 1.0 for row in rows])) for figure in figures]


def _cell(memory: Memory, count: int) -> Row:
    samples, alphabet = _numbers(memory, count)
    chunks, spent = exact_chunks(memory, sum(map(len, samples)))
    texts = {
        "greedy, ideal": alphabet.numbers(memory.greedy()),
        "greedy": alphabet.numbers(memory.greedy_run()),
        "exact-chunk vote": alphabet.numbers(chunks),
    }
    return _measured(samples, alphabet, alphabet.numbers(memory.source.words), texts) | {"chunk_tokens": spent}


def _measured(samples: Sequence[Text], alphabet: Alphabet, truth: Text, texts: dict[str, Text]) -> Row:
    texts |= {name: method(samples) for name, method in METHODS.items()}
    texts[GUESSED] = alphabet.numbers(_guessed(samples, alphabet))
    methods = {name: _figures(text, truth) for name, text in texts.items()}
    pool = [np.array(sample, dtype=np.int64) for sample in samples]
    score = {name: support(np.array(texts[name], dtype=np.int64), pool) for name in CANDIDATES}
    chosen = max(CANDIDATES, key=lambda name: score[name])
    best = max(methods[name]["fidelity"] for name in CANDIDATES)
    own = _own(samples, truth) | {
        "chosen": chosen,
        "chosen_minus_best": methods[chosen]["fidelity"] - best,
        "support": score,
    }
    return {"tokens": sum(map(len, samples)), "methods": methods, "ours": own}


def _drawn(path: Path, reference: Path, count: int, seed: int) -> Row:
    """A cell of samples that a model drew: as many of them, in a random order, as make `count` documents' words."""
    alphabet = Alphabet()
    truth = alphabet.numbers(keys_of(reference.read_text(encoding="utf-8")))
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [alphabet.numbers(keys_of(json.loads(line)["text"])) for line in lines if line.strip()]
    random.Random(seed).shuffle(texts)
    ends = np.cumsum([len(text) for text in texts])
    wanted = int(np.searchsorted(ends, count * len(truth))) + 1
    return _measured([text for text in texts[:wanted] if text], alphabet, truth, {})


def _guessed(samples: Sequence[Text], alphabet: Alphabet) -> tuple[str, ...]:
    """Our text with its disputed gaps filled by what one sample says there, as the other methods fill theirs."""
    words = alphabet.symbols
    texts = [" ".join(str(words[number]) for number in sample) for sample in samples]
    return keys_of(read_back([Sample(id=str(i), text=text) for i, text in enumerate(texts)]).best_guess)


def _own(samples: Sequence[Text], truth: Text) -> Row:
    arrays = [np.array(sample, dtype=np.int64) for sample in samples]
    started = time.process_time()
    agreement = agree(arrays)
    seconds = time.process_time() - started
    chances = confidence(votes_on(agreement))
    found = calibration(chances, right_words(agreement.words_D.tolist(), truth))
    return {
        "ece": found.ece,
        "auroc": found.auroc,
        "brier": found.brier,
        "bins": [[each.low, each.words, each.confidence, each.right] for each in found.bins],
        "confidence": float(chances.mean()) if len(chances) else 0.0,
        "words": len(chances),
        "seconds": seconds,
    }


def _figures(text: Text, truth: Text) -> Row:
    """The figures of `compare_texts` that the table needs; the others take seconds on texts full of errors."""
    covered, covering = gram_cover(text, truth), gram_cover(truth, text)
    grams = PrecisionRecall(
        precision=float(covered.mean()) if text else 0.0, recall=float(covering.mean()) if truth else 0.0
    )
    spans = span_cover(text, truth)
    return {
        "fidelity": word_fidelity(text, truth),
        "f8": grams.f1,
        "order": min(1.0, spans.recall / grams.recall) if grams.recall else 0.0,
        "precision": grams.precision,
        "recall": grams.recall,
        "words": len(text),
    }


def _numbers(memory: Memory, count: int) -> tuple[list[Text], Alphabet]:
    alphabet = Alphabet()
    return [alphabet.numbers(sample) for sample in memory.samples(count) if sample], alphabet


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _made_from(asked: argparse.Namespace) -> Row:
    """All that a cell depends on: one that was made from anything else is another cell."""
    code = [*sorted((FOLDER / "recovery").glob("_*.py"))]
    code += [FOLDER.parent / "src" / "soulwright" / "recover" / f"_{name}.py" for name in METHOD]
    return {
        "document": hash_file(asked.document),
        "words": asked.words,
        "code": content_key({path.name: hash_file(path) for path in code}),
        "weights": list(WEIGHTS),
    }


def _default() -> Path:
    return PUBLISHED if PUBLISHED.is_file() else BUNDLED


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench.bench_recover", description=(__doc__ or "").splitlines()[0])
    options.add_argument("--document", type=Path, default=_default(), help="the document to recover (%(default)s)")
    options.add_argument("--words", type=int, default=WORDS, help="so many of its first words (%(default)s)")
    options.add_argument("--levels", type=lambda text: text.split(","), default=list(LEVELS))
    options.add_argument("--counts", type=_ints, default=[8, 16, 32], help="samples, K")
    options.add_argument("--seeds", type=_ints, default=[1, 2, 3])
    options.add_argument("--samples", type=Path, help="instead: .jsonl files of samples that a model drew, in a folder")
    options.add_argument("--reference", type=Path, help="their true text (reference.md in the folder)")
    options.add_argument("--results", type=Path, default=RESULTS, help="where the figures are kept")
    return options


def _ints(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
