"""The dialogues inside `~~~xml` fences: turns, comparisons and verdicts, line by line.

The body is no XML: replies hold raw `<`, `&` and code, and a tag counts only where it stands alone on its line.

    block      := (turn | comparison | elision)*
    turn       := "<" role attributes ">" note?  text  "</" role ">"
    comparison := "<comparison>" assistant+ "</comparison>"
    note       := "<!--" (verdict ("[#" clause "]")? ((":" | ",") reason)?)? "-->"      verdict := GOOD | BAD | OK
    elision    := "[...]"

Whatever does not fit becomes a problem of the dialogue, and reading goes on with the next line.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from soulwright.spec._document import (
    Comparison,
    Dialogue,
    DialogueItem,
    Elision,
    ExampleVerdict,
    Problem,
    Span,
    Turn,
    Wrapped,
)
from soulwright.spec._lines import Line, Source

ROLES = ("system", "developer", "user", "assistant", "tool")
WRAPPERS = ("untrusted", "settings")

_OPEN = re.compile(
    r'[ \t]*(\*?)[ \t]*<([A-Za-z][\w-]*)((?:[ \t]+[\w-]+(?:="[^"]*")?)*)[ \t]*>[ \t]*(?:<!--(.*?)(-->)?)?[ \t]*',
    re.DOTALL,
)
_CLOSE = re.compile(r"[ \t]*(\*?)[ \t]*</([A-Za-z][\w-]*)[ \t]*>[ \t]*")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')
_NOTE = re.compile(r"\s*(GOOD|BAD|OK)\b[ \t]*(?:\[#([^\]\s]+)\])?[ \t]*(?:[:,]\s*(.*)|)", re.DOTALL)
_SHOUT = re.compile(r"\s*([A-Z]{2,})\b")
_LONGEST_TAG_LINE = 20_000


def parse_dialogue(lines: Sequence[Line], source: Source, span: Span, roles: Iterable[str] = ()) -> Dialogue:
    """The dialogue that these lines hold; `roles` are accepted besides the five of the published documents."""
    reader = _Reader(lines, source, (*ROLES, *roles))
    items = tuple(reader.items())
    return Dialogue(items=items, span=span, problems=tuple(reader.problems))


class _Tags:
    """Where each tag opens and closes, by the number of the line within the block."""

    def __init__(self, lines: Sequence[Line], roles: tuple[str, ...]) -> None:
        self.opens: dict[int, re.Match[str]] = {}
        self.closes: dict[int, re.Match[str]] = {}
        self.open_at: dict[str, list[int]] = defaultdict(list)
        self.close_at: dict[str, list[int]] = defaultdict(list)
        self.any_open: list[int] = []
        for place, line in enumerate(lines):
            start = line.text.lstrip(" \t*")
            if not start.startswith("<") or len(line.text) > _LONGEST_TAG_LINE:
                continue
            if close := _CLOSE.fullmatch(line.text):
                self.closes[place] = close
                self.close_at[close[2]].append(place)
            elif (opening := _OPEN.fullmatch(line.text)) is not None:
                self.opens[place] = opening
                self.open_at[opening[2]].append(place)
                if opening[2] in roles or opening[2] == "comparison":
                    self.any_open.append(place)


def _next(places: list[int], after: int) -> int | None:
    at = bisect_left(places, after)
    return places[at] if at < len(places) else None


class _Reader:
    """One pass over the lines of a block."""

    def __init__(self, lines: Sequence[Line], source: Source, roles: tuple[str, ...]) -> None:
        self.lines = lines
        self.source = source
        self.roles = roles
        self.tags = _Tags(lines, roles)
        self.problems: list[Problem] = []

    def items(self) -> Iterable[DialogueItem]:
        at = 0
        while at < len(self.lines):
            opening = self.tags.opens.get(at)
            if opening is not None and opening[2] == "comparison":
                comparison, at = self._comparison(at)
                yield comparison
            elif opening is not None:
                turn, at = self._turn(at, len(self.lines))
                yield turn
            elif self.lines[at].text.strip() == "[...]":
                self._problem("elision", "turns are left out here", at, "write the turns, or leave the mark away")
                yield Elision(span=self._span(at, at))
                at += 1
            else:
                self._outside(at)
                at += 1

    def _span(self, first: int, last: int) -> Span:
        return self.source.span(self.lines[first].start, self.lines[last].end)

    def _problem(self, code: str, message: str, at: int, help: str) -> None:
        line = self.lines[at]
        start = line.start + len(line.text) - len(line.text.lstrip())
        span = self.source.span(start, max(start, line.start + len(line.text.rstrip())))
        self.problems.append(Problem(code=code, message=message, span=span, help=help))

    def _outside(self, at: int) -> None:
        """A line that belongs to no turn: nothing where it is blank, else a problem."""
        line = self.lines[at]
        if close := self.tags.closes.get(at):
            message = f"`</{close[2]}>` closes nothing"
            self._problem("tag-unbalanced", message, at, "remove it, or open the turn that it ends")
        elif not line.blank:
            remedy = "put it between an opening and a closing tag, each alone on its line"
            self._problem("text-outside-turn", "text outside of any turn", at, remedy)

    def _marks(self, at: int, match: re.Match[str]) -> None:
        """Stray characters around a tag that readers of the published documents have to survive."""
        text = self.lines[at].text
        if match[1]:
            self._problem("stray-star", "a stray `*` before the tag", at, "remove it")
        elif text[:1] in (" ", "\t"):
            self._problem("stray-blank", "blanks before the tag", at, "begin the line with the tag")

    def _comparison(self, first: int) -> tuple[Comparison, int]:
        self._marks(first, self.tags.opens[first])
        end = _next(self.tags.close_at["comparison"], first + 1)
        again = _next(self.tags.open_at["comparison"], first + 1)
        closed = end is not None and (again is None or end < again)
        stop = end if closed and end is not None else (again if again is not None else len(self.lines))
        if closed:
            self._marks(stop, self.tags.closes[stop])
        else:
            self._problem("tag-unbalanced", "`<comparison>` is never closed", first, "add `</comparison>` after it")
        turns: list[Turn] = []
        at = first + 1
        while at < stop:
            if at in self.tags.opens:
                turn, at = self._turn(at, stop)
                turns.append(turn)
                if turn.role != "assistant":
                    message = f"`<{turn.role}>` inside a comparison"
                    self._problem("not-a-reply", message, turn.span.line - self.lines[0].number, "compare replies only")
            else:
                self._outside(at)
                at += 1
        last = stop if closed else max(first, stop - 1)
        return Comparison(turns=tuple(turns), span=self._span(first, last)), stop + closed

    def _turn(self, first: int, limit: int) -> tuple[Turn, int]:
        opening = self.tags.opens[first]
        role = opening[2]
        self._marks(first, opening)
        if role not in self.roles:
            self._problem("unknown-role", f"unknown role `{role}`", first, f"known are {', '.join(self.roles)}")
        end = _next(self.tags.close_at[role], first + 1)
        again = _next(self.tags.open_at[role], first + 1)
        closed = end is not None and end < limit and (again is None or end < again)
        if closed and end is not None:
            stop = end
            self._marks(stop, self.tags.closes[stop])
        else:
            following = _next(self.tags.any_open, first + 1)
            stop = min(limit, following if following is not None else limit)
            self._problem("tag-unbalanced", f"`<{role}>` is never closed", first, f"add `</{role}>` where it ends")
        body = range(first + 1, stop)
        text = self.source.text[self.lines[body[0]].start : self.lines[body[-1]].end] if body else ""
        turn = Turn(
            role=role,
            text=text,
            span=self._span(first, stop if closed else max(first, stop - 1)),
            attributes=dict(_ATTRIBUTE.findall(opening[3])),
            wrapped=tuple(self._wrapped(body)),
        )
        return self._noted(turn, first, opening), stop + closed

    def _noted(self, turn: Turn, at: int, opening: re.Match[str]) -> Turn:
        """The turn with what the comment behind its opening tag says."""
        note = opening[4]
        if note is None:
            return turn
        start = self.lines[at].start + opening.start(4)
        if opening[5] is None:
            self._problem("note-open", "the comment is never closed on its line", at, "end it with `-->`")
        verdict = _NOTE.fullmatch(note)
        if verdict is None and (shout := _SHOUT.match(note)):
            known = ", ".join(ExampleVerdict)
            self._problem("unknown-verdict", f"unknown verdict `{shout[1]}`", at, f"known are {known}")
        return replace(
            turn,
            note=note,
            note_span=self.source.span(start, start + len(note)),
            verdict=ExampleVerdict(verdict[1]) if verdict else None,
            clause_id=verdict[2] if verdict else None,
            reason=((verdict[3] or "") if verdict else note).strip(),
        )

    def _wrapped(self, body: range) -> Iterable[Wrapped]:
        """The parts of a turn between wrapper tags such as `<untrusted>`."""
        for place in body:
            opening = self.tags.opens.get(place)
            if opening is None or opening[2] not in WRAPPERS:
                continue
            end = _next(self.tags.close_at[opening[2]], place + 1)
            if end is None or end >= body.stop:
                message = f"`<{opening[2]}>` is never closed in its turn"
                self._problem("tag-unbalanced", message, place, f"add `</{opening[2]}>` where it ends")
                continue
            inside = range(place + 1, end)
            text = self.source.text[self.lines[inside[0]].start : self.lines[inside[-1]].end] if inside else ""
            yield Wrapped(name=opening[2], text=text, span=self._span(place, end))
