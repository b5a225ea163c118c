"""The verbs of recovery answer people and machines, and name what is wrong with their input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.recover.simulated import document, samples

from soulwright.cli import main

TEXT = document(5)


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    rows = [{"text": text, "id": f"s{i}", "temperature": 0.7} for i, text in enumerate(samples(TEXT, 8))]
    path = tmp_path / "drawn.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_read_writes_the_text_its_votes_and_a_page(drawn: Path, tmp_path: Path) -> None:
    true = tmp_path / "true.md"
    true.write_text(TEXT, encoding="utf-8")
    assert run("recover", "read", drawn, "--reference", true, "--out", tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "recovered.txt",
        "recovered.md",
        "recovered.json",
        "recovered.html",
    }


def test_read_as_json_has_the_figures(drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    true = tmp_path / "true.md"
    true.write_text(TEXT, encoding="utf-8")
    run("recover", "read", drawn, "--reference", true, "--out", tmp_path / "out", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer["fidelity"]["word_fidelity"] > 0.95
    assert all(len(word["samples"]) >= 2 for word in answer["words"])


def test_text_files_are_one_sample_each(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.txt" for i in range(3)]
    for path in paths:
        path.write_text(TEXT, encoding="utf-8")
    assert run("recover", "read", *paths, "--out", tmp_path / "out") == 0
    assert (tmp_path / "out" / "recovered.txt").read_text(encoding="utf-8").strip() == TEXT.strip()


def test_nothing_recovered_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(TEXT, encoding="utf-8")
    assert run("recover", "read", path, "--out", tmp_path / "out") == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "is not JSON"), ('{"txt": "a"}', "needs a `text`"), ('{"text": "a", "temperature": "warm"}', "is a number")],
)
def test_a_wrong_line_is_named_and_nothing_is_written(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drawn.jsonl"
    path.write_text('{"text": "a"}\n' + line, encoding="utf-8")
    assert run("recover", "read", path, "--out", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert f"{path}:2:" in error
    assert said in error
    assert not (tmp_path / "out").exists()


def test_compare_scores_two_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = tmp_path / "a.md", tmp_path / "b.md"
    a.write_text(TEXT, encoding="utf-8")
    b.write_text(TEXT.replace("always", "seldom"), encoding="utf-8")
    assert run("recover", "compare", a, b, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert 0.8 < answer["word_fidelity"] < 1.0
    assert run("recover", "compare", a, a) == 0
    assert "word fidelity             1.000" in capsys.readouterr().out


def test_a_file_that_is_not_there_or_not_text_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = tmp_path / "b.md"
    binary.write_bytes(b"\xff\xfe\x00")
    assert run("recover", "compare", tmp_path / "absent.md", binary) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert run("recover", "compare", binary, binary) == 2
    assert "is not UTF-8" in capsys.readouterr().err


def test_recover_without_a_model_or_a_verb_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recover") == 2
    assert "--model" in capsys.readouterr().err


def test_a_model_that_is_none_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recover", "--model", "nobody/knows", "--out", tmp_path / "out") == 2
    assert "the model `nobody/knows` cannot be asked" in capsys.readouterr().err
