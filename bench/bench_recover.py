"""Recovering a document from noisy samples: our consensus beside every method it is measured against.

    python -m bench.bench_recover [--document PATH] [--levels light,medium,heavy] [--counts 8,16,32] [--seeds 21,22,23]
    python -m bench.bench_recover --samples FOLDER [--reference PATH] [--counts 8,12] [--whole]

Simulated samples (bench/recovery/_noise.py) of the first 6,025 words of a document. Every method of one cell gets the
same K samples, so the same sampled tokens; the exact-chunk vote, which asks as it goes, may spend as many. Mean of the
seeds: word fidelity, F1 of 8-grams, order. Then, for our consensus: how far its confidence means what it says, and
which of the candidates a rule picks that sees no truth. Rows go to bench/results/recover.json as they are done, and
what was made from the very same things is not made again: neither the other methods, nor ours. Needs `pyspoa` of the
extra `bench`.

With `--samples` the same table is made of samples that a model drew (.jsonl files with a `text` a line, as
`python -m bench.recovery.drawn` writes them): of each file, in an order of the seed's, as many as make K times the
words of the reference, or with `--whole` K samples. One at temperature 0 is the greedy run and in no pool. Without
`pyspoa` the methods that need it are left out.

`greedy` is one greedy run that stops as samples do; `greedy, ideal` never stops and never drifts, which the simulator
makes so: a bound, not a method. So are the two lines of bench/recovery/_bounds.py: what two samples say, and that in
pieces whose order no sample says.
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
from bench.recovery._bounds import in_pieces, said_by_two
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
OURS = "soulwright"
CANDIDATES = ("medoid", "POA heaviest bundle", "windowed vote", OURS)
NEED_SPOA = ("POA heaviest bundle", "POA vote", "windowed vote")
SHARED = ("choosing", "mapping", "words")
METHOD = ("agreement", "confidence", "layout", "outvoted", "pool", "reading", "sequence", "voting")
GUESSED = "soulwright, gaps guessed"
BOUNDS = ("said by two", "and some sample goes on")
FIRST = ("greedy, ideal", *BOUNDS, "greedy", "exact-chunk vote")

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
    kept = _Kept(asked.results, asked)
    for level in asked.levels:
        for count in asked.counts:
            for seed in asked.seeds:
                name = f"{level} {count} {seed}"
                if not kept.has(name):
                    memory = Memory(source, LEVELS[level], seed)
                    samples, alphabet = _numbers(memory, count)
                    truth = alphabet.numbers(source.words)
                    if name not in kept.peers:
                        kept.peers[name] = _peers(samples, truth, _asked_apart(memory, samples, alphabet))
                    kept.own[name] = _own(samples, alphabet, truth)
                    kept.write()
                    print(name, file=sys.stderr, flush=True)
    for level in asked.levels:
        print(table(kept.cells, level, asked.counts, asked.seeds))
    return 0


class _Kept:
    """The figures made so far, of the other methods and of ours: each dropped when what it was made from is another."""

    def __init__(self, path: Path, asked: argparse.Namespace) -> None:
        self._path = path
        self._made_from = {"peers": _made_from(asked, own=False), "own": _made_from(asked, own=True)}
        kept: Any = read_json(path) if path.is_file() else {}
        same = {part: kept.get("made_from", {}).get(part) == key for part, key in self._made_from.items()}
        self.peers: dict[str, Row] = kept["peers"] if same["peers"] else {}
        self.own: dict[str, Row] = kept["own"] if same["own"] else {}

    def has(self, name: str) -> bool:
        """Whether a cell is whole."""
        return name in self.peers and name in self.own

    @property
    def cells(self) -> dict[str, Row]:
        """The cells that are whole."""
        return {name: _joined(self.peers[name], own) for name, own in self.own.items() if name in self.peers}

    def write(self) -> None:
        """Keep what there is."""
        write_json(self._path, {"made_from": self._made_from, "peers": self.peers, "own": self.own})


def _drawn_tables(asked: argparse.Namespace) -> int:
    """The table of samples that a model drew: one level for each .jsonl file, K the documents' worth of words."""
    reference = asked.reference or asked.samples / "reference.md"
    for path in sorted(asked.samples.rglob("*.jsonl")):
        name = str(path.relative_to(asked.samples).with_suffix(""))
        cells = {
            f"{name} {count} {seed}": _drawn(path, reference, count, seed, whole=asked.whole)
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


def _asked_apart(memory: Memory, samples: Sequence[Text], alphabet: Alphabet) -> dict[str, Text]:
    """What is asked of the model apart from the samples, after they are drawn."""
    chunks, _ = exact_chunks(memory, sum(map(len, samples)))
    return {
        "greedy, ideal": alphabet.numbers(memory.greedy()),
        "greedy": alphabet.numbers(memory.greedy_run()),
        "exact-chunk vote": alphabet.numbers(chunks),
    }


def _peers(samples: Sequence[Text], truth: Text, texts: dict[str, Text], *, without: Sequence[str] = ()) -> Row:
    """The figures of every other method."""
    texts |= {name: method(samples) for name, method in METHODS.items() if name not in (OURS, *without)}
    return {
        "tokens": sum(map(len, samples)),
        "methods": {name: _figures(text, truth) for name, text in texts.items()},
        "support": {name: _support(texts[name], samples) for name in CANDIDATES if name in texts},
    }


def _joined(peers: Row, own: Row) -> Row:
    """A cell: all methods, and which of the candidates the rule picks that sees no truth."""
    methods = peers["methods"] | own["methods"]
    score = peers["support"] | {OURS: own["support"]}
    chosen = max(score, key=lambda name: score[name])
    best = max(methods[name]["fidelity"] for name in score)
    ours_there = own["ours"] | {"chosen": chosen, "chosen_minus_best": methods[chosen]["fidelity"] - best}
    return {"tokens": peers["tokens"], "methods": methods, "ours": ours_there}


def _support(text: Text, samples: Sequence[Text]) -> float:
    return support(np.array(text, dtype=np.int64), [np.array(sample, dtype=np.int64) for sample in samples])


def _drawn(path: Path, reference: Path, count: int, seed: int, *, whole: bool) -> Row:
    """A cell of samples that a model drew: in a random order, `count` or as many as make `count` documents' words."""
    alphabet = Alphabet()
    truth = alphabet.numbers(keys_of(reference.read_text(encoding="utf-8")))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    texts = [alphabet.numbers(keys_of(line["text"])) for line in lines if line.get("temperature") != 0]
    apart = [("greedy", alphabet.numbers(keys_of(line["text"]))) for line in lines if line.get("temperature") == 0]
    random.Random(seed).shuffle(texts)
    ends = np.cumsum([len(text) for text in texts])
    wanted = count if whole else int(np.searchsorted(ends, count * len(truth))) + 1
    samples = [text for text in texts[:wanted] if text]
    without = () if importlib.util.find_spec("spoa") is not None else NEED_SPOA
    return _joined(_peers(samples, truth, dict(apart), without=without), _own(samples, alphabet, truth))


def _guessed(samples: Sequence[Text], alphabet: Alphabet) -> tuple[str, ...]:
    """Our text with its disputed gaps filled by what one sample says there, as the other methods fill theirs."""
    words = alphabet.symbols
    texts = [" ".join(str(words[number]) for number in sample) for sample in samples]
    return keys_of(read_back([Sample(id=str(i), text=text) for i, text in enumerate(texts)]).best_guess)


def _own(samples: Sequence[Text], alphabet: Alphabet, truth: Text) -> Row:
    """The figures of our consensus, and of what could be reached."""
    arrays = [np.array(sample, dtype=np.int64) for sample in samples]
    started = time.process_time()
    agreement = agree(arrays)
    seconds = time.process_time() - started
    text: Text = agreement.words_D.tolist()
    texts = {OURS: text, GUESSED: alphabet.numbers(_guessed(samples, alphabet)), BOUNDS[0]: said_by_two(samples, truth)}
    pieces = [_figures(each, truth) for each in in_pieces(samples, truth)]
    bound = {BOUNDS[1]: {name: float(np.mean([each[name] for each in pieces])) for name in pieces[0]}}
    chances = confidence(votes_on(agreement))
    found = calibration(chances, right_words(text, truth))
    row = {
        "ece": found.ece,
        "auroc": found.auroc,
        "brier": found.brier,
        "bins": [[each.low, each.words, each.confidence, each.right] for each in found.bins],
        "confidence": float(chances.mean()) if len(chances) else 0.0,
        "words": len(chances),
        "seconds": seconds,
    }
    methods = {name: _figures(each, truth) for name, each in texts.items()} | bound
    return {"methods": methods, "ours": row, "support": _support(text, samples)}


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


def _made_from(asked: argparse.Namespace, *, own: bool) -> Row:
    """All that figures depend on: what was made from anything else is made again."""
    bench = ("methods", "noise", *(["bounds"] if own else []))
    room = (*SHARED, *(METHOD if own else []))
    code = [FOLDER / "recovery" / f"_{name}.py" for name in bench]
    code += [FOLDER.parent / "src" / "soulwright" / "recover" / f"_{name}.py" for name in room]
    return {
        "document": hash_file(asked.document),
        "words": asked.words,
        "code": content_key({path.name: hash_file(path) for path in code}),
        "weights": list(WEIGHTS) if own else [],
    }


def _default() -> Path:
    return PUBLISHED if PUBLISHED.is_file() else BUNDLED


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench.bench_recover", description=(__doc__ or "").splitlines()[0])
    options.add_argument("--document", type=Path, default=_default(), help="the document to recover (%(default)s)")
    options.add_argument("--words", type=int, default=WORDS, help="so many of its first words (%(default)s)")
    options.add_argument("--levels", type=lambda text: text.split(","), default=list(LEVELS))
    options.add_argument("--counts", type=_ints, default=[8, 16, 32], help="samples, K")
    options.add_argument("--seeds", type=_ints, default=[21, 22, 23])
    options.add_argument("--samples", type=Path, help="instead: .jsonl files of samples that a model drew, in a folder")
    options.add_argument("--whole", action="store_true", help="with --samples: K is a number of samples, not of words")
    options.add_argument("--reference", type=Path, help="their true text (reference.md in the folder)")
    options.add_argument("--results", type=Path, default=RESULTS, help="where the figures are kept")
    return options


def _ints(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
