"""The documentation says what the program does: what can drift is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

import soulwright
from soulwright.cli._frame import root

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def commands(group: click.Group, words: tuple[str, ...] = ("soulwright",)) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            if command.invoke_without_command:  # a verb of its own, such as `recover`
                yield " ".join((*words, name)), command
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def test_every_verb_and_every_option_is_documented() -> None:
    page = (DOCS / "command-line.md").read_text(encoding="utf-8")
    missing = []
    for name, command in commands(root):
        missing += [] if f"`{name}" in page else [name]
        options = [option for option in command.params if isinstance(option, click.Option)]
        missing += [flag for option in options for flag in option.opts if f"`{flag}" not in page]
    assert not missing


def test_no_option_is_documented_that_does_not_exist() -> None:
    page = (DOCS / "command-line.md").read_text(encoding="utf-8")
    known = {
        flag
        for _, command in commands(root)
        for parameter in command.params
        for flag in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(re.findall(r"--[a-z][a-z-]*[a-z]", page)) <= known | {"--help", "--version"}


@pytest.mark.parametrize("page", sorted(DOCS.glob("**/*.md")), ids=lambda page: page.name)
def test_every_page_is_in_the_table_of_contents(page: Path) -> None:
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(contents)
    if page.parent == DOCS / "rules" and page.name != "index.md":  # too many for a menu; their own index lists them
        assert f"]({page.name})" in (page.parent / "index.md").read_text(encoding="utf-8")
    else:
        assert f": {page.relative_to(DOCS).as_posix()}\n" in contents


def test_the_version_has_a_changelog_entry() -> None:
    assert soulwright.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_rules_of_the_house_fit_two_pages() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split()) < 1000


@pytest.mark.parametrize("kind", ["constraints.txt", "pyproject.toml"])
def test_the_pinned_torch_is_a_version_that_every_machine_finds(kind: str) -> None:
    assert re.findall(r"torch==([^\s\",]+)", (ROOT / kind).read_text(encoding="utf-8")) == ["2.13.0"]
