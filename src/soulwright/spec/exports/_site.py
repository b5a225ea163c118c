"""The document as markdown for site generators: every clause has an anchor and a badge, examples read as dialogues.

What MkDocs with the theme Material renders with its extensions `admonition`, `attr_list`, `pymdownx.details` and
`pymdownx.superfences`. Everything that the document says in plain markdown stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from soulwright.spec._clauses import Clause, Kind, Spec
from soulwright.spec._document import (
    Admonition,
    Comparison,
    DialogueItem,
    Document,
    ExampleBlock,
    ExampleVerdict,
    FrontMatterBlock,
    Heading,
    ListItem,
    Paragraph,
    ReferenceKind,
    Turn,
)
from soulwright.spec._parse import parse

_BOX = {ExampleVerdict.GOOD: "success", ExampleVerdict.BAD: "failure", ExampleVerdict.OK: "info"}
_TITLE_LINK = re.compile(r"\[\?\]\(#([^)\s]+)\)")
# What markdown or its usual extensions would read in a reply; as entities these are only themselves.
_ANYWHERE = re.compile(r"[&<>`*_\[\]{}\\|~^$]")
_AT_LINE_START = re.compile(r"^([ \t]*)(\d+(?=[.)])|[#\-+:=!])")
_CODE = re.compile(r"^(?:```|~~~| {4}|\t)", re.MULTILINE)


_WRAPPED = 70


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def site_markdown(spec: Spec) -> str:
    """The whole document as markdown with anchors, badges and admonitions."""
    document = parse(spec.text, spec.source)
    titles = {section.id: section.title for section in document.sections}
    edits = sorted(_edits(document, {clause.id: clause for clause in spec.clauses}, titles))
    return _applied(document.text, edits).lstrip("\ufeff") + "".join(_inherited(spec))


def _inherited(spec: Spec) -> Iterator[str]:
    """The clauses that the document takes over from those it extends, each as a list item with its anchor."""
    for parent in spec.parents:
        clauses = [clause for clause in spec.clauses if clause.source == parent.source]
        if clauses:
            yield f"\n## Inherited from {_escaped(f'{parent.name} {parent.version}')}\n\n"
        for clause in clauses:
            yield f"- {_escaped(clause.text)} {' '.join(_chips(clause))} [¶](#{clause.id})\n"
            yield f"  {_anchor(clause)}\n"


def _edits(document: Document, clauses: Mapping[str, Clause], titles: Mapping[str, str]) -> Iterator[_Edit]:
    front = document.front_matter
    title = f'---\ntitle: "{front.name} {front.version}"\n---\n\n'.replace("\\", "")
    if not any(isinstance(block, FrontMatterBlock) for block in document.blocks):
        yield _Edit(0, 0, title)
    for block in document.blocks:
        if isinstance(block, FrontMatterBlock):
            yield _Edit(block.span.start, block.span.end, title)
        elif isinstance(block, Heading):
            yield from _heading(block, clauses)
        elif isinstance(block, Paragraph | ListItem):
            yield from _clause(block, clauses)
        elif isinstance(block, Admonition) and block.is_commentary:
            opening = block.span.start + block.raw.index("!!!")
            yield _Edit(opening, opening + len(f"!!! {block.sort}"), "!!! info")
        elif isinstance(block, ExampleBlock):
            yield _Edit(block.span.start, block.span.end, _example(block, titles))
    for reference in document.references:
        if reference.kind is ReferenceKind.TITLE and reference.target in titles:
            link = f"[{titles[reference.target]}](#{reference.target})"
            yield _Edit(reference.span.start, reference.span.end, link)
        elif reference.kind is ReferenceKind.EVALUATION:
            note = f'<sup title="evaluation set {reference.target}">{reference.target}</sup>'
            yield _Edit(reference.span.start, reference.span.end, note)


def _heading(block: Heading, clauses: Mapping[str, Clause]) -> Iterator[_Edit]:
    attributes = block.attributes
    if attributes is None:
        return
    # Braces of the title would be read as a second list of attributes.
    for brace in re.finditer(r"[{}]", block.raw[: attributes.span.start - block.span.start]):
        yield _Edit(block.span.start + brace.start(), block.span.start + brace.end(), f"&#{ord(brace[0])};")
    yield _Edit(attributes.span.start, attributes.span.end, f"{{ #{attributes.id} }}")
    chips = [f"`{key}: {value}`" for key, value in attributes.values.items()]
    if clause := clauses.get(attributes.id):
        chips = _chips(clause)
    if chips:
        yield _Edit(block.span.end, block.span.end, f"\n\n{' '.join(chips)}")


def _clause(block: Paragraph | ListItem, clauses: Mapping[str, Clause]) -> Iterator[_Edit]:
    attributes = block.attributes
    if attributes is None or attributes.id not in clauses:
        return
    clause = clauses[attributes.id]
    end = block.text_span.start + len(block.text.rstrip())
    yield _Edit(end, end, f" {' '.join(_chips(clause))} [¶](#{clause.id})")
    yield _Edit(attributes.span.start, attributes.span.end, _anchor(clause))


def _anchor(clause: Clause) -> str:
    return f'{{ #{clause.id} .clause data-kind="{clause.kind.value}" data-authority="{clause.authority}" }}'


def _chips(clause: Clause) -> list[str]:
    chips = [f"`{clause.kind.value.replace('_', ' ')}`", f"`{clause.authority}`"]
    if clause.kind is Kind.DEFAULT:
        who = ", ".join(clause.adjustable_by) or "nobody"
        papers = f" with {', '.join(clause.requires)}" if clause.requires else ""
        chips.append(f"`{clause.default}; {who} may change it{papers}`")
    return chips


def _example(block: ExampleBlock, titles: Mapping[str, str]) -> str:
    caption = " ".join(_TITLE_LINK.sub(lambda link: titles.get(link[1], link[1]), block.caption).split())
    caption = _escaped(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", caption)).replace('"', "&quot;")
    inside = "\n".join(_item(item) for item in block.dialogue.items)
    return f'??? example "{caption or "Example"}"\n\n{_indented(inside)}'


def _item(item: DialogueItem) -> str:
    if isinstance(item, Turn):
        return _turn(item)
    if isinstance(item, Comparison):
        return "\n".join(_turn(turn) for turn in item.turns)
    return "[...]\n"


def _turn(turn: Turn) -> str:
    box = _BOX[turn.verdict] if turn.verdict else "quote"
    title = turn.role
    if turn.verdict:
        title = f"{turn.verdict.value.lower()}{f': {turn.reason}' if turn.reason else ''}"
    title = _escaped(_TITLE_LINK.sub(r"\1", title)).replace('"', "&quot;")
    about = f"\nabout [{_escaped(turn.clause_id)}](#{turn.clause_id})\n" if turn.clause_id else ""
    body = [_said(turn.text), *(f"{wrapped.name}:\n\n{_said(wrapped.text)}" for wrapped in turn.wrapped)]
    words = "\n".join(part for part in body if part.strip())
    return f'!!! {box} "{title}"\n\n{_indented(words + about)}\n'


def _said(text: str) -> str:
    """The words of a turn as they were said: as code where they hold code, else line by line.

    A long line goes on in the next one: there the document was wrapped, and nobody meant a break.
    """
    text = text.strip("\n")
    if _CODE.search(text):
        longest = max((len(run) for run in re.findall(r"~{3,}", text)), default=2)
        fence = "~" * (longest + 1)
        return f"{fence}text\n{text}\n{fence}\n"
    lines = [_escaped(line.strip()) for line in text.split("\n")]
    pairs = zip(lines, [*lines[1:], ""], strict=True)
    return "\n".join(f"{line}  " if after and 0 < len(line) < _WRAPPED else line for line, after in pairs) + "\n"


def _escaped(line: str) -> str:
    line = _ANYWHERE.sub(lambda found: f"&#{ord(found[0])};", line)
    return _AT_LINE_START.sub(lambda found: f"{found[1]}{''.join(f'&#{ord(char)};' for char in found[2])}", line)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line.strip() else "" for line in text.split("\n"))


def _applied(text: str, edits: Iterable[_Edit]) -> str:
    """The text with the edits made; one inside another that was made already is dropped."""
    parts: list[str] = []
    done = 0
    for edit in edits:
        if edit.start < done:
            continue
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, text[done:]])
