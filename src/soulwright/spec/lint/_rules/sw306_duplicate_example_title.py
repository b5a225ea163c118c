"""SW306: two examples under one title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import GREETING, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_CAPTION = re.compile(r"^\*\*Example\*\*:?[ \t]*(.+?)[ \t]*$", re.MULTILINE)


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    first: dict[str, int] = {}
    for example in subject.document.examples:
        title = _words(example.caption)
        if title and title in first:
            message = f"an example with this title stands on line {first[title]} already"
            yield Hit(span=example.caption_span, message=message, help="say in the title what is different about it")
        first.setdefault(title, example.span.line)
    yield from _in_sets(subject)


def _in_sets(subject: Subject) -> Iterator[Hit]:
    """The same title twice among the evaluation prompts, within one file or in two."""
    seen: dict[str, str] = {}
    lines = {reference.target: reference for reference in subject.evaluation_references}
    for name, text in sorted((subject.beside.example_sets or {}).items()):
        for caption in _CAPTION.finditer(text):
            title = _words(caption[1])
            if title in seen:
                where = "twice" if seen[title] == name else f"also in `examples/{seen[title]}.md`"
                span = lines[name].span if name in lines else subject.span(0, 0)
                message = f"`{caption[1].strip()}` stands in `examples/{name}.md` {where}"
                remedy = "say in the title what is different about it"
                yield Hit(span=span, message=message, help=remedy, context=f"{name}: {title}")
            seen.setdefault(title, name)


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


_HEAD = "## Care {#care authority=root}\n\nThe assistant must be kind.\n\n"

RULE = Rule(
    id="SW306",
    name="duplicate-example-title",
    severity=Severity.WARNING,
    what="Two examples, or two evaluation prompts, have the same title.",
    why="Verdicts are listed by title; with two of them nobody knows which conversation failed.",
    remedy="Name what the second one adds.",
    wrong=Sample(text=f"{_HEAD}{GREETING}\n{GREETING}"),
    right=Sample(text=f"{_HEAD}{GREETING}\n{GREETING.replace('a greeting', 'a greeting at night')}"),
    find=_find,
)
