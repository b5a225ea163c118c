"""The front matter: YAML between two lines `---` at the very beginning of a document."""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import TypeGuard

import yaml

from soulwright.spec._clauses import Kind
from soulwright.spec._document import OPENAI_LEVELS, OTHERWISE, Adjustment, FrontMatter, Problem
from soulwright.spec._lines import Source

_KEYS = ("spec", "version", "label", "levels", "alias", "tags", "tie", "tolerance", "extends", "settings")
_FENCE = re.compile(r"---[ \t]*(?:\r\n|\n|\r)")
_CLOSE = re.compile(r"(?<=[\n\r])(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|\Z)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_LEVEL = re.compile(r"[a-z][a-z0-9_]*\Z")
_MAX_CHARS = 20_000
_MAX_DEPTH = 8
_LONGEST_NAME = 64
_SETTINGS = ("bind", "yield")


def read_front_matter(source: Source, *, name: str, report: Callable[[Problem], None]) -> FrontMatter:
    """Read the front matter of a text; a document without one gets `name` and the five published levels."""
    text = source.text
    start = 1 if text.startswith("\ufeff") else 0
    opening = _FENCE.match(text, start)
    if opening is None:
        return FrontMatter(name=name, end=start)
    closing = _CLOSE.search(text, opening.end())
    if closing is None:
        if not _is_mapping(text, opening.end()):  # a rule, as Markdown has them, and no front matter
            return FrontMatter(name=name, end=start)
        problem = Problem(
            code="front-matter-open",
            message="the front matter is never closed",
            span=source.span(start, start + 3),
            help="add a line `---` after its last key",
            fatal=True,
        )
        report(problem)
        return FrontMatter(name=name, written={}, end=opening.end(), lines=1)
    raw = text[opening.end() : closing.start()]
    if _only_comments(raw):  # two rules with a heading between them
        return FrontMatter(name=name, end=start)
    lines = len(_LINE_END.findall(text, 0, closing.end()))
    return _Reader(raw, source, report).read(name=name, end=closing.end(), lines=lines)


def _is_mapping(text: str, start: int) -> bool:
    """Whether the text behind a first line `---` looks like YAML that was meant as front matter."""
    return re.match(r"[ \t]*[A-Za-z_]\w*[ \t]*:(?:[ \t]|[\r\n]|\Z)", text[start : start + 200]) is not None


def _only_comments(raw: str) -> bool:
    """Whether what is one heading to Markdown would be an empty mapping with a comment to YAML."""
    written = [line for line in _LINE_END.split(raw[:_MAX_CHARS]) if line.strip()]
    return bool(written) and all(line.startswith("#") for line in written)


class _Reader:
    """Checks every key; a value that cannot be used is reported and left at its default, so that reading goes on."""

    def __init__(self, raw: str, source: Source, report: Callable[[Problem], None]) -> None:
        self.raw = raw
        self.source = source
        self.report = report
        self.where: dict[str, int] = {}
        self.literal: dict[str, str] = {}

    def read(self, *, name: str, end: int, lines: int) -> FrontMatter:
        written = self._load()
        for key in written:
            if key not in _KEYS:
                near = _near(key, _KEYS)
                self._wrong(key, f"unknown key `{key[:_LONGEST_NAME]}` in the front matter", _did_you_mean(near, _KEYS))
        levels = self._levels(written.get("levels"))
        return FrontMatter(
            name=self._word("spec", name),
            version=self._word("version", "0"),
            label=self._word("label", ""),
            levels=levels,
            levels_written="levels" in written,
            alias=self._alias(written.get("alias"), levels),
            adjusters=self._adjusters(written.get("levels"), levels),
            tags=self._tags(written.get("tags")),
            tie=self._word("tie", ""),
            extends=self._word("extends", ""),
            settings=self._choice("settings", _SETTINGS),
            tolerance=self._tolerance(written.get("tolerance")),
            written=written,
            end=end,
            lines=lines,
        )

    def _wrong(self, key: str, message: str, help: str) -> None:
        self._at(self.where.get(key, 1), message, help, at=key)

    def _at(self, line: int, message: str, help: str, at: str = "") -> None:
        place = self.source.lines[min(line, len(self.source.lines)) - 1]
        found = place.text.find(at) if at else -1
        start = place.start + (found if found >= 0 else len(place.text) - len(place.text.lstrip()))
        end = start + len(at) if found >= 0 else place.start + len(place.text.rstrip())
        span = self.source.span(start, max(start, end))
        self.report(Problem(code="front-matter", message=message, span=span, help=help, fatal=True))

    def _load(self) -> dict[str, object]:
        """The mapping as plain values; empty (and reported) where it is no mapping or not safe to read."""
        try:
            if (danger := _danger(self.raw)) is not None:
                self._at(danger[1] + 2, danger[0], "write the front matter as plain `key: value` lines")
                return {}
            node = yaml.compose(self.raw, Loader=yaml.SafeLoader)
            loaded = yaml.safe_load(self.raw)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 2 if error.problem_mark else 1
            self._at(line, f"the front matter is not YAML: {error.problem}", "write `key: value` lines")
            return {}
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date such as 2026-13-45
            message = f"the front matter cannot be read: {str(error).splitlines()[0]}"
            self._at(1, message, "write `key: value` lines", at="---")
            return {}
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode) or not isinstance(loaded, dict):
            self._at(2, "the front matter is not a mapping", "write `key: value` lines")
            return {}
        for key, value in node.value:
            if key.value in self.where:
                self.where[key.value] = key.start_mark.line + 2
                self._wrong(key.value, f"`{key.value}` stands twice in the front matter", "keep one of the two")
            self.where[key.value] = key.start_mark.line + 2
            if isinstance(value, yaml.ScalarNode):
                self.literal[key.value] = value.value
        return {str(key): _plain(value) for key, value in loaded.items()}

    def _word(self, key: str, otherwise: str) -> str:
        """A scalar exactly as it was typed: version 1.10 stays `1.10`."""
        if key in self.where and not self.literal.get(key, "").strip():
            self._wrong(key, f"`{key}` has no value", f"write `{key}: some-text`")
        return self.literal.get(key, "").strip() or otherwise

    def _choice(self, key: str, known: tuple[str, ...]) -> str:
        """One of a few words; empty where the key is not written."""
        word = self._word(key, "")
        if word and word not in known:
            self._wrong(key, f"`{key}` cannot be `{word[:_LONGEST_NAME]}`", f"write one of {', '.join(known)}")
            return ""
        return word

    def _levels(self, value: object) -> tuple[str, ...]:
        if value is None:
            return OPENAI_LEVELS
        names = list(value) if isinstance(value, dict) else value
        sound = _strings(names) and names and all(_LEVEL.match(level) for level in names)
        if not _strings(names) or not sound or len(set(names)) < len(names):
            self._wrong(
                "levels",
                "`levels` is not a list of different names",
                "write `levels: [provider, operator, user]`, highest first",
            )
            return OPENAI_LEVELS
        return tuple(names)

    def _adjusters(self, value: object, levels: tuple[str, ...]) -> Mapping[str, Mapping[str, Adjustment]]:
        """Who may override a clause of each level, where `levels` is a mapping: `user: {developer: explicit}`."""
        if not isinstance(value, dict):
            return {}
        good: dict[str, Mapping[str, Adjustment]] = {}
        for level, who in value.items():
            known = isinstance(who, dict) and all(key in levels and how in list(Adjustment) for key, how in who.items())
            if who is None:
                good[str(level)] = {}
            elif not isinstance(who, dict) or not known:
                remedy = f"write `{level}: {{{levels[-1]}: explicit}}`, or `implicit`"
                self._wrong("levels", f"`levels` does not say who may override `{level}`", remedy)
            else:
                good[str(level)] = {str(key): Adjustment(str(how)) for key, how in who.items()}
        return good

    def _alias(self, value: object, levels: tuple[str, ...]) -> Mapping[str, str]:
        if value is None:
            return {"platform": "root"} if "root" in levels else {}
        if isinstance(value, dict) and all(isinstance(key, str) and level in levels for key, level in value.items()):
            return {str(key): str(level) for key, level in value.items()}
        self._wrong("alias", "`alias` does not lead to declared levels", f"write `alias: {{name: {levels[0]}}}`")
        return {}

    def _tags(self, value: object) -> Mapping[str, str]:
        if value is None:
            return {}
        if isinstance(value, dict) and all(isinstance(meaning, str) for meaning in value.values()):
            return {str(tag): str(meaning) for tag, meaning in value.items()}
        if _strings(value):
            return dict.fromkeys(value, "")
        self._wrong("tags", "`tags` does not explain its tags", 'write `tags: {under_18: "what it means"}`')
        return {}

    def _tolerance(self, value: object) -> Mapping[str, float]:
        known = (*Kind, OTHERWISE)
        entries = value if isinstance(value, dict) else {}
        if value is not None and not isinstance(value, dict):
            self._wrong(
                "tolerance", "`tolerance` is not a mapping", "write one line `kind: 0.1` for each kind beneath it"
            )
        good: dict[str, float] = {}
        for kind, share in entries.items():
            if kind not in known:
                near = _near(str(kind), known)
                self._wrong("tolerance", f"unknown kind `{kind}` in `tolerance`", _did_you_mean(near, known))
            elif isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
                self._wrong(
                    "tolerance", f"the tolerance `{share}` of `{kind}` is no share", "write a number from 0 to below 1"
                )
            else:
                good[kind] = float(share)
        return good


def _near(word: str, known: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(word, known, n=1) if len(word) <= _LONGEST_NAME else []


def _danger(raw: str) -> tuple[str, int] | None:
    """What makes this YAML unsafe to load (size, aliases, depth), with its line; None where nothing does."""
    if len(raw) > _MAX_CHARS:
        return f"the front matter is longer than {_MAX_CHARS} characters", 0
    depth = 0
    for token in yaml.scan(raw, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            return "the front matter uses YAML anchors or aliases", token.start_mark.line
        opens = yaml.BlockMappingStartToken | yaml.BlockSequenceStartToken | yaml.FlowMappingStartToken
        if isinstance(token, opens | yaml.FlowSequenceStartToken):
            depth += 1
        elif isinstance(token, yaml.BlockEndToken | yaml.FlowMappingEndToken | yaml.FlowSequenceEndToken):
            depth -= 1
        if depth > _MAX_DEPTH:
            return f"the front matter is nested deeper than {_MAX_DEPTH}", token.start_mark.line
    return None


def _plain(value: object) -> object:
    """`value` with only what JSON knows: dates and other YAML scalars become text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _strings(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _did_you_mean(near: list[str], known: tuple[str, ...]) -> str:
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
