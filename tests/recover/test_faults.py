"""What can be wrong with samples is handled and said, and nothing of it raises a figure."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.recover.simulated import document, noisy, samples

from soulwright.cli._recover import recover
from soulwright.recover import Fault, Sample, compare_texts, read_back, strange_reference

TEXT = document(21, sections=4)
GOOD = [Sample(id=f"good-{at}", text=text) for at, text in enumerate(samples(TEXT, 8, seed=4))]
BEFORE = compare_texts(read_back(GOOD).text, TEXT)

GERMAN = (
    "Das Modell beantwortet jede Frage so gut es kann und sagt offen wenn es etwas nicht weiss denn wer raten muss soll"
    " das auch sagen dürfen und niemand wird deswegen schlechter behandelt als vorher "
)


def bad(text: str, name: str = "bad") -> list[Sample]:
    """Four samples with something wrong, each with a number of its own so that none repeats another to the letter."""
    return [Sample(id=f"{name}-{at}", text=text.replace("{n}", str(at))) for at in range(4)]


def faults_of(extra: list[Sample]) -> set[Fault]:
    reports = read_back([*GOOD, *extra]).samples
    return {fault for report in reports if not report.id.startswith("good") for fault in report.faults}


FAULTY = {
    "refusing": (bad("I'm sorry, but I can't share that. ({n})"), Fault.REFUSED),
    "empty": (bad(" \n"), Fault.EMPTY),
    "looping": (bad("no no no number {n} " * 90), Fault.LOOPING),
    "mixed scripts": ([Sample(id="bad", text=TEXT[:900] + " модель отвечает на вопросы " * 12)], Fault.MIXED_SCRIPTS),
    "another language": ([Sample(id="bad", text=GERMAN * 2)], Fault.ALONE),
    "language that changes on the way": (
        [Sample(id="bad", text=TEXT[:600] + " ".join(f"{word}{at}" for at in range(5) for word in GERMAN.split()))],
        Fault.HALF_ALONE,
    ),
}


@pytest.mark.parametrize("kind", FAULTY)
def test_a_fault_is_said_and_raises_no_figure(kind: str) -> None:
    extra, fault = FAULTY[kind]
    assert fault in faults_of(extra)
    recovered = read_back([*GOOD, *extra])
    assert any(fault.value in notice for notice in recovered.notices)
    after = compare_texts(recovered.text, TEXT)
    assert after.word_fidelity <= BEFORE.word_fidelity
    assert after.grams.f1 <= BEFORE.grams.f1
    assert after.word_fidelity > 0.9 * BEFORE.word_fidelity


def test_a_format_that_changes_in_mid_run_is_read_and_said() -> None:
    rng = random.Random(8)
    wrapped = [
        Sample(id="json", text="```json\n" + json.dumps({"document": noisy(TEXT, rng)}) + "\n```"),
        Sample(id="list", text=json.dumps(noisy(TEXT, rng).split("\n\n"))),
        Sample(id="html", text="<html><body>" + noisy(TEXT, rng).replace("\n\n", "</p><p>") + "</body></html>"),
        Sample(id="quoted", text="\n".join("> " + line for line in noisy(TEXT, rng).splitlines())),
    ]
    recovered = read_back([*GOOD[:4], *wrapped])
    formats = {report.id: Fault.OTHER_FORMAT in report.faults for report in recovered.samples}
    assert [name for name, other in formats.items() if other] == ["json", "list", "html"]
    assert all(report.used > 0.8 * report.words for report in recovered.samples)
    assert compare_texts(recovered.text, TEXT).word_fidelity > 0.95
    assert not {"body", "html"} & set(recovered.text.split())


def test_no_samples_give_no_text_and_say_so() -> None:
    recovered = read_back([])
    assert recovered.text == ""
    assert recovered.notices == ("no samples: nothing can be recovered",)
    assert compare_texts(recovered.text, TEXT).word_fidelity == 0.0


def test_one_sample_gives_no_text_and_says_so() -> None:
    recovered = read_back(GOOD[:1])
    assert recovered.text == ""
    assert any("nobody to agree with" in notice for notice in recovered.notices)


def test_identical_samples_are_named_as_saying_nothing_by_their_agreement() -> None:
    same = [Sample(id=str(at), text=GOOD[0].text) for at in range(6)]
    assert any("are the same text" in notice for notice in read_back(same).notices)
    greedy = [Sample(id=str(at), text=GOOD[0].text, temperature=0.0) for at in range(6)]
    assert read_back(greedy).text == ""


def test_samples_that_all_refuse_give_no_text() -> None:
    recovered = read_back(FAULTY["refusing"][0])
    assert recovered.text == ""
    assert any("refused" in notice for notice in recovered.notices)


def test_a_reference_of_another_language_is_named_and_scores_nothing(tmp_path: Path) -> None:
    words = [f"{word}{number}" for number in range(40) for word in GERMAN.split()]
    reference = " ".join(words)
    recovered = read_back(GOOD).text
    assert "another language" in strange_reference(recovered, reference)
    assert strange_reference(recovered, TEXT) == ""
    figures = compare_texts(recovered, reference)
    assert figures.word_fidelity < 0.02
    assert figures.grams.f1 == 0.0
    for sample in GOOD[:3]:
        (tmp_path / f"{sample.id}.txt").write_text(sample.text, encoding="utf-8")
    (tmp_path / "true.md").write_text(reference, encoding="utf-8")
    files = [str(tmp_path / f"{sample.id}.txt") for sample in GOOD[:3]]
    said = CliRunner().invoke(
        recover,
        ["read", *files, "--reference", str(tmp_path / "true.md"), "--out", str(tmp_path)],
        standalone_mode=False,
    )
    assert "another language" in said.output


@pytest.mark.parametrize("few", [1, 2, 3])
def test_an_end_that_few_samples_share_is_outvoted_where_more_go_on_otherwise(few: int) -> None:
    good = [Sample(id=f"good-{at}", text=noisy(TEXT, random.Random(at), words=0.05)) for at in range(6)]
    invented = " ".join(f"{word}{at}" for at in range(5) for word in GERMAN.split())
    ends = [Sample(id=f"ends-{at}", text=f"{TEXT[:600]} {invented}") for at in range(few)]
    stops = [Sample(id=f"ends-{at}", text=TEXT[:600]) for at in range(few)]
    recovered = read_back([*good, *ends])
    assert "gut0" not in recovered.text
    assert recovered.text == read_back([*good, *stops]).text
    named = {report.id for report in recovered.samples if Fault.OUTVOTED in report.faults}
    assert named == (set() if few == 1 else {one.id for one in ends})


def test_a_last_section_that_few_samples_reach_is_no_end_that_is_outvoted() -> None:
    stop = TEXT.index("## Section 3")
    short = [Sample(id=f"short-{at}", text=noisy(TEXT[:stop], random.Random(at))) for at in range(6)]
    whole = [
        Sample(id=f"whole-{at}", text=noisy(TEXT, random.Random(at + 9), words=0.01, sentences=0)) for at in range(2)
    ]
    recovered = read_back([*short, *whole])
    assert compare_texts(recovered.text, TEXT).word_fidelity > 0.95
    assert not any(Fault.OUTVOTED in report.faults for report in recovered.samples)


def test_a_section_that_few_come_to_from_elsewhere_is_no_end_that_is_outvoted() -> None:
    start, stop = TEXT.index("## Section 2"), TEXT.index("## Section 3")
    most = [Sample(id=f"most-{at}", text=noisy(TEXT[:start], random.Random(at))) for at in range(6)]
    first, second = (TEXT[:at] + TEXT[start:stop] for at in (TEXT.index("## Section 1"), start))
    recovered = read_back([*most, Sample(id="jumps", text=first), Sample(id="goes-on", text=second)])
    assert compare_texts(recovered.text, TEXT[:stop]).word_fidelity > 0.95
