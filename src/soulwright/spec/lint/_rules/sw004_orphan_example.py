"""SW004: an evaluation set that no sentence refers to."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    named = {reference.target for reference in subject.evaluation_references}
    for name in sorted(set(subject.beside.example_sets or {}) - named):
        yield Hit(
            span=subject.span(0, 0),
            message=f"nothing refers to the evaluation set `{name}`",
            help=f"put `[^{name}]` behind the sentence that it tests, or remove `examples/{name}.md`",
            context=f"examples/{name}.md",
        )


_TEXT = "## Care {#care authority=root}\n\nBe kind[^ab12].\n"

RULE = Rule(
    id="SW004",
    name="orphan-example",
    severity=Severity.ERROR,
    what="A file of evaluation prompts lies beside the document, and no sentence refers to it.",
    why="Prompts that test no sentence are run for nothing, or the sentence that they tested lost its test unnoticed.",
    remedy="Refer to it from the sentence that it tests, or delete it.",
    wrong=Sample(text=_TEXT, example_sets={"ab12": "Examples for [^ab12] in Care:\n", "cd34": "Examples:\n"}),
    right=Sample(text=_TEXT, example_sets={"ab12": "Examples for [^ab12] in Care:\n"}),
    find=_find,
    needs=("example_sets",),
)
