"""The attribute list `{#id key=value key="two words"}` of a heading or a clause."""

from __future__ import annotations

import re
from collections.abc import Callable

from soulwright.spec._document import Attributes, Problem
from soulwright.spec._lines import Source

# A line that opens like this, outside fences, is meant as an attribute line and must parse as one.
ATTRIBUTE_LINE = re.compile(r"[ \t]*\{[ \t]*(?:#|[A-Za-z_]\w*[ \t]*=)")
# Prose that ends like this carries attributes where Markdown renderers do not look for them.
TRAILING_ATTRIBUTES = re.compile(r"\{#[^{}]*\}[ \t]*\Z")
HEADING_ATTRIBUTES = re.compile(r"\{[ \t]*(?:#|[A-Za-z_]\w*=)[^{}]*\}[ \t]*\Z")

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-/]*\Z")
_TOKEN = re.compile(
    r'[ \t]*(?:#(?P<id>[^\s{}="]*)|(?P<key>[A-Za-z_]\w*)=(?:"(?P<quoted>[^"{}]*)"|(?P<bare>[^\s{}"]*)))(?=[ \t]|\Z)'
)
FORM = "write it as `{#id key=value key=value}` on one line"


class _Reader:
    """Reads one list of attributes that begins at `start` of the source."""

    def __init__(self, source: Source, start: int, report: Callable[[Problem], None]) -> None:
        self.source = source
        self.start = start
        self.report = report

    def wrong(self, code: str, message: str, help: str, at: tuple[int, int]) -> None:
        """Report a fatal problem with the characters `at`, counted from `start`."""
        begin, end = self.start + at[0], self.start + max(at[1], at[0] + 1)
        span = self.source.span(begin, min(end, len(self.source.text)))
        self.report(Problem(code=code, message=message, span=span, help=help, fatal=True))

    def read(self, written: str) -> Attributes | None:
        if not written.endswith("}"):
            remedy = f"end the line with `}}`: {FORM}"
            self.wrong("attributes-open", "the attributes are not closed", remedy, (0, len(written)))
            return None
        position, end = 1, len(written[:-1].rstrip())
        identifier, values, sound = "", {}, True
        while position < end:
            token = _TOKEN.match(written, position, end)
            if token is None:
                rest = written[position:end].strip()
                begin = written.index(rest, position)
                self.wrong("attribute-syntax", f"`{rest}` is not an attribute", FORM, (begin, begin + len(rest)))
                return None
            position = token.end()
            key = "#" if token["key"] is None else token["key"]
            group = next(name for name in ("id", "quoted", "bare") if token[name] is not None)
            seen = (key == "#" and bool(identifier)) or key in values
            sound &= self._sound(key, token, group, seen=seen)
            if key == "#":
                identifier = token[group]
            else:
                values[key] = token[group]
        if not identifier and sound:
            self.wrong("attributes-without-id", "attributes without an id", "begin them with `#some.id`", (0, end + 1))
        if not identifier or not sound:
            return None
        return Attributes(id=identifier, values=values, span=self.source.span(self.start, self.start + len(written)))

    def _sound(self, key: str, token: re.Match[str], group: str, *, seen: bool) -> bool:
        """Whether one attribute is usable; reports why where it is not."""
        value, at = token[group], token.span(group)
        key_at = (token.start("key"), token.end("key")) if key != "#" else (at[0] - 1, at[0])
        if seen:
            self.wrong("attribute-twice", f"`{key}` is given twice", "keep one of the two", key_at)
        elif not value.strip():
            remedy = f"give it one, or leave it out: {FORM}"
            self.wrong("attribute-empty", f"`{key}` has no value", remedy, key_at)
        elif key == "#" and not _ID.match(value):
            remedy = "use letters, digits, `_`, `-`, `.` and `/`"
            self.wrong("bad-id", f"`{value}` cannot be an id", remedy, at)
        else:
            return True
        return False


def parse_attributes(raw: str, *, start: int, source: Source, report: Callable[[Problem], None]) -> Attributes | None:
    """Read `{...}` that begins at `start` of the source; None (and reported problems) where it is malformed."""
    begin = start + len(raw) - len(raw.lstrip())
    return _Reader(source, begin, report).read(raw.strip())
