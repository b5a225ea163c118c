"""SW011: a comment that disables rules without a reason, without a known rule, or without effect."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_FORM = "write `<!-- soulwright-disable SW204: the reason -->`"


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    # A comment that is sound and disables nothing is reported by the check itself, which knows what was found.
    for comment in subject.disablings:
        for name in comment.rules:
            if not (name.startswith("SW") and name[2:].isdigit() and len(name) == 5):
                yield Hit(span=comment.comment, message=f"`{name}` is no rule", help=_FORM)
        if not comment.rules:
            yield Hit(span=comment.comment, message="a comment that disables no rule", help=_FORM)
        elif not comment.reason:
            message = "a rule is disabled without a reason, so it is not disabled"
            yield Hit(span=comment.comment, message=message, help=_FORM)


_WRONG = "## Care {#care}\n\n<!-- soulwright-disable SW110 -->\n\nIt must be kind.\n"

RULE = Rule(
    id="SW011",
    name="disable-comment",
    severity=Severity.ERROR,
    what="A comment that disables a rule gives no reason, names no rule, or disables something that is not there.",
    why="Whoever reads the document next must be able to tell an exception that was thought about from a silenced "
    "alarm.",
    remedy="Write the rule and, behind a colon, the reason. Remove the comment when the finding is gone.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("SW110 -->", "SW110: a greeting to the reader, no instruction -->")),
    find=_find,
)
