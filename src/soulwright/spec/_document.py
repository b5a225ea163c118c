"""The document tree: what `parse` gives. Values only; every node knows where it stands in the source.

Document
├── front_matter                  what the document says of itself
├── blocks                        every byte of the text, in order: `"".join(block.raw)` is the text
│     Gap | FrontMatterBlock | Heading | Paragraph | ListItem | Admonition | ExampleBlock | CodeBlock
│     | HtmlComment | AttributeLine
├── preamble, sections            the blocks by heading, with the heading that encloses each
├── references                    links and evaluation-set footnotes of the prose
└── problems                      what is odd about the text; the tree is there all the same
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

OPENAI_LEVELS = ("root", "system", "developer", "user", "guideline")
OTHERWISE = "otherwise"
DEFAULT_TOLERANCE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open range of characters in the source text; line and column count from 1."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """An attribute list `{#id key=value}` as written; `span` is the braces and what they hold."""

    id: str
    values: Mapping[str, str]
    span: Span

    @property
    def line(self) -> int:
        """The line on which the braces stand."""
        return self.span.line

    def get(self, key: str) -> str | None:
        """The value of `key` as written, None where it is not written."""
        return self.values.get(key)

    def tokens(self, key: str) -> tuple[str, ...]:
        """The comma-separated words of `key`; nothing for `none` and for a key that is not written."""
        words = [word.strip() for word in self.values.get(key, "").split(",")]
        return tuple(word for word in words if word and word != "none")


class Adjustment(StrEnum):
    """How a level may change what it may change."""

    EXPLICIT = "explicit"
    """By saying so."""
    IMPLICIT = "implicit"
    """Also by context: what is plainly wanted, without being said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the document says of itself; `end` and `lines` tell where its body begins.

    `written` is None where the document has no front matter. `levels_written` tells declared levels from assumed ones.
    `settings` says whether what a higher level sets binds the lower ones (`bind`) or yields to them (`yield`).
    """

    name: str
    version: str = "0"
    label: str = ""
    levels: tuple[str, ...] = OPENAI_LEVELS
    levels_written: bool = False
    alias: Mapping[str, str] = field(default_factory=lambda: {"platform": "root"})
    adjusters: Mapping[str, Mapping[str, Adjustment]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    tie: str = ""
    extends: str = ""
    settings: str = ""
    tolerance: Mapping[str, float] = field(default_factory=dict)
    written: Mapping[str, object] | None = None
    end: int = 0
    lines: int = 0

    def level(self, name: str) -> str | None:
        """The level called `name`, its alias resolved; None where the document declares no such level."""
        name = self.alias.get(name, name)
        return name if name in self.levels else None

    def tolerance_for(self, kind: str) -> float:
        """The tolerated share of failures of a clause of this kind."""
        return self.tolerance.get(kind, self.tolerance.get(OTHERWISE, DEFAULT_TOLERANCE))


class ReferenceKind(StrEnum):
    """What a reference points to."""

    INTERNAL = "internal"
    """`[text](#id)`"""
    TITLE = "title"
    """`[?](#id)`: reads as the title of its target"""
    EXTERNAL = "external"
    """`[text](https://...)` and every other link that leaves the document"""
    EVALUATION = "evaluation"
    """`[^id]`: the evaluation set that tests the sentence"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One link or footnote; `target` is the id (without `#` or `^`) or the address."""

    kind: ReferenceKind
    target: str
    text: str
    span: Span


