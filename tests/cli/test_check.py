"""`soulwright check` and `soulwright rules`, as a person calls them."""

from __future__ import annotations

import io
import json
import threading
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from soulwright.cli import main
from soulwright.cli._watch import signature, watch
from soulwright.spec.lint import RULES

ROOT = Path(__file__).parents[2]
WARNED = """## Red lines {#red_lines}

It must stop.

- a
- b
* c

## Manner {#manner}

It keeps calm.
{#manner.calm kind=character authority=root polarity=must}
"""
CLEAN = "## Care {#care}\n\nIt will be kind.\n"
WRONG = "## Care {#care authority=root}\n\nIt must.\n{#care.kind kind=rul}\n"


@dataclass(frozen=True)
class Said:
    """What a call said, and its exit status."""

    out: str
    err: str
    status: int


def call(*words: str | Path) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    assert isinstance(left.value.code, int)
    return Said(out.getvalue(), err.getvalue(), left.value.code)


def document(folder: Path, text: str, name: str = "a.md") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_a_finding_is_underlined_with_its_rule_and_its_remedy(tmp_path: Path) -> None:
    path = document(tmp_path, WARNED)
    said = call("check", path)
    assert said.status == 1
    assert said.out.splitlines()[:4] == [
        f"warning: {path}:3:4: SW110 normative-without-authority: `must` in a section without authority",
        "  3 | It must stop.",
        "    |    ^^^^",
        "help: give the heading an `authority=`, or say it as a fact",
    ]
    assert said.out.splitlines()[-1] == f"{path}: 1 warning, 1 info"


@pytest.mark.parametrize(("threshold", "status"), [("error", 0), ("warning", 1), ("suggestion", 1), ("info", 1)])
def test_the_exit_status_follows_the_threshold(tmp_path: Path, threshold: str, status: int) -> None:
    assert call("check", document(tmp_path, WARNED), "--fail-on", threshold).status == status


def test_a_document_without_findings_says_so(tmp_path: Path) -> None:
    path = document(tmp_path, CLEAN.replace("{#care}", "{#care authority=root}"))
    said = call("check", path, "--rule", "SW0")
    assert (said.out, said.status) == (f"{path}: no findings\n", 0)


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_a_document_that_does_not_compile_has_status_2_in_every_form(tmp_path: Path, form: str) -> None:
    path = document(tmp_path, WRONG)
    said = call("check", path, "--format", form)
    assert said.status == 2
    assert "SW000" in said.out
    assert call("check", path).status == 2
    assert json.loads(call("check", path, "--json").out)["error"]["errors"][0]["line"] == 4


def test_json_holds_the_compiled_document_and_the_findings(tmp_path: Path) -> None:
    answer = json.loads(call("check", document(tmp_path, WARNED), "--json").out)
    assert {"clauses", "hash", "levels", "findings", "counts"} <= set(answer)
    assert answer["counts"]["by_rule"] == {"SW010": 1, "SW110": 1}


def test_one_rule_or_a_family_of_rules_can_be_asked_for(tmp_path: Path) -> None:
    path = document(tmp_path, WARNED)
    assert json.loads(call("check", path, "--json", "--rule", "SW0").out)["counts"]["by_rule"] == {"SW010": 1}
    said = call("check", path, "--rule", "SW9")
    assert (said.status, "there is no rule `SW9`" in said.err) == (2, True)


def test_fixes_are_written_and_what_is_left_is_reported(tmp_path: Path) -> None:
    path = document(tmp_path, WARNED.replace("\n", "\r\n"))
    path.chmod(0o600)
    said = call("check", path, "--fix")
    assert path.read_bytes() == WARNED.replace("* c", "- c").replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o600
    assert f"{path}: 1 place mended" in said.out
    assert "SW010" not in said.out
    assert list(tmp_path.iterdir()) == [path]


def test_a_fix_through_a_link_changes_the_file_and_keeps_the_link(tmp_path: Path) -> None:
    path = document(tmp_path, WARNED)
    link = tmp_path / "link.md"
    link.symlink_to(path)
    call("check", link, "--fix")
    assert link.is_symlink()
    assert "* c" not in path.read_text(encoding="utf-8")


