"""A consultation asks every clause once, again where it must, keeps what was answered, and raises nothing settled."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput
from tests.consult.conftest import DOCUMENT, answer, model_that, remark

from soulwright.consult import (
    Consultation,
    ReplyState,
    Standing,
    Terms,
    Unreadable,
    consult,
    consultation_to_dict,
)
from soulwright.errors import InputError, SoulwrightError
from soulwright.models import model_key
from soulwright.spec import Spec, compile_spec
from soulwright.spec.lint import load_baseline


def logs(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.eval"))


def content(clause_id: str, attempt: int) -> str:  # noqa: ARG001 - what a model that answers everything is asked
    return answer(clause_id)


def unclear(clause_id: str, attempt: int) -> str:  # noqa: ARG001 - as above
    if clause_id == "limits.weapons":
        return answer(clause_id, remark(words="usually", why="How often is that?"))
    if clause_id == "limits.answers":
        return answer(clause_id, remark("contradictory", "every question", "Weapons.", ["limits.weapons"]))
    return answer(clause_id, remark("untestable", "in its heart", "Nobody sees it."))


def by_clause(consultation: Consultation) -> dict[str, tuple[ReplyState, Unreadable | None, int]]:
    return {reply.clause_id: (reply.state, reply.failure, reply.asked) for reply in consultation.replies}


def test_every_clause_is_asked_and_what_the_model_finds_has_a_place_in_the_source(spec: Spec, tmp_path: Path) -> None:
    consultation = consult(spec, model_that(unclear), folder=tmp_path)
    assert {state for state, _, _ in by_clause(consultation).values()} == {ReplyState.ANSWERED}
    rules = {one.finding.locator: one.finding.rule for one in consultation.findings}
    assert rules == {"limits.weapons": "SW411", "limits.answers": "SW412", "tone.warm": "SW413"}
    for one in consultation.findings:
        span = one.finding.span
        assert DOCUMENT[span.start : span.end] == one.remark.words
        assert DOCUMENT.splitlines()[span.line - 1][span.column - 1 :].startswith(one.remark.words)
        assert one.finding.severity == "suggestion"
        assert one.finding.source == "small.md"
        assert (
            one.place
            == {
                "limits.weapons": "small@1.2.0 > limits > ¶1 s2",
                "limits.answers": "small@1.2.0 > limits > ¶2 s1",
                "tone.warm": "small@1.2.0 > tone > ¶1 s1",
            }[one.finding.locator]
        )


def test_a_remark_about_the_whole_clause_or_across_markup_points_at_the_clause(spec: Spec, tmp_path: Path) -> None:
    def across(clause_id: str, _: int) -> str:
        return answer(clause_id, *([remark(words="usually say why")] if clause_id == "limits.weapons" else [remark()]))

    consultation = consult(spec, model_that(across), folder=tmp_path)
    assert [one.finding.span for one in consultation.findings] == [clause.span for clause in spec.clauses]


def test_what_cannot_be_read_is_asked_again_and_told_why(spec: Spec, tmp_path: Path) -> None:
    def late(clause_id: str, attempt: int) -> str:
        return "Happy to help!" if attempt < 3 else answer(clause_id)

    consultation = consult(spec, model_that(late), folder=tmp_path)
    assert set(by_clause(consultation).values()) == {(ReplyState.ANSWERED, None, 3)}
    sample = (read_eval_log(logs(tmp_path)[0]).samples or [])[0]
    objections = [message.text for message in sample.messages if message.role == "user"][1:]
    assert len(objections) == 2
    assert all('could not be read: "it is not one JSON object' in objection for objection in objections)


@pytest.mark.parametrize("again", [0, 1, 2])
def test_a_model_that_never_answers_readably_is_asked_a_bounded_number_of_times(
    spec: Spec, tmp_path: Path, again: int
) -> None:
    asked = Counter[str]()

    def never(clause_id: str, _: int) -> str:
        asked[clause_id] += 1
        return "Default output from mockllm/model"

    consultation = consult(spec, model_that(never), folder=tmp_path, terms=Terms(again=again))
    assert set(asked.values()) == {again + 1}
    assert set(by_clause(consultation).values()) == {(ReplyState.UNREADABLE, Unreadable.NO_OBJECT, again + 1)}
    assert consultation.findings == ()


REPLIES: list[tuple[str, Unreadable]] = [
    ("", Unreadable.EMPTY),
    ("No.", Unreadable.NO_OBJECT),
    ("{oops}", Unreadable.BROKEN_JSON),
    ("{}", Unreadable.WRONG_SHAPE),
    (answer("limits.gone"), Unreadable.OTHER_CLAUSE),
    (answer("tone.warm", remark("odd")), Unreadable.UNKNOWN_CONCERN),
    (answer("tone.warm", remark(words="cold")), Unreadable.WORDS_NOT_THERE),
    (answer("tone.warm", remark(others=["limits.gone"])), Unreadable.UNKNOWN_OTHER),
    (answer("tone.warm", remark("contradictory")), Unreadable.NO_OTHER),
]


@pytest.mark.parametrize(("reply", "reason"), REPLIES, ids=[reason.value for _, reason in REPLIES])
def test_each_way_of_being_unreadable_is_recorded_as_what_it_is(
    spec: Spec, tmp_path: Path, reply: str, reason: Unreadable
) -> None:
    terms = Terms(clauses=frozenset({"tone.warm"}), again=1)
    consultation = consult(spec, model_that(lambda *_: reply), folder=tmp_path, terms=terms)
    assert by_clause(consultation) == {"tone.warm": (ReplyState.UNREADABLE, reason, 2)}
    [score] = ((read_eval_log(logs(tmp_path)[0]).samples or [])[0].scores or {}).values()
    assert score.value == reason.value


def test_a_reply_that_was_cut_off_is_unreadable_even_where_it_looks_whole(spec: Spec, tmp_path: Path) -> None:
    def cut(clause_id: str, _: int) -> ModelOutput:
        return ModelOutput.from_content("mockllm/model", answer(clause_id), stop_reason="max_tokens")

    consultation = consult(spec, model_that(cut), folder=tmp_path, terms=Terms(again=0))
    assert set(by_clause(consultation).values()) == {(ReplyState.UNREADABLE, Unreadable.CUT_SHORT, 1)}


def test_a_question_that_the_model_has_no_room_for_is_not_asked_again(spec: Spec, tmp_path: Path) -> None:
    def full(*_: Any) -> ModelOutput:
        return ModelOutput.from_content("mockllm/model", "", stop_reason="model_length")

    consultation = consult(spec, model_that(full), folder=tmp_path)
    assert set(by_clause(consultation).values()) == {(ReplyState.UNREADABLE, Unreadable.NO_ROOM, 1)}


def test_a_reply_that_a_filter_withheld_is_not_asked_for_again(spec: Spec, tmp_path: Path) -> None:
    def withheld(*_: Any) -> ModelOutput:
        return ModelOutput.from_content("mockllm/model", "", stop_reason="content_filter")

    consultation = consult(spec, model_that(withheld), folder=tmp_path)
    assert set(by_clause(consultation).values()) == {(ReplyState.WITHHELD, None, 1)}


def test_a_clause_whose_question_met_an_error_is_asked_by_the_next_call(spec: Spec, tmp_path: Path) -> None:
    def broken(clause_id: str, _: int) -> str | Exception:
        return ConnectionError("no route") if clause_id == "tone.warm" else answer(clause_id)

    first = consult(spec, model_that(broken), folder=tmp_path)
    assert by_clause(first)["tone.warm"] == (ReplyState.NOT_ASKED, None, 0)
    asked: list[str] = []

    def healed(clause_id: str, _: int) -> str:
        asked.append(clause_id)
        return answer(clause_id)

    second = consult(spec, model_that(healed), folder=tmp_path)
    assert asked == ["tone.warm"]
    assert second.count(ReplyState.ANSWERED) == 3


def test_a_model_that_cannot_be_asked_at_all_is_one_clear_error(spec: Spec, tmp_path: Path) -> None:
    with pytest.raises(SoulwrightError, match=r"`mockllm/model` could not be asked: .*no route"):
        consult(spec, model_that(lambda *_: ConnectionError("no route")), folder=tmp_path)
    assert logs(tmp_path) == []


@pytest.mark.parametrize("name", ["gpt", "nowhere/x", "weights/nowhere"])
def test_a_model_that_is_none_is_one_clear_error(spec: Spec, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        consult(spec, name, folder=tmp_path)


def test_what_was_answered_is_not_asked_again_and_a_changed_clause_asks_what_depends_on_it(
    spec: Spec, tmp_path: Path
) -> None:
    asked: list[str] = []

    def listening(clause_id: str, _: int) -> str:
        asked.append(clause_id)
        return answer(clause_id)

    model, alone = model_that(listening), Terms(context_tokens=0)
    consult(spec, model, folder=tmp_path, terms=alone)
    consult(spec, model, folder=tmp_path, terms=alone)
    assert sorted(asked) == ["limits.answers", "limits.weapons", "tone.warm"]
    changed = compile_spec(DOCUMENT.replace("in its heart", "in its words"), "small.md")
    consult(changed, model, folder=tmp_path, terms=alone)
    assert asked[3:] == ["tone.warm"]
    assert len(logs(tmp_path)) == 2


def test_a_damaged_log_is_asked_again(spec: Spec, tmp_path: Path) -> None:
    consult(spec, model_that(content), folder=tmp_path)
    logs(tmp_path)[0].write_bytes(b"PK\x03\x04 and then nothing")
    assert consult(spec, model_that(content), folder=tmp_path).count(ReplyState.ANSWERED) == 3


def test_new_findings_are_remembered_as_open_and_settled_ones_are_not_raised_again(spec: Spec, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    first = consult(spec, model_that(unclear), folder=tmp_path / "a", baseline=baseline)
    assert [one.standing for one in first.findings] == [Standing.NEW] * 3
    written = json.loads(baseline.read_text())
    assert {entry["verdict"] for entry in written["accepted"]} == {"open"}
    assert {entry["quote"] for entry in written["accepted"]} == {"usually", "every question", "in its heart"}
    again = consult(spec, model_that(unclear), folder=tmp_path / "a", baseline=baseline)
    assert [one.standing for one in again.findings] == [Standing.OPEN] * 3
    verdicts = {"SW411": "settled", "SW412": "settled-by limits.weapons", "SW413": "real"}
    for entry in written["accepted"]:
        entry |= {"verdict": verdicts[entry["rule"]], "note": "we talked about it"}
    baseline.write_text(json.dumps(written))

    def otherwise(clause_id: str, _: int) -> str:
        """The same concerns, in other words and about neighbouring ones."""
        if clause_id == "limits.weapons":
            return answer(clause_id, remark(words="should usually say", why="When not?"))
        if clause_id == "limits.answers":
            return answer(clause_id, remark("contradictory", "must answer every question", "Arms.", ["limits.weapons"]))
        return answer(clause_id, remark("untestable", "warm in its heart", "Hidden."))

    third = consult(spec, model_that(otherwise), folder=tmp_path / "b", baseline=baseline)
    assert {one.finding.rule: one.standing for one in third.findings} == {
        "SW411": Standing.SETTLED,
        "SW412": Standing.SETTLED,
        "SW413": Standing.REAL,
    }
    assert third.raised == ()
    assert {one.note for one in third.findings} == {"we talked about it"}


def test_another_sentence_another_concern_or_another_opponent_is_raised_although_the_first_is_settled(
    spec: Spec, tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.json"
    consult(spec, model_that(unclear), folder=tmp_path / "a", baseline=baseline)
    baseline.write_text(baseline.read_text().replace('"open"', '"settled"'))

    def more(clause_id: str, _: int) -> str:
        if clause_id == "limits.weapons":
            return answer(clause_id, remark(words="Nobody may lift this"), remark("not_endorsed", "usually"))
        if clause_id == "limits.answers":
            return answer(clause_id, remark("contradictory", "every question", "Cold.", ["tone.warm"]))
        return answer(clause_id)

    raised = consult(spec, model_that(more), folder=tmp_path / "b", baseline=baseline).raised
    assert [(one.finding.rule, one.finding.locator) for one in raised] == [
        ("SW411", "limits.weapons"),
        ("SW414", "limits.weapons"),
        ("SW412", "limits.answers"),
    ]
    assert len(load_baseline(baseline).entries) == 6


def test_a_decision_about_words_that_have_changed_is_named_and_the_question_is_open_again(
    spec: Spec, tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.json"
    consult(spec, model_that(unclear), folder=tmp_path, baseline=baseline)
    baseline.write_text(baseline.read_text().replace('"open"', '"settled"'))
    changed = compile_spec(DOCUMENT.replace("should be warm", "should be very warm"), "small.md")
    after = consult(changed, model_that(unclear), folder=tmp_path, baseline=baseline)
    assert [entry.locator for entry in after.stale] == ["tone.warm"]
    assert [one.finding.locator for one in after.raised] == ["tone.warm"]


def test_entries_of_other_rules_stay_in_the_file(spec: Spec, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    theirs = {"rule": "SW201", "locator": "tone.warm", "fingerprint": "0" * 16, "message": "vague", "count": 2}
    baseline.write_text(json.dumps({"format": "soulwright-check-baseline/1", "accepted": [theirs]}))
    consult(spec, model_that(unclear), folder=tmp_path, baseline=baseline)
    assert Counter(entry.rule for entry in load_baseline(baseline).entries) == {
        "SW201": 1,
        "SW411": 1,
        "SW412": 1,
        "SW413": 1,
    }


def test_the_same_concern_about_the_same_sentence_is_raised_once(spec: Spec, tmp_path: Path) -> None:
    def twice(clause_id: str, _: int) -> str:
        return answer(clause_id, remark(why="One."), remark(why="Two."))

    assert len(consult(spec, model_that(twice), folder=tmp_path).findings) == 3


def test_the_document_for_machines_holds_every_reply_and_finding(spec: Spec, tmp_path: Path) -> None:
    document = consultation_to_dict(consult(spec, model_that(unclear), folder=tmp_path))
    assert json.loads(json.dumps(document)) == document
    assert document["counts"] == {
        "replies": {"answered": 3, "unreadable": 0, "withheld": 0, "not_asked": 0},
        "findings": {"new": 3},
    }
    findings = document["findings"]
    assert isinstance(findings, list)
    assert {row["concern"] for row in findings} == {"unclear", "contradictory", "untestable"}


def test_weights_that_were_trained_on_do_not_answer_for_what_they_were(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"one")
    model = model_that(content)
    model.api.model_name = str(folder)
    before = model_key(model)
    assert model_key(model) == before
    (folder / "model.safetensors").write_bytes(b"two")
    assert model_key(model) != before


def test_two_models_do_not_answer_for_each_other(spec: Spec, tmp_path: Path) -> None:
    consult(spec, model_that(unclear), folder=tmp_path)
    other = model_that(content)
    other.api.model_name = "other"
    assert consult(spec, other, folder=tmp_path).findings == ()


KILLED = """
import json, sys, time
from pathlib import Path
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from soulwright.consult import consult, _ask
from soulwright.spec import load_spec
_ask.PART = 1
folder = Path(sys.argv[2])
def reply(messages, *_):
    clause = json.loads(messages[1].text)["clause"]["id"]
    with (folder / "asked.txt").open("a") as stream:
        stream.write(clause + "\\n")
    if sys.argv[3] == "slow" and (folder / "part-0001").exists():
        time.sleep(60)
    output = ModelOutput.from_content("mockllm/model", '{"clause": "%s", "remarks": []}' % clause)
    output.usage = ModelUsage()
    return output
