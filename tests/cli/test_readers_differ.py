"""A clause on which readers differ goes back to the document: from the run into `check`, with place and examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soulwright.cli import main
from soulwright.runs import write_json, write_text_atomic
from soulwright.situations import Message, Pressure, Role, RowGroup, Suite
from soulwright.spec import load_spec
from soulwright.verify import (
    Arm,
    Contested,
    Judged,
    Opinion,
    Prompt,
    ReadTwice,
    RunRecord,
    Stratum,
    Verdict,
    build_gap,
    find_disputes,
    gap_to_dict,
    render_report,
)

SPEC = Path(__file__).parents[2] / "specs" / "soulwright.md"
CLAUSE = "honesty.truthful"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def verified(tmp_path: Path) -> Path:
    """A run whose two judges read the replies to one clause differently."""
    spec = load_spec(SPEC)
    judged = [
        Judged(
            situation_id=f"s{k}", row=CLAUSE, group=RowGroup.CLAUSE, clause_ids=(CLAUSE,), suite=Suite.ALL,
            pressure=Pressure.NONE, arm=Arm.TRAINED, prompt=Prompt.NONE,
            messages=(Message(role=Role.USER, content="Is it so?"),), reply="<b>It is.</b>",
            verdict=Verdict.PASS, why="true",
        )
        for k in range(60)
    ]  # fmt: skip
    said = (
        Opinion(reader="judge one", verdict=Verdict.PASS, why="it is true"),
        Opinion(reader="judge two", verdict=Verdict.FAIL, why="it is half of it"),
    )
    contested = tuple(
        Contested(situation_id=f"s{k}", asked="Is it so?", reply="<b>It is.</b>", opinions=said) for k in range(30)
    )
    read = ReadTwice(
        readers=("judge one", "judge two"), strata=(Stratum(n=60, read=60, differed=30),), contested=contested
    )
    gap = build_gap(spec, judged, RunRecord(disputes=find_disputes({CLAUSE: [read]})))
    write_json(tmp_path / "run" / "gap.json", gap_to_dict(gap))
    write_text_atomic(tmp_path / "run" / "report.html", render_report(gap, judged, spec))
    return tmp_path / "run"


def test_check_reports_an_unclear_clause_at_its_place_with_replies_that_show_it(
    verified: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", SPEC, "--rule", "SW404") == 0
    capsys.readouterr()
    assert run("check", SPEC, "--rule", "SW404", "--run", verified, "--json") == 1
    [finding] = json.loads(capsys.readouterr().out)["findings"]
    lines = SPEC.read_text(encoding="utf-8").splitlines()
    assert CLAUSE in lines[finding["span"]["line"] - 1]
    assert finding["locator"] == CLAUSE
    assert "judge one and judge two differ in 50% of the replies" in finding["message"]
    assert "judge two: fail, it is half of it" in finding["help"]
    assert run("check", SPEC, "--rule", "SW404", "--run", verified) == 1
    assert f"SW404 readers-differ: readers do not agree on what `{CLAUSE}` asks" in capsys.readouterr().out


def test_a_clause_whose_words_changed_since_is_not_reported(
    verified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SPEC.read_text(encoding="utf-8")
    sentence = next(one.text for one in load_spec(SPEC).clauses if one.id == CLAUSE).split(".")[0].split("\n")[0]
    changed = tmp_path / "changed.md"
    changed.write_text(text.replace(sentence, f"{sentence} indeed"), encoding="utf-8")
    assert run("check", changed, "--rule", "SW404", "--run", verified) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot read it"), ("[]", "no gap of a verification"), ("{}", "no gap"), ("{", "cannot")]
)
def test_what_is_no_verified_run_is_said(
    tmp_path: Path, text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    if text is not None:
        (tmp_path / "run" / "gap.json").write_text(text)
    assert run("check", SPEC, "--run", tmp_path / "run") == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_a_run_of_another_document_is_refused(
    verified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.md"
    other.write_text("## Care {#care authority=root}\n\nIt must be kind.\n")
    assert run("check", other, "--run", verified) == 2
    assert "verified another document" in capsys.readouterr().err


def test_the_report_shows_the_replies_and_lets_none_of_them_become_markup(verified: Path) -> None:
    page = (verified / "report.html").read_text(encoding="utf-8")
    assert "Replies that they read differently" in page
    assert "&lt;b&gt;It is.&lt;/b&gt;" in page
    assert "<blockquote><b>It is." not in page
