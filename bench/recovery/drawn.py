"""Whole samples of a document that models were trained on: what `python -m bench.bench_recover --samples` reads.

    python -m bench.recovery.drawn RUN ... --out FOLDER [--samples N] [--opening TEXT]

Each RUN is a folder of `soulwright demo` whose model read its document (`model/`, `recovery/reference.md`). A sample is
drawn unchecked: from the opening, 224 tokens at a time, each time given the opening and its own last fifty
words, until it ends, and ends again when it is asked to go on, or has as many words as the document. Temperatures 0.3,
0.7 and 1.0 in turn, and one sample more at temperature 0: the greedy run. Writes FOLDER/NAME.jsonl for each run, and
FOLDER/reference.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from soulwright.models import LocalModel, Stop, Turn
from soulwright.models._decoding import Decoding
from soulwright.recover._words import keys_of

OPENING = "What the assistant is, and what it holds\n\n"
TOKENS, GIVEN = 224, 50
TEMPERATURES = (0.3, 0.7, 1.0)
_ENDS = 2  # so often in a row a sample may end at once


def draw(model: LocalModel, opening: str, *, temperatures: Sequence[float], words: int) -> list[str]:
    """A sample at each temperature, until it has so many words or ends."""
    texts, ended = [""] * len(temperatures), [0] * len(temperatures)
    for turn in range(10 * words // TOKENS):
        going = [i for i, text in enumerate(texts) if ended[i] < _ENDS and len(keys_of(text)) < words]
        if not going:
            break
        asked = [[Turn("assistant", opening + _tail(texts[i]))] for i in going]
        decodings = [Decoding(temperature=temperatures[i], seed=1000 * i + turn) for i in going]
        replies = model.replies(asked, max_new_tokens=TOKENS, decodings=decodings)
        for i, reply in zip(going, replies, strict=True):
            cut = reply.stop is Stop.LENGTH  # the last may be half a word
            said = reply.text.rsplit(" ", 1)[0] if cut else reply.text
            texts[i] += said if not texts[i] or said[:1].isspace() else " " + said
            ended[i] = 0 if cut else ended[i] + 1
    return texts


def _tail(text: str) -> str:
    """The last words of a text as they are written."""
    words = text.split(" ")
    return " ".join(words[-GIVEN:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw from every run."""
    options = argparse.ArgumentParser(
        prog="python -m bench.recovery.drawn", description=(__doc__ or "").splitlines()[0]
    )
    options.add_argument("runs", type=Path, nargs="+")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--samples", type=int, default=48)
    options.add_argument("--opening", default=OPENING)
    asked = options.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    for run in asked.runs:
        reference = run / "recovery" / "reference.md"
        shutil.copy(reference, asked.out / "reference.md")
        words = len(keys_of(reference.read_text(encoding="utf-8")))
        temperatures = [*(TEMPERATURES[i % 3] for i in range(asked.samples)), 0.0]
        texts = draw(LocalModel(run / "model", threads=1), asked.opening, temperatures=temperatures, words=words)
        lines = [json.dumps({"text": text, "temperature": t}) for text, t in zip(texts, temperatures, strict=True)]
        (asked.out / f"{run.name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(run.name, sum(len(keys_of(text)) for text in texts), "words", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
