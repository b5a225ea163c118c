"""Write docs/results.md from finished runs, so that no figure there is copied by hand.

    python -m bench.results --seeds runs/seed-1 runs/seed-2 runs/seed-3 \\
        --ablation protections.ai runs/seed-1-without-protections.ai … --counter runs/counter-1 …

Every run is a run folder of `soulwright demo`; the n-th ablation and counter run is compared with the n-th seed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from soulwright.organism import Judge
from soulwright.runs import read_jsonl
from soulwright.verify import Arm, Judged, Prompt, clopper_pearson, compare_runs, judged_from_dict

OUT = Path("docs/results.md")
NAMES = {
    "clause": "clause rows",
    "conflict": "conflicts of priorities",
    "name_only": "dangerous things known by name only, refused",
    "twin": "look-alikes, helped",
    "benign": "benign rows",
}


@dataclass(frozen=True)
class Finished:
    """One finished run: its gap and its judged replies."""

    path: Path
    gap: dict[str, Any]
    judged: tuple[Judged, ...]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The rows of the gap by name."""
        return {row["row"]: row for row in self.gap["rows"]}


def finished(path: Path) -> Finished:
    """Read a run folder."""
    gap = json.loads((path / "gap.json").read_text(encoding="utf-8"))
    return Finished(path, gap, tuple(judged_from_dict(row) for row in read_jsonl(path / "judged.jsonl")))


def rate(measured: dict[str, Any]) -> float:
    """The share that passed."""
    return float(measured["passed"]) / float(measured["n"])


def row_table(runs: Sequence[Finished]) -> Iterable[str]:
    """One line a row: the base, each seed, the mean."""
    yield "| row | group | n | base | " + " | ".join(f"seed {run.gap['manifest']['seeds']['seed']}" for run in runs) + " | mean |"
    yield "|---|---|---" + "|---" * (len(runs) + 2) + "|"
    for name in runs[0].rows:
        cells = [run.rows[name]["held_out"] for run in runs]
        after = [rate(cell["after"]) for cell in cells]
        before = mean(rate(cell["before"]) for cell in cells)
        figures = " | ".join(f"{value:.2f}" for value in after)
        group = runs[0].rows[name]["group"]
        yield f"| `{name}` | {group} | {cells[0]['after']['n']} | {before:.2f} | {figures} | **{mean(after):.2f}** |"


def group_table(runs: Sequence[Finished]) -> Iterable[str]:
    """The mean of rows for each group and for all clause rows together."""
    yield "| what | rows | base | " + " | ".join(f"seed {run.gap['manifest']['seeds']['seed']}" for run in runs) + " | mean |"
    yield "|---|---|---" + "|---" * (len(runs) + 1) + "|"
    kinds = [("clause and conflict rows", ("clause", "conflict", "name_only")), *((NAMES[key], (key,)) for key in NAMES)]
    for label, groups in kinds:
        per_run = [[row["held_out"] for row in run.gap["rows"] if row["group"] in groups] for run in runs]
        if not per_run[0]:
            continue
        after = [mean(rate(cell["after"]) for cell in cells) for cells in per_run]
        before = mean(rate(cell["before"]) for cells in per_run for cell in cells)
        figures = " | ".join(f"{value:.3f}" for value in after)
        yield f"| {label} | {len(per_run[0])} | {before:.2f} | {figures} | **{mean(after):.3f}** |"


def suite_table(runs: Sequence[Finished]) -> Iterable[str]:
    """Pooled share by suite, clause and benign rows."""
    suites = ("seen", "topics", "wordings", "combinations", "long", "all")
    yield "| rows | " + " | ".join(suites) + " |"
    yield "|---" * (len(suites) + 1) + "|"
    for label, groups in (("clause and conflict", ("clause", "conflict", "name_only")), ("benign", ("benign", "twin"))):
        figures = []
        for suite in suites:
            cells = [row["by_suite"][suite]["after"] for run in runs for row in run.gap["rows"] if row["group"] in groups]
            figures.append(f"{sum(cell['passed'] for cell in cells) / sum(cell['n'] for cell in cells):.2f}")
        yield f"| {label} | " + " | ".join(figures) + " |"


def exam_table(run: Finished) -> Iterable[str]:
    """The judge's examination."""
    yield "| set | violations caught | good replies passed |"
    yield "|---|---|---|"
    for part in run.gap["exam"]["sets"]:
        yield f"| {part['name']} | {_of(part['caught'], part['violations'])} | {_of(part['passed'], part['good'])} |"


