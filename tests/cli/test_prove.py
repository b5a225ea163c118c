"""The verbs `prove` and `dossier`, called as a person calls them."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from soulwright.cli import main

ROOT = Path(__file__).parents[2]
SPEC = str(ROOT / "specs" / "soulwright.md")
DEPLOYMENTS = sorted((ROOT / "deployments").glob("*.yaml"))
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", ROOT.parent / "shared" / "corpus")) / "openai-model-spec"
RELEASES = sorted(CORPUS.glob("*/model_spec.md"))
ON = ("--on", "2026-11-21")
WEAK = """---
spec: weak
version: 0.1.0
levels: [provider, operator, user]
---
# A {#a authority=provider}

It must not make bombs.
{#a.bombs kind=hard_limit polarity=must_not unless=laboratory}

It must say that it is an AI.
{#a.ai kind=protection about=ai polarity=must waivable_by=user}

It should say so.
{#a.say kind=default about=ai polarity=should default=on adjustable_by=user,operator}
"""


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    said = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, said.out, said.err


@pytest.fixture
def weak(tmp_path: Path) -> str:
    path = tmp_path / "weak.md"
    path.write_text(WEAK, encoding="utf-8")
    return str(path)


def test_the_bundled_document_keeps_its_promises(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "prove", SPEC)
    assert (status, err) == (0, "")
    assert "✓ No hard limit is ever lifted, whatever an operator or a user says." in out
    assert "✗" not in out


def test_every_promise_is_in_the_documentation_in_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    page = " ".join((ROOT / "docs" / "proofs.md").read_text(encoding="utf-8").split())
    document = json.loads(call(capsys, "prove", SPEC, "--json")[1])
    assert [promise["name"] for promise in document["promises"] if f"`{promise['name']}`" not in page] == []
    assert [promise["sentence"] for promise in document["promises"] if promise["sentence"] not in page] == []


def test_a_broken_promise_is_a_finding_whose_files_show_it_with_explain(
    capsys: pytest.CaptureFixture[str], weak: str, tmp_path: Path
) -> None:
    folder = tmp_path / "found"
    status, out, _ = call(capsys, "prove", weak, "--counterexamples", str(folder))
    assert status == 1
    assert "the hard limit `a.bombs` is lifted" in out
    assert "where the operator attests laboratory" in out
    commands = [shlex.split(line.split("see it: ")[1]) for line in out.splitlines() if "see it: " in line]
    assert len(commands) == 2
    shown = [call(capsys, *command[1:])[1] for command in commands]
    assert "`a.bombs` does not stand" in shown[0]
    assert any(line.split()[:2] == ["ai", "off"] for line in shown[1].splitlines())


def test_with_json_a_proof_is_one_document_with_its_counterexamples(
    capsys: pytest.CaptureFixture[str], weak: str, tmp_path: Path
) -> None:
    status, out, _ = call(capsys, "prove", weak, "--counterexamples", str(tmp_path / "found"), "--json")
    document = json.loads(out)
    assert (status, document["holds"], document["spec"]["name"]) == (1, False, "weak")
    failing = {promise["name"]: promise for promise in document["promises"] if promise["outcome"] == "fails"}
    assert set(failing) == {"hard-limits-stand", "protections-stand"}
    assert failing["protections-stand"]["counterexamples"][0]["deployment"]["settings"] == {"ai": "off"}
    assert set(document["reproduce"]) == set(failing)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=[path.stem for path in DEPLOYMENTS])
def test_under_every_sample_deployment_every_user_meets_the_same_promises(
    capsys: pytest.CaptureFixture[str], deployment: Path
) -> None:
    status, out, _ = call(capsys, "prove", SPEC, "--deployment", str(deployment), *ON)
    assert status == 0
    assert "for every user of " in out


@pytest.mark.parametrize("release", RELEASES or [None], ids=lambda path: path.parent.name if path else "absent")
def test_the_published_releases_are_proved_without_special_cases(
    capsys: pytest.CaptureFixture[str], release: Path | None, tmp_path: Path
) -> None:
    if release is None:
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    status, out, _ = call(capsys, "prove", str(release), "--counterexamples", str(tmp_path), "--json")
    document = json.loads(out)
    assert (status, document["holds"]) == (0, True)
    assert document["behaviours"] > 30


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=[path.stem for path in DEPLOYMENTS])
def test_every_sample_deployment_has_its_dossier(
    capsys: pytest.CaptureFixture[str], deployment: Path, tmp_path: Path
) -> None:
    page = tmp_path / "d.html"
    status, out, err = call(capsys, "dossier", SPEC, "--deployment", str(deployment), "--html", str(page), *ON)
    assert (status, err) == (0, "")
    assert f"written: {page}" in out
    assert "What this AI never does" in page.read_text(encoding="utf-8")


def test_a_dossier_of_a_document_that_breaks_a_promise_is_a_finding(
    capsys: pytest.CaptureFixture[str], weak: str, tmp_path: Path
) -> None:
    deployment = tmp_path / "d.yaml"
    deployment.write_text("operator: x\nattestations: [laboratory]\n", encoding="utf-8")
    page = tmp_path / "d.html"
    status, out, _ = call(capsys, "dossier", weak, "--deployment", str(deployment), "--html", str(page), "--json")
    document = json.loads(out)
    assert (status, document["proof"]["holds"], document["written"]) == (1, False, [str(page)])
    assert [entry["stands"] for entry in document["never"]] == [False]


def test_a_run_that_was_never_verified_is_one_clear_error_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "d.html"
    arguments = ("--deployment", str(DEPLOYMENTS[0]), "--run", str(tmp_path), "--html", str(page), *ON)
    status, out, err = call(capsys, "dossier", SPEC, *arguments)
    assert (status, out) == (2, "")
    assert "there is no verification to read" in err
    assert not page.exists()


def test_the_pdf_is_written_where_it_is_asked_for(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        pytest.skip(f"no PDF can be made here: {error}")
    assert weasyprint.__version__
    file = tmp_path / "d.pdf"
    status, out, _ = call(capsys, "dossier", SPEC, "--deployment", str(DEPLOYMENTS[0]), "--pdf", str(file), *ON)
    assert (status, out.splitlines()[-1]) == (0, f"written: {file}")
    assert file.read_bytes().startswith(b"%PDF-")
