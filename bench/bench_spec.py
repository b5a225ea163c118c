"""Compiling documents into clauses, beside Markdown parsers that build a tree or a page of the same file in one run.

The peers do less (no ids, no attributes, no dialogues, no hashes, no checks), so a ratio near 1 already includes the
meaning. The published document is the largest release that the tests use; it is repeated 1, 4 and 16 times, each copy
with ids of its own, to show that time grows with length and no faster. Without the published documents (set
SOULWRIGHT_CORPUS) the bundled one takes their place.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import markdown
import marko
from markdown_it import MarkdownIt

from bench.ratios import Ratio
from bench.ratios import best_seconds as best_of
from soulwright.spec import compile_spec, parse, unparse

ROOT = Path(__file__).parent.parent
BUNDLED = ROOT / "specs" / "soulwright.md"
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", ROOT.parent / "shared" / "corpus")) / "openai-model-spec"
PUBLISHED = CORPUS / "2025-10-27" / "model_spec.md"
REPEATS = (1, 4, 16)


def best_seconds(work: Callable[[], object], *, repeats: int = 7) -> float:
    """Seconds of this process alone: one thread works, and a busy machine must not count."""
    return best_of(work, repeats=repeats, clock=time.process_time)


def ratios() -> list[Ratio]:
    return [*_beside_peers("bundled", BUNDLED), *_published()]


def _beside_peers(what: str, path: Path) -> list[Ratio]:
    text = path.read_text(encoding="utf-8")
    spec = compile_spec(text)
    ours = 1000 * best_seconds(lambda: compile_spec(text))
    tree = 1000 * best_seconds(lambda: parse(text))
    assert unparse(parse(text)) == text
    note = f"{len(text) // 1000} kB, {len(spec.clauses)} clauses; our tree alone {tree:.0f} ms"
    peers = {
        "markdown-it-py": lambda: MarkdownIt().parse(text),
        "Python-Markdown": lambda: markdown.markdown(text, extensions=["attr_list", "admonition", "fenced_code"]),
        "marko": lambda: marko.parse(text),
    }
    return [
        Ratio(
            what=f"compile the {what} document",
            ours=ours,
            peer=1000 * best_seconds(work, repeats=3),
            peer_name=f"{name} on the same file",
            unit="ms",
            note=note,
        )
        for name, work in peers.items()
    ]


def _published() -> list[Ratio]:
    if not PUBLISHED.is_file():
        return _growth("bundled", BUNDLED)
    return [*_beside_peers("published", PUBLISHED), *_growth("published", PUBLISHED)]


def _growth(what: str, path: Path) -> list[Ratio]:
    """What each copy costs when the document is repeated, beside what it costs alone: 1 is linear growth."""
    text = path.read_text(encoding="utf-8")
    seconds = {times: best_seconds(lambda: compile_spec(_repeated(text, times)), repeats=3) for times in REPEATS}  # noqa: B023 - called before the next round
    return [
        Ratio(
            what=f"the {what} document {times} times, per copy",
            ours=1000 * seconds[times] / times,
            peer=1000 * seconds[1],
            peer_name="it alone",
            unit="ms",
            note=f"{1000 * seconds[times]:.0f} ms together",
        )
        for times in REPEATS[1:]
    ]


def _repeated(text: str, times: int) -> str:
    """The document several times in a row, with ids of their own."""
    front = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    head, body = (text[: front.end()], text[front.end() :]) if front else ("", text)
    copies = [re.sub(r"\{#([\w.]+)", rf"{{#\1_{number}", body) if number else body for number in range(times)]
    return head + re.sub(r"\babout=(\S+)", "", "\n".join(copies)) if times > 1 else text
