"""From a document to what the page draws: chapters of nodes, each clause with its badges, each change in its place."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from soulwright.spec._clauses import Spec
from soulwright.spec._document import (
    Admonition,
    Block,
    CodeBlock,
    Document,
    ExampleBlock,
    ListItem,
    Paragraph,
    Prose,
    Section,
)
from soulwright.spec._prose import MARKER
from soulwright.spec.diff import Change, ChangeKind, Part, SpecDiff, WordSort
from soulwright.spec.pages._badges import norm_of
from soulwright.spec.pages._chat import exchange_of
from soulwright.spec.pages._inline import Prose as Rendered
from soulwright.spec.pages._inline import plain_text
from soulwright.spec.pages._measured import Measured
from soulwright.spec.pages._nodes import ChangeMark, Chapter, Entry, Node, Norm

# Which of several kinds colours a change: the gravest.
_GRAVEST = (
    ChangeKind.LOOSENED,
    ChangeKind.EXCEPTION_ADDED,
    ChangeKind.DEFAULT_FLIPPED,
    ChangeKind.REAUTHORISED,
    ChangeKind.TIGHTENED,
    ChangeKind.EXCEPTION_REMOVED,
    ChangeKind.REMOVED,
    ChangeKind.ADDED,
    ChangeKind.REWORDED,
    ChangeKind.MOVED,
    ChangeKind.RETITLED,
    ChangeKind.EDITORIAL,
)
_Drawn = Paragraph | ListItem | Admonition | CodeBlock | ExampleBlock


def css_of(change: Change) -> str:
    """The class that colours a change."""
    gravest = min(change.kinds, key=_GRAVEST.index)
    return "c-" + gravest.value.replace(" ", "-")


def chapters_of(
    spec: Spec, document: Document, measured: Mapping[str, Measured], diff: SpecDiff | None
) -> tuple[Chapter, ...]:
    """The sections of the document in order, ready to be drawn."""
    return tuple(_Builder(spec, document, measured, diff).chapters())


def front_marks(diff: SpecDiff | None) -> tuple[ChangeMark, ...]:
    """The changes of the front matter, which have no place in the text."""
    return tuple(mark for mark in _Changes(diff).marks if mark.change.part is Part.FRONT_MATTER)


def entries_of(chapters: Sequence[Chapter]) -> tuple[Entry, ...]:
    """The contents as a tree, by the levels of the headings."""
    entries, _ = _entries(chapters, 0, 0)
    return entries


def _entries(chapters: Sequence[Chapter], at: int, level: int) -> tuple[tuple[Entry, ...], int]:
    found = []
    while at < len(chapters) and chapters[at].level > level:
        chapter = chapters[at]
        children, at = _entries(chapters, at + 1, chapter.level)
        found.append(
            Entry(
                id=chapter.id,
                title=chapter.plain_title,
                authority=chapter.authority if chapter.own_authority else "",
                changed=chapter.changed,
                children=children,
            )
        )
    return tuple(found), at


class _Changes:
    """The changes of a comparison, by where they are shown."""

    def __init__(self, diff: SpecDiff | None) -> None:
        self.marks = [
            ChangeMark(number=number, change=change, css=css_of(change))
            for number, change in enumerate(diff.changes if diff else (), start=1)
        ]
        self.gone = [mark for mark in self.marks if mark.change.new is None]
        self.by_section: dict[str, list[ChangeMark]] = defaultdict(list)
        self.by_clause: dict[str, list[ChangeMark]] = defaultdict(list)
        self.placed: list[ChangeMark] = []
        for mark in self.marks:
            new = mark.change.new
            if new is None:
                continue
            if mark.change.part is Part.FRONT_MATTER:
                continue  # shown at the head of the page
            if mark.change.part in (Part.TEXT, Part.COMMENTARY, Part.EXAMPLE):
                self.placed.append(mark)
            elif new.clause_id is not None:
                self.by_clause[new.clause_id].append(mark)
            else:
                self.by_section[new.section].append(mark)

    def within(self, start: int, end: int) -> tuple[ChangeMark, ...]:
        """The changes whose new words stand between two places."""
        return tuple(mark for mark in self.placed if mark.change.new and start <= mark.change.new.span.start < end)

    def gone_between(self, start: int, end: int) -> Iterator[ChangeMark]:
        """What is gone from between two places of the new document."""
        return (mark for mark in self.gone if start <= mark.change.place < end)


class _Builder:
    def __init__(self, spec: Spec, document: Document, measured: Mapping[str, Measured], diff: SpecDiff | None) -> None:
        self.spec = spec
        self.document = document
        self.changes = _Changes(diff)
        norms = [norm_of(clause, measured) for clause in spec.clauses]
        # Where one level says everything, naming it beside each clause says nothing.
        one = len({norm.authority for norm in norms}) == 1
        self.norms = {norm.id: _without_level(norm) if one else norm for norm in norms}
        # The names of sentences keep while others change, so that links to them do too.
        self.names = sorted(
            (item.span.start, item.id) for clause in spec.clauses if not clause.source for item in clause.statements
        )
        titles = {section.id: section.title for section in document.sections}
        titles |= {
            block.attributes.id: block.attributes.id
            for section in (document.preamble, *document.sections)
            for block in section.prose
            if block.attributes
        }
        self.prose = Rendered(titles)

    def chapters(self) -> Iterator[Chapter]:
        sections = self.document.sections
        if any(isinstance(block, _Drawn) for block in self.document.preamble.blocks):
            sections = (self.document.preamble, *sections)
        for section in sections:
            yield self._chapter(section)
        if self.spec.parents:
            yield self._inherited(
                {block.attributes.id for section in sections for block in section.prose if block.attributes}
            )

    def _inherited(self, restated: set[str]) -> Chapter:
        """What the document takes over from the one it extends, word for word."""
        parent = self.spec.parents[0]
        taken = [clause for clause in self.spec.clauses if clause.id not in restated]
        title = f"Inherited from {parent.name} {parent.version}"
        return Chapter(
            id="inherited",
            title=plain_text(title),
            plain_title=title,
            level=1,
            norm=None,
            authority="",
            own_authority=False,
            nodes=tuple(
                Node(
                    sort="para",
                    anchor=clause.id,
                    html=plain_text(clause.text),
                    norm=self.norms[clause.id],
                    marks=tuple(self.changes.by_clause.get(clause.id, ())),
                )
                for clause in taken
                if self.document.section(clause.id) is None
            ),
        )

    def _chapter(self, section: Section) -> Chapter:
        start, end = section.span.start, section.span.end
        marks = tuple(self.changes.by_section.get(section.id, ())) if section.heading or not section.id else ()
        blocks = [block for block in section.blocks if isinstance(block, _Drawn)]
        nodes = self._with_gone(self._nodes(section, blocks, _Counter(section.id)), start, end)
        own = section.attributes.get("authority") if section.attributes else None
        norm = self.norms.get(section.id) if section.id else None
        return Chapter(
            id=section.id,
            title=self.prose.inline(section.title),
            plain_title=section.title,
            level=section.level,
            norm=norm,
            authority=section.effective_authority or "",
            own_authority=own is not None,
            nodes=tuple(nodes),
            marks=marks,
            changed=bool(marks)
            or bool(self.changes.within(start, end))
            or any(self.changes.by_clause.get(node_id) for node_id in _clause_ids(section))
            or any(True for _ in self.changes.gone_between(start, end)),
            fresh=any(mark.change.part is Part.SECTION for mark in marks),
            tags=section.attributes.tokens("tags") if section.attributes else (),
        )

    def _with_gone(self, nodes: list[tuple[int, Node]], start: int, end: int) -> list[Node]:
        """The nodes with what is gone put behind the node that stood before it."""
        out: list[Node] = []
        waiting = sorted(self.changes.gone_between(start, end), key=lambda mark: mark.change.place)
        edges = [place for place, _ in nodes[1:]] + [end]
        if nodes:
            out += [_gone(mark) for mark in waiting if mark.change.place < nodes[0][0]]
            waiting = [mark for mark in waiting if mark.change.place >= nodes[0][0]]
        for (_, node), edge in zip(nodes, edges, strict=True) if nodes else ():
            out.append(node)
            out += [_gone(mark) for mark in waiting if mark.change.place < edge]
            waiting = [mark for mark in waiting if mark.change.place >= edge]
        return out + [_gone(mark) for mark in waiting]

    def _nodes(self, section: Section, blocks: Sequence[_Drawn], number: _Counter) -> list[tuple[int, Node]]:
        found: list[tuple[int, Node]] = []
        at = 0
        while at < len(blocks):
            first = blocks[at]
            if isinstance(first, ListItem):
                node, at = self._list(blocks, at, section, number)
            else:
                node, at = self._block(first, section, number), at + 1
            found.append((first.span.start, node))
        return found

    def _list(self, blocks: Sequence[Block], at: int, section: Section, number: _Counter) -> tuple[Node, int]:
        first = blocks[at]
        assert isinstance(first, ListItem)
        items = []
        while at < len(blocks):
            item = blocks[at]
            if not isinstance(item, ListItem) or item.ordered != first.ordered or item.indent > first.indent + 1:
                break
            if item.indent < first.indent:
                break
            head = self._prose("item", item, section, number)
            children, at = self._inside(blocks, at + 1, item.indent + 1, section, number)
            items.append(_with_children(head, children))
        begin = int("".join(char for char in first.marker if char.isdigit()) or 1)
        return Node(sort="list", children=tuple(items), ordered=first.ordered, start=begin), at

    def _inside(
        self, blocks: Sequence[Block], at: int, floor: int, section: Section, number: _Counter
    ) -> tuple[tuple[Node, ...], int]:
        found = []
        while at < len(blocks):
            block = blocks[at]
            if isinstance(block, ListItem) and block.indent >= floor:
                node, at = self._list(blocks, at, section, number)
            elif isinstance(block, Paragraph) and block.in_item and block.indent >= floor:
                node, at = self._prose("para", block, section, number), at + 1
            else:
                break
            found.append(node)
        return tuple(found), at

    def _block(self, block: Block, section: Section, number: _Counter) -> Node:
        if isinstance(block, Paragraph):
            return self._prose("para", block, section, number)
        if isinstance(block, Admonition):
            inside = _Counter(number.next("note"))
            inner = [node for _, node in self._nodes(section, block.body, inside)]
            return Node(sort="note", title=block.title or block.sort.capitalize(), children=tuple(inner))
        if isinstance(block, ExampleBlock):
            marks = self.changes.within(block.span.start, block.span.end)
            return Node(sort="chat", exchange=exchange_of(block, self.prose), marks=marks, anchor=number.next("e"))
        assert isinstance(block, CodeBlock)
        return Node(sort="code", html=plain_text(block.text), info=block.info)

    def _name(self, block: Prose) -> str | None:
        """The id of the first normative sentence of a paragraph, if it has one."""
        at = bisect_left(self.names, (block.span.start, ""))
        if at < len(self.names) and self.names[at][0] < block.span.end:
            return self.names[at][1]
        return None

    def _prose(self, sort: str, block: Prose, section: Section, number: _Counter) -> Node:
        raw = block.raw[: block.text_span.end - block.text_span.start]
        marker = MARKER.match(raw) if isinstance(block, ListItem) else None
        cut = marker.end() if marker else 0
        marks = self.changes.within(block.span.start, block.span.end)
        base = block.span.start + cut
        ranges = tuple(
            (max(0, mark.change.new.span.start - base), mark.change.new.span.end - base, mark.css)
            for mark in marks
            if mark.change.new is not None
        )
        if sort == "para" and not marks and raw.lstrip().startswith((">", "|")):
            return Node(sort="rich", anchor=number.next("p"), html=self.prose.message(raw))
        anchor = block.attributes.id if block.attributes else self._name(block) or number.next("p")
        norm = self.norms.get(block.attributes.id) if block.attributes else None
        if norm is not None:
            marks = (*self.changes.by_clause.get(norm.id, ()), *marks)
        return Node(
            sort=sort,
            anchor=anchor,
            html=self.prose.inline(raw[cut:], ranges),
            norm=None if norm is None else _quieter(norm, section),
            marks=marks,
        )


class _Counter:
    """Numbers the paragraphs and examples of a section, for their permanent links."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.counts: dict[str, int] = defaultdict(int)

    def next(self, sort: str) -> str:
        self.counts[sort] += 1
        return f"{self.prefix}/{sort}{self.counts[sort]}"


def _quieter(norm: Norm, section: Section) -> Norm:
    """Without the level that the heading already names."""
    return _without_level(norm) if norm.authority == section.effective_authority else norm


def _without_level(norm: Norm) -> Norm:
    return replace(norm, badges=tuple(badge for badge in norm.badges if badge.css != "authority"))


def _with_children(node: Node, children: tuple[Node, ...]) -> Node:
    return replace(node, children=children)


def _gone(mark: ChangeMark) -> Node:
    return Node(sort="gone", marks=(mark,))


def _clause_ids(section: Section) -> Iterator[str]:
    return (block.attributes.id for block in section.prose if block.attributes)


def before_and_after(change: Change) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Both sides of a change as runs of (class, text): what stands in both, what went, what came."""
    if change.words:
        old = [(word.sort.value, word.text) for word in change.words if word.sort is not WordSort.NEW]
        new = [(word.sort.value, word.text) for word in change.words if word.sort is not WordSort.OLD]
        return old, new
    return (
        [("same", change.old.text)] if change.old else [],
        [("same", change.new.text)] if change.new else [],
    )
