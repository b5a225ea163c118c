"""From text to the document tree, and back. Total: every text has a tree, and no byte of it is lost.

`parse` never raises. What is odd about a text is listed in `Document.problems`; those that are `fatal` keep it from
compiling. `unparse` joins what the blocks hold, so `unparse(parse(text)) == text` for every text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from soulwright.spec._blocks import Report, scan
from soulwright.spec._dialogue import parse_dialogue
from soulwright.spec._document import (
    Block,
    CodeBlock,
    Document,
    ExampleBlock,
    FrontMatter,
    FrontMatterBlock,
    Gap,
    Heading,
    Paragraph,
    Problem,
    Section,
    Span,
)
from soulwright.spec._front_matter import read_front_matter
from soulwright.spec._lines import Source
from soulwright.spec._references import references

MAX_CHARS = 8_000_000

_CAPTION = re.compile(r"[ \t]*\*\*Example(?:\*\*:?|:\*\*)[ \t]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_SLUG = re.compile(r"[^\w]+")


def parse(text: str, source: str = "<text>") -> Document:
    r"""The tree of a document.

    >>> [section.id for section in parse("# Care {#care}\n\nBe kind.\n\n## More\n").sections]
    ['care', 'more']
    """
    problems: list[Problem] = []
    if len(text) > MAX_CHARS:
        return _unread(text, source)
    index = Source(text)
    _check_characters(index, problems.append)
    front = read_front_matter(index, name=stem(source), report=problems.append)
    lines = index.from_position(front.end)
    blocks = tuple(_whole(_with_examples(scan(lines, index, problems.append), index, front), index, front))
    preamble, sections = _sections(blocks, front, index)
    return Document(
        text=text,
        source=source,
        front_matter=front,
        blocks=blocks,
        preamble=preamble,
        sections=sections,
        references=tuple(references(blocks, index)),
        problems=tuple(sorted(problems, key=lambda problem: problem.span.start)),
    )


def unparse(document: Document) -> str:
    r"""The text that the tree was made of, byte for byte.

    >>> unparse(parse("A title\n=======\r\n\tand more"))
    'A title\n=======\r\n\tand more'
    """
    return "".join(block.raw for block in document.blocks)


def stem(source: str) -> str:
    """The name of a document that does not name itself: its file's."""
    return "untitled" if source.startswith("<") else Path(source).stem or "untitled"


def _unread(text: str, source: str) -> Document:
    """The tree of a text that is too long to be a document: one gap."""
    whole = Span(start=0, end=len(text), line=1, column=1)
    problem = Problem(
        code="too-long",
        message=f"the document is longer than {MAX_CHARS} characters",
        span=Span(start=0, end=1, line=1, column=1),
        help="split it into several",
        fatal=True,
    )
    return Document(
        text=text,
        source=source,
        front_matter=FrontMatter(name=stem(source)),
        blocks=(Gap(raw=text, span=whole),),
        preamble=Section(id="", title="", level=0, span=whole, whole=whole),
        sections=(),
        problems=(problem,),
    )


def _check_characters(index: Source, report: Report) -> None:
    nul, surrogate = index.text.find("\0"), _SURROGATE.search(index.text)
    if nul >= 0:
        report(
            Problem(
                code="nul",
                message="a NUL character in the document",
                span=index.span(nul, nul + 1),
                help="this is not a text file, or delete it",
                fatal=True,
            )
        )
    if surrogate:
        report(
            Problem(
                code="surrogate",
                message="a character that UTF-8 cannot hold",
                span=index.span(*surrogate.span()),
                help="save the document as UTF-8",
                fatal=True,
            )
        )


def _with_examples(blocks: Iterable[Block], index: Source, front: FrontMatter) -> Iterator[Block]:
    """Captions and the fences that follow them become examples."""
    held: Paragraph | None = None
    for block in blocks:
        if held is not None and isinstance(block, CodeBlock) and block.fence:
            yield _example(held, block, index, front)
            held = None
            continue
        if held is not None:
            yield held
        held = block if isinstance(block, Paragraph) and _CAPTION.match(block.text) else None
        if held is None:
            yield block
    if held is not None:
        yield held


def is_caption(paragraph: Paragraph) -> bool:
    """Whether a paragraph announces an example (with nothing behind it that could be one)."""
    return _CAPTION.match(paragraph.text) is not None


