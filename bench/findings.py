"""What `check` finds in the published documents, as a page: `python -m bench.findings docs/findings.md`.

The documents are not part of the project; SOULWRIGHT_CORPUS says where they are. Each release is checked with the
evaluation sets beside it and, from the second on, against the release before it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from soulwright.spec.lint import RULES, CheckRequest, Report, Rule, check

ROOT = Path(__file__).parents[1]
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", ROOT.parent / "shared" / "corpus")) / "openai-model-spec"
RELEASES = ("2025-02-12", "2025-04-11", "2025-09-12", "2025-10-27")
_HEAD = """# What the check finds

The four releases of the OpenAI Model Spec that were current when this page was written (CC0), each checked with its
evaluation sets, and from the second on against the release before it. What changed from one to the next, and what the
changelog passes over (SW311), is what `soulwright diff` shows. The page is made by
`python -m bench.findings docs/findings.md`; a test compares it. A finding is a place to look at and no verdict on the
document: these releases were written for another tool chain, and much of what is listed was chosen.
"""


def reports(corpus: Path = CORPUS) -> dict[str, Report]:
    """A report for each release, in their order."""
    found = {}
    earlier: Path | None = None
    for release in RELEASES:
        path = corpus / release / "model_spec.md"
        found[release] = check(CheckRequest(document=path, against=earlier))
        earlier = path
    return found


def page(found: Mapping[str, Report]) -> str:
    """The page: a table of findings by rule and release, and the gravest of the last release with their lines."""
    last = found[RELEASES[-1]]
    return "\n".join([_HEAD, _table(found), "", _places(last)])


def _table(found: Mapping[str, Report]) -> str:
    rows = [f"| rule | | {' | '.join(RELEASES)} |", f"|---|---|{'---:|' * len(RELEASES)}"]
    for rule in RULES:
        counts = [found[release].by_rule.get(rule.id, 0) for release in RELEASES]
        cells = [_cell(rule, release, count) for release, count in zip(RELEASES, counts, strict=True)]
        rows.append(f"| [{rule.id}](rules/{rule.id}.md) | {rule.name} | {' | '.join(cells)} |")
    totals = [str(len(found[release].findings)) for release in RELEASES]
    return "\n".join([*rows, f"| | all | {' | '.join(totals)} |"])


def _cell(rule: Rule, release: str, count: int) -> str:
    unasked = "changelog" in rule.needs or ("earlier" in rule.needs and release == RELEASES[0])
    return "not asked" if unasked else str(count) if count else "·"


def _places(report: Report) -> str:
    """Lines and words of the rules that fire seldom: the ones that a reader can look up."""
    lines = [f"## Where, in {RELEASES[-1]}", "", "Rules with up to fifteen findings.", ""]
    for rule in RULES:
        found = [finding for finding in report.findings if finding.rule == rule.id]
        if 0 < len(found) <= 15:
            lines += [f"**[{rule.id}](rules/{rule.id}.md) {rule.name}**", ""]
            lines += [f"- line {item.span.line}, `{item.locator}`: {item.message}" for item in found]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: Sequence[str]) -> None:
    """Write the page to the file that is named, or print it."""
    text = page(reports())
    if arguments:
        Path(arguments[0]).write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
