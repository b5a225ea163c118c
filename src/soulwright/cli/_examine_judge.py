"""`soulwright examine-judge`: whether a judge can be believed, before it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._asking import budget_options, plan_option, planned_outcome, usage, workers_options
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import folder_option, json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.judge import ExamCase, ExamPlan, JudgeRecord, NamedJudge
    from soulwright.spec import Spec
    from soulwright.verify import Estimate, Rate

_PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamOptions:
    """Which judge is examined on what, and where what is found is kept."""

    spec: Path | None
    judge: str
    ledger: Path
    cases: tuple[Path, ...] = ()
    organism: bool = False
    most: int | None = None
    anchors: Path | None = None
    before: str | None = None
    plan: bool = False


@click.command(short_help="Examine a judge before it is believed.")
@click.argument("spec", type=_PATH, required=False)
@click.option("--judge", required=True, metavar="MODEL", help="The judge: any model of Inspect, or a model folder.")
@click.option(
    "--cases", multiple=True, type=_PATH, metavar="PATH", help="Labelled replies beside the document's own; repeatable."
)
@click.option("--organism", is_flag=True, help="Replies of the embedded world instead of the document's examples.")
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="At most so many cases; all if left out.")
@folder_option("--ledger", "judges", "The folder that keeps what is known of judges, one file for each fingerprint.")
@click.option("--anchors", type=_PATH, metavar="PATH", help="A run, or what was frozen of one: both judges judge it.")
@click.option("--before", metavar="MODEL", help="The judge that was used before; needs `--anchors`.")
@plan_option
@json_option
@budget_options
@workers_options
def examine_judge(*, as_json: bool, **given: object) -> int:
    """Examine a judge on the GOOD and BAD examples of SPEC (the bundled document if left out) and on labelled files.

    Blind, in both orders, with paraphrase, verbosity and format changed, and twice: sensitivity, specificity, position
    bias, retest and agreement, each with its interval. Verification reads the result from the ledger and carries the
    judge's errors into every rate. Exit status 1 where the judge cannot be told from a coin, or part of the cases was
    not judged.
    """
    return answer(lambda: _examine(ExamOptions(**given)), as_json=as_json)  # type: ignore[arg-type] # click has checked the types


def _examine(options: ExamOptions) -> Outcome:
    from soulwright.cli._progress import Progress
    from soulwright.judge import (
        ExamPlan,
        anchor_shift,
        examine_judge_on,
        keep_record,
        model_judge,
        questions_of_exam,
        read_anchors,
        record_to_dict,
    )
    from soulwright.spec import load_spec

    spec = load_spec(options.spec or bundled_document())
    judge = model_judge(spec, options.judge)
    plan = ExamPlan(extra=_extra(spec, options), of_document=not options.organism, most=options.most)
    if options.plan:
        return _planned(spec, judge, plan)
    folder = options.ledger / judge.fingerprint[:16]
    before = model_judge(spec, options.before) if options.before else None
    anchors = _anchors(options)
    with Progress([("examine", 1)]) as progress:
        with progress.stage("examine", total=questions_of_exam(spec, judge, plan)) as shown:
            record = examine_judge_on(spec, judge, folder=folder, plan=plan, advance=shown.advance)
        if before is not None and anchors is not None:
            shift = anchor_shift(read_anchors(anchors), judge, before, folder=options.ledger, name=anchors.stem)
            record = replace(record, anchors=shift)
    path = keep_record(options.ledger, record)
    document = record_to_dict(record) | {"ledger": str(path), "usage": usage()}
    return Outcome(document=document, text=record_text(record, path), findings=not believable(record))


def _anchors(options: ExamOptions) -> Path | None:
    """The file of anchors; a run folder is frozen into the ledger first."""
    from soulwright.judge import freeze_anchors

    if (options.anchors is None) is not (options.before is None):
        raise InputError(
            "anchors need the judge that was used before, and that judge needs anchors",
            help="give both --anchors (a run folder, or what was frozen of one) and --before",
        )
    if options.anchors is None or options.anchors.is_file():
        return options.anchors
    return freeze_anchors(options.anchors, options.ledger)


def _extra(spec: Spec, options: ExamOptions) -> tuple[ExamCase, ...]:
    from soulwright.judge import cases_of_file
    from soulwright.situations import load_cases

    found = tuple(case for path in options.cases for case in cases_of_file(load_cases(path, spec), path.name))
    return found + (_of_organism(spec) if options.organism else ())


def _of_organism(spec: Spec) -> tuple[ExamCase, ...]:
    """The replies on which the embedded world's own judge is examined."""
    from soulwright.judge import ExamCase
    from soulwright.organism import questions

    return tuple(
        ExamCase(
            id=f"{question.set_name}/{number}",
            situation=question.situation,
            reply=question.reply,
            expected=question.expected,
            source=question.set_name,
            group=question.situation.id,
        )
        for number, question in enumerate(questions(spec, seed=4711, per_row=1))
    )


