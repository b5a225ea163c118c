"""SW302: a comparison that shows no reply which is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import ExampleVerdict
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for example in subject.document.examples:
        for comparison in example.dialogue.comparisons:
            if all(turn.verdict is not ExampleVerdict.BAD for turn in comparison.turns):
                yield Hit(
                    span=subject.line_of(comparison.span),
                    message="a comparison without a BAD reply",
                    help="add the reply that a reader might take for good, and say why it is not",
                    context=example.caption + "".join(turn.text[:80] for turn in comparison.turns),
                )


_WRONG = """## Care {#care authority=root}

The assistant must be kind.

**Example**: a greeting

~~~xml
<user>
Hello
</user>
<comparison>
<assistant> <!-- GOOD: greets back -->
Hello to you.
</assistant>
</comparison>
~~~
"""
_BAD = "</assistant>\n<assistant> <!-- BAD: cold -->\nWhat?\n</assistant>\n</comparison>"

RULE = Rule(
    id="SW302",
    name="no-counter-example",
    severity=Severity.WARNING,
    what="Replies are compared, and none of them is marked BAD.",
    why="The line that a clause draws lies between two replies. With one of them it cannot be seen.",
    remedy="Add the tempting wrong reply.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("</assistant>\n</comparison>", _BAD)),
    find=_find,
)