def _example(caption: Paragraph, code: CodeBlock, index: Source, front: FrontMatter) -> ExampleBlock:
    match = _CAPTION.match(caption.text)
    assert match is not None
    start = caption.text_span.start + match.end()
    body = index.between(code.text_span.start, code.text_span.end)
    return ExampleBlock(
        raw=index.text[caption.span.start : code.span.end],
        span=index.span(caption.span.start, code.span.end),
        caption=caption.text[match.end() :],
        caption_span=index.span(start, caption.text_span.end),
        code=code,
        dialogue=parse_dialogue(body, index, code.text_span, front.levels if front.levels_written else ()),
    )


def _whole(blocks: Iterable[Block], index: Source, front: FrontMatter) -> Iterator[Block]:
    """The blocks with the front matter before them and the gaps between them: every byte of the text."""
    end = 0
    if front.written is not None:
        start = 1 if index.text.startswith("\ufeff") else 0
        yield from _gap(index, 0, start)
        yield FrontMatterBlock(raw=index.text[start : front.end], span=index.span(start, front.end))
        end = front.end
    for block in blocks:
        yield from _gap(index, end, block.span.start)
        yield block
        end = block.span.end
    yield from _gap(index, end, len(index.text))


def _gap(index: Source, start: int, end: int) -> Iterator[Gap]:
    if start < end:
        yield Gap(raw=index.text[start:end], span=index.span(start, end))


def _sections(blocks: Sequence[Block], front: FrontMatter, index: Source) -> tuple[Section, tuple[Section, ...]]:
    """What stands before the first heading, and one section for each heading."""
    places = [place for place, block in enumerate(blocks) if isinstance(block, Heading)]
    first = places[0] if places else len(blocks)
    before = blocks[:first]
    begin = index.span(0, blocks[first].span.start if places else len(index.text))
    preamble = Section(id="", title="", level=0, span=begin, whole=begin, blocks=tuple(before))
    headings = [block for block in blocks if isinstance(block, Heading)]
    bounds = [*(heading.span.start for heading in headings[1:]), len(index.text)]
    wholes = _whole_ends(headings, len(index.text))
    names = _Names(headings)
    open_: list[Section] = []
    sections: list[Section] = []
    stops = [*places[1:], len(blocks)]
    for number, heading in enumerate(headings):
        while open_ and open_[-1].level >= heading.level:
            open_.pop()
        start, attributes = heading.span.start, heading.attributes
        parent = open_[-1] if open_ else None
        written = attributes.get("authority") if attributes else None
        section = Section(
            id=names.id_of(heading, parent),
            title=heading.title,
            level=heading.level,
            span=index.span(start, bounds[number]),
            whole=index.span(start, wholes[number]),
            blocks=tuple(blocks[places[number] + 1 : stops[number]]),
            heading=heading,
            authority=front.level(written) if written else None,
            parent=parent,
        )
        open_.append(section)
        sections.append(section)
    return preamble, tuple(sections)


def _whole_ends(headings: Sequence[Heading], end: int) -> list[int]:
    """Where each section ends with its subsections: before the next heading of its level or a higher one."""
    ends = [end] * len(headings)
    open_: list[int] = []
    for number, heading in enumerate(headings):
        while open_ and headings[open_[-1]].level >= heading.level:
            ends[open_.pop()] = heading.span.start
        open_.append(number)
    return ends


class _Names:
    """Ids for headings that have none: their title; where that is taken, with the title around it, then a number."""

    def __init__(self, headings: Iterable[Heading]) -> None:
        self.taken = {heading.attributes.id for heading in headings if heading.attributes is not None}
        self.counts: dict[str, int] = {}

    def id_of(self, heading: Heading, parent: Section | None) -> str:
        if heading.attributes is not None:
            return heading.attributes.id
        name = slug(heading.title)
        if name in self.taken and parent is not None:
            name = f"{parent.id}/{name}"
        if name in self.taken:
            count = self.counts.get(name, 1)
            while (numbered := f"{name}.{count + 1}") in self.taken:
                count += 1
            self.counts[name] = count + 1
            name = numbered
        self.taken.add(name)
        return name


def slug(title: str) -> str:
    """A title as an id: lower case, words joined by `_`.

    >>> slug("Being *honest*, always")
    'being_honest_always'
    """
    return _NOT_SLUG.sub("_", title.lower()).strip("_")[:80].rstrip("_") or "untitled"
