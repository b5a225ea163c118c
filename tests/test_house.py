"""The rules of the house that no linter knows: arrows between rooms, private modules, names, sizes, reasons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "soulwright"
MODULES = sorted(SOURCE.rglob("*.py"))
IDS = [path.relative_to(SOURCE).as_posix() for path in MODULES]

# A room imports only rooms to its left.
ROOMS = (
    "spec", "policy", "models", "consult", "situations", "weigh", "teach", "train", "recover",
    "verify", "judge", "measure", "serve", "organism", "cli",
)  # fmt: skip
# Anybody may import these; they import nothing of ours but `errors`.
FOUNDATIONS = ("errors", "runs")
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc", "tools", "lib"}
IMPURE = {"socket", "subprocess", "urllib", "http", "httpx", "requests", "random", "secrets", "time"}
MOST_LINES_OF_A_FILE = 600
MOST_LINES_OF_A_FUNCTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One module that a module imports; `names` are what it takes from it."""

    module: str
    names: tuple[str, ...]
    line: int


def imports_of(path: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module=alias.name, names=(), line=node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the whole name of the module"
            yield Import(module=node.module or "", names=tuple(alias.name for alias in node.names), line=node.lineno)


def room_of(path: Path) -> str:
    """The room a module lies in; what lies beside the rooms counts as the entrance, like cli."""
    parts = path.relative_to(SOURCE).parts
    if len(parts) == 1:
        return "errors" if parts[0] == "errors.py" else "cli"
    return parts[0]


def rooms_imported(item: Import) -> set[str]:
    parts = item.module.split(".")
    if parts[0] != "soulwright":
        return set()
    return {parts[1]} if len(parts) > 1 else set(item.names) & {*ROOMS, *FOUNDATIONS}


def test_every_folder_is_a_room_of_the_house() -> None:
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert folders <= {*ROOMS, "runs"}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_arrows_between_rooms_point_one_way(path: Path) -> None:
    room = room_of(path)
    allowed = {"errors", room} if room in FOUNDATIONS else {*FOUNDATIONS, *ROOMS[: ROOMS.index(room) + 1]}
    wrong = [f"{path}:{item.line}: {room} imports {item.module}" for item in imports_of(path)
             if not rooms_imported(item) <= allowed]  # fmt: skip
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_nobody_imports_a_private_module_of_another_room(path: Path) -> None:
    wrong = []
    for item in imports_of(path):
        parts = item.module.split(".")
        if parts[0] != "soulwright" or len(parts) < 2 or parts[1] == room_of(path):
            continue
        private = [part for part in parts[2:] if part.startswith("_")]
        private += [name for name in item.names if name.startswith("_") and parts[1] in ROOMS]
        if private:
            wrong.append(f"{path}:{item.line}: {item.module} is private to its room")
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_only_the_command_line_prints(path: Path) -> None:
    if room_of(path) == "cli":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prints = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not prints


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_the_pure_rooms_know_no_clock_no_chance_and_no_network(path: Path) -> None:
    if room_of(path) not in ("spec", "policy"):
        return
    assert not {item.module.split(".")[0] for item in imports_of(path)} & IMPURE


def test_no_module_has_a_vague_name() -> None:
    assert not [path for path in MODULES if path.stem.strip("_") in VAGUE]


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES_OF_A_FILE
    long = [
        f"{path}:{node.lineno}: {node.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert not long


def test_every_exemption_says_why() -> None:
    exemption = re.compile(r"#\s*(noqa|type:\s*ignore)\b(?!(: [A-Z0-9, ]+|\[[a-z, -]+\]) +(- |# )\w)")
    files = [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    bare = [
        f"{path}:{number}: {line.strip()}"
        for path in files
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if exemption.search(line)
    ]
    assert not bare
