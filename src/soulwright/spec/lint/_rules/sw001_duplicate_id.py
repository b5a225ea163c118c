"""SW001: two headings or clauses share an id, or their ids differ only in how they are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from soulwright.spec._document import Attributes
from soulwright.spec.lint._finding import Severity
from soulwright.spec.lint._rule import Hit, Options, Rule, Sample
from soulwright.spec.lint._subject import Subject

_JOINTS = re.compile(r"[^a-z0-9]+")


def _find(subject: Subject, _options: Options) -> Iterator[Hit]:
    exact: dict[str, Attributes] = {}
    alike: dict[str, Attributes] = {}
    named = (attributes for attributes in subject.attributes if attributes.id)
    for attributes in sorted(named, key=lambda item: item.span.start):
        slug = _JOINTS.sub("_", attributes.id.lower()).strip("_")
        at = subject.document.text.find(attributes.id, attributes.span.start)
        span = subject.span(at, at + len(attributes.id))
        if (first := exact.get(attributes.id)) is not None:
            message = f"the id `{attributes.id}` is taken by line {first.line}"
            yield Hit(span=span, message=message, help="choose another id for one of the two")
        elif (first := alike.get(slug)) is not None:
            message = f"the id `{attributes.id}` reads like `{first.id}` on line {first.line}"
            yield Hit(span=span, message=message, help="let ids differ by more than case and punctuation")
        exact.setdefault(attributes.id, attributes)
        alike.setdefault(slug, attributes)


RULE = Rule(
    id="SW001",
    name="duplicate-id",
    severity=Severity.ERROR,
    what="Two headings or clauses have the same id, or ids that differ only in case and punctuation.",
    why="An id is the name of a clause in every lesson, verdict and audit record; a name that means two things means "
    "none.",
    remedy="Rename the younger of the two; what was made from the older one keeps its name.",
    wrong=Sample(text="## Care {#care authority=root}\n\nBe kind.\n\n## Caring {#Care authority=user}\n\nBe kinder.\n"),
    right=Sample(
        text="## Care {#care authority=root}\n\nBe kind.\n\n## Caring {#caring authority=user}\n\nBe kinder.\n"
    ),
    find=_find,
)
