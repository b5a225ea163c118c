"""`consult` prints what a model raised, keeps it, and says plainly whom it cannot ask."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.consult.conftest import DOCUMENT, answer, model_that, remark

from soulwright.cli import main
from soulwright.consult import _consult as consulting
from soulwright.organism import BASE


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "small.md"
    path.write_text(DOCUMENT)
    return path


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in ("consult", *arguments)])
    assert isinstance(left.value.code, int)
    return left.value.code


def opinionated(clause_id: str, _: int) -> str:
    if clause_id == "tone.warm":
        return "I would rather not."
    return (
        answer(clause_id, remark(words="must", why="Why \x1b[31mmust?"))
        if clause_id == "limits.answers"
        else answer(clause_id)
    )


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consulting, "find_model", lambda *_: model_that(opinionated))


@pytest.mark.usefixtures("model")
def test_what_is_raised_is_printed_with_its_place_and_kept_until_somebody_settles_it(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = (document, "--model", "mockllm/model", "--run", tmp_path / "run", "--baseline", tmp_path / "decided.json")
    assert run(*call) == 1
    out, err = capsys.readouterr()
    assert f"suggestion[SW411] {document}:" in out
    assert "limits.answers: unclear (new)" in out
    assert "`must`: Why [31mmust?" in out
    assert "\x1b" not in out
    assert "tone.warm: unreadable: it is not one JSON object" in out
    assert "2 of 3 clauses answered; findings: 1 new, 0 open, 0 real, 0 settled" in out
    assert "consult" in err
    assert run(*call) == 1
    assert "limits.answers: unclear (open)" in capsys.readouterr().out
    decided = tmp_path / "decided.json"
    decided.write_text(decided.read_text().replace('"open"', '"settled"'))
    assert run(*call) == 1  # one clause still has no answer
    out = capsys.readouterr().out
    assert "suggestion" not in out
    assert "0 new, 0 open, 0 real, 1 settled" in out
    assert run(*call, "--clause", "limits.answers") == 0


@pytest.mark.usefixtures("model")
def test_with_json_it_is_one_document_the_same_as_the_one_in_the_run(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(document, "--model", "mockllm/model", "--run", tmp_path / "run", "--retries", "0", "--json") == 1
    made = json.loads(capsys.readouterr().out)
    assert made == json.loads((tmp_path / "run" / "consult.json").read_text())
    assert made["model"] == "mockllm/model"
    assert [row["standing"] for row in made["findings"]] == ["new"]
    assert {row["clause_id"]: (row["state"], row["asked"]) for row in made["replies"]} == {
        "limits.weapons": ("answered", 1),
        "limits.answers": ("answered", 1),
        "tone.warm": ("unreadable", 1),
    }
    assert list((tmp_path / "run" / "consult").rglob("*.eval"))
    assert (tmp_path / "run" / "baseline.json").is_file()


@pytest.mark.usefixtures("model")
def test_one_clause_can_be_asked_about_alone(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = (document, "--model", "mockllm/model", "--run", tmp_path / "run")
    assert run(*call, "--clause", "limits.weapons", "--context-tokens", "0") == 0
    assert "1 of 1 clauses answered" in capsys.readouterr().out
    assert run(*call, "--clause", "limits.gone") == 2
    assert "there is no clause `limits.gone`" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["world/teacher", "world/base", str(BASE), f"weights/{BASE}"])
def test_the_embedded_organism_cannot_be_consulted_and_it_says_so(
    name: str, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(document, "--model", name, "--run", tmp_path / "run") == 2
    assert f"`{name}` is the embedded organism and cannot be consulted" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_neither_can_a_model_that_was_taught_from_its_base(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    shutil.copy(BASE / "tokenizer.json", folder)
    assert run(document, "--model", folder, "--run", tmp_path / "run") == 2
    assert "is the embedded organism and cannot be consulted" in capsys.readouterr().err


def test_a_model_that_is_none_is_one_clear_error(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(document, "--model", "nobody/knows", "--run", tmp_path / "run") == 2
    err = capsys.readouterr().err
    assert "the model `nobody/knows` cannot be asked" in err
    assert "Traceback" not in err
