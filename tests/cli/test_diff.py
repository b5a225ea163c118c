"""`soulwright diff` and `soulwright show`: one answer on stdout, pages written whole, wrong input explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soulwright.cli import main

OLD = """---
spec: acme
version: 1.0.0
---
# Acme {#acme authority=root}

The assistant should tell the truth.
{#acme.truth kind=rule}
"""


def run_main(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.md"
    path.write_text(OLD)
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "new.md"
    path.write_text(OLD.replace("should", "may").replace("1.0.0", "1.0.1"))
    return path


def test_a_comparison_shows_the_words_and_fails_where_the_version_is_too_low(
    old: Path, new: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main("diff", old, new) == 1
    out, err = capsys.readouterr()
    assert "The assistant [-should-]{+may+} tell the truth." in out
    assert "error: SW312 from `1.0.0` to `1.0.1` is a patch step, and the change is major" in out
    assert "declare at least `2.0.0`" in out
    assert err == ""


def test_a_comparison_that_asks_for_no_more_than_is_declared_is_fine(
    old: Path, new: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new.write_text(new.read_text().replace("1.0.1", "2.0.0"))
    assert run_main("diff", old, new, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "soulwright/diff/1"
    assert document["required_bump"] == "major"
    assert {kind for change in document["changes"] for kind in change["kinds"]} == {"loosened"}


def test_the_same_document_has_no_difference(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main("diff", old, old) == 0
    assert capsys.readouterr().out == "the two documents are the same, byte for byte\n"


def test_the_page_side_by_side_is_written_where_it_was_asked_for(
    old: Path, new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "sides.html"
    assert run_main("diff", old, new, "--html", page, "--json") == 1
    assert json.loads(capsys.readouterr().out)["page"] == str(page)
    assert page.read_text().startswith("<!doctype html>")


def test_a_document_that_cannot_be_read_is_exit_status_2_and_writes_no_page(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "sides.html"
    assert run_main("diff", old, tmp_path / "nowhere.md", "--html", page) == 2
    assert run_main("show", tmp_path / "nowhere.md", "--out", page) == 2
    assert not page.exists()
    assert "cannot read the document" in capsys.readouterr().err


def test_a_changelog_that_cannot_be_read_is_exit_status_2(
    old: Path, new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main("diff", old, new, "--changelog", tmp_path / "nowhere.md") == 2
    assert "cannot read the changelog" in capsys.readouterr().err


def test_a_document_is_shown_as_a_page_beside_the_caller(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_main("show", old, "--json") == 0
    assert json.loads(capsys.readouterr().out)["page"] == "old.html"
    assert "The assistant should tell the truth." in (tmp_path / "old.html").read_text()


def test_what_changed_and_what_was_measured_can_be_laid_into_the_page(
    old: Path, new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rate = {"passed": 9, "n": 10, "interval": {"low": 0.5, "high": 1.0}}
    clause = {"clause_id": "acme.truth", "text": "x", "state": "pass", "reason": "", "before": rate, "after": rate}
    (tmp_path / "gap.json").write_text(json.dumps({"clauses": [clause]}))
    page = tmp_path / "page.html"
    assert run_main("show", new, "--diff", old, "--run", tmp_path, "--out", page, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["changes"], document["measured"]) == (2, 1)
    assert "<del>should</del><ins>may</ins>" in page.read_text()


def test_a_run_that_was_not_measured_is_exit_status_2(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main("show", old, "--run", tmp_path, "--out", tmp_path / "page.html") == 2
    assert "help: measure it first" in capsys.readouterr().err


def test_a_changelog_without_an_older_document_is_exit_status_2(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main("show", old, "--changelog", old) == 2
    assert "name the older document" in capsys.readouterr().err
