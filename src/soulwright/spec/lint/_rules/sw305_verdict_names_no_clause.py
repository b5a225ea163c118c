"""SW305: a BAD reply that does not say which clause it breaks."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import ExampleVerdict
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import GREETING, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for turn in subject.judged:
        if turn.verdict is ExampleVerdict.BAD and turn.clause_id is None and turn.note_span is not None:
            yield Hit(
                span=subject.trimmed(turn.note_span),
                message="`BAD`, and no clause is named",
                help="write `<!-- BAD[#clause.id]: why -->`",
                context=turn.text[:200],
            )


_BAD = GREETING.replace("GOOD: greets back -->\nHello to you.", "BAD: cold -->\nWhat?")
_WRONG = f"## Care {{#care authority=root}}\n\nThe assistant must be kind.\n\n{_BAD}"

RULE = Rule(
    id="SW305",
    name="verdict-names-no-clause",
    severity=Severity.WARNING,
    what="A reply is marked BAD without the id of the clause that it breaks.",
    why="The example then belongs to its section at large, and no clause can be taught or measured by it.",
    remedy="`BAD[#clause.id]: reason`. In documents without clause ids the id of a section does.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("BAD:", "BAD[#care]:")),
    find=_find,
)
