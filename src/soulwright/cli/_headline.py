"""What is said of a finished run on the terminal: its headline, what was read back, and where the report lies."""

from __future__ import annotations

from pathlib import Path

from soulwright.cli._answer import Outcome
from soulwright.cli._recalled import know_do_lines
from soulwright.verify import FindingState, Gap, Rate, gap_to_dict


def _share(rate: Rate) -> str:
    return "-" if rate.value is None else f"{rate.value:.2f}"


def _headline(gap: Gap) -> list[str]:
    names = {
        "clause": "clause rows",
        "conflict": "conflicts of priorities",
        "name_only": "dangerous by name only",
        "twin": "look-alikes helped",
        "benign": "benign rows",
    }
    lines = [f"{gap.spec_name} {gap.spec_version}, held-out situations, base -> trained (n; 95 % interval):"]
    for group in gap.groups:
        before, after = group.before, group.after
        lines.append(
            f"  {names[group.group.value]:<24} {_share(before)} -> {_share(after)} "
            f"({after.n}; {after.interval.low:.2f} to {after.interval.high:.2f}), {group.rows} rows"
        )
    states = ", ".join(f"{count} {name}" for name, count in gap.states.items() if count)
    tried = gap.attempts
    ended = (
        f"  attempted {tried.attempted}, reached {tried.reached}, judged {tried.judged}, judge refused {tried.refused};"
        f" held {tried.worst:.2f} at the worst, {tried.best:.2f} at the best"
    )
    return [*lines, ended, f"  clauses: {states}"]


def run_outcome(path: Path, gap: Gap) -> Outcome:
    """The headline of a run; findings are clauses that FAIL, or of which nothing was measured (INVALID)."""
    document = gap_to_dict(gap)
    failed = [one.clause_id for one in gap.clauses if one.state in (FindingState.FAIL, FindingState.INVALID)]
    named = [f"report: {path / 'report.html'}", f"machine-readable: {path / 'gap.json'}"]
    lines = [*_headline(gap), *know_do_lines(gap.know_do), *named]
    return Outcome(
        document={"run": str(path), "report": str(path / "report.html"), "gap": document},
        text="\n".join(lines),
        findings=bool(failed),
    )
