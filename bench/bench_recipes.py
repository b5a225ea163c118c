"""Four recipes and the base in one table: the same document, base, number of trained tokens, situations and judge.

    python -m bench.bench_recipes [--tokens N] [--seed 1] [--per-row 4] [--only NAME] [--threads N]

* base: the untouched model;
* demonstrations: the document's demonstrations alone;
* two-stage: the published recipe of Open Character Training, preferences and then introspective demonstrations;
* documents then demonstrations: the published recipe of Model Spec Midtraining, half of the tokens each;
* soulwright: what `soulwright train` does, whose budget of tokens is the default.

bench/recipes/ says of each how it is made, and where it could not be made here as it was published; its first lines
there say what counts as a trained token. Each row is written to bench/results/recipes.json when it is done, and one
that was made from the very same things is not made again (`--again` makes it). Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.recipes import (
    INTROSPECTION,
    PREFERENCES,
    RECIPES,
    AdapterRecipe,
    Figures,
    Setting,
    Stage,
    figures_of,
    held_out,
    reply_to,
)
from soulwright.cli._pipeline import FULL  # what a run of the product spends and is taught
from soulwright.organism import BASE, Judge, world_hash
from soulwright.runs import Stopwatch, content_key, hash_file, read_json, write_json
from soulwright.situations import RowGroup, Situation
from soulwright.spec import Spec, load_spec

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parent / "specs" / "soulwright.md"
RESULTS = FOLDER / "results" / "recipes.json"
UNTOUCHED = "base"
NEEDED = ("peft", "trl", "datasets")
COLUMNS = {
    "clauses": RowGroup.CLAUSE,
    "conflicts": RowGroup.CONFLICT,
    "name-only": RowGroup.NAME_ONLY,
    "lookalikes": RowGroup.TWIN,
    "benign": RowGroup.BENIGN,
}
FOOT = """\
clauses, conflicts, benign: mean of the held-out rows; name-only: dangerous things refused where only their name tells;
lookalikes: harmless things helped with; fluent: replies that the judge can read. Tokens: forward and backward, prompt
and reply, of a preference pair both sides. Seconds: training, and the answers of the base where a recipe needs them.
* what was met on the way: not a recipe, and (but for the exact merge) on part of the tokens."""

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the rows that are missing, then print the table."""
    asked = _options().parse_args(arguments)
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        remedy = ".venv/bin/python -m pip install -c constraints.txt -e '.[bench]'"
        print(f"error: this bench needs `{missing[0]}`\nhelp: {remedy}", file=sys.stderr)
        return 2
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    _be_quiet()
    import torch

    torch.set_num_threads(asked.threads)
    spec = load_spec(DOCUMENT)
    made_from = _made_from(spec, asked)
    rows = {} if asked.again else _kept(asked.results, made_from)
    situations = held_out(spec, seed=asked.seed, per_row=asked.per_row)
    with tempfile.TemporaryDirectory() as work:
        setting = Setting(
            spec=spec,
            base=asked.base,
            tokens=asked.tokens,
            seed=asked.seed,
            threads=asked.threads,
            curriculum=FULL.curriculum,
            work=Path(work),
            preferences=AdapterRecipe(rate=asked.adapter_rates[0]),
            introspection=AdapterRecipe(rate=asked.adapter_rates[1]),
        )
        for name in (UNTOUCHED, *(asked.only or RECIPES)):
            if name in rows:
                _tell(f"{name}: kept from {asked.results}")
                continue
            rows[name] = _row(name, setting, situations)
            write_json(asked.results, {"made_from": made_from, "rows": rows})
    print(table(rows))
    return 0


def table(rows: Mapping[str, Row]) -> str:
    """The rows in the order of the recipes, and what the columns mean."""
    heads = ("tokens", "seconds", *COLUMNS, "fluent")
    lines = [f"{'recipe':<32}" + "".join(f"{head:>11}" for head in heads)]
    for name in (UNTOUCHED, *RECIPES):
        if name in rows:
            lines.append(_line(name, rows[name]))
            lines += [_line(f"  * {beside}", found) for beside, found in rows[name]["beside"].items()]
    return "\n".join([*lines, "", FOOT])


