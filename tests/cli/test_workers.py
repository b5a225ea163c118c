"""The verbs that ask models, with `--engine ray`: two workers of this machine ask what one process would ask."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from soulwright.cli import main
from soulwright.judge import _desk
from soulwright.models import Processes, RayCluster, asked_by
from soulwright.organism import BASE, Judge, make_situations
from soulwright.runs import write_jsonl
from soulwright.situations import Situation, situation_to_dict
from soulwright.spec import load_spec
from soulwright.verify import Arm, ArmPlan, Judged, Prompt, verify_run

SPEC = Path(__file__).parent.parent.parent / "specs" / "soulwright.md"
RAY = ("--engine", "ray", "--workers", "2")
WRITE = ("situations", "--teacher", "world/writer", "--shape", "direct", "--shape", "twins", "--scenes", "4")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 conversations of the world, in several suites and so in several logs."""
    path = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    situations = make_situations(load_spec(SPEC), seed=5, per_row=1)[:150]
    write_jsonl(path, [situation_to_dict(one) for one in situations])
    return path


def verify(run: Path, cases: Path, target: object, *more: str) -> list[str]:
    asked = ("verify", "--target", target, "--judge", "world/judge", "--spec", SPEC, "--cases", cases)
    ledger = run.parent / "judges"
    return [str(word) for word in (*asked, "--reply-tokens", 32, "--run", run, "--ledger", ledger, *more)]


def test_workers_need_the_engine_that_has_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(*WRITE, "--workers", "2", "--run", tmp_path) == 2
    assert "the engine `local` takes no `--workers`: add `--engine ray`" in capsys.readouterr().err
    assert run("verify", "--address", "auto", "--run", tmp_path) == 2
    assert "the engine `local` takes no `--address`" in capsys.readouterr().err


def test_the_embedded_teacher_asks_nobody_and_takes_no_workers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("teach", *RAY, "--run", tmp_path) == 2
    assert "`--engine ray` needs `--teacher MODEL`" in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("ray_of_this_machine")
def test_situations_and_lessons_asked_by_two_workers_are_those_of_one_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {}
    for name, engine in (("one", ()), ("two", RAY)):
        here = ("--run", tmp_path / name, "--json")
        clauses = ("--clause", "limits.weapons", "--clause", "honesty.truthful", "--clause", "protections.ai")
        assert run(*WRITE, *clauses, *here, *engine) == 0
        written = json.loads(capsys.readouterr().out)
        roles = ("--teacher", "world/writer", "--judge", "world/judge", "--target", BASE)
        assert run("teach", *roles, "--documents", "0", "--advice", "0", *here, *engine) == 0
        taught = json.loads(capsys.readouterr().out)
        told[name] = [{key: value for key, value in one.items() if key != "run"} for one in (written, taught)]
    assert told["one"] == told["two"]
    files = ["situations/teach.jsonl", "situations/held-out.jsonl", "situations/core.jsonl", "rejected.jsonl"]
    files += [f"lessons/{path.name}" for path in (tmp_path / "one" / "lessons").glob("*.jsonl")]
    assert len(files) > 4
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("ray_of_this_machine")
def test_one_budget_holds_for_all_workers_and_nothing_paid_for_is_asked_again(
    tmp_path: Path, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = 0
    for most, status in ((100, 130), (100, 130), (1000, 0)):
        words = verify(tmp_path / "run", cases, "world/teacher", "--max-calls", str(most), *RAY)
        assert run(*words) in ((status,) if status else (0, 1))
        told = capsys.readouterr().err
        asked = [int(line.split(": ")[1].split(" calls")[0]) for line in told.splitlines() if line.startswith("asked")]
        assert sum(asked) == (most if status else sum(asked))
        calls += sum(asked)
    assert calls == 300  # each conversation once of the target, each reply once of the judge


def test_an_address_where_no_cluster_is_is_one_clear_message(
    tmp_path: Path, cases: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(**_: object) -> None:
        raise ConnectionError("no running Ray instance")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: False, init=nobody))
    words = verify(tmp_path / "run", cases, "world/teacher", "--engine", "ray", "--address", "nowhere:1")
    assert run(*words) == 2
    assert "error: there is no Ray cluster at `nowhere:1`\nhelp: `ray start --head`" in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.usefixtures("ray_of_this_machine")
