"""SW007: an example that is not written in the grammar of dialogues."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import Problem
from soulwright.spec.lint._finding import Fix, Severity
from soulwright.spec.lint._rule import GREETING, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_HARMLESS = {"elision": Severity.INFO, "stray-blank": Severity.INFO}


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    for example in subject.document.examples:
        for problem in example.dialogue.problems:
            span = problem.span if problem.code != "stray-blank" else subject.line_of(problem.span)
            yield Hit(
                span=span,
                message=problem.message,
                help=problem.help or "write it as the grammar of dialogues asks",
                fix=_fix(subject, problem),
                severity=_HARMLESS.get(problem.code),
            )


def _fix(subject: Subject, problem: Problem) -> Fix | None:
    """Stray marks before a tag can be taken away without touching anything else."""
    text, start = subject.document.text, problem.span.start
    if problem.code == "stray-star" and text[start : start + 1] == "*":
        return Fix(start=start, end=start + 1, replacement="")
    if problem.code == "stray-blank":
        return Fix(start=subject.line_of(problem.span).start, end=start, replacement="")
    return None


_TEXT = f"## Care {{#care authority=root}}\n\nBe kind.\n\n{GREETING}"

RULE = Rule(
    id="SW007",
    name="dialogue-grammar",
    severity=Severity.ERROR,
    what="An example holds a tag that is not closed or not known, stray marks, or text outside of any turn.",
    why="What cannot be read as a turn teaches nothing and is judged by nobody; it just looks like an example.",
    remedy="Write each turn between `<role>` and `</role>`, each tag alone on its line, and replies to compare between "
    "`<comparison>` and `</comparison>`. The mark `[...]` for turns left out is understood, and listed as info.",
    wrong=Sample(text=_TEXT.replace("<assistant> <!--", "*<assistant> <!--")),
    right=Sample(text=_TEXT),
    find=_find,
    mechanical=True,
)
