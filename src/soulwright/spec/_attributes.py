"""The attribute list `{#id key=value key="two words"}` of a heading or a clause."""

from __future__ import annotations

import re
from dataclasses import dataclass

from soulwright.spec._mistakes import Mistakes

# A line that opens like this, outside fences, is meant as an attribute line and must parse as one.
ATTRIBUTE_LINE = re.compile(r"[ \t]*\{[ \t]*(?:#|[A-Za-z_]\w*[ \t]*=)")
# Prose that ends like this carries attributes where Markdown renderers do not look for them.
TRAILING_ATTRIBUTES = re.compile(r"\{#[^{}]*\}[ \t]*$")
HEADING_ATTRIBUTES = re.compile(r"\{[ \t]*(?:#|[A-Za-z_]\w*=)[^{}]*\}[ \t]*$")

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-/]*\Z")
_TOKEN = re.compile(
    r'[ \t]*(?:#(?P<id>[^\s{}="]*)|(?P<key>[A-Za-z_]\w*)=(?:"(?P<quoted>[^"{}]*)"|(?P<bare>[^\s{}"]*)))(?=[ \t]|\Z)'
)
FORM = "write it as `{#id key=value key=value}` on one line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """An id and its keys, as written, and where in the source the braces stand."""

    id: str
    values: dict[str, str]
    line: int
    start: int
    end: int

    def get(self, key: str) -> str | None:
        """The value of `key` as written, None where it is not written."""
        return self.values.get(key)

    def tokens(self, key: str) -> tuple[str, ...]:
        """The comma-separated words of `key`; nothing for `none` and for a key that is not written."""
        words = [word.strip() for word in self.values.get(key, "").split(",")]
        return tuple(word for word in words if word and word != "none")


def parse_attributes(raw: str, *, start: int, line: int, mistakes: Mistakes) -> Attributes | None:
    """Read `{...}` that begins at `start` of the source; None (and recorded mistakes) where it is malformed."""
    stripped = raw.strip()
    begin = start + len(raw) - len(raw.lstrip())
    if not stripped.endswith("}"):
        mistakes.add("the attributes are not closed", line=line, help=f"end the line with `}}`: {FORM}", at=stripped)
        return None
    body, position = stripped[1:-1].rstrip(), 0
    identifier, values, sound = "", {}, True
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            mistakes.add(
                f"`{body[position:].strip()}` is not an attribute", line=line, help=FORM, at=body[position:].strip()
            )
            return None
        position = token.end()
        key = "#" if token["key"] is None else token["key"]
        value = next(text for text in (token["id"], token["quoted"], token["bare"]) if text is not None)
        sound &= _sound(
            key, value, seen=(key == "#" and bool(identifier)) or key in values, line=line, mistakes=mistakes
        )
        if key == "#":
            identifier = value
        else:
            values[key] = value
    if not identifier and sound:
        mistakes.add("attributes without an id", line=line, help="begin them with `#some.id`", at=stripped)
    if not identifier or not sound:
        return None
    return Attributes(id=identifier, values=values, line=line, start=begin, end=begin + len(stripped))


def _sound(key: str, value: str, *, seen: bool, line: int, mistakes: Mistakes) -> bool:
    """Whether one attribute is usable; records why where it is not."""
    if seen:
        mistakes.add(f"`{key}` is given twice", line=line, help="keep one of the two", at=key)
    elif not value.strip():
        mistakes.add(f"`{key}` has no value", line=line, help=f"give it one, or leave it out: {FORM}", at=key)
    elif key == "#" and not _ID.match(value):
        mistakes.add(
            f"`{value}` cannot be an id", line=line, help="use letters, digits, `_`, `-`, `.` and `/`", at=value
        )
    else:
        return True
    return False
