"""SW005: the header of an evaluation set names a section by a title that it no longer has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_HEADER = re.compile(r"Examples for \[\^([^\]]+)\] in (.+?):?[ \t]*(?:\r?\n|\Z)")
_MARKUP = re.compile(r"[*_`]")


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    sets = subject.beside.example_sets or {}
    for reference in subject.evaluation_references:
        header = _HEADER.match(sets.get(reference.target, ""))
        section = subject.section_at(reference.span)
        if header is None or section is None or _same(header[2], section.title):
            continue
        yield Hit(
            span=reference.span,
            message=f"`examples/{reference.target}.md` says `{header[2]}`, the section is called `{section.title}`",
            help="correct the first line of the file, and look whether its prompts still test this sentence",
        )


def _same(one: str, other: str) -> bool:
    return _MARKUP.sub("", one).strip().casefold() == _MARKUP.sub("", other).strip().casefold()


_TEXT = "## Care for all {#care authority=root}\n\nBe kind[^ab12].\n"

RULE = Rule(
    id="SW005",
    name="stale-example-header",
    severity=Severity.ERROR,
    what="The first line of an evaluation set names another section than the one that refers to it.",
    why="The section was renamed or the sentence moved, and nobody has looked at the prompts since.",
    remedy="Read the prompts against the section as it stands, then correct the first line.",
    wrong=Sample(text=_TEXT, example_sets={"ab12": "Examples for [^ab12] in Care:\n"}),
    right=Sample(text=_TEXT, example_sets={"ab12": "Examples for [^ab12] in Care for all:\n"}),
    find=_find,
    needs=("example_sets",),
)
