"""Every verb answers in one way: a document or a text on stdout, a plain explanation on stderr, an exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from soulwright.cli import _base_gate, _pipeline, main, render_error
from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import RunOptions
from soulwright.errors import InputError, RunLocked, SoulwrightError


def run_main(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


def soulwright(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from soulwright.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_an_error_names_the_place_underlines_the_culprit_and_gives_the_remedy() -> None:
    error = InputError(
        "unknown kind `rul`",
        source="specs/x.md",
        line=12,
        column=11,
        help="write one of rule, default",
        excerpt="{#a kind=rul about=b}",
        length=3,
    )
    assert render_error(error).splitlines() == [
        "error: specs/x.md:12:11: unknown kind `rul`",
        "  12 | {#a kind=rul about=b}",
        "     |           ^^^",
        "help: write one of rule, default",
    ]


def test_a_culprit_in_a_long_line_stays_in_view() -> None:
    excerpt = "word " * 300 + "culprit" + " word" * 300
    error = InputError("wrong", source="x.md", line=1, column=1501, excerpt=excerpt, length=7)
    _, line, marks = render_error(error).splitlines()
    start = marks.index("^")
    assert line[start : start + 7] == "culprit"
    assert len(line) < 120


def test_wide_characters_are_underlined_where_they_stand() -> None:
    error = InputError("wrong", source="x.md", line=1, column=3, excerpt="日本語 text", length=1)
    assert render_error(error).splitlines()[2] == "    |     ^^"


def test_a_document_cannot_drive_the_terminal() -> None:
    error = InputError("wrong `\x1b[2J`", source="x.md", line=1, excerpt="\x1b]0;owned\x07", help="\x1b[0m")
    assert "\x1b" not in render_error(error)
    assert "\x07" not in render_error(error)


def test_several_mistakes_are_all_shown_up_to_twenty() -> None:
    error = SoulwrightError("many")
    error.errors = tuple(InputError(f"mistake {number}", source="x.md", line=number) for number in range(1, 26))
    text = render_error(error)
    assert text.count("error:") == 20
    assert text.endswith("... and 5 more mistakes")


def test_an_error_of_a_run_names_the_folder() -> None:
    error = RunLocked("process 7 is working on this run", path="runs/a", help="wait", pid=7)
    assert render_error(error) == "error: runs/a: process 7 is working on this run\nhelp: wait"


def test_an_answer_is_text_for_people_and_one_document_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome(document={"n": 1}, text="one row")
    assert answer(lambda: outcome, as_json=False) == 0
    assert capsys.readouterr() == ("one row\n", "")
    assert answer(lambda: outcome, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"n": 1}


def test_findings_are_exit_status_1() -> None:
    assert answer(lambda: Outcome(document={}, text="", findings=True), as_json=False) == 1


def test_a_wrong_input_is_exit_status_2_with_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(options: RunOptions) -> Outcome:
        raise InputError("no testable clause", source=str(options.run), line=3, help="add one")

    monkeypatch.setattr(_pipeline, "demo", fail)
    assert run_main("demo", "--run", "there", "--json") == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["errors"] == [
        {
            "kind": "InputError",
            "message": "no testable clause",
            "help": "add one",
            "source": "there",
            "line": 3,
            "column": 1,
            "length": 1,
        }
    ]
    assert err == "error: there:3:1: no testable clause\nhelp: add one\n"


def test_options_reach_the_pipeline_under_their_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[RunOptions] = []

    def remember(options: RunOptions) -> Outcome:
        seen.append(options)
        return Outcome(document={}, text="")

    for verb in ("teach", "train", "verify", "report", "demo"):
        monkeypatch.setattr(_pipeline, verb, remember)
    for verb in ("organism_gate", "organism_build"):
        monkeypatch.setattr(_base_gate, verb, remember)
    work = ("--seed", "7", "--fast", "--threads", "2")
    assert run_main("demo", "--run", "r", "--spec", "s.md", "--without", "a", "--without", "b", *work) == 0
    assert run_main("teach", "--run", "r", "--spec", "s.md", "--without", "a", "--without", "b", *work) == 0
    assert run_main("train", "--run", "r", *work) == 0
    assert run_main("verify", "--run", "r", *work) == 0
    assert run_main("report", "--run", "r") == 0
    assert run_main("organism", "gate", *work) == 0
    assert run_main("organism", "build", "--out", "r", *work) == 0
    full = RunOptions(run=Path("r"), spec=Path("s.md"), without=("a", "b"), seed=7, fast=True, threads=2)
    part = RunOptions(run=Path("r"), seed=7, fast=True, threads=2)
    gate = RunOptions(run=Path(), seed=7, fast=True, threads=2)
    assert seen == [full, full, part, part, RunOptions(run=Path("r")), gate, part]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("demo", "--foo"), "error: no such option '--foo'"),
        (("demo", "--threads", "0"), "error: invalid value for '--threads': 0 is not in the range x>=1"),
        (("unheard",), "error: no such command 'unheard'"),
    ],
)
def test_a_wrong_call_is_exit_status_2(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)
    assert "--help` lists what it takes" in err


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom soulwright.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit as left: assert left.code == 0, left.code\n"
        "heavy = {'torch', 'transformers', 'inspect_ai', 'numpy', 'scipy', 'pydantic', 'marko', 'rich', 'jinja2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_a_verb_that_needs_an_extra_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    def need(module: str) -> Outcome:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    assert answer(lambda: need("torch.nn"), as_json=False) == 2
    assert capsys.readouterr().err == (
        "error: this verb needs `torch.nn`, which is not installed\nhelp: pip install 'soulwright[organism]'\n"
    )
    with pytest.raises(ModuleNotFoundError):
        answer(lambda: need("soulwright.mislaid"), as_json=False)


def test_documents_are_compiled_without_the_extra() -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'tokenizers', 'safetensors', 'inspect_ai', 'numpy', 'scipy'):\n"
        "    sys.modules[name] = None\n"
        "import soulwright.spec, soulwright.policy, soulwright.runs, soulwright.situations\n"
        "from soulwright.cli import main\nmain(['check', '--fail-on', 'error'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_an_interrupt_says_how_to_go_on(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom soulwright.cli import _pipeline, main\n"
        "def wait(options):\n    print('started', file=sys.stderr, flush=True)\n    time.sleep(60)\n"
        "_pipeline.demo = wait\nmain()\n"
    )
    command = [sys.executable, "-c", code, "demo", "--run", str(tmp_path / "my run")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "started\n"
        process.send_signal(signal.SIGINT)
        words = process.stderr.read()
    assert process.returncode == 130
    assert "finished stages are kept" in words
    assert f"`soulwright demo --run '{tmp_path}/my run'` goes on from there" in words
    assert "Traceback" not in words


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    code = (
        "from soulwright.cli import _pipeline, main\nfrom soulwright.cli._answer import Outcome\n"
        "_pipeline.report = lambda options: Outcome(document={}, text='line\\n' * 100000)\nmain(['report'])\n"
    )
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_lists_the_clauses_of_the_bundled_document() -> None:
    done = soulwright("check", "--clauses", "--fail-on", "error")
    assert done.returncode == 0, done.stderr
    assert "limits.weapons" in done.stdout
    document = json.loads(soulwright("check", "--json", "--fail-on", "error").stdout)
    assert len(document["clauses"]) > 20


def test_check_explains_a_wrong_document(tmp_path: Path) -> None:
    path = tmp_path / "wrong.md"
    path.write_text("---\nspec: x\nversion: 1\n---\n# A {#a}\n\nBe kind.\n{#a.b kind=rul polarity=must}\n")
    done = soulwright("check", str(path))
    assert done.returncode == 2
    assert f"error: {path}:8:" in done.stderr
    assert "^" in done.stderr
    assert "help: " in done.stderr
    assert "Traceback" not in done.stderr


def test_check_names_a_document_that_is_not_there(tmp_path: Path) -> None:
    done = soulwright("check", str(tmp_path / "none.md"))
    assert done.returncode == 2
    assert "none.md" in done.stderr
    assert "Traceback" not in done.stderr
