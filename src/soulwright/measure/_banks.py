"""Content packs: hand-written items in YAML, each bank with a schema, a version, a hash and a canary.

A bank says what is asked, never how anything dangerous is done: a request names a category and nothing more. The canary
is a line that never stands in training data on purpose, so that a model which knows it has seen the bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from soulwright.errors import InputError
from soulwright.runs import hash_file

FOLDER = Path(__file__).parent / "banks"
STRICT = {"extra": "forbid"}  # an unknown key in an item is a mistake, not a remark
_HEAD = {"bank", "version", "canary", "about", "items"}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank(Generic[Item]):
    """The items of one bank, with what tells this bank from every other."""

    name: str
    version: int
    hash: str
    items: tuple[Item, ...]

    @property
    def label(self) -> str:
        """`name/version@hash`, as it stands in results."""
        return f"{self.name}/{self.version}@{self.hash[:12]}"


def load_bank(name: str, item: type[Item], *, path: Path | None = None) -> Bank[Item]:
    """The bank `NAME.yaml` of the package, or the one at `path`; InputError where it is not such a bank."""
    source = path or FOLDER / f"{name}.yaml"
    head = _read(source)
    if head["bank"] != name:
        raise InputError(
            f"this is a bank of `{head['bank']}`, not of `{name}`", source=str(source), help=f"name a bank of `{name}`"
        )
    items = tuple(_item(row, item, source, number) for number, row in enumerate(_rows(head, source), start=1))
    _check_ids([str(getattr(one, "id", "")) for one in items], source)
    return Bank(name=name, version=int(str(head["version"])), hash=hash_file(source), items=items)


def _read(source: Path) -> dict[str, object]:
    try:
        head = yaml.safe_load(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(source), help="name a bank file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError("is not YAML in UTF-8", source=str(source), help=str(error)) from error
    if not isinstance(head, dict) or set(head) != _HEAD:
        raise InputError(
            "a bank has `bank`, `version`, `canary`, `about` and `items`, and nothing else",
            source=str(source),
            help="see docs/measures.md",
        )
    return head


def _rows(head: dict[str, object], source: Path) -> list[object]:
    rows = head["items"]
    if not isinstance(rows, list) or not rows:
        raise InputError("a bank has at least one item", source=str(source), help="write `items:` as a list")
    return rows


def _item(row: object, item: type[Item], source: Path, number: int) -> Item:
    try:
        return TypeAdapter(item).validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"item {number}, `{where}`: {first['msg'].lower()}", source=str(source), help="see docs/measures.md"
        ) from error


def _check_ids(ids: list[str], source: Path) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise InputError(f"the id `{twice[0]}` stands twice", source=str(source), help="give each item its own id")
