"""The links and evaluation-set footnotes of the prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from soulwright.spec._document import (
    Admonition,
    Block,
    ExampleBlock,
    Heading,
    ListItem,
    Paragraph,
    Reference,
    ReferenceKind,
    Span,
)
from soulwright.spec._lines import Source

_CODE = re.compile(r"`[^`]*`")
_DEFINITION = re.compile(r"^\[\^[A-Za-z0-9_]+\]:", re.MULTILINE)
_REFERENCE = re.compile(
    r"\[\^(?P<set>[A-Za-z0-9_]+)\]"
    r"|\[(?P<text>[^\[\]]*)\]\((?P<target>(?:[^()\s]++|\([^()\s]*+\))*+)(?:[ \t]+\"[^\"]*\")?\)"
)


def references(blocks: Iterable[Block], source: Source) -> Iterator[Reference]:
    """Every link and footnote outside of code, in order; of a dialogue only those in the comments on its turns."""
    for block in blocks:
        for start, end in _places(block):
            yield from _in(source, start, end)


def _places(block: Block) -> Iterator[tuple[int, int]]:
    if isinstance(block, Heading | Admonition):
        yield block.span.start, block.span.end
    elif isinstance(block, Paragraph | ListItem):
        yield block.text_span.start, block.text_span.end
    elif isinstance(block, ExampleBlock):
        yield block.caption_span.start, block.caption_span.end
        for turn in block.dialogue.turns:
            if turn.note_span is not None:
                yield turn.note_span.start, turn.note_span.end


def _in(source: Source, start: int, end: int) -> Iterator[Reference]:
    text = source.text[start:end]
    if "[" not in text:
        return
    text = _CODE.sub(lambda match: " " * len(match[0]), text)
    for match in _REFERENCE.finditer(text):
        if match["set"] is None or not _DEFINITION.match(text, match.start()):
            yield _reference(match, source.span(start + match.start(), start + match.end()))


def _reference(match: re.Match[str], span: Span) -> Reference:
    if (name := match["set"]) is not None:
        return Reference(kind=ReferenceKind.EVALUATION, target=name, text="", span=span)
    target, text = match["target"], match["text"]
    if not target.startswith("#"):
        return Reference(kind=ReferenceKind.EXTERNAL, target=target, text=text, span=span)
    kind = ReferenceKind.TITLE if text == "?" else ReferenceKind.INTERNAL
    return Reference(kind=kind, target=target[1:], text=text, span=span)
