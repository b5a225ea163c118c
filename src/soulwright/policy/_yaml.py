"""YAML read as plain text that knows its place: every scalar is what was typed, and `on` stays `on`.

Only what a settings file needs is allowed: one document of mappings, lists and scalars. Anchors, aliases, tags,
directives, duplicate keys, deep nesting and large files are refused before anything is built from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import yaml

from soulwright.errors import InputError, InputErrors, lines_of

MAX_CHARS = 400_000
_MAX_DEPTH = 8
_MAX_TOKENS = 20_000
_WRITE = "write plain `key: value` lines"

Plain = str | list["Plain"] | dict[str, "Plain"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: line and column from 1, and how many characters of its line it covers."""

    line: int
    column: int
    length: int


class DeploymentErrors(InputErrors):
    """A deployment, a user's or a provider's file is wrong; `errors` holds each mistake with its place and remedy."""


class YamlFile:
    """One file as plain text values (`values`), the place of each, and the mistakes found in it so far."""

    def __init__(self, text: str, source: str) -> None:
        text = text.removeprefix("\ufeff")
        self.source = source
        self._lines = lines_of(text)
        self._places: dict[Path, Place] = {}
        self._keys: dict[Path, Place] = {}
        self._errors: list[InputError] = []
        self.values: Mapping[str, Plain] = self._read(text)

    def wrong(self, path: Path, message: str, help: str, *, key: bool = False) -> None:
        """Record a mistake at the value under `path` (or at its key)."""
        places = self._keys if key else self._places
        place = places.get(path) or self._places.get(path) or self._nearest(path)
        self._add(message, help, place)

    def raise_any(self) -> None:
        """Raise what was recorded, in the order of the file; return quietly where there is nothing."""
        if self._errors:
            raise DeploymentErrors(tuple(sorted(self._errors, key=lambda error: (error.line or 0, error.column))))

    def _nearest(self, path: Path) -> Place:
        while path and path not in self._places:
            path = path[:-1]
        return self._keys.get(path) or self._places.get(path) or Place(line=1, column=1, length=1)

    def _add(self, message: str, help: str, place: Place) -> None:
        error = InputError(
            message,
            source=self.source,
            line=place.line,
            column=place.column,
            help=help,
            excerpt=self._lines[place.line - 1] if place.line <= len(self._lines) else "",
            length=place.length,
        )
        self._errors.append(error)

    def _stop(self, message: str, help: str, place: Place) -> DeploymentErrors:
        self._add(message, help, place)
        return DeploymentErrors(tuple(self._errors))

    def _read(self, text: str) -> Mapping[str, Plain]:
        if len(text) > MAX_CHARS:
            raise self._stop(
                f"the file is longer than {MAX_CHARS} characters", _WRITE, Place(line=1, column=1, length=1)
            )
        try:
            self._refuse_what_is_not_plain(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = _place_of(mark) if mark else Place(line=1, column=1, length=1)
            problem = " ".join((error.problem or error.context or "it does not parse").split())
            raise self._stop(f"the file is not YAML: {problem}", _WRITE, place) from error
        except yaml.reader.ReaderError as error:
            line = len(lines_of(text[: error.position]))
            place = Place(line=line, column=1, length=len(self._lines[line - 1]))
            raise self._stop("a character that YAML does not allow", "delete it, or save as UTF-8", place) from error
        if node is None:
            raise self._stop("the file is empty", "begin with `operator: NAME`", Place(line=1, column=1, length=1))
        if not isinstance(node, yaml.MappingNode):
            raise self._stop("the file is not a mapping", _WRITE, _place(node))
        return cast("dict[str, Plain]", self._plain(node, ()))

    def _refuse_what_is_not_plain(self, text: str) -> None:
        depth, documents = 0, 0
        opens = yaml.BlockMappingStartToken | yaml.BlockSequenceStartToken | yaml.FlowMappingStartToken
        closes = yaml.BlockEndToken | yaml.FlowMappingEndToken | yaml.FlowSequenceEndToken
        for count, token in enumerate(yaml.scan(text, Loader=yaml.SafeLoader)):
            place = _place_of(token.start_mark)
            if count > _MAX_TOKENS:
                raise self._stop("far more entries than a deployment has", "split it, or remove what repeats", place)
            if name := _NOT_PLAIN.get(type(token)):
                raise self._stop(f"{name} are not allowed in this file", f"{_WRITE}, each value spelled out", place)
            documents += isinstance(token, yaml.DocumentStartToken)
            if documents > 1:
                raise self._stop("a second document in the file", "keep one document a file", place)
            depth += isinstance(token, opens | yaml.FlowSequenceStartToken) - isinstance(token, closes)
            if depth > _MAX_DEPTH:
                raise self._stop(f"nested deeper than {_MAX_DEPTH}", _WRITE, place)

    def _plain(self, node: yaml.Node, path: Path) -> Plain:
        self._places[path] = _place(node)
        if isinstance(node, yaml.MappingNode):
            return {key: self._plain(value, (*path, key)) for key, value in self._entries(node, path)}
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, index)) for index, item in enumerate(node.value)]
        return str(node.value)

    def _entries(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, yaml.Node]]:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._add("a key that is not a word", _WRITE, _place(key))
            elif key.value in seen:
                self._add(f"`{key.value}` stands twice", "keep one of the two", _place(key))
            else:
                seen.add(key.value)
                self._keys[*path, key.value] = _place(key)
                yield key.value, value


_NOT_PLAIN: dict[type[yaml.Token], str] = {
    yaml.AliasToken: "YAML aliases",
    yaml.AnchorToken: "YAML anchors",
    yaml.TagToken: "YAML tags",
    yaml.DirectiveToken: "YAML directives",
}


def _place(node: yaml.Node) -> Place:
    start, end = node.start_mark, node.end_mark
    return Place(
        line=start.line + 1,
        column=start.column + 1,
        length=end.column - start.column if end.line == start.line else 1_000,
    )


def _place_of(mark: yaml.Mark) -> Place:
    return Place(line=mark.line + 1, column=mark.column + 1, length=1)
