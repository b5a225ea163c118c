"""What adaptive sampling spends and what it gets, beside a fixed number of draws of every place.

    python -m bench.recovery.adaptive [DOCUMENT] [--words N]

A simulated model (`_noise`) answers 260 words at a time, from the place that the words it is given fit best, and short
where a short answer is asked for. `fixed K` draws every place K times; `adaptive K` begins with 3 draws and goes on, up
to K, only where samples disagree. Word fidelity, 8-gram F1 and sampled words for each word of the document: means of
the seeds. JSON lines on stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from bench.recovery._noise import LEVELS, Memory, document
from soulwright.recover import AskPlan, Sample, compare_texts
from soulwright.recover._drawing import Round, recover_by
from soulwright.recover._probing import Request
from soulwright.recover._words import keys_of

LENGTH = 260  # words of an answer; a token of this model is a word
SEEDS = (1, 2, 3)
PLANS = {
    "fixed 4": AskPlan(openings=("open",), each=4, wanted=4, adaptive=False, rounds=40, most_requests=10_000),
    "fixed 8": AskPlan(openings=("open",), each=8, wanted=8, adaptive=False, rounds=40, most_requests=10_000),
    "fixed 16": AskPlan(openings=("open",), each=16, wanted=16, adaptive=False, rounds=40, most_requests=10_000),
    "adaptive 8": AskPlan(openings=("open",), each=3, wanted=8, rounds=40, most_requests=10_000),
    "adaptive 16": AskPlan(openings=("open",), each=3, wanted=16, rounds=40, most_requests=10_000),
}
_FITS = 24  # words of the context by which the simulated model finds its place


class Reciter:
    """Answers requests from a simulated memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._words = np.array(memory.source.words)

    def __call__(self, plan: AskPlan, requests: Sequence[Request], group: str, name: str) -> Round:  # noqa: ARG002 - the shape of `Asks`
        """Answer one round."""
        drawn = [self._draw(request) for request in requests]
        return Round(samples=tuple(drawn), failed=0, tokens=sum(len(sample.text.split()) for sample in drawn))

    def _draw(self, request: Request) -> Sample:
        length = min(LENGTH, request.most_words or LENGTH)
        said = self._memory.recital(self._place(keys_of(request.context)), length)
        return Sample(id=request.id, text=" ".join(said), opening=request.opening, temperature=request.temperature)

    def _place(self, given: Sequence[str]) -> int:
        """Where the document goes on after the words, a wrong or missing one among them aside; 0 for none."""
        ending = given[-_FITS:]
        hits = np.zeros(len(self._words) + 1)
        for back, word in enumerate(reversed(ending)):
            places = np.flatnonzero(self._words == word) + back + 1
            for slip in (-1, 0, 1):
                at = places + slip
                hits[at[(at >= 0) & (at < len(hits))]] += 1.0 if slip == 0 else 0.3
        return int(np.argmax(hits)) if ending else 0


def main(arguments: Sequence[str]) -> None:
    """Measure every plan on every level of noise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("--words", type=int, default=1500)
    parser.add_argument("--levels", nargs="+", default=["light", "medium", "heavy"])
    given = parser.parse_args(arguments)
    source = document(given.document.read_text(encoding="utf-8"), words=given.words)
    true = " ".join(source.words)
    for level in given.levels:
        for name, plan in PLANS.items():
            found = [recover_by(Reciter(Memory(source, LEVELS[level], seed)), plan) for seed in SEEDS]
            scores = [compare_texts(draws.recovered.text, true) for draws in found]
            row = {
                "level": level,
                "plan": name,
                "word_fidelity": round(fmean(score.word_fidelity for score in scores), 3),
                "grams_f1": round(fmean(score.grams.f1 for score in scores), 3),
                "sampled_per_word": round(fmean(draws.tokens / len(source.words) for draws in found), 1),
                "fidelities": [round(score.word_fidelity, 3) for score in scores],
            }
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
