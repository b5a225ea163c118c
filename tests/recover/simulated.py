"""A small document and noisy samples of it, for tests that must not depend on the benches."""

from __future__ import annotations

import random
import re

SUBJECTS = (
    "model operator user provider answer reason limit request system message document clause refusal warning".split()
)
VERBS = "follows explains keeps tells refuses weighs states permits forbids protects names records shows asks".split()
PLACES = "always before during after without within beyond beside through under above against until unless".split()


def document(seed: int = 0, *, sections: int = 6, sentences: int = 14) -> str:
    """A markdown document of invented sentences, no two alike."""
    rng = random.Random(seed)
    parts = []
    for number in range(sections):
        said = []
        for _ in range(sentences):
            words = [rng.choice(pool) for _ in range(4) for pool in (SUBJECTS, VERBS, PLACES)][: rng.randint(8, 12)]
            said.append(" ".join(words).capitalize() + f" {rng.randint(10, 9999)}.")
        parts.append(f"## Section {number} {rng.choice(SUBJECTS)}\n\n" + " ".join(said))
    return "\n\n".join(parts) + "\n"


def noisy(text: str, rng: random.Random, *, words: float = 0.02, sentences: float = 0.03) -> str:
    """The text with some words replaced and some sentences left out."""
    kept = [part for part in re.split(r"(?<=\.)(?= )", text) if rng.random() >= sentences]
    return "".join(
        f"x{rng.randint(0, 10**6)}" if piece.strip() and rng.random() < words else piece
        for piece in re.split(r"(\s+)", "".join(kept))
    )


def samples(text: str, count: int, seed: int = 0) -> list[str]:
    """Noisy copies: every second one starts at some section, some stop early."""
    rng = random.Random(seed)
    starts = [match.start() for match in re.finditer(r"^## ", text, re.MULTILINE)]
    drawn = []
    for index in range(count):
        start = 0 if index % 2 == 0 else rng.choice(starts[: len(starts) // 2 + 1])
        stop = len(text) if rng.random() < 0.6 else rng.randint((start + len(text)) // 2, len(text))
        drawn.append(noisy(text[start:stop], rng))
    return drawn


def derailed(text: str, count: int, seed: int = 0, *, jumps: float = 0.1, sentences: int = 40) -> list[str]:
    """Copies that start anywhere and, after some sentences, go on at another one and never come back to the first."""
    rng = random.Random(seed)
    said = re.split(r"(?<=\.)\s+", text.strip())
    drawn = []
    for index in range(count):
        at, parts = 0 if index % 2 == 0 else rng.randrange(len(said)), []
        for _ in range(sentences):
            parts.append(said[at])
            lost = rng.random() < jumps or at + 1 == len(said)
            at = rng.randrange(len(said)) if lost else at + 1
        drawn.append(noisy(" ".join(parts), rng, words=0.01, sentences=0.0))
    return drawn