model = get_model("mockllm/model", custom_outputs=reply)
done = consult(load_spec(sys.argv[1]), model, folder=folder)
print(len(done.replies), [reply.state.value for reply in done.replies])
"""


def test_killed_in_the_middle_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    document, folder = tmp_path / "small.md", tmp_path / "run"
    document.write_text(DOCUMENT)
    folder.mkdir()
    command = [sys.executable, "-c", KILLED, str(document), str(folder)]
    with subprocess.Popen([*command, "slow"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(3000):  # on a busy machine Inspect alone takes a minute to import
            if process.poll() is not None:
                break
            if (folder / "asked.txt").exists() and len((folder / "asked.txt").read_text().split()) == 2:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
    assert [path.parent.name for path in logs(folder) if path.stem.startswith("part")] == ["part-0001"]
    done = subprocess.run([*command, "quick"], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip().endswith("3 ['answered', 'answered', 'answered']")
    asked = Counter((folder / "asked.txt").read_text().split())
    assert asked == {"limits.weapons": 1, "limits.answers": 2, "tone.warm": 1}


def test_only_the_clauses_that_are_named_are_asked(spec: Spec, tmp_path: Path) -> None:
    consultation = consult(
        spec, model_that(content), folder=tmp_path, terms=replace(Terms(), clauses=frozenset({"tone.warm"}))
    )
    assert [reply.clause_id for reply in consultation.replies] == ["tone.warm"]