def _planned(spec: Spec, judge: NamedJudge, plan: ExamPlan) -> Outcome:
    from soulwright.judge import plan_of_exam

    return planned_outcome(plan_of_exam(spec, judge, plan))


def believable(record: JudgeRecord) -> bool:
    """Whether every case was judged, and the judge is better than a coin beyond chance."""
    exam = record.exam
    better = exam.sensitivity.interval.low + exam.specificity.interval.low > 1
    return better and not record.refused and not record.failed


def record_text(record: JudgeRecord, path: Path | None = None) -> str:
    """What is known of a judge, a line each."""
    exam = record.exam
    lines = [f"{record.judge} ({record.fingerprint[:16]}), examined on {record.asked} replies of {record.spec}"]
    lines += [
        _line("sensitivity", _share(exam.sensitivity)),
        _line("specificity", _share(exam.specificity)),
        _line("not judged", f"{record.refused} refused, {record.failed} failed; {record.unclear} unclear"),
    ]
    lines += [_line(f"  {each.name}", f"caught {_share(each.sensitivity)}, passed {_share(each.specificity)}")
              for each in exam.sets if len(exam.sets) > 1]  # fmt: skip
    lines += [_line("kappa with the labels", _estimate(record.with_labels))]
    if record.retest is not None:
        agree = f"{_share(record.retest.agree)}, kappa {_estimate(record.retest.kappa)}"
        lines.append(_line("asked a second time", agree))
    for form in record.forms:
        kappa = _estimate(form.against_plain.kappa)
        lines.append(_line(form.form.value, f"the same {_share(form.against_plain.agree)}, kappa {kappa}"))
    lines.append(_line("alpha over all forms", _estimate(record.alpha)))
    if record.position is not None:
        at = record.position
        said = f"{_estimate(at.bias)} of {at.pairs} pairs; right in both orders {_share(at.right)}"
        lines.append(_line("favours what is first", said))
    if record.own_family is not None:
        own = record.own_family
        lines.append(
            _line(
                f"passes bad `{own.family}`",
                f"{_share(own.own_bad)} against {_share(own.other_bad)} of others"
                f" (difference {own.bad.low:+.2f} to {own.bad.high:+.2f})",
            )
        )
    if record.anchors is not None:
        shift = record.anchors
        said = f"{shift.shift.value:+.3f} ({shift.shift.interval.low:+.3f} to {shift.shift.interval.high:+.3f})"
        lines.append(_line(f"since `{shift.before}`", f"passes {said} more of {shift.n} anchors, p = {shift.p:.3g}"))
    lines += [f"note: {note}" for note in record.notes]
    lines += [f"kept in {path}"] if path else []
    return "\n".join(lines)


def _line(name: str, said: str) -> str:
    return f"{name:<34} {said}"


def _share(rate: Rate) -> str:
    if rate.value is None:
        return "not examined"
    return f"{rate.passed}/{rate.n} = {rate.value:.2f} ({rate.interval.low:.2f} to {rate.interval.high:.2f})"


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return "none: there is no disagreement that chance could explain"
    return f"{found.value:.2f} ({found.interval.low:.2f} to {found.interval.high:.2f})"
