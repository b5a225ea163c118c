"""The verbs `explain` and `compare`, called as a person calls them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from soulwright.cli import main

ROOT = Path(__file__).parents[2]
SPEC = str(ROOT / "specs" / "soulwright.md")
ON = ("--on", "2026-11-21")


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    said = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, said.out, said.err


@pytest.fixture
def ward(tmp_path: Path) -> str:
    path = tmp_path / "ward.yaml"
    path.write_text(
        "operator: Ward\nattestations: [medical_setting]\nsettings: {dosage: on, brevity: on}\nlocked: [profanity]\n",
        encoding="utf-8",
    )
    return str(path)


@pytest.fixture
def greedy(tmp_path: Path) -> str:
    path = tmp_path / "greedy.yaml"
    path.write_text("operator: Greedy\nsettings: {dosage: on, weapons: lifted}\n", encoding="utf-8")
    return str(path)


def test_a_deployment_is_explained_with_who_decided_each_value(capsys: pytest.CaptureFixture[str], ward: str) -> None:
    status, out, err = call(capsys, "explain", SPEC, "--deployment", ward, *ON)
    assert (status, err) == (0, "")
    assert any(line.split()[:3] == ["dosage", "on", "operator"] for line in out.splitlines())
    assert "limits.weapons" in out


def test_what_is_asked_in_vain_is_a_finding_with_its_clause(capsys: pytest.CaptureFixture[str], greedy: str) -> None:
    status, out, _ = call(capsys, "explain", SPEC, "--deployment", greedy, *ON)
    assert status == 1
    assert "it requires medical_setting" in out
    assert "`limits.weapons` is a hard limit, which nobody can switch" in out


def test_a_mistake_in_a_deployment_is_underlined_with_its_remedy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text("operator: Acme\nsettings:\n  humor: off\n", encoding="utf-8")
    status, out, err = call(capsys, "explain", SPEC, "--deployment", str(path), *ON)
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        f"error: {path}:3:3: `soulwright` has no behaviour `humor`",
        "  3 |   humor: off",
        "    |   ^^^^^",
        "help: did you mean `humour`?",
    ]


def test_an_agreement_counts_on_the_day_that_is_asked_about(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text("operator: A\nattestations: [{name: medical_setting, until: 2026-12-31}]\n", encoding="utf-8")
    assert call(capsys, "explain", SPEC, "--deployment", str(path), "--on", "2026-12-31")[0] == 0
    status, _, err = call(capsys, "explain", SPEC, "--deployment", str(path), "--on", "2027-01-01")
    assert status == 2
    assert "`medical_setting` lapsed on 2026-12-31" in err
    assert call(capsys, "explain", SPEC, "--on", "tomorrow")[0] == 2


def test_options_why_and_what_if_answer_in_words(capsys: pytest.CaptureFixture[str], ward: str) -> None:
    assert "off the table for everybody: limits.weapons" in call(capsys, "explain", SPEC, "--options", *ON)[1]
    why = call(capsys, "explain", SPEC, "--deployment", ward, "--why", "dosage", *ON)[1]
    assert "dosage is on: decided by the operator, the operator answers for it" in why
    assert "defaults.dosage (default" in why
    what_if = call(capsys, "explain", SPEC, "--deployment", ward, "--what-if", "profanity=on", *ON)[1]
    assert what_if.splitlines() == [
        "if the operator set it so: profanity would be on (entitled to it)",
        "if the user asked for it: profanity would be off (the operator has fixed it)",
    ]
    assert call(capsys, "explain", SPEC, "--what-if", "profanity")[0] == 2
    assert call(capsys, "explain", SPEC, "--why", "nothing")[0] == 2


def test_a_user_and_a_provider_have_files_of_their_own(
    capsys: pytest.CaptureFixture[str], ward: str, tmp_path: Path
) -> None:
    user, provider = tmp_path / "user.yaml", tmp_path / "provider.yaml"
    user.write_text("settings: {humour: off}\n", encoding="utf-8")
    provider.write_text("layers: {provider: {closing: off}}\n", encoding="utf-8")
    arguments = ("explain", SPEC, "--deployment", ward, "--user", str(user), "--provider", str(provider), "--json", *ON)
    decisions = json.loads(call(capsys, *arguments)[1])["decisions"]
    assert (decisions["humour"]["value"], decisions["humour"]["decided_by"]) == ("off", "user")
    assert (decisions["closing"]["value"], decisions["closing"]["responsible"]) == ("off", "provider")


def test_what_json_prints_is_replayed_to_the_same_values(
    capsys: pytest.CaptureFixture[str], ward: str, tmp_path: Path
) -> None:
    status, out, _ = call(capsys, "explain", SPEC, "--deployment", ward, "--json", *ON)
    assert status == 0
    written = tmp_path / "ruling.json"
    written.write_text(out, encoding="utf-8")
    assert call(capsys, "explain", SPEC, "--deployment", ward, "--replay", str(written), *ON)[0] == 0
    assert call(capsys, "explain", SPEC, "--replay", str(written), *ON)[0] == 1
    written.write_text("{}", encoding="utf-8")
    assert call(capsys, "explain", SPEC, "--deployment", ward, "--replay", str(written), *ON)[0] == 2


def test_the_page_and_the_schema_are_written(capsys: pytest.CaptureFixture[str], ward: str, tmp_path: Path) -> None:
    page = tmp_path / "ruling.html"
    assert call(capsys, "explain", SPEC, "--deployment", ward, "--html", str(page), *ON)[0] == 0
    assert page.read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")
    schema = json.loads(call(capsys, "explain", SPEC, "--schema")[1])
    assert schema["properties"]["settings"]["properties"]["humour"]["enum"] == ["off", "on"]


def test_two_deployments_that_differ_are_a_finding_with_the_request_that_shows_it(
    capsys: pytest.CaptureFixture[str], ward: str, greedy: str
) -> None:
    status, out, _ = call(capsys, "compare", ward, greedy, "--spec", SPEC)
    assert status == 1
    assert "less permissive" in out
    assert call(capsys, "compare", ward, ward, "--spec", SPEC)[0] == 0
    assert call(capsys, "compare", ward, "--spec", SPEC)[0] == 2


def test_one_deployment_is_compared_under_two_documents(
    capsys: pytest.CaptureFixture[str], ward: str, tmp_path: Path
) -> None:
    from soulwright.spec import with_attribute

    new = tmp_path / "new.md"
    text = Path(SPEC).read_text(encoding="utf-8")
    new.write_text(with_attribute(text, "defaults.brevity", "adjustable_by", "user"), encoding="utf-8")
    status, out, _ = call(capsys, "compare", ward, "--spec", SPEC, "--spec", str(new), "--json")
    assert status == 1
    changed = [item["behaviour"] for item in json.loads(out)["behaviours"] if item["relation"] != "equivalent"]
    assert changed == ["brevity"]


@pytest.mark.parametrize("path", sorted((ROOT / "deployments").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_sample_deployment_is_explained(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    status, out, err = call(capsys, "explain", SPEC, "--deployment", str(path), "--options", *ON)
    assert (status, err) == (1 if path.stem == "hostile_operator" else 0, "")
    assert "hard limits stand" in out


def test_the_hostile_sample_gets_nothing_that_it_may_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = str(ROOT / "deployments" / "hostile_operator.yaml")
    document = json.loads(call(capsys, "explain", SPEC, "--deployment", hostile, "--json", *ON)[1])
    moved = {name for name, decision in document["decisions"].items() if decision["responsible"] != "provider"}
    assert moved == {"persona"}
    assert len(document["rejected"]) >= 12


def test_the_examples_of_the_manual_print_what_it_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "ruling.md").read_text(encoding="utf-8")
    examples = re.findall(r"```console\n\$ soulwright ([^\n]*)\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 2
    for command, printed in examples:
        assert call(capsys, *command.split(), *ON)[1] == printed


def test_explaining_is_a_matter_of_half_a_second_of_processor_time() -> None:
    code = "import time, sys\nfrom soulwright.cli import main\ntry:\n main(sys.argv[1:])\nexcept SystemExit:\n pass\n"
    code += "print(time.process_time(), file=sys.stderr)"
    best = 9.0
    for _ in range(3):
        command = [sys.executable, "-c", code, "explain", SPEC]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        best = min(best, float(done.stderr.split()[-1]))
    # The aim is 0.5 s on a machine of our class; twice that leaves room for a slower one and finds a heavy import.
    assert best < 1.0
