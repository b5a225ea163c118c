"""The front matter: YAML between two lines `---` at the very beginning of a document."""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

import yaml

from soulwright.spec._clauses import Kind
from soulwright.spec._mistakes import Mistakes

OPENAI_LEVELS = ("root", "system", "developer", "user", "guideline")
OTHERWISE = "otherwise"
DEFAULT_TOLERANCE = 0.1

_KEYS = ("spec", "version", "label", "levels", "alias", "tags", "tie", "tolerance")
_FENCE = re.compile(r"---[ \t]*(?:\r\n|\n|\r)")
_CLOSE = re.compile(r"(?<=[\n\r])(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|\Z)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_LEVEL = re.compile(r"[a-z][a-z0-9_]*\Z")
_MAX_CHARS = 20_000
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the document says of itself; `end` and `lines` tell where its body begins."""

    name: str
    version: str = "0"
    levels: tuple[str, ...] = OPENAI_LEVELS
    alias: Mapping[str, str] = field(default_factory=lambda: {"platform": "root"})
    tolerance: Mapping[str, float] = field(default_factory=dict)
    written: Mapping[str, object] | None = None
    end: int = 0
    lines: int = 0

    def level(self, name: str) -> str | None:
        """The level called `name`, its alias resolved; None where the document declares no such level."""
        name = self.alias.get(name, name)
        return name if name in self.levels else None

    def tolerance_for(self, kind: Kind) -> float:
        """The tolerated share of failures of a clause of this kind."""
        return self.tolerance.get(kind.value, self.tolerance.get(OTHERWISE, DEFAULT_TOLERANCE))


def read_front_matter(text: str, *, name: str, mistakes: Mistakes) -> FrontMatter:
    """Read the front matter of `text`; a document without one gets `name` and the five published levels."""
    start = 1 if text.startswith("\ufeff") else 0
    opening = _FENCE.match(text, start)
    if opening is None:
        return FrontMatter(name=name, end=start)
    closing = _CLOSE.search(text, opening.end())
    if closing is None:
        mistakes.add("the front matter is never closed", line=1, help="add a line `---` after its last key", at="---")
        return FrontMatter(name=name, written={}, end=opening.end(), lines=1)
    raw = text[opening.end() : closing.start()]
    lines = len(_LINE_END.findall(text, 0, closing.end()))
    return _Reader(raw, mistakes).read(name=name, end=closing.end(), lines=lines)


class _Reader:
    """Checks every key; a value that cannot be used is recorded and left at its default, so that reading goes on."""

    def __init__(self, raw: str, mistakes: Mistakes) -> None:
        self.raw = raw
        self.mistakes = mistakes
        self.where: dict[str, int] = {}
        self.literal: dict[str, str] = {}

    def read(self, *, name: str, end: int, lines: int) -> FrontMatter:
        written = self._load()
        for key in written:
            if key not in _KEYS:
                near = difflib.get_close_matches(key, _KEYS, n=1)
                self._wrong(key, f"unknown key `{key}` in the front matter", _did_you_mean(near, _KEYS))
        levels = self._levels(written.get("levels"))
        return FrontMatter(
            name=self._word("spec", name),
            version=self._word("version", "0"),
            levels=levels,
            alias=self._alias(written.get("alias"), levels),
            tolerance=self._tolerance(written.get("tolerance")),
            written=written,
            end=end,
            lines=lines,
        )

    def _wrong(self, key: str, message: str, help: str) -> None:
        self.mistakes.add(message, line=self.where.get(key, 1), help=help, at=key)

    def _load(self) -> dict[str, object]:
        """The mapping as plain values; empty (and recorded) where it is no mapping or not safe to read."""
        try:
            if (danger := _danger(self.raw)) is not None:
                self.mistakes.add(
                    danger[0], line=danger[1] + 2, help="write the front matter as plain `key: value` lines"
                )
                return {}
            node = yaml.compose(self.raw, Loader=yaml.SafeLoader)
            loaded = yaml.safe_load(self.raw)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 2 if error.problem_mark else 1
            self.mistakes.add(
                f"the front matter is not YAML: {error.problem}", line=line, help="write `key: value` lines"
            )
            return {}
        except (yaml.YAMLError, ValueError) as error:
            self.mistakes.add(f"the front matter cannot be read: {error}", line=1, help="write `key: value` lines")
            return {}
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode) or not isinstance(loaded, dict):
            self.mistakes.add("the front matter is not a mapping", line=2, help="write `key: value` lines")
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

    def _levels(self, value: object) -> tuple[str, ...]:
        if value is None:
            return OPENAI_LEVELS
        sound = _strings(value) and value and all(_LEVEL.match(level) for level in value)
        if not _strings(value) or not sound or len(set(value)) < len(value):
            self._wrong(
                "levels",
                "`levels` is not a list of different names",
                "write `levels: [provider, operator, user]`, highest first",
            )
            return OPENAI_LEVELS
        return tuple(value)

    def _alias(self, value: object, levels: tuple[str, ...]) -> Mapping[str, str]:
        if value is None:
            return {"platform": "root"} if "root" in levels else {}
        if isinstance(value, dict) and all(isinstance(key, str) and level in levels for key, level in value.items()):
            return {str(key): str(level) for key, level in value.items()}
        self._wrong("alias", "`alias` does not lead to declared levels", f"write `alias: {{name: {levels[0]}}}`")
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
                near = difflib.get_close_matches(str(kind), known, n=1)
                self._wrong("tolerance", f"unknown kind `{kind}` in `tolerance`", _did_you_mean(near, known))
            elif isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
                self._wrong(
                    "tolerance", f"the tolerance `{share}` of `{kind}` is no share", "write a number from 0 to below 1"
                )
            else:
                good[kind] = float(share)
        return good


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
