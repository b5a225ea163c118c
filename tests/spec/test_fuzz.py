"""Documents that were cut up, mixed and damaged at random: a tree and every byte of it, or one clear error."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from tests.spec.published import CORPUS

from soulwright.errors import InputError
from soulwright.spec import compile_document, parse, spec_from_dict, spec_to_dict, unparse

ROOT = Path(__file__).parents[2]
SEEDS = [*sorted((ROOT / "specs").glob("*.md")), *sorted(CORPUS.glob("*/model_spec.md"))]
LONG_SECONDS = float(os.environ.get("SOULWRIGHT_FUZZ_SECONDS", "600"))
MARKS = [
    *("\n", "\r", "\r\n", "\n\n", "    ", "\t", "~~~", "~~~xml\n", "```", "{#", "}", "{#x kind=rule}\n", "---\n"),
    *("<user>\n", "</user>\n", "<comparison>\n", "<assistant> <!-- BAD[#x", "-->", "<!--", "!!! meta\n", "**", "`"),
    *(
        "[",
        "](#",
        "[^a1]",
        "[?](#x)",
        '"',
        "authority=root",
        "=",
        "\x00",
        "\ud800",
        "\ufeff",
        "\u2028",
        "é",
        "&a",
        "*a",
    ),
    *(": ", "# ", "- ", "1. ", "> ", "|", "=====\n", "extends: x.md\n"),
]


def _damaged(chance: random.Random, texts: list[str]) -> str:
    """A stretch of one document with pieces of others, marks and holes put into it."""
    text = chance.choice(texts)
    start = chance.randrange(len(text)) if chance.random() < 0.8 else 0
    text = text[start : start + chance.randrange(1, 6000)]
    for _ in range(chance.randrange(12)):
        at = chance.randrange(len(text) + 1)
        roll = chance.random()
        if roll < 0.5:
            text = text[:at] + chance.choice(MARKS) * chance.choice((1, 1, 1, 2, 50)) + text[at:]
        elif roll < 0.8:
            text = text[:at] + text[at + chance.randrange(1, 40) :]
        else:
            other = chance.choice(texts)
            cut = chance.randrange(len(other))
            text = text[:at] + other[cut : cut + chance.randrange(1, 400)] + text[at:]
    return text


def _hold(text: str) -> bool:
    """Whether it compiles; everything else that must hold is asserted."""
    document = parse(text)
    assert unparse(document) == text
    assert "".join(block.raw for block in document.blocks) == text
    try:
        spec = compile_document(document)
    except InputError as error:
        caught = error
    else:
        assert len({clause.id for clause in spec.clauses}) == len(spec.clauses)
        assert spec_from_dict(spec_to_dict(spec)) == spec
        return True
    assert caught.help
    assert caught.line is not None
    return False


def _texts() -> list[str]:
    return [path.read_bytes().decode() for path in SEEDS]


@pytest.mark.parametrize("seed", range(8))
def test_damaged_documents_have_a_tree_or_one_clear_error(seed: int) -> None:
    chance, texts = random.Random(seed), _texts()
    compiled = [_hold(_damaged(chance, texts)) for _ in range(25)]
    assert {True, False} >= set(compiled)


@pytest.mark.long
def test_damaged_documents_for_ten_minutes() -> None:
    chance, texts = random.Random(int(LONG_SECONDS)), _texts()
    end, number, compiled = time.process_time() + LONG_SECONDS, 0, 0
    while time.process_time() < end:
        compiled += _hold(_damaged(chance, texts))
        number += 1
    assert 0 < compiled < number
