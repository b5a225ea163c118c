"""A document beside the one that it extends: what it inherits is not gone, though the words stand elsewhere."""

from __future__ import annotations

from dataclasses import replace

from soulwright.spec._clauses import Spec
from soulwright.spec._document import FrontMatterBlock
from soulwright.spec._parse import parse


def extends(new: Spec, old: Spec) -> bool:
    """Whether `new` inherits, directly or through others, from exactly the text of `old`."""
    return any(parent.text == old.text for parent in new.parents)


def adding_nothing(old: Spec, new: Spec) -> Spec:
    """`old` as a document with the front matter of `new` that extends it and writes no clause of its own."""
    at = next(number for number, parent in enumerate(new.parents) if parent.text == old.text)
    head = next(iter(parse(new.text, new.source).blocks), None)
    text = head.raw if isinstance(head, FrontMatterBlock) else ""
    return replace(old, text=text, source=new.source, parents=new.parents[at:])
