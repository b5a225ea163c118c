"""Edits of a document, clause by clause: pure text in, pure text out, every other byte as it was.

Each edit reads the result again and refuses where any other clause would have changed with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from soulwright.errors import InputError
from soulwright.spec._blocks import scan
from soulwright.spec._document import Attributes, Heading, ListItem, Paragraph
from soulwright.spec._front_matter import read_front_matter
from soulwright.spec._lines import Source
from soulwright.spec._mistakes import Mistakes

_Block = Heading | Paragraph | ListItem

_LINE_END = re.compile(r"\r\n|\n|\r|\Z")
_BLANK_LINE = re.compile(r"[ \t]*(?:\r\n|\n|\r)")


def without(text: str, clause_id: str) -> str:
    """The document without this clause: its paragraph or list item and its attribute line are gone.

    A clause that is a whole section loses its heading and its own text; its subsections must have gone before.
    Examples that show the clause stay. `InputError` where there is no such clause.
    """
    blocks = _blocks(text)
    place, block, _ = _find(blocks, clause_id)
    end = block.span.end
    if isinstance(block, Heading):
        end = _end_of_section(blocks, place, clause_id)
    start, end = _whole_lines(text, block.span.start, end)
    edited = text[:start] + text[end:]
    _only(text, edited, {clause_id})
    return edited


def with_attribute(text: str, clause_id: str, key: str, value: str) -> str:
    r"""The document with one attribute of this clause rewritten, or added where it was not written.

    >>> with_attribute("Be brief.\n{#brief default=off}\n", "brief", "default", "on")
    'Be brief.\n{#brief default=on}\n'
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", key):
        raise InputError(f"`{key}` cannot be the name of an attribute", help="use letters, digits and `_`")
    if not value.strip() or re.search(r'["{}\r\n]', value):
        raise InputError(
            f"`{value}` cannot be the value of an attribute", help="leave out quotes, braces and line ends"
        )
    attributes = _find(_blocks(text), clause_id)[2]
    where = attributes.span
    written = text[where.start : where.end]
    token = f'{key}="{value}"' if re.search(r"\s", value) else f"{key}={value}"
    place = _place_of(written, key)
    edited = (
        f"{written[:-1].rstrip()} {token}}}" if place is None else written[: place[0]] + token + written[place[1] :]
    )
    result = text[: where.start] + edited + text[where.end :]
    _only(text, result, {clause_id})
    return result


def swapped(text: str, one: str, other: str) -> str:
    """The document with two clauses in each other's place, such as two priorities."""
    blocks = _blocks(text)
    first, second = sorted((_find(blocks, one)[1], _find(blocks, other)[1]), key=lambda block: block.span.start)
    if isinstance(first, Heading) or isinstance(second, Heading):
        raise InputError("a clause that is a whole section cannot be swapped", help="move its heading and text by hand")
    parts = (
        text[: first.span.start],
        text[second.span.start : second.span.end],
        text[first.span.end : second.span.start],
        text[first.span.start : first.span.end],
        text[second.span.end :],
    )
    result = text if first is second else "".join(parts)
    _only(text, result, {one, other})
    return result


def _blocks(text: str) -> tuple[_Block, ...]:
    """The headings, paragraphs and list items of a document; `SpecErrors` where it cannot be read as one."""
    index, mistakes = Source(text), Mistakes(text, "<text>")
    front = read_front_matter(index, name="untitled", report=mistakes.take)
    blocks = tuple(scan(index.from_position(front.end), index, mistakes.take))
    mistakes.raise_any()
    return tuple(block for block in blocks if isinstance(block, Heading | Paragraph | ListItem))


def _find(blocks: tuple[_Block, ...], clause_id: str) -> tuple[int, _Block, Attributes]:
    for place, block in enumerate(blocks):
        attributes = block.attributes
        is_section = isinstance(block, Heading)
        if attributes is not None and attributes.id == clause_id and (not is_section or attributes.get("authority")):
            return place, block, attributes
    raise InputError(
        f"there is no clause `{clause_id}` in the document", help="the ids stand in braces: `{#some.id ...}`"
    )


def _end_of_section(blocks: tuple[_Block, ...], place: int, clause_id: str) -> int:
    heading = blocks[place]
    assert isinstance(heading, Heading)
    end = heading.span.end
    for block in blocks[place + 1 :]:
        if isinstance(block, Heading):
            if block.level > heading.level:
                raise InputError(
                    f"the section `{clause_id}` has subsections",
                    line=block.span.line,
                    help="remove the clauses beneath it first",
                )
            break
        if block.attributes is not None:
            raise InputError(
                f"the section `{clause_id}` holds the clause `{block.attributes.id}`",
                line=block.span.line,
                help="remove the clauses beneath it first",
            )
        end = block.span.end
    return end


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """The range with its last line end, and with one blank line after it where one stands before it as well."""
    ending = _LINE_END.search(text, end)
    assert ending is not None
    end = ending.end()
    blank_before = start == 0 or re.search(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)\Z", text[max(0, start - 200) : start])
    blank_after = _BLANK_LINE.match(text, end)
    return start, blank_after.end() if blank_before and blank_after else end


def _place_of(written: str, key: str) -> tuple[int, int] | None:
    """Where `key=value` stands inside the braces; a word inside quotes is not taken for it."""
    for match in re.finditer(r'(?P<key>[A-Za-z_]\w*)=(?:"[^"]*"|[^\s{}"]*)', written):
        if match["key"] == key:
            return match.start(), match.end()
    return None


def _only(before: str, after: str, changed: set[str]) -> None:
    """Refuse an edit that would touch a clause other than those in `changed`."""
    old, new = (_by_id(text) for text in (before, after))
    touched = sorted(key for key in {*old, *new} - changed if old.get(key) != new.get(key))
    if touched:
        raise InputError(
            f"the edit would change `{touched[0]}` as well",
            help="the two hang together in the document; move one of them to a paragraph of its own first",
        )


def _by_id(text: str) -> dict[str, tuple[str, Mapping[str, str]]]:
    return {
        block.attributes.id: (block.title if isinstance(block, Heading) else block.text, block.attributes.values)
        for block in _blocks(text)
        if block.attributes
    }
