"""SW303: GOOD or BAD, and no word on why."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import ExampleVerdict
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import GREETING, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_ASKED = (ExampleVerdict.GOOD, ExampleVerdict.BAD)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for turn in subject.judged:
        if turn.verdict in _ASKED and not turn.reason and turn.note_span is not None:
            yield Hit(
                span=subject.trimmed(turn.note_span),
                message=f"`{turn.verdict}` without a reason",
                help=f"write `<!-- {turn.verdict}: what makes it so -->`",
                context=turn.text[:200],
            )


_RIGHT = f"## Care {{#care authority=root}}\n\nThe assistant must be kind.\n\n{GREETING}"

RULE = Rule(
    id="SW303",
    name="verdict-without-reason",
    severity=Severity.WARNING,
    what="A reply is marked GOOD or BAD without saying what makes it so.",
    why="Two replies differ in many ways. Without the reason a reader, or a model, learns from any of them.",
    remedy="A few words behind the verdict: `GOOD: greets back`.",
    wrong=Sample(text=_RIGHT.replace("GOOD: greets back", "GOOD")),
    right=Sample(text=_RIGHT),
    find=_find,
)