def test_a_cluster_of_this_machine_listens_to_nobody_else() -> None:
    children = {process.pid for process in psutil.Process().children(recursive=True)}
    listening = [one for one in psutil.net_connections("inet") if one.pid in children and one.status == "LISTEN"]
    assert len(listening) >= 3
    assert {one.laddr.ip.removeprefix("::ffff:") for one in listening} <= {"127.0.0.1", "::1"}


def clause_words(situation: Situation) -> str:
    spec = load_spec(SPEC)
    return " ".join(spec.clause(name).text for name in situation.clause_ids)


@pytest.fixture(scope="module")
def plans() -> list[ArmPlan]:
    """The base asked with and without the document's words, in four logs."""
    situations = make_situations(load_spec(SPEC), seed=6, per_row=1)[:40]
    few = ArmPlan(
        arm=Arm.BASE, model=BASE, situations=situations, prompt=Prompt.SPEC, spec_text_for=clause_words, at_once=64
    )
    return [ArmPlan(arm=Arm.BASE, model=BASE, situations=situations, at_once=16), few]


@pytest.fixture(scope="module")
def judged_here(plans: list[ArmPlan], tmp_path_factory: pytest.TempPathFactory) -> list[Judged]:
    return verify_run(plans, Judge(), logs=tmp_path_factory.mktemp("one"), max_tokens=32)


def test_the_verification_of_the_embedded_world_is_the_same_in_two_processes_of_this_machine(
    plans: list[ArmPlan], judged_here: list[Judged], tmp_path: Path
) -> None:
    with asked_by(Processes(workers=2)):
        assert verify_run(plans, Judge(), logs=tmp_path, max_tokens=32) == judged_here
    assert len(judged_here) == 80
    assert len({judged.verdict for judged in judged_here}) > 1


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("ray_of_this_machine")
def test_the_verification_of_the_embedded_world_travels_with_its_judge_and_its_words(
    plans: list[ArmPlan], judged_here: list[Judged], tmp_path: Path
) -> None:
    with asked_by(RayCluster(workers=2)):
        assert verify_run(plans, Judge(), logs=tmp_path, max_tokens=32) == judged_here


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.usefixtures("ray_of_this_machine")
def test_a_judge_is_examined_by_two_workers_as_by_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_desk, "PART", 32)
    found = []
    for name, engine in (("one", ()), ("two", RAY)):
        examine = ("examine-judge", SPEC, "--judge", "world/judge", "--organism", "--most", 16, *engine)
        assert run(*examine, "--ledger", tmp_path / name, "--json") == 0
        record = json.loads(capsys.readouterr().out)
        found.append(record | {"ledger": "", "examined": ""})
        assert len(list((tmp_path / name).rglob("part-*.eval"))) > 1
    assert found[0]["usage"][0]["calls"] > 64
    assert found[0] == found[1]


@pytest.mark.long
def test_a_worker_killed_while_it_asks_changes_no_verdict_and_no_order(tmp_path: Path, cases: Path) -> None:
    assert run(*verify(tmp_path / "one", cases, BASE)) in (0, 1)
    logs = tmp_path / "two" / "logs"
    environment = {**os.environ, "RAY_worker_niceness": "0", "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "soulwright", *verify(tmp_path / "two", cases, BASE, *RAY)]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        killed = _kill_a_writer(logs, process)
        _, said = process.communicate(timeout=1200)
    assert process.returncode in (0, 1), said
    assert killed
    judged = [(tmp_path / name / "judged.jsonl").read_bytes() for name in ("one", "two")]
    assert judged[0] == judged[1]
    assert len(judged[0].splitlines()) == 150
    names = [sorted(path.name for path in (tmp_path / name / "logs").rglob("part-*")) for name in ("one", "two")]
    assert names[0] == [name for name in names[1] if ".partial-" not in name]


def _kill_a_writer(logs: Path, process: subprocess.Popen[str]) -> int:
    """Kill the first worker that has begun a log and not ended it; a folder that is being filled names its writer."""
    while process.poll() is None:
        for folder in logs.rglob("*.partial-*"):
            number = int(folder.name.rsplit("-", 1)[1])
            os.kill(number, signal.SIGKILL)
            return number
        time.sleep(0.005)
    return 0
