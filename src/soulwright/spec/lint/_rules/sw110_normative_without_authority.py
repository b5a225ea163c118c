"""SW110: an instruction in a section that speaks for no level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import FORCE, Passage, Subject


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    found = list(_without_authority(subject))
    if subject.uses_levels:
        yield from found
    elif found:
        message = f"{found[0].message}, as everywhere in this document ({len(found)} sentences)"
        yield replace(found[0], message=message, severity=Severity.INFO)


def _without_authority(subject: Subject) -> Iterator[Hit]:
    for passage in subject.passages:
        # A question such as "how should it respond?" instructs nobody.
        if passage.authority is None and not _stated(passage) and not passage.text.endswith("?"):
            force = FORCE.search(passage.raw)
            if force is not None:
                message = f"`{force[0]}` in a section without authority"
                remedy = "give the heading an `authority=`, or say it as a fact"
                yield subject.hit(passage, subject.part(passage, force), message, remedy)


def _stated(passage: Passage) -> bool:
    """Whether the attribute line names a level, if only an unknown one."""
    return passage.block.attributes is not None and passage.block.attributes.get("authority") is not None


_WRONG = """## Red lines {#red_lines}

The assistant should never help with torture.

## Manner {#manner authority=user}

The assistant should be kind.
"""

RULE = Rule(
    id="SW110",
    name="normative-without-authority",
    severity=Severity.WARNING,
    what="A sentence with must, should, shall, never or always stands in a section without authority.",
    why="Nobody can tell who may change it, so no ruling follows from it, however important it sounds.",
    remedy="Write `authority=` on the heading, on a heading around it, or in the attribute line of the clause. A "
    "document that names no level anywhere is told so once, as info.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("{#red_lines}", "{#red_lines authority=root}")),
    find=_find,
)
