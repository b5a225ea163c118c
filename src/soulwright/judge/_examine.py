"""The examination: every case in every form, pairs in both orders, and the figures that follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from soulwright.errors import InputError
from soulwright.judge._desk import Put, PutPair, compare_all, judge_all
from soulwright.judge._exam_cases import ExamCase, cases_of_document, pairs_of
from soulwright.judge._forms import PERTURBED, Form, in_form
from soulwright.judge._model import Better, Compared, ModelJudge, family_of, pair_prompt, reply_prompt
from soulwright.judge._named import NamedJudge
from soulwright.judge._record import Agreement, FormFigure, JudgeRecord, OwnFamily, Position
from soulwright.judge._reliability import cohen_kappa, krippendorff_alpha
from soulwright.models import ModelRole, Planned, planned
from soulwright.runs import content_key
from soulwright.spec import Spec
from soulwright.verify import (
    AsksJudge,
    Estimate,
    ExamSet,
    Grade,
    GradesReplies,
    JudgeExam,
    Judging,
    Verdict,
    examine,
    make_rate,
    newcombe,
    newcombe_paired,
)

FORMS = tuple(Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Every case in every form, with what the judge said of it."""

    cases: Sequence[ExamCase]
    forms: Sequence[Form]
    grades: Mapping[tuple[str, Form], Grade]

    def judged(self, form: Form) -> list[tuple[ExamCase, Grade]]:
        """The cases that were judged in this form."""
        found = ((case, self.grades[case.id, form]) for case in self.cases)
        return [(case, grade) for case, grade in found if grade.judging is Judging.JUDGED]

    def against_plain(self, form: Form) -> Agreement:
        """How this form and the plain one agree on the cases that were judged in both."""
        plain = {case.id: _binary(grade) for case, grade in self.judged(Form.PLAIN)}
        pairs = [(plain[case.id], _binary(grade)) for case, grade in self.judged(form) if case.id in plain]
        agree = make_rate(sum(one is other for one, other in pairs), len(pairs))
        return Agreement(agree=agree, kappa=cohen_kappa(pairs))

    def figure(self, form: Form) -> FormFigure:
        """How the judge does in this form."""
        of_form = _exam_set(form.value, self.judged(form))
        return FormFigure(
            form=form,
            against_plain=self.against_plain(form),
            sensitivity=of_form.sensitivity,
            specificity=of_form.specificity,
        )

    def ratings(self) -> list[list[Verdict]]:
        """For each case the verdicts of all forms, as if each were a rater of its own."""
        said: dict[str, list[Verdict]] = {case.id: [] for case in self.cases}
        for form in self.forms:
            for case, grade in self.judged(form):
                said[case.id].append(_binary(grade))
        return list(said.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamPlan:
    """What an examination asks: the document's own examples and labelled replies, in which forms, at most how many.

    Of more cases than `most` a sample is taken by a checksum of their ids, so that the same ones are asked again.
    """

    extra: tuple[ExamCase, ...] = ()
    of_document: bool = True
    forms: tuple[Form, ...] = FORMS
    pairs: bool = True
    most: int | None = None


def examine_judge_on(
    spec: Spec,
    judge: NamedJudge,
    *,
    folder: Path,
    plan: ExamPlan | None = None,
    advance: Callable[[int], None] | None = None,
) -> JudgeRecord:
    """Examine a judge; its answers are kept in logs in `folder`, and what they hold already is not asked again.

    InputError where there is no case, SoulwrightError where the judge could not be asked at all.
    """
    plan = plan or ExamPlan()
    cases = exam_cases(spec, plan)
    if not cases:
        raise InputError(
            "there is nothing to examine a judge on",
            source=spec.source,
            help="give examples their GOOD and BAD in the document, or name a labelled file with --cases",
        )
    forms = _forms(judge, plan)
    puts = [_put(case, form, judge) for case in cases for form in forms]
    by_name = judge_all(puts, judge, folder=folder / "replies", advance=advance)
    grades = {(case.id, form): by_name[f"{case.id}/{form}"] for case in cases for form in forms}
    position, notes = _position(cases, judge, folder, plan, advance)
    return _record(spec, judge, _Answers(cases=cases, forms=forms, grades=grades), position, notes)


def exam_cases(spec: Spec, plan: ExamPlan) -> tuple[ExamCase, ...]:
    """The cases of an examination, in a fixed order."""
    cases = (*(cases_of_document(spec) if plan.of_document else ()), *plan.extra)
    if plan.most is None or len(cases) <= plan.most:
        return cases
    chosen = sorted(cases, key=lambda case: content_key("exam", case.id))[: plan.most]
    names = {case.id for case in chosen}
    return tuple(case for case in cases if case.id in names)


def _forms(judge: NamedJudge, plan: ExamPlan) -> tuple[Form, ...]:
    """The forms that are asked, the plain one first; a program is not shown a rubric that could be turned around."""
    forms = (form for form in plan.forms if form is not Form.SWAPPED or isinstance(judge.judge, ModelJudge))
    return tuple(dict.fromkeys((Form.PLAIN, *forms)))


def _put(case: ExamCase, form: Form, judge: NamedJudge) -> Put:
    shown: GradesReplies | AsksJudge = judge.judge
    if isinstance(shown, ModelJudge):
        shown = shown.shown(leave_out=case.places, fails_first=form is Form.SWAPPED)
    return Put(
        id=f"{case.id}/{form}",
        situation=case.situation,
        reply=in_form(case.reply, form),
        by=shown,
        form=f"{form}/{case.places}",
    )


def _record(
    spec: Spec, judge: NamedJudge, answers: _Answers, position: Position | None, notes: tuple[str, ...]
) -> JudgeRecord:
    plain = [answers.grades[case.id, Form.PLAIN] for case in answers.cases]
    judged = answers.judged(Form.PLAIN)
    sources = dict.fromkeys(case.source for case in answers.cases)
    sets = tuple(_exam_set(name, [pair for pair in judged if pair[0].source == name]) for name in sources)
    settings = asdict(judge.judge.settings) if isinstance(judge.judge, ModelJudge) else {}
    own = own_family(judge.family, judged)
    missing = () if own else ("own family: no reply under examination names an author of it and one of another",)
    return JudgeRecord(
        judge=judge.name,
        fingerprint=judge.fingerprint,
        family=judge.family,
        spec=f"{spec.name} {spec.version}".strip(),
        spec_hash=spec.hash,
        examined=datetime.now(UTC).isoformat(timespec="seconds"),
        settings={name: str(value) for name, value in settings.items()},
        exam=JudgeExam(sets=sets, judge=judge.name, fingerprint=judge.fingerprint),
        asked=len(answers.cases),
        unclear=sum(grade.verdict is Verdict.UNCLEAR for _, grade in judged),
        refused=sum(grade.judging is Judging.REFUSED for grade in plain),
        failed=sum(grade.judging is Judging.FAILED for grade in plain),
        with_labels=cohen_kappa([(case.expected, _binary(grade)) for case, grade in judged]),
        retest=answers.against_plain(Form.AGAIN) if Form.AGAIN in answers.forms else None,
        forms=tuple(answers.figure(form) for form in answers.forms if form in PERTURBED),
        alpha=krippendorff_alpha(answers.ratings()),
        position=position,
        own_family=own,
        notes=notes + missing,
    )


def _exam_set(name: str, judged: Sequence[tuple[ExamCase, Grade]]) -> ExamSet:
    return examine(name, [(case.expected, grade.verdict) for case, grade in judged])


def _binary(grade: Grade) -> Verdict:
    """What a verdict comes to in a count: INVALID is a failure."""
    return Verdict.FAIL if grade.verdict is Verdict.INVALID else grade.verdict


def own_family(family: str, judged: Sequence[tuple[ExamCase, Grade]]) -> OwnFamily | None:
    """The judge's leniency with its own family; None where no reply of it, or none of another, was judged."""
    known = [(family_of(case.author) == family, case.expected, grade) for case, grade in judged if case.author]

    def passes(own: bool, label: Verdict) -> list[bool]:
        return [grade.verdict is Verdict.PASS for is_own, said, grade in known if is_own is own and said is label]

    if not any(is_own for is_own, *_ in known) or all(is_own for is_own, *_ in known):
        return None
    counts = {(own, label): passes(own, label) for own in (True, False) for label in (Verdict.FAIL, Verdict.PASS)}
    rates = {key: make_rate(sum(found), len(found)) for key, found in counts.items()}
    bad, good = (
        newcombe(*(rates[True, label].passed, rates[True, label].n, rates[False, label].passed, rates[False, label].n))
        for label in (Verdict.FAIL, Verdict.PASS)
    )
    return OwnFamily(
        family=family,
        own_bad=rates[True, Verdict.FAIL],
        other_bad=rates[False, Verdict.FAIL],
        bad=bad,
        own_good=rates[True, Verdict.PASS],
        other_good=rates[False, Verdict.PASS],
        good=good,
    )


def _position(
    cases: Sequence[ExamCase],
    judge: NamedJudge,
    folder: Path,
    plan: ExamPlan,
    advance: Callable[[int], None] | None,
) -> tuple[Position | None, tuple[str, ...]]:
    """Every pair in both orders; a judge that is a program, or cases without pairs, say nothing of position."""
    if not plan.pairs:
        return None, ("position: not asked for",)
    if not isinstance(judge.judge, ModelJudge):
        return None, ("position: the judge is a program that reads one reply at a time",)
    pairs = pairs_of(cases)
    if not pairs:
        return None, ("position: no conversation under examination has both a good and a bad reply",)
    puts = [put for number, pair in enumerate(pairs) for put in _both_orders(number, *pair, judge.judge)]
    said = compare_all(puts, judge, folder=folder / "pairs", advance=advance)
    return position_of([(said[f"{number}/good first"], said[f"{number}/bad first"]) for number in range(len(pairs))])


def _both_orders(number: int, good: ExamCase, bad: ExamCase, judge: ModelJudge) -> tuple[PutPair, PutPair]:
    blind = judge.shown(leave_out=good.places + bad.places)
    one = PutPair(
        id=f"{number}/good first",
        situation=good.situation,
        first=good.reply,
        second=bad.reply,
        ask=blind.compare,
        form=str(blind.leave_out),
    )
    return one, replace(one, id=f"{number}/bad first", first=bad.reply, second=good.reply)


def position_of(said: Sequence[tuple[Compared, Compared]]) -> tuple[Position | None, tuple[str, ...]]:
    """The figures of pairs that were judged with the good reply first, and then with the bad one first."""
    judged = [pair for pair in said if all(one.judging is Judging.JUDGED for one in pair)]
    lost = len(said) - len(judged)
    notes = (f"position: {lost} of {len(said)} pairs were not judged in both orders",) if lost else ()
    if not judged:
        return None, notes
    orders = [(one.better, other.better) for one, other in judged]
    right, wrong = orders.count((Better.FIRST, Better.SECOND)), orders.count((Better.SECOND, Better.FIRST))
    first, second = orders.count((Better.FIRST, Better.FIRST)), orders.count((Better.SECOND, Better.SECOND))
    undecided = len(orders) - right - wrong - first - second
    interval = newcombe_paired(right, first, second, wrong + undecided)
    bias = Estimate(value=(first - second) / len(orders), interval=interval)
    return (
        Position(
            pairs=len(orders),
            right=make_rate(right, len(orders)),
            first_both=first,
            second_both=second,
            undecided=undecided,
            bias=bias,
        ),
        notes,
    )


def questions_of_exam(spec: Spec, judge: NamedJudge, plan: ExamPlan) -> int:
    """How often an examination puts something to the judge."""
    cases = exam_cases(spec, plan)
    pairs = pairs_of(cases) if plan.pairs and isinstance(judge.judge, ModelJudge) else ()
    return len(cases) * len(_forms(judge, plan)) + 2 * len(pairs)


def plan_of_exam(spec: Spec, judge: NamedJudge, plan: ExamPlan) -> tuple[Planned, ...]:
    """What an examination would ask of a model, with an estimate of its tokens; nothing of a program."""
    if not isinstance(judge.judge, ModelJudge):
        return ()
    cases = exam_cases(spec, plan)
    forms = _forms(judge, plan)
    asked = [
        judge.judge.shown(leave_out=case.places).question(case.situation, in_form(case.reply, form))
        for case in cases
        for form in forms
    ]
    cost = partial(planned, role=ModelRole.JUDGE, model=judge.name, attempts=judge.judge.settings.attempts)
    found = [cost(reply_prompt(), [one for one in asked if one is not None])]
    if plan.pairs:
        compared = [judge.judge.pair_question(good.situation, good.reply, bad.reply) for good, bad in pairs_of(cases)]
        found.append(cost(pair_prompt(), 2 * [one for one in compared if one is not None]))
    return tuple(found)
