"""Compiling the bundled document into clauses, beside two Markdown parsers that only build a tree of the same file.

The peers do less (no ids, no attributes, no hashes, no checks), so a ratio of a few is the price of the meaning.
"""

from __future__ import annotations

from pathlib import Path

import marko
from markdown_it import MarkdownIt

from bench.ratios import Ratio, best_seconds
from soulwright.spec import load_spec

DOCUMENT = Path(__file__).parent.parent / "specs" / "soulwright.md"


def ratios() -> list[Ratio]:
    text = DOCUMENT.read_text(encoding="utf-8")
    ours = 1000 * best_seconds(lambda: load_spec(DOCUMENT))
    peers = {
        "markdown-it-py": lambda: MarkdownIt().parse(text),
        "marko": lambda: marko.parse(text),
    }
    note = f"{len(text.split())} words, {len(load_spec(DOCUMENT).clauses)} clauses"
    return [
        Ratio(
            what="compile the bundled document",
            ours=ours,
            peer=1000 * best_seconds(work),
            peer_name=f"{name} parsing it",
            unit="ms",
            note=note,
        )
        for name, work in peers.items()
    ]
