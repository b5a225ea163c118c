"""Fit the confidence of recovered words: `python -m bench.recovery.calibrate` prints the weights of `_confidence.py`.

Samples of the two documents in specs/ at all levels of noise, K = 4 to 32, seeds that no bench and no test uses. A word
is right when the best alignment with the document pairs it with the same word.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.recovery._noise import LEVELS, Memory, document
from soulwright.recover._agreement import agree
from soulwright.recover._confidence import NAMES, Floats, features
from soulwright.recover._mapping import Bools
from soulwright.recover._metrics import right_words
from soulwright.recover._reading import votes_on
from soulwright.recover._words import Alphabet

SPECS = Path(__file__).parent.parent.parent / "specs"
DOCUMENTS = [SPECS / "soulwright.md", SPECS / "counter.md"]
SEEDS = (101, 102)
COUNTS = (4, 8, 16, 32)
_RIDGE = 1.0


def main() -> None:
    """Fit and print."""
    rows, right = [], []
    for path in DOCUMENTS:
        source = document(path.read_text(encoding="utf-8"), words=6000)
        for level, noise in LEVELS.items():
            for count in COUNTS:
                for seed in SEEDS:
                    found = _observed(Memory(source, noise, seed), count)
                    rows.append(found[0])
                    right.append(found[1])
            print(f"{path.name} {level}", flush=True)
    weights = fitted(rows, right)
    print("WEIGHTS = (" + ", ".join(f"{weight:.3f}" for weight in weights) + ")")
    print(dict(zip(NAMES, weights.round(3).tolist(), strict=True)))


def _observed(memory: Memory, count: int) -> tuple[Floats, Bools]:
    alphabet = Alphabet()
    samples = [np.array(alphabet.numbers(sample), dtype=np.int64) for sample in memory.samples(count)]
    agreement = agree(samples)
    truth = alphabet.numbers(memory.source.words)
    return features(votes_on(agreement)), right_words(agreement.words_D.tolist(), truth)


def fitted(rows: list[Floats], right: list[Bools]) -> Floats:
    """Logistic regression by Newton's method, each run of samples weighing the same, a small ridge but on the bias."""
    x, y = np.concatenate(rows), np.concatenate(right).astype(float)
    w = np.concatenate([np.full(len(row), 1000.0 / max(1, len(row))) for row in rows])
    ridge = np.diag([0.0] + [_RIDGE] * (x.shape[1] - 1))
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        chance = 1.0 / (1.0 + np.exp(-x @ weights))
        gradient = x.T @ (w * (y - chance)) - ridge @ weights
        curvature = (x * (w * chance * (1.0 - chance))[:, None]).T @ x + ridge
        weights = weights + np.linalg.solve(curvature, gradient)
    return weights


if __name__ == "__main__":
    main()
