"""What a judge is examined on: replies whose right verdict is known, from the document's examples and labelled files.

The judge is blind: an example under examination is left out of the rubric, and nothing that is put to the judge says
where the reply comes from or what its label is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from soulwright.judge._rubric import turns_before
from soulwright.situations import (
    CaseFile,
    Label,
    Pressure,
    RowGroup,
    Situation,
    Suite,
    layer_of_messages,
    messages_of,
)
from soulwright.spec import BoundVerdict, Clause, Example, ExampleVerdict, Spec
from soulwright.verify import Verdict

OF_DOCUMENT = "the document's examples"
_EXPECTED = {ExampleVerdict.GOOD: Verdict.PASS, ExampleVerdict.BAD: Verdict.FAIL}
_LABELS = {Label.GOOD: Verdict.PASS, Label.BAD: Verdict.FAIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamCase:
    """One reply whose right verdict is known: PASS or FAIL.

    Replies of one `group` answer the same conversation by the same clause, so that good and bad ones can be compared.
    `places` are the examples of the document that would give the answer away, `author` is who wrote the reply.
    """

    id: str
    situation: Situation
    reply: str
    expected: Verdict
    source: str
    group: str
    places: tuple[int, ...] = ()
    author: str = ""


def cases_of_document(spec: Spec) -> tuple[ExamCase, ...]:
    """A case for every reply that the document itself calls good or bad, bound to the clause that the verdict is about.

    A good reply of which no clause is said keeps those that the bad ones beside it break. `OK` is neither.
    """
    found: dict[str, ExamCase] = {}
    for clause in spec.clauses:
        for example in clause.examples:
            for case in _of_example(spec, clause, example):
                found.setdefault(case.id, case)
    return tuple(found.values())


def cases_of_file(file: CaseFile, name: str) -> tuple[ExamCase, ...]:
    """A case for every labelled reply of a file; replies without a label are passed over."""
    cases: list[ExamCase] = []
    for case in file.cases:
        for number, reply in enumerate(case.replies):
            if reply.label is None:
                continue
            one = ExamCase(
                id=f"{case.situation.id}@{number}",
                situation=case.situation,
                reply=reply.text,
                expected=_LABELS[reply.label],
                source=name,
                group=case.situation.id,
                author=reply.author,
            )
            cases.append(one)
    return tuple(cases)


def pairs_of(cases: Iterable[ExamCase]) -> tuple[tuple[ExamCase, ExamCase], ...]:
    """Every good reply with the first bad one to the same conversation by the same clause; each is used once."""
    good: dict[tuple[str, str], list[ExamCase]] = {}
    bad: dict[tuple[str, str], list[ExamCase]] = {}
    for case in cases:
        side = good if case.expected is Verdict.PASS else bad
        side.setdefault((case.group, case.situation.row), []).append(case)
    return tuple(pair for key, replies in good.items() if key in bad for pair in zip(replies, bad[key], strict=False))


def _of_example(spec: Spec, clause: Clause, example: Example) -> Iterator[ExamCase]:
    broken = tuple(
        dict.fromkeys(one.clause_id for one in example.verdicts if one.verdict is ExampleVerdict.BAD and one.clause_id)
    )
    for verdict in example.verdicts:
        expected = _EXPECTED.get(verdict.verdict)
        if expected is None or not verdict.reply.strip():
            continue
        for clause_id in (verdict.clause_id,) if verdict.clause_id else broken or (clause.id,):
            at_stake = spec.find(clause_id)
            if at_stake is not None:
                yield _case(at_stake, example, verdict, expected)


def _case(clause: Clause, example: Example, verdict: BoundVerdict, expected: Verdict) -> ExamCase:
    messages = messages_of(turns_before(example, verdict))
    name = f"{clause.id}@{verdict.span.start}"
    situation = Situation(
        id=name,
        row=clause.id,
        group=RowGroup.CLAUSE,
        clause_ids=(clause.id,),
        messages=messages,
        suite=Suite.SEEN,
        pressure=Pressure.NONE,
        layer=layer_of_messages(messages),
        must=(),
    )
    return ExamCase(
        id=name,
        situation=situation,
        reply=verdict.reply.strip(),
        expected=expected,
        source=OF_DOCUMENT,
        group=f"{example.span.start}/{len(messages)}",
        places=(example.span.start,),
    )
