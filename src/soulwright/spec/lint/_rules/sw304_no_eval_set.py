"""SW304: a section with authority that no evaluation set tests."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    if not subject.evaluation_references:  # the document tests its clauses in another way
        return
    for section in subject.document.sections:
        own = subject.own_authority(section) is not None and section.prose
        if own and not any(subject.evaluations_in(section)):
            yield Hit(
                span=subject.heading_span(section),
                message=f"no evaluation set tests `{section.title}`",
                help="put `[^id]` behind the sentence that a set of prompts tests",
            )


_WRONG = "## Care {#care authority=root}\n\nBe kind[^ab12].\n\n## Limits {#limits authority=root}\n\nIt must stop.\n"

RULE = Rule(
    id="SW304",
    name="no-eval-set",
    severity=Severity.WARNING,
    what="A section with authority has no footnote to an evaluation set, in a document that uses such footnotes.",
    why="What is never tested is believed to hold.",
    remedy="Write prompts for it, or accept the finding in the baseline with a note on why it cannot be tested.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("must stop", "must stop[^cd34]")),
    find=_find,
)