def test_a_baseline_is_written_and_then_holds(tmp_path: Path) -> None:
    path, known = document(tmp_path, WARNED), tmp_path / "known.json"
    said = call("check", path, "--baseline", known, "--update-baseline")
    assert (said.status, f"{known}: 2 findings accepted" in said.out) == (0, True)
    document(tmp_path, "Hello.\n\n" + WARNED)
    assert call("check", path, "--baseline", known).status == 0
    document(tmp_path, WARNED.replace("stop", "stop now"))
    assert call("check", path, "--baseline", known).status == 1


def test_a_baseline_without_a_name_cannot_be_updated(tmp_path: Path) -> None:
    said = call("check", document(tmp_path, WARNED), "--update-baseline")
    assert (said.status, "--baseline PATH" in said.err) == (2, True)


def test_several_documents_are_checked_as_a_commit_hook_hands_them_over(tmp_path: Path) -> None:
    one, two = document(tmp_path, WARNED), document(tmp_path, WRONG, "b.md")
    said = call("check", one, two)
    assert said.status == 2
    assert "SW110" in said.out
    assert "unknown kind `rul`" in said.err
    assert call("check", one, two, "--json").status == 2


def test_the_hook_calls_a_verb_that_exists() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "soulwright check"
    assert hook["id"] == "soulwright-check"


def test_wishes_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    path = document(tmp_path, WARNED)
    assert call("check", path, "--json", "--format", "sarif").status == 2
    assert call("check", path, "--update-baseline", "--rule", "SW110").status == 2
    assert call("check", path, "--watch", "--json").status == 2
    assert call("check", "--watch").status == 2


def test_watching_acts_at_once_and_after_every_change(tmp_path: Path) -> None:
    path = document(tmp_path, "one")
    seen: list[str] = []

    def act() -> None:
        seen.append(path.read_text(encoding="utf-8"))
        if len(seen) == 1:
            threading.Timer(0.05, path.write_text, ("three",)).start()
        else:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch([path], act, pause=0.01)
    assert seen == ["one", "three"]


def test_a_file_that_goes_and_comes_is_a_change(tmp_path: Path) -> None:
    path = document(tmp_path, "one")
    before = signature([path])
    path.unlink()
    assert signature([path]) != before


def test_watching_a_folder_sees_new_files_in_it(tmp_path: Path) -> None:
    before = signature([tmp_path])
    document(tmp_path, "one")
    assert signature([tmp_path]) != before


def test_interrupting_a_watch_is_no_failure_of_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", stop)
    said = call("check", document(tmp_path, WARNED), "--watch")
    assert said.status == 130
    assert "SW110" in said.out


@pytest.mark.parametrize("name", ["soulwright.md", "counter.md", "tutor.md", "medical.md"])
def test_the_documents_that_come_with_the_project_have_no_findings(name: str) -> None:
    path = ROOT / "specs" / name
    assert call("check", path, "--fail-on", "info").out == f"{path}: no findings\n"


def test_an_earlier_version_and_its_changelog_can_be_held_against_a_document(tmp_path: Path) -> None:
    rule = RULES[[rule.id for rule in RULES].index("SW311")].wrong
    assert rule.earlier is not None
    assert rule.changelog is not None
    new, old = document(tmp_path, rule.text), document(tmp_path, rule.earlier, "old.md")
    changelog = document(tmp_path, rule.changelog, "CHANGELOG.md")
    said = call("check", new, "--against", old, "--changelog", changelog, "--rule", "SW3")
    assert "SW311 silent-change" in said.out
    assert "SW311" not in call("check", new, "--against", old).out


def test_a_rule_is_explained_by_id_or_name() -> None:
    assert call("rules", "SW204").out.startswith("# SW204 normative-in-commentary\n")
    assert call("rules", "normative-in-commentary").out == call("rules", "sw204").out
    assert call("rules", "SW999").status == 2


def test_all_rules_are_listed() -> None:
    listed = json.loads(call("rules", "--json").out)["rules"]
    assert len(listed) == len(call("rules").out.splitlines()) > 40


def test_the_pages_are_written(tmp_path: Path) -> None:
    call("rules", "--write", tmp_path / "pages")
    assert (tmp_path / "pages" / "SW204.md").is_file()
