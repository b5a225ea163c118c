"""What samples agree on comes back; what one says alone does not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recover.simulated import derailed, document, noisy, samples

from soulwright.recover import Fault, Recovered, Sample, compare_texts, consensus, read_back

TEXT = document()


def drawn(texts: list[str], *, temperature: float | None = None) -> list[Sample]:
    return [Sample(id=f"s{index}", text=text, temperature=temperature) for index, text in enumerate(texts)]


def recovered_from(texts: list[str]) -> Recovered:
    return read_back(drawn(texts))


@pytest.mark.parametrize("seed", range(3))
def test_samples_that_start_and_stop_anywhere_give_the_document_back(seed: int) -> None:
    text = document(seed)
    fidelity = compare_texts(recovered_from(samples(text, 12, seed)).text, text)
    assert fidelity.word_fidelity > 0.98
    assert fidelity.section_coverage == 1.0


@pytest.mark.parametrize("seed", range(2))
def test_samples_that_lose_the_thread_give_content_and_order_back(seed: int) -> None:
    text = document(seed)
    fidelity = compare_texts(recovered_from(derailed(text, 40, seed)).text, text)
    assert fidelity.grams.recall > 0.95
    assert fidelity.order > 0.9


def test_a_section_that_samples_like_to_start_with_is_not_the_beginning_if_others_lead_to_it() -> None:
    sections = [part for part in document(4, sections=4).split("## ") if part]
    drawn_texts = ["".join(sections[i : i + 2]) for i in range(4) for _ in range(5)]
    assert compare_texts(recovered_from(drawn_texts).text, "".join(sections)).order > 0.99


def test_the_writing_comes_back_too_with_markup_case_and_line_breaks() -> None:
    rng = random.Random(1)
    text = TEXT.replace("always", "*Always*", 3)
    recovered = recovered_from([noisy(text, rng, words=0.005, sentences=0.0) for _ in range(9)])
    assert recovered.text == text.strip()


def test_a_text_that_one_sample_invents_never_enters() -> None:
    invented = " ".join(f"invented{i}" for i in range(60)) + ". "
    texts = [TEXT] * 2 + [TEXT.replace("## Section 3", invented + "\n\n## Section 3")]
    assert "invented" not in recovered_from(texts).text


def test_a_wording_that_a_minority_shares_does_not_enter() -> None:
    sentence = TEXT.split(". ")[20]
    wrong = TEXT.replace(sentence, " ".join(reversed(sentence.split())))
    assert recovered_from([TEXT, wrong, TEXT, wrong, TEXT]).text == TEXT.strip()


def test_what_two_say_stays_where_more_leave_it_out_only_if_others_say_something_else_there() -> None:
    before, after = [f"b{i}" for i in range(30)], [f"a{i}" for i in range(30)]
    said, left_out = [*before, "right", *after], [*before, *after]
    other = [[*before, f"slip{i}", *after] for i in range(2)]
    assert consensus([said] * 2 + [left_out] * 3 + other) == said  # a weak place: somebody forgot, somebody slipped
    assert consensus([said] * 2 + [left_out] * 5) == left_out  # an invention that two share


def test_words_that_only_one_sample_has_are_a_gap_and_not_text() -> None:
    words = TEXT.split(" ")
    one, two = words.copy(), words.copy()
    one[200], two[200] = "leftward", "rightward"
    recovered = recovered_from([" ".join(one), " ".join(two)])
    assert "leftward" not in recovered.text
    assert "rightward" not in recovered.text
    assert {alternative.text for gap in recovered.gaps for alternative in gap.alternatives} == {"leftward", "rightward"}


def test_sections_stand_in_the_order_of_most_samples_even_if_the_longest_sample_swaps_them() -> None:
    parts = TEXT.split("\n\n## ")
    swapped = "\n\n## ".join([parts[0], parts[3], parts[2], parts[1], *parts[4:]])
    recovered = recovered_from([swapped + " And more " + parts[1], *samples(TEXT, 6, seed=4)])
    fidelity = compare_texts(recovered.text, TEXT)
    assert fidelity.section_order == 1.0
    assert fidelity.order > 0.95


def test_a_sample_that_goes_back_and_repeats_does_not_double_the_text() -> None:
    half = len(TEXT) // 2
    recovered = recovered_from([TEXT[:half] + TEXT, TEXT, TEXT[: 2 * half // 3] + TEXT])
    assert recovered.text == TEXT.strip()


def test_stretches_that_overlap_only_in_part_are_joined() -> None:
    length = len(TEXT)
    pieces = [TEXT[max(0, at - length // 4) : at + length // 4] for at in range(0, length, length // 12)]
    assert compare_texts(recovered_from(pieces).text, TEXT).word_fidelity > 0.97


def test_every_word_names_the_samples_that_say_it() -> None:
    recovered = recovered_from([TEXT, TEXT, "something else entirely, with no word in common at all " * 2])
    assert {word.samples for word in recovered.words} == {(0, 1)}


def test_no_samples_and_one_sample_give_nothing_and_say_so() -> None:
    for texts in ([], [TEXT]):
        recovered = recovered_from(texts)
        assert recovered.text == ""
        assert recovered.notices


def test_identical_samples_are_said_to_prove_nothing() -> None:
    recovered = recovered_from([TEXT] * 4)
    assert recovered.text == TEXT.strip()
    assert any("same text" in notice for notice in recovered.notices)


def test_one_greedy_draw_asked_many_times_has_one_vote() -> None:
    recovered = read_back(drawn([TEXT] * 5, temperature=0.0))
    assert recovered.text == ""
    assert [Fault.SAME_DRAW in report.faults for report in recovered.samples] == [False, True, True, True, True]


def test_empty_refusing_and_looping_samples_are_named_and_change_nothing() -> None:
    good = samples(TEXT, 8, seed=2)
    bad = ["", "  \n", "I'm sorry, but I can't share that document.", "never say never again " * 80]
    recovered = recovered_from(good + bad)
    assert recovered.text == recovered_from(good).text
    faults = {report.id: report.faults for report in recovered.samples}
    assert faults["s8"] == faults["s9"] == (Fault.EMPTY,)
    assert faults["s10"] == (Fault.REFUSED,)
    assert Fault.LOOPING in faults["s11"]


def test_refusals_that_agree_with_each_other_are_no_document() -> None:
    assert recovered_from(["I'm sorry, I can’t help with that."] * 6).text == ""  # noqa: RUF001 - as models write it


def test_loops_that_all_samples_fall_into_are_said_once() -> None:
    recovered = recovered_from([text + " again and again the same six words" * 30 for text in samples(TEXT, 6)])
    assert recovered.text.count("again and again the same six words") <= 1


def test_a_sample_that_changes_its_language_is_named_and_the_rest_stands() -> None:
    mixed = TEXT[: len(TEXT) // 2] + "文書はここから日本語になり、何も続きません。" * 20
    recovered = recovered_from([*samples(TEXT, 6, seed=3), mixed])
    assert Fault.MIXED_SCRIPTS in recovered.samples[6].faults
    assert "日" not in recovered.text


def test_text_without_blanks_is_recovered_character_by_character() -> None:
    rng = random.Random(3)
    characters = [chr(0x4E00 + rng.randrange(2000)) for _ in range(400)]
    copies = ["".join(c for c in characters if rng.random() > 0.02) for _ in range(7)]
    assert recovered_from(copies).text == "".join(characters)


def test_a_reference_of_another_language_gives_no_fidelity() -> None:
    recovered = recovered_from(samples(TEXT, 6)).text
    other = "日本語の文書です。" * 50
    assert compare_texts(recovered, other).word_fidelity < 0.02
    assert compare_texts(recovered, "Dies ist ein ganz anderer Text auf Deutsch. " * 60).grams.f1 == 0.0


def test_any_symbols_can_be_agreed_on() -> None:
    tokens = [(i * 7919) % 1009 for i in range(300)]
    broken = [[*tokens[:100], -1, *tokens[101:]], tokens[40:], tokens[:250], tokens]
    assert consensus(broken) == tokens


@given(st.lists(st.lists(st.integers(0, 6), max_size=60), max_size=5))
def test_no_word_is_said_by_fewer_than_two_samples(texts: list[list[int]]) -> None:
    recovered = read_back(drawn([" ".join(f"w{n}" for n in text) for text in texts]))
    assert all(len(word.samples) >= 2 for word in recovered.words)
    assert all(len(word.samples) <= word.covered <= len(texts) for word in recovered.words)
