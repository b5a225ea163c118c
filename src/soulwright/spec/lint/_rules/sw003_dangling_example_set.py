"""SW003: a sentence refers to an evaluation set that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    sets = subject.beside.example_sets or {}
    for reference in subject.evaluation_references:
        if reference.target not in sets:
            message = f"there is no evaluation set `{reference.target}`"
            remedy = f"add `examples/{reference.target}.md`, or remove the reference"
            yield Hit(span=reference.span, message=message, help=remedy)


_TEXT = "## Care {#care authority=root}\n\nBe kind[^ab12].\n"

RULE = Rule(
    id="SW003",
    name="dangling-example-set",
    severity=Severity.ERROR,
    what="A footnote `[^id]` names an evaluation set that does not exist beside the document.",
    why="The sentence claims to be tested. Nobody can repeat a test whose prompts are gone.",
    remedy="Restore the file, or drop the footnote and say openly that the sentence is untested.",
    wrong=Sample(text=_TEXT, example_sets={"cd34": "Examples for [^cd34] in Care:\n"}),
    right=Sample(text=_TEXT, example_sets={"ab12": "Examples for [^ab12] in Care:\n"}),
    find=_find,
    needs=("example_sets",),
)
