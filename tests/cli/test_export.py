"""`export` writes each format to stdout or a file, refuses what would be ignored, and says what it left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from soulwright.cli import main
from soulwright.cli._export import FORMATS
from soulwright.organism import BASE

SMALL = """---
spec: small
version: 1.2.0
levels: [provider, operator, user]
---
# A {#a authority=provider}

The assistant must not swear.
{#a.swear kind=hard_limit}

The assistant should be brief.
{#a.brief kind=default default=off adjustable_by=operator polarity=should}
"""
DEPLOYMENT = "operator: Acme\nsettings:\n  a.brief: on\n"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "small.md"
    path.write_text(SMALL)
    return path


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in ("export", *arguments)])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize("to", FORMATS)
def test_every_format_goes_to_stdout_or_into_a_file_and_is_the_same(
    to: str, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(document, "--to", to) == 0
    printed = capsys.readouterr().out
    assert run(document, "--to", to, "--out", tmp_path / "sub" / "made") == 0
    assert capsys.readouterr().out == f"{to}: {tmp_path / 'sub' / 'made'}\n"
    assert (tmp_path / "sub" / "made").read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("to", FORMATS)
def test_with_json_every_format_is_one_document(
    to: str, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(document, "--to", to, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["format"], made["spec"], made["version"]) == (to, "small", "1.2.0")
    assert made["content"]
    assert run(document, "--to", to, "--json", "--out", tmp_path / "made") == 0
    written = json.loads(capsys.readouterr().out)
    assert written == {key: value for key, value in made.items() if key != "content"} | {"out": str(tmp_path / "made")}


def test_the_bundled_document_is_exported_where_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--to", "statements") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "limits.weapons" in {row["id"] for row in rows}


def test_what_does_not_fit_into_a_prompt_is_listed_for_people_and_for_machines(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(document, "--to", "system-prompt", "--max-tokens", "70") == 0
    out, err = capsys.readouterr()
    assert "must not swear" in out
    assert "should be brief" not in out
    assert "1 of 2 clauses in " in err
    assert "(estimate: " in err
    assert "left out: a.brief (default, " in err
    assert run(document, "--to", "system-prompt", "--max-tokens", "70", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["included"] == ["a.swear"]
    assert [row["clause"] for row in made["left_out"]] == ["a.brief"]
    assert made["tokens"] <= made["max_tokens"] == 70


def test_a_tokenizer_of_a_model_folder_counts_instead_of_the_estimate(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[dict[str, Any]] = []
    for extra in ((), ("--tokenizer", BASE)):
        assert run(document, "--to", "system-prompt", "--json", *extra) == 0
        made.append(json.loads(capsys.readouterr().out))
    estimated, counted = made
    assert counted["counted_by"] == f"the tokenizer in {BASE}"
    assert estimated["content"] == counted["content"]
    assert estimated["tokens"] != counted["tokens"]


def test_a_deployment_becomes_a_profile_of_the_catalog(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment = tmp_path / "acme.yaml"
    deployment.write_text(DEPLOYMENT)
    assert run(document, "--to", "oscal", "--deployment", deployment, "--catalog", "small.json") == 0
    profile = json.loads(capsys.readouterr().out)["profile"]
    assert profile["imports"][0]["href"] == "small.json"
    assert profile["modify"]["set-parameters"][0]["values"] == ["on"]
    assert run(document, "--to", "oscal") == 0
    assert "catalog" in json.loads(capsys.readouterr().out)


def test_a_profile_holds_what_the_provider_configured_and_what_is_in_force_on_the_day(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment, provider = tmp_path / "acme.yaml", tmp_path / "provider.yaml"
    document.write_text(SMALL.replace("adjustable_by=operator", "adjustable_by=provider,operator requires=terms"))
    paper = "agreements:\n  - name: terms\n    until: 2026-06-30\n"
    deployment.write_text(f"operator: Acme\nsettings:\n  a.brief: on\n{paper}")
    call = (document, "--to", "oscal", "--deployment", deployment)
    values = []
    assert run(*call, "--on", "2026-06-30") == 0
    values.append(json.loads(capsys.readouterr().out)["profile"]["modify"]["set-parameters"][0]["values"])
    assert run(*call, "--on", "2026-07-01") == 2
    assert "terms" in capsys.readouterr().err
    document.write_text(SMALL.replace("adjustable_by=operator", "adjustable_by=provider,operator"))
    deployment.write_text("operator: Acme\n")
    provider.write_text("layers:\n  provider:\n    a.brief: on\n")
    assert run(*call, "--provider", provider) == 0
    values.append(json.loads(capsys.readouterr().out)["profile"]["modify"]["set-parameters"][0]["values"])
    assert values == [["on"], ["on"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--to", "json", "--max-tokens", "9"), "`--max-tokens` has no meaning with `--to json`"),
        (("--to", "markdown", "--tokenizer", "."), "`--tokenizer` has no meaning with `--to markdown`"),
        (("--to", "statements", "--deployment", "x"), "`--deployment` has no meaning with `--to statements`"),
        (("--to", "oscal", "--catalog", "x"), "`--catalog` has no meaning without `--deployment`"),
        (("--to", "oscal", "--on", "2026-01-01"), "`--on` has no meaning without `--deployment`"),
        (("--to", "json", "--provider", "x"), "`--provider` has no meaning with `--to json`"),
        (("--to", "oscal", "--deployment", "x", "--on", "soon"), "'soon' does not match the format"),
        (("--to", "system-prompt", "--max-tokens", "5"), "not one clause fits into 5 tokens"),
        (("--to", "system-prompt", "--tokenizer", "nowhere"), "there is no tokenizer here"),
        (("--to", "docx"), "'docx' is not one of"),
        ((), "missing option '--to'"),
        (("--to", "oscal", "--deployment", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_a_wrong_call_is_one_clear_error_and_writes_nothing(
    arguments: tuple[str, ...], message: str, document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(document, *arguments, "--out", tmp_path / "made") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "made").exists()


def test_a_tokenizer_that_is_none_is_one_clear_error(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    assert run(document, "--to", "system-prompt", "--tokenizer", tmp_path) == 2
    assert "this is no tokenizer" in capsys.readouterr().err
