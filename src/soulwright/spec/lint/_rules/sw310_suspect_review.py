"""SW310: a section was rewritten, and its examples and evaluation prompts were not looked at."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import Section
from soulwright.spec._prose import plain
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import GREETING, Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    before = {section.id: section for section in subject.earlier_sections}
    for section in subject.document.sections:
        old = before.get(section.id)
        if old is None or subject.authority(section) is None or _norms(section) == _norms(old):
            continue
        if _examples(section) and _examples(section) == _examples(old) and _sets(subject, section):
            yield Hit(
                span=subject.heading_span(section),
                message=f"`{section.title}` was rewritten, its examples and evaluation prompts were not",
                help="read them against the new text; change a word in one of them, or accept this in the baseline",
            )


def _norms(section: Section) -> list[str]:
    return [plain(block.text) for block in section.prose]


def _examples(section: Section) -> list[str]:
    return [example.raw.strip() for example in section.examples]


def _sets(subject: Subject, section: Section) -> bool:
    """Whether the evaluation sets of the section are what they were; True where they cannot be compared."""
    new, old = subject.beside.example_sets, subject.beside.earlier_sets
    if new is None or old is None:
        return True
    return all(new.get(name) == old.get(name) for name in subject.evaluations_in(section))


_TEXT = f"## Care {{#care authority=root}}\n\nThe assistant must be kind to everyone.\n\n{GREETING}"

RULE = Rule(
    id="SW310",
    name="suspect-review",
    severity=Severity.WARNING,
    what="Between two versions the text of a section changed, and neither its examples nor its evaluation sets did.",
    why="The examples were agreed on for another text. Somebody has to say that they still show what it asks.",
    remedy="Read them again. Asked with `--against OLD`.",
    wrong=Sample(text=_TEXT, earlier=_TEXT.replace(" to everyone", "")),
    right=Sample(text=_TEXT.replace("Hello to you", "And hello"), earlier=_TEXT.replace(" to everyone", "")),
    find=_find,
    needs=("earlier",),
)
