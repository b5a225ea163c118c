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


def test_the_marks_of_a_specification_are_no_words_of_it(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, marked = tmp_path / "plain.md", tmp_path / "marked.md"
    plain.write_text(TEXT, encoding="utf-8")
    head, _, rest = TEXT.partition("\n")
    marks = "---\nspec: marked\nlevels: [provider, user]\n---\n"
    marked.write_text(f"{marks}{head} {{#one authority=user}}\n{rest}{{#two kind=rule}}\n", encoding="utf-8")
    figures = []
    for reference in (plain, marked):
        asked = ("--reference", reference, "--out", tmp_path / "out", "--no-intervals", "--json")
        assert run("recover", "read", drawn, *asked) == 0
        figures.append(json.loads(capsys.readouterr().out)["fidelity"])
    assert figures[0] == figures[1]


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


BROKEN = {
    "binary": (b"\xff\xfe\x00", "is not UTF-8 text (byte 0)"),
    "null characters": (b"abc\x00def", "is not text"),
    "another encoding": ("Käse".encode("latin-1"), "is not UTF-8 text (byte 1)"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_text_is_one_clear_error_and_nothing_is_written(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, said = BROKEN[kind]
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(TEXT, encoding="utf-8")
    bad.write_bytes(content)
    for command in (
        ("read", good, bad, "--out", tmp_path / "out"),
        ("read", good, "--reference", bad, "--out", tmp_path / "out"),
        ("compare", good, bad),
        ("compare", bad, good),
    ):
        assert run("recover", *command) == 2
        error = capsys.readouterr().err
        assert f"{bad}: {said}" in error
        assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_folder_or_nothing_where_a_file_belongs_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (tmp_path, tmp_path / "absent.jsonl"):
        assert run("recover", "read", name, "--out", tmp_path / "out") == 2
        assert f"{name}: cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[" * 100_000, "nests too deeply"),
        ('{"text": "a", "temperature": ' + "9" * 5000 + "}", "too long a number"),
        ('{"text": "a", "temperature": true}', "is a number"),
        ('{"text": "a", "temperature": NaN}', "is a number"),
        ('{"text": "a", "temperature": -1}', "is a number"),
        ('{"text": "a", "opening": 7}', "`opening` is a text"),
        ('{"text": "\\ud83d"}', "half a character"),
        ('{"text": "a", "id": "one"}', "the id `one` stands twice"),
        ('["text", "a"]', "needs a `text`"),
        ("x" * 3_000_000, "is not JSON"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_line_that_cannot_be_meant_is_named_shortly_and_nothing_is_written(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drawn.jsonl"
    path.write_text('{"text": "a", "id": "one"}\n' + line, encoding="utf-8")
    assert run("recover", "read", path, "--out", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert f"{path}:2:" in error
    assert said in error
    assert len(error) < 2000
    assert not (tmp_path / "out").exists()


def test_marks_at_the_beginning_and_ends_of_lines_of_other_systems_change_nothing(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.jsonl"
    rows = drawn.read_text(encoding="utf-8").replace("\n", "\r\n").replace("always", "always\u2028")
    other.write_bytes(b"\xef\xbb\xbf" + rows.encode())
    assert run("recover", "read", other, "--out", tmp_path / "out", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [sample["id"] for sample in found["samples"]] == [f"s{at}" for at in range(8)]
    marked = tmp_path / "marked.txt"
    marked.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    plain = tmp_path / "plain.txt"
    plain.write_text(TEXT, encoding="utf-8")
    assert run("recover", "compare", marked, plain, "--json") == 0
    assert json.loads(capsys.readouterr().out)["word_fidelity"] == 1.0


def test_a_file_that_is_named_twice_would_agree_with_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    assert run("recover", "read", path, tmp_path / "." / "a.txt", "--out", tmp_path / "out") == 2
    assert "named twice" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / folder / "a.txt" for folder in ("one", "two")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(TEXT, encoding="utf-8")
    assert run("recover", "read", *paths, "--out", tmp_path / "out", "--json") == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["samples"]] == [str(path) for path in paths]


def test_empty_files_recover_nothing_and_score_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty, full = tmp_path / "empty.jsonl", tmp_path / "full.md"
    empty.write_text("", encoding="utf-8")
    full.write_text(TEXT, encoding="utf-8")
    assert run("recover", "read", empty, "--reference", full, "--out", tmp_path / "out") == 1
    assert "no samples: nothing can be recovered" in capsys.readouterr().out
    assert run("recover", "compare", empty, full, "--json") == 0
    assert json.loads(capsys.readouterr().out)["word_fidelity"] == 0.0


def test_an_output_folder_that_is_a_file_is_wrong_input(drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recover", "read", drawn, "--out", drawn) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert json.loads(drawn.read_text(encoding="utf-8").splitlines()[0])["id"] == "s0"


@pytest.mark.parametrize("option", [("--spec", "a.md"), ("--other", "mockllm/model"), ("--out", "x"), ("--bare",)])
def test_a_run_takes_no_option_that_it_would_ignore(
    option: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recover", "--run", "runs/none", *option) == 2
    assert f"takes no `{option[0]}`" in capsys.readouterr().err


def test_compare_has_chance_beside_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.md"
    path.write_text(TEXT, encoding="utf-8")
    assert run("recover", "compare", path, path, "--json") == 0
    [level] = json.loads(capsys.readouterr().out)["chance"]
    assert level["word_fidelity"] < 0.2


def test_recover_without_a_model_or_a_verb_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recover") == 2
    assert "--model" in capsys.readouterr().err


def test_a_model_that_is_none_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("recover", "--model", "nobody/knows", "--out", tmp_path / "out") == 2
    assert "the model `nobody/knows` cannot be asked" in capsys.readouterr().err
