"""Tables of cases as rows that know their line: JSON lines, comma-separated values, YAML."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from soulwright.errors import InputError, InputErrors, lines_of

_MOST = 50_000_000  # characters of one file
LISTS = frozenset(["clauses", "tenets", "must", "must_not"])  # the fields that have several values


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The fields of one case as they are written, and the line on which it begins."""

    line: int
    values: Mapping[str, object]


Table = tuple[list[Row], dict[str, str]]  # the rows, and what the file itself says of tenets


def rows_of_json_lines(text: str, source: str) -> Table:
    """One object a line; blank lines are passed over. InputErrors for every line that is none."""
    _check_size(text, source)
    rows: list[Row] = []
    errors: list[InputError] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            column = error.colno if isinstance(error, json.JSONDecodeError) else 1
            remedy = "write one object of JSON a line"
            errors.append(
                InputError(f"is not JSON: {said}", source=source, line=number, column=column, excerpt=line, help=remedy)
            )
            continue
        if not isinstance(value, dict):
            remedy = 'write an object, such as `{"clause": "...", "prompt": "..."}`'
            errors.append(InputError("a case is an object", source=source, line=number, excerpt=line, help=remedy))
            continue
        rows.append(Row(line=number, values=value))
    if errors:
        raise InputErrors(tuple(errors))
    return rows, {}


def rows_of_csv(text: str, source: str) -> Table:
    """One case a row, the first row names the fields; empty cells count as left out. InputErrors for a ragged row."""
    _check_size(text, source)
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: list[Row] = []
    line = 2
    try:
        for values in reader:
            if None in values or None in values.values():
                remedy = "as many cells as the first row has; quote a cell that holds a comma or a new line"
                raise InputError("this row has another number of cells", source=source, line=line, help=remedy)
            rows.append(Row(line=line, values={name: _cell(name, cell) for name, cell in values.items() if cell}))
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "quote cells that hold commas, quotation marks or new lines"
        raise InputError(
            f"is no table of comma-separated values: {error}", source=source, line=line, help=remedy
        ) from error
    return rows, {}


def rows_of_yaml(text: str, source: str) -> Table:
    """A list of cases, or `cases:` beside `tenets:`. InputError where it is neither."""
    _check_size(text, source)
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode):
            parts = {key.value: value for key, value in node.value}
            unknown = set(parts) - {"cases", "tenets"}
            if unknown or "cases" not in parts:
                raise _no_list(source, node)
            named = _tenets(loader, parts.get("tenets"), source)
            node = parts["cases"]
        else:
            named = {}
        if not isinstance(node, yaml.SequenceNode):
            raise _no_list(source, node)
        return [_yaml_row(loader, item, source) for item in node.value], named
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        excerpt = (lines_of(text)[line - 1 : line] or [""])[0]
        said = getattr(error, "problem", None) or "it cannot be read"
        column = mark.column + 1 if mark else 1
        raise InputError(
            f"is not YAML: {said}", source=source, line=line, column=column, excerpt=excerpt, help="mend the line"
        ) from error
    finally:
        loader.dispose()


def _yaml_row(loader: yaml.SafeLoader, item: yaml.Node, source: str) -> Row:
    line = item.start_mark.line + 1
    if not isinstance(item, yaml.MappingNode):
        raise InputError("a case is a mapping", source=source, line=line, help="write `- clause: ...` and its fields")
    keys = [key.value for key, _ in item.value]
    repeated = next((key for key in keys if keys.count(key) > 1), None)
    if repeated is not None:
        raise InputError(f"`{repeated}` stands twice in one case", source=source, line=line, help="keep one of the two")
    values: dict[str, Any] = loader.construct_document(item)
    return Row(line=line, values=values)


def _tenets(loader: yaml.SafeLoader, node: yaml.Node | None, source: str) -> dict[str, str]:
    if node is None:
        return {}
    value: object = loader.construct_document(node)
    if not isinstance(value, dict) or not all(isinstance(word, str) for pair in value.items() for word in pair):
        line = node.start_mark.line + 1
        raise InputError(
            "`tenets` leads names to clauses", source=source, line=line, help="write `tenet name: clause id` lines"
        )
    return value


def _no_list(source: str, node: yaml.Node | None) -> InputError:
    line = node.start_mark.line + 1 if node is not None else 1
    return InputError("there is no list of cases", source=source, line=line, help="write a list, or `cases:` with one")


def _cell(name: str | Any, cell: str) -> object:
    return [part.strip() for part in cell.split("|") if part.strip()] if name in LISTS else cell


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _check_size(text: str, source: str) -> None:
    if len(text) > _MOST:
        raise InputError(f"is longer than {_MOST:,} characters", source=source, help="split it into several files")
