"""Edits of a document, clause by clause: pure text in, pure text out, every other byte as it was.

Each edit reads the result again and refuses where any other clause would have changed with it.
"""

from __future__ import annotations

import re

from soulwright.errors import InputError
from soulwright.spec._attributes import Attributes
from soulwright.spec._blocks import Block, BlockKind, scan, split_lines
from soulwright.spec._front_matter import read_front_matter
from soulwright.spec._mistakes import Mistakes

_LINE_END = re.compile(r"\r\n|\n|\r|\Z")
_BLANK_LINE = re.compile(r"[ \t]*(?:\r\n|\n|\r)")


def without(text: str, clause_id: str) -> str:
    """The document without this clause: its paragraph or list item and its attribute line are gone.

    A clause that is a whole section loses its heading and its own text; its subsections must have gone before.
    Examples that show the clause stay. `InputError` where there is no such clause.
    """
    blocks = _blocks(text)
    place, block, _ = _find(blocks, clause_id)
    end = block.end
    if block.kind is BlockKind.HEADING:
        end = _end_of_section(blocks, place, clause_id)
    start, end = _whole_lines(text, block.start, end)
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
    written = text[attributes.start : attributes.end]
    token = f'{key}="{value}"' if re.search(r"\s", value) else f"{key}={value}"
    place = _place_of(written, key)
    edited = (
        f"{written[:-1].rstrip()} {token}}}" if place is None else written[: place[0]] + token + written[place[1] :]
    )
    result = text[: attributes.start] + edited + text[attributes.end :]
    _only(text, result, {clause_id})
    return result


def swapped(text: str, one: str, other: str) -> str:
    """The document with two clauses in each other's place, such as two priorities."""
    blocks = _blocks(text)
    first, second = sorted((_find(blocks, one)[1], _find(blocks, other)[1]), key=lambda block: block.start)
    if BlockKind.HEADING in (first.kind, second.kind):
        raise InputError("a clause that is a whole section cannot be swapped", help="move its heading and text by hand")
    parts = (
        text[: first.start],
        text[second.start : second.end],
        text[first.end : second.start],
        text[first.start : first.end],
        text[second.end :],
    )
    result = text if first is second else "".join(parts)
    _only(text, result, {one, other})
    return result


def _blocks(text: str) -> tuple[Block, ...]:
    mistakes = Mistakes(text, "<text>")
    front = read_front_matter(text, name="untitled", mistakes=mistakes)
    blocks = scan(split_lines(text, front.end, front.lines + 1), mistakes)
    mistakes.raise_any()
    return blocks


def _find(blocks: tuple[Block, ...], clause_id: str) -> tuple[int, Block, Attributes]:
    for place, block in enumerate(blocks):
        attributes = block.attributes
        is_section = block.kind is BlockKind.HEADING
        if attributes is not None and attributes.id == clause_id and (not is_section or attributes.get("authority")):
            return place, block, attributes
    raise InputError(
        f"there is no clause `{clause_id}` in the document", help="the ids stand in braces: `{#some.id ...}`"
    )


def _end_of_section(blocks: tuple[Block, ...], place: int, clause_id: str) -> int:
    end = blocks[place].end
    for block in blocks[place + 1 :]:
        if block.kind is BlockKind.HEADING:
            if block.level > blocks[place].level:
                raise InputError(
                    f"the section `{clause_id}` has subsections",
                    line=block.line,
                    help="remove the clauses beneath it first",
                )
            break
        if block.attributes is not None:
            raise InputError(
                f"the section `{clause_id}` holds the clause `{block.attributes.id}`",
                line=block.line,
                help="remove the clauses beneath it first",
            )
        end = block.end
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


def _by_id(text: str) -> dict[str, tuple[str, dict[str, str]]]:
    return {block.attributes.id: (block.text, block.attributes.values) for block in _blocks(text) if block.attributes}
