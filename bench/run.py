"""Run the benches and print one line a ratio: `python -m bench.run [NAME ...]`.

A bench that trains for many minutes prints a table of its own and runs only when it is named.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from bench.ratios import Ratio

FOLDER = Path(__file__).parent
LONG = frozenset(["know_do", "recipes"])


def names() -> list[str]:
    """The benches there are: `spec` for bench_spec.py."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def line(ratio: Ratio) -> str:
    """One ratio as a line of the table."""
    figures = f"{ratio.ours:10.2f} {ratio.peer:10.2f} {ratio.unit:<5} {ratio.ratio:8.2f} x {ratio.peer_name}"
    return f"{ratio.what:<40} {figures}" + (f"  ({ratio.note})" if ratio.note else "")


def main(asked: list[str]) -> int:
    """Run the named benches, or all but the long ones."""
    unknown = sorted(set(asked) - set(names()))
    if unknown:
        print(f"error: no bench `{unknown[0]}`\nhelp: there are {', '.join(names())}", file=sys.stderr)
        return 2
    chosen = asked or names()
    short = [name for name in chosen if name not in LONG]
    if short:
        print(f"{'what':<40} {'ours':>10} {'peer':>10} {'unit':<5} {'ratio':>8}")
    for name in short:
        for ratio in importlib.import_module(f"bench.bench_{name}").ratios():
            print(line(ratio), flush=True)
    return max((_long(name, asked) for name in chosen if name in LONG), default=0)


def _long(name: str, asked: list[str]) -> int:
    """Run a bench that trains, or say that it was left out."""
    if name not in asked:
        print(f"{name}: left out, it trains for many minutes; run it with `make bench ONLY={name}`")
        return 0
    status: int = importlib.import_module(f"bench.bench_{name}").main([])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