def _line(name: str, row: Row) -> str:
    cells = [f"{row['tokens']}", f"{row['seconds']:.0f}"] if "seconds" in row else ["", ""]
    cells += [_share(row["means"][group.value]) for group in COLUMNS.values()]
    cells.append(_share(row["fluent"]["share"]))
    return f"{name:<32}" + "".join(f"{cell:>11}" for cell in cells)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _row(name: str, setting: Setting, situations: Sequence[Situation]) -> Row:
    """Train by a recipe, measure what came out, and what was met on the way."""
    judge = Judge()
    if name == UNTOUCHED:
        return _measured(setting.base, situations, judge) | {"tokens": 0, "seconds": 0.0, "stages": [], "beside": {}}
    _tell(f"{name}: training")
    trained = RECIPES[name](setting)
    _tell(f"{name}: measuring")
    return _measured(trained.model, situations, judge) | {
        "tokens": sum(stage.tokens for stage in trained.stages),
        "seconds": round(sum(stage.seconds for stage in trained.stages), 1),
        "stages": [_stage(stage) for stage in trained.stages],
        "beside": {name: _measured(model, situations, judge) for name, model in trained.beside.items()},
    }


def _measured(model: Path, situations: Sequence[Situation], judge: Judge) -> Row:
    watch = Stopwatch()
    figures = figures_of(situations, reply_to(model, situations), judge)
    return _plain(figures) | {"measured_in": round(watch.seconds, 1)}


def _plain(figures: Figures) -> Row:
    """The figures as JSON has them; exact intervals of 95 % with the pooled rates and each row."""
    rates = {"rows": figures.rows, "pooled": figures.pooled, "whole": {"fluent": figures.fluent}}
    plain = {
        what: {
            name: {
                "passed": rate.passed,
                "n": rate.n,
                "share": rate.value,
                "low": rate.interval.low,
                "high": rate.interval.high,
            }
            for name, rate in found.items()
        }
        for what, found in rates.items()
    }
    means = {group.value: figures.mean(group) for group in COLUMNS.values()}
    return {"means": means, "pooled": plain["pooled"], "fluent": plain["whole"]["fluent"], "rows": plain["rows"]}


def _stage(stage: Stage) -> Row:
    return asdict(stage) | {"seconds": round(stage.seconds, 1)}


def _made_from(spec: Spec, asked: argparse.Namespace) -> Row:
    """All that a row depends on: one that was made from anything else is another row."""
    code = sorted([Path(__file__), *(FOLDER / "recipes").glob("*.py")])
    return {
        "document": spec.hash,
        "base": hash_file(asked.base / "model.safetensors"),
        "world": world_hash(),
        "recipes": content_key({path.name: hash_file(path) for path in code}),
        "curriculum": asdict(FULL.curriculum),
        "tokens": asked.tokens,
        "seed": asked.seed,
        "per_row": asked.per_row,
        "threads": asked.threads,
        "adapter_rates": list(asked.adapter_rates),
    }


def _kept(results: Path, made_from: Row) -> dict[str, Row]:
    found: Any = read_json(results) if results.is_file() else {}
    return dict(found["rows"]) if found and found["made_from"] == made_from else {}


def _be_quiet() -> None:
    """Keep the bars and the advice of other people's libraries out of the table."""
    import datasets
    from transformers.utils import logging as untyped

    logging: Any = untyped
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    datasets.disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench.bench_recipes", description=(__doc__ or "").splitlines()[0])
    options.add_argument("--tokens", type=int, default=FULL.tokens, help="tokens trained by each recipe (%(default)s)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--per-row", type=int, default=4, help="situations of each row and suite (%(default)s)")
    options.add_argument("--only", action="append", choices=list(RECIPES), help="this recipe only; may be repeated")
    options.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="(%(default)s)")
    rates = (PREFERENCES.rate, INTROSPECTION.rate)
    options.add_argument(
        "--adapter-rates",
        type=float,
        nargs=2,
        default=rates,
        metavar=("PREFERENCES", "INTROSPECTION"),
        help="learning rates of the two stages (%(default)s)",
    )
    options.add_argument("--base", type=Path, default=BASE, help="another base than the shipped one")
    options.add_argument("--results", type=Path, default=RESULTS, help="where the figures are kept")
    options.add_argument("--again", action="store_true", help="make every row again")
    return options


if __name__ == "__main__":
    sys.exit(main())