class ExampleVerdict(StrEnum):
    """What a document says of a reply that it shows."""

    GOOD = "GOOD"
    BAD = "BAD"
    OK = "OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """Text inside a turn that stands between tags of its own, such as `<untrusted>` or `<settings>`."""

    name: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a dialogue. `note` is the comment behind its opening tag, exactly as written."""

    role: str
    text: str
    span: Span
    attributes: Mapping[str, str] = field(default_factory=dict)
    verdict: ExampleVerdict | None = None
    clause_id: str | None = None
    reason: str = ""
    note: str = ""
    note_span: Span | None = None
    wrapped: tuple[Wrapped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Replies to the same conversation, side by side."""

    turns: tuple[Turn, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Elision:
    """`[...]`: turns that the document leaves out."""

    span: Span


DialogueItem = Turn | Comparison | Elision


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something odd about the text. `code` is stable; `fatal` ones keep the document from compiling."""

    code: str
    message: str
    span: Span
    help: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """What stands inside a fence `~~~xml`, and what is irregular about it."""

    items: tuple[DialogueItem, ...]
    span: Span
    problems: tuple[Problem, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns in order, those of comparisons included."""
        return tuple(turn for item in self.items for turn in _turns_of(item))

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The comparisons in order."""
        return tuple(item for item in self.items if isinstance(item, Comparison))

    @property
    def judged(self) -> tuple[Turn, ...]:
        """The turns that carry a verdict."""
        return tuple(turn for turn in self.turns if turn.verdict is not None)


def _turns_of(item: DialogueItem) -> tuple[Turn, ...]:
    if isinstance(item, Turn):
        return (item,)
    return item.turns if isinstance(item, Comparison) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Line ends and blank lines between two blocks (and a byte order mark at the very beginning)."""

    raw: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatterBlock:
    """The YAML at the beginning with its two lines `---`; `Document.front_matter` is what it says."""

    raw: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """`## Title {#id key=value}`."""

    raw: str
    span: Span
    level: int
    title: str
    attributes: Attributes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of prose. `text` is its raw prose, `attributes` the attribute line beneath it.

    `indent` counts the blanks before its first line; `in_item` says that it goes on with the list item above.
    """

    raw: str
    span: Span
    text: str
    text_span: Span
    attributes: Attributes | None = None
    indent: int = 0
    in_item: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """One item of a list, without the items and paragraphs nested in it. `text` includes the marker, as written."""

    raw: str
    span: Span
    text: str
    text_span: Span
    marker: str
    attributes: Attributes | None = None
    indent: int = 0

    @property
    def ordered(self) -> bool:
        """True for `1.` and its like."""
        return self.marker[:1].isdigit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admonition:
    """`!!! sort "Title"` and the indented paragraphs and list items beneath it. Commentary is one of them."""

    raw: str
    span: Span
    sort: str
    title: str
    text: str
    body: tuple[Paragraph | ListItem, ...] = ()

    @property
    def is_commentary(self) -> bool:
        """True for commentary and rationale: text that explains and does not instruct."""
        return self.sort == "meta"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A fenced or (with an empty `fence`) indented block of code. `text` is its body, without the fences."""

    raw: str
    span: Span
    text: str
    text_span: Span
    fence: str = ""
    info: str = ""
    closed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleBlock:
    """`**Example**: caption` and the fence that follows it. `caption` is raw prose and may hold links."""

    raw: str
    span: Span
    caption: str
    caption_span: Span
    code: CodeBlock
    dialogue: Dialogue


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlComment:
    """`<!-- ... -->` on lines of its own; `text` is what stands inside."""

    raw: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeLine:
    """An attribute line with nothing above it that it could describe; `attributes` is None where it is malformed."""

    raw: str
    span: Span
    attributes: Attributes | None = None


Block = (
    Gap
    | FrontMatterBlock
    | Heading
    | Paragraph
    | ListItem
    | Admonition
    | CodeBlock
    | ExampleBlock
    | HtmlComment
    | AttributeLine
)
Prose = Paragraph | ListItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of a paragraph or list item: its words without the markup, and where they stand as written."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading with what stands beneath it up to the next heading.

    `authority` is the level that this heading itself names, its alias resolved (None where it names none, or an
    unknown one). `parent` is the section whose heading encloses this one. `span` ends before the next heading,
    `whole` includes the subsections. `id` is the written one, else derived from the title and unique.
    """

    id: str
    title: str
    level: int
    span: Span
    whole: Span
    blocks: tuple[Block, ...] = ()
    heading: Heading | None = None
    authority: str | None = None
    parent: Section | None = field(default=None, repr=False)

    @property
    def attributes(self) -> Attributes | None:
        """What the heading carries in braces."""
        return None if self.heading is None else self.heading.attributes

    @property
    def effective_authority(self) -> str | None:
        """The authority of this heading, else of the nearest one around it that names one."""
        if self.authority is not None or self.parent is None:
            return self.authority
        return self.parent.effective_authority

    @property
    def path(self) -> tuple[Section, ...]:
        """The sections from the outermost to this one."""
        return (*(() if self.parent is None else self.parent.path), self)

    @property
    def prose(self) -> tuple[Prose, ...]:
        """The paragraphs and list items that instruct: neither commentary nor captions."""
        return tuple(block for block in self.blocks if isinstance(block, Paragraph | ListItem))

    @property
    def examples(self) -> tuple[ExampleBlock, ...]:
        """The examples in order."""
        return tuple(block for block in self.blocks if isinstance(block, ExampleBlock))

    @property
    def commentary(self) -> tuple[Admonition, ...]:
        """The blocks of commentary and rationale in order."""
        return tuple(block for block in self.blocks if isinstance(block, Admonition) and block.is_commentary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed document. `blocks` hold every byte of `text`; `sections` has one entry for each heading."""

    text: str
    source: str
    front_matter: FrontMatter
    blocks: tuple[Block, ...]
    preamble: Section
    sections: tuple[Section, ...]
    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The headings in order."""
        return tuple(block for block in self.blocks if isinstance(block, Heading))

    @property
    def examples(self) -> tuple[ExampleBlock, ...]:
        """The examples in order."""
        return tuple(block for block in self.blocks if isinstance(block, ExampleBlock))

    @property
    def commentary(self) -> tuple[Admonition, ...]:
        """The blocks of commentary and rationale in order."""
        return tuple(block for block in self.blocks if isinstance(block, Admonition) and block.is_commentary)

    def section(self, section_id: str) -> Section | None:
        """The first section with this id; None where there is none."""
        return next((section for section in self.sections if section.id == section_id), None)

    def children(self, section: Section) -> Iterator[Section]:
        """The sections directly beneath `section`."""
        return (child for child in self.sections if child.parent is section)