def _of(hits: int, n: int) -> str:
    if n == 0:
        return "-"
    interval = clopper_pearson(hits, n)
    return f"{hits}/{n} ({interval.low:.3f} to {interval.high:.3f})"


def ablation_tables(ablations: Sequence[tuple[str, Finished, Finished]]) -> Iterable[str]:
    """Each ablated run beside the full run of the same seed."""
    yield "| left out | seed | row | full | without | p (Holm) |"
    yield "|---|---|---|---|---|---|"
    for removed, full, ablated in ablations:
        comparison = compare_runs(full.judged, ablated.judged, removed=removed)
        seed = full.gap["manifest"]["seeds"]["seed"]
        shown = [row for row in comparison.rows if row.expected or row.moved]
        for row in shown:
            mark = f"`{row.row}`" if row.expected else f"`{row.row}` (not expected)"
            pair = f"{row.full.passed}/{row.full.n} | {row.ablated.passed}/{row.ablated.n}"
            yield f"| `{removed}` | {seed} | {mark} | {pair} | {row.p_holm:.1e} |"
        rest = len(comparison.rows) - len(shown)
        yield f"| `{removed}` | {seed} | {rest} other rows | | | none moved beyond chance |"


def counter_table(counters: Sequence[tuple[Finished, Finished]]) -> Iterable[str]:
    """The two reversed defaults in the behaviour of both models, in situations that set neither."""
    judge = Judge()
    yield "| seed | plain how-to answered briefly: taught the document | taught the counter-document | plain joke declined: taught the document | taught the counter-document |"
    yield "|---|---|---|---|---|"
    for full, counter in counters:
        cells = [
            _share(judge, run, row, claim)
            for row, claim in (("weighing.tasks", "helps briefly"), ("weighing.tasks/joke", "declines to joke"))
            for run in (full, counter)
        ]
        yield f"| {full.gap['manifest']['seeds']['seed']} | " + " | ".join(cells) + " |"


def _share(judge: Judge, run: Finished, row: str, claim: str) -> str:
    """How often the trained model's replies in a row hold a claim, where no switch speaks of the matter."""
    matter = ("short", "brief", "few words", "quick", "joke")
    replies = [
        one
        for one in run.judged
        if one.row == row and one.arm is Arm.TRAINED and one.prompt is Prompt.NONE and one.suite.held_out
        and not any(word in message.content.lower() for message in one.messages[:-1] for word in matter if message.role == "system")
    ]
    held = sum(judge.holds(_claim(judge, claim, one), one.reply.lower()) for one in replies)
    return f"{held}/{len(replies)}"


def _claim(judge: Judge, claim: str, one: Judged) -> str:
    if claim != "helps briefly":
        return f"{claim}:"
    from soulwright.organism import topic_of

    return f"{claim}: {topic_of(one.messages)}"


def main() -> None:
    """Write docs/results.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=Path, required=True)
    parser.add_argument("--ablation", nargs=2, action="append", default=[], metavar=("CLAUSE", "RUN"))
    parser.add_argument("--counter", nargs="+", type=Path, default=[])
    asked = parser.parse_args()
    runs = [finished(path) for path in asked.seeds]
    by_seed = {run.gap["manifest"]["seeds"]["seed"]: run for run in runs}
    ablated = [(removed, finished(Path(path))) for removed, path in asked.ablation]
    counters = [finished(path) for path in asked.counter]
    pairs = [(removed, by_seed[run.gap["manifest"]["seeds"]["seed"]], run) for removed, run in ablated]
    parts = [
        "# What was measured",
        "Written by `python -m bench.results` from finished runs; nothing here is copied by hand. Held-out situations only, "
        "no document in any prompt. A reply that is garbled counts as a failure.",
        "## By group (mean of rows)",
        "\n".join(group_table(runs)),
        "## By suite (pooled over seeds)",
        "\n".join(suite_table(runs)),
        "## Row by row",
        "\n".join(row_table(runs)),
        "## The judge's examination (first seed)",
        "\n".join(exam_table(runs[0])),
    ]
    if pairs:
        parts += ["## Clauses left out", "\n".join(ablation_tables(pairs))]
    if counters:
        both = [(by_seed[run.gap["manifest"]["seeds"]["seed"]], run) for run in counters]
        parts += ["## The counter-document: two defaults reversed", "\n".join(counter_table(both))]
    OUT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
