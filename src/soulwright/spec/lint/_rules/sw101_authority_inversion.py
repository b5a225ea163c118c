"""SW101: a section that can be changed from below stands in a container whose other sections cannot."""

from __future__ import annotations

from collections.abc import Iterator

from soulwright.spec._document import Section
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject


def _find(subject: Subject, options: Options) -> Iterator[Hit]:
    known: dict[int, bool] = {}
    for section in subject.document.sections:
        own = subject.own_authority(section)
        if own is None or subject.is_hard(own):
            continue
        container = _container(subject, section, options, known)
        if container is not None:
            promised = subject.own_authority(container) or subject.front.levels[0]
            yield Hit(
                span=subject.heading_span(section),
                message=f"`{own}` may change this, although it stands in `{container.title}`, "
                f"which otherwise speaks for `{promised}`",
                help="move it out of there, raise its authority, or say in the container what it does not promise",
            )


def _container(subject: Subject, section: Section, options: Options, known: dict[int, bool]) -> Section | None:
    """The nearest section around this one that promises more than it; `known` holds what was looked up before."""
    for outer in reversed(section.path[:-1]):
        place = outer.span.start
        if place not in known:
            known[place] = _promises(subject, outer, options)
        if known[place]:
            return outer
    return None


def _promises(subject: Subject, container: Section, options: Options) -> bool:
    """Whether a reader takes everything in `container` for fixed: it says so, or most of what it holds is."""
    if container.level < 2:  # a chapter groups what it holds and promises nothing
        return False
    if (own := subject.own_authority(container)) is not None:
        return subject.is_hard(own)
    levels = (subject.own_authority(each) for each in subject.below(container)[1:])
    inside = [level for level in levels if level is not None]
    fixed = sum(subject.is_hard(level) for level in inside)
    return len(inside) >= options["at_least"] and fixed > options["share"] * len(inside)


_WRONG = """# Bounds {#bounds}

## What it does not write {#disallowed}

### Weapons {#weapons authority=root}

It must not describe them.

### Hatred {#hatred authority=root}

It must not stir it up.

### Insults {#insults authority=user}

It should not insult.
"""

RULE = Rule(
    id="SW101",
    name="authority-inversion",
    severity=Severity.ERROR,
    what="A section that operators or users may change stands among sections that nobody may change.",
    why="A sentence elsewhere that relies on the whole container (`everything in this chapter applies`) then promises "
    "more than holds, and readers take a preference for a limit.",
    remedy="Move the section, raise its authority, or let the container name its exceptions. A container counts from "
    "heading level 2 on, when its own heading has the highest authority, or when more than the share `share` "
    "of at least `at_least` sections in it have.",
    wrong=Sample(text=_WRONG),
    right=Sample(text=_WRONG.replace("authority=user", "authority=root").replace("should not i", "must not i")),
    find=_find,
    options={"share": 0.5, "at_least": 3},
)
