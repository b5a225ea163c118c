"""`soulwright check`: compile a document and hold it against the lint rules."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

import soulwright
from soulwright.cli._answer import FINE, INTERRUPTED, Outcome, answer
from soulwright.cli._documents import bundled_document
from soulwright.cli._findings import clause_listing, render_findings, summary
from soulwright.cli._options import json_option
from soulwright.cli._watch import watch
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.spec.lint import CheckRequest, Report

_PATH = click.Path(path_type=Path)
_PASSES = 5  # a fix may uncover another one; more rounds than this would mean that two rules undo each other


class _Asked(TypedDict):
    """The options of a call."""

    form: str
    fail_on: str | None
    rules: tuple[str, ...]
    clauses: bool
    fix: bool
    watching: bool
    update: bool
    config: Path | None
    baseline: Path | None
    examples: Path | None
    against: Path | None
    changelog: Path | None
    run: Path | None


@click.command(short_help="Compile a document and hold it against the lint rules.")
@click.argument("specs", type=_PATH, nargs=-1, metavar="[SPEC]...")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif", "github"]), default="text", help="How to say it."
)
@click.option("--fail-on", type=click.Choice(["error", "warning", "suggestion", "info"]), help="What makes status 1.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only this rule, or those that begin like it.")
@click.option("--clauses", is_flag=True, help="List the clauses as well.")
@click.option("--fix", is_flag=True, help="Carry out the mechanical fixes.")
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a file changes.")
@click.option(
    "--config", type=_PATH, metavar="PATH", help="The configuration; the nearest soulwright.toml if left out."
)
@click.option("--baseline", type=_PATH, metavar="PATH", help="Findings that were accepted.")
@click.option("--update-baseline", "update", is_flag=True, help="Accept everything that is found now.")
@click.option("--examples", type=_PATH, metavar="PATH", help="The folder of evaluation sets.")
@click.option("--against", type=_PATH, metavar="OLD", help="An earlier version, for the rules that compare.")
@click.option("--changelog", type=_PATH, metavar="PATH", help="What should mention the changes since OLD.")
@click.option(
    "--run", type=_PATH, metavar="RUN", help="A verified run, whose unclear clauses come back to the document."
)
@json_option
def check(*, specs: tuple[Path, ...], as_json: bool, **asked: Unpack[_Asked]) -> int:
    """Compile each document SPEC (the bundled one if left out), and hold it against the lint rules.

    A document that does not compile is answered with its mistakes and exit status 2.
    """
    _refuse_contradictions(specs, as_json, asked)
    if as_json:
        asked["form"] = "json"
    documents = specs or (None,)

    def once() -> int:
        return max(answer(partial(_check, each, asked), as_json=asked["form"] == "json") for each in documents)

    return _watched(once, [_request(each, asked) for each in specs]) if asked["watching"] else once()


def _refuse_contradictions(specs: tuple[Path, ...], as_json: bool, asked: _Asked) -> None:
    """UsageError where two wishes of a call cannot both be granted."""
    one_answer = as_json or asked["form"] in ("json", "sarif")
    if as_json and asked["form"] not in ("text", "json"):
        raise click.UsageError(f"--json and --format {asked['form']} cannot both be answered")
    if asked["watching"] and one_answer:
        raise click.UsageError("--watch answers again and again, and json and sarif are one answer")
    if asked["watching"] and not specs:
        raise click.UsageError("--watch needs the document that is to be watched")
    if asked["update"] and asked["rules"]:
        raise click.UsageError("--update-baseline accepts the findings of all rules: leave --rule out")
    if len(specs) > 1 and one_answer:
        raise click.UsageError("one document at a time as json or sarif: each is a whole answer")


def _request(document: Path | None, asked: _Asked) -> CheckRequest:
    from soulwright.spec.lint import CheckRequest

    return CheckRequest(
        document=document or bundled_document(),
        config=asked["config"],
        baseline=asked["baseline"],
        examples=asked["examples"],
        against=asked["against"],
        changelog=asked["changelog"],
        run=asked["run"],
    )


def _watched(once: Callable[[], int], requests: Sequence[CheckRequest]) -> int:
    """Check again and again until the person has had enough, which is no failure."""
    print("watching; interrupt (Ctrl-C) to end", file=sys.stderr)
    paths: list[Path | None] = []
    for asked in requests:
        beside = asked.examples or asked.document.parent / "examples"
        paths += [asked.document, asked.config, asked.baseline, beside, asked.against, asked.changelog, asked.run]

    def act() -> None:
        if once() == INTERRUPTED:
            raise KeyboardInterrupt

    try:
        watch([path for path in paths if path is not None], act)
    except KeyboardInterrupt:
        return INTERRUPTED
    return FINE


def _check(document: Path | None, asked: _Asked) -> Outcome:
    from soulwright.spec.lint import Severity, check, configuration

    request = _request(document, asked)
    config = configuration(request)
    report = check(request, accepting=asked["update"])
    if report.spec is None and asked["form"] in ("text", "json"):
        report.raise_mistakes()
    said: list[str] = []
    if asked["fix"]:
        report, mended = _mended(request, report, asked)
        said.append(mended)
    if asked["update"]:
        said.append(_accept(report, config.baseline))
        report = check(request)
    report = _only(report, asked["rules"])
    threshold = config.fail_on if asked["fail_on"] is None else Severity(asked["fail_on"])
    return Outcome(
        document=_document(report),
        text=_text(report, asked, said),
        findings=bool(report.reaching(threshold)),
        wrong=report.spec is None,
    )


def _document(report: Report) -> dict[str, object]:
    from soulwright.spec import spec_to_dict
    from soulwright.spec.lint import report_to_dict

    compiled = {} if report.spec is None else spec_to_dict(report.spec)
    return {**compiled, **report_to_dict(report)}


def _text(report: Report, asked: _Asked, said: list[str]) -> str:
    from soulwright.spec.lint import RULES, to_annotations, to_sarif

    if asked["form"] == "sarif":
        return json.dumps(to_sarif(report, RULES, version=soulwright.__version__), ensure_ascii=False, indent=2)
    if asked["form"] == "github":
        return to_annotations(report)
    listing = [clause_listing(report.spec)] if asked["clauses"] and report.spec is not None else []
    return "\n".join([*filter(None, [render_findings(report)]), *listing, *said, summary(report)])


def _mended(request: CheckRequest, report: Report, asked: _Asked) -> tuple[Report, str]:
    """Carry out the fixes of the wanted rules, as often as one uncovers another; the report of what is left."""
    from soulwright.runs import write_bytes_atomic
    from soulwright.spec.lint import check, mend

    done = 0
    for _ in range(_PASSES):
        mended = mend(report.text, _only(report, asked["rules"]).findings)
        if not mended.done:
            break
        path = request.document.resolve()
        mode = path.stat().st_mode
        write_bytes_atomic(path, mended.text.encode())
        path.chmod(mode)
        done += len(mended.done)
        report = check(request, accepting=asked["update"])
    return report, f"{request.document}: {done} {'place' if done == 1 else 'places'} mended"


def _accept(report: Report, path: Path | None) -> str:
    """Write the baseline that accepts everything in `report`."""
    from soulwright.runs import write_text_atomic
    from soulwright.spec.lint import RULES, Baseline, accept, baseline_to_json, load_baseline

    if path is None:
        raise InputError(
            "no baseline is named that could be updated",
            source=report.source,
            help="name one with `--baseline PATH`, or as `baseline` in soulwright.toml",
        )
    old = load_baseline(path) if path.exists() else Baseline()
    found = (*report.findings, *report.accepted)
    write_text_atomic(path, baseline_to_json(accept(found, old, rules=[rule.id for rule in RULES])))
    return f"{path}: {len(found)} findings accepted"


def _only(report: Report, wanted: tuple[str, ...]) -> Report:
    """The report without the findings of other rules; InputError where a wanted rule does not exist."""
    from soulwright.spec.lint import RULES

    for name in wanted:
        if not any(rule.id.startswith(name) for rule in RULES):
            raise InputError(f"there is no rule `{name}`", help="`soulwright rules` lists them")
    if not wanted:
        return report
    return replace(
        report,
        findings=tuple(finding for finding in report.findings if finding.rule.startswith(wanted)),
        disabled=tuple(item for item in report.disabled if item.finding.rule.startswith(wanted)),
        accepted=tuple(finding for finding in report.accepted if finding.rule.startswith(wanted)),
        stale=tuple(entry for entry in report.stale if entry.rule.startswith(wanted)),
    )
