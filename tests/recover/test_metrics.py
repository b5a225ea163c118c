"""The figures mean what docs/recovery.md says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recover.simulated import document

from soulwright.recover import chance_level, compare_texts, fidelity_to_dict

TEXT = document(7)


def test_a_text_is_wholly_faithful_to_itself() -> None:
    figures = compare_texts(TEXT, TEXT)
    assert figures.word_fidelity == figures.grams.f1 == figures.spans.f1 == figures.order == 1.0
    assert figures.section_coverage == figures.exact_sections == figures.section_order == 1.0


def test_word_fidelity_is_one_minus_edits_over_the_longer_text() -> None:
    assert compare_texts("a b c d", "a x c d e").word_fidelity == pytest.approx(1 - 2 / 5)


def test_writing_does_not_count_only_words_do() -> None:
    assert compare_texts("## The “Model’s” *rule*", "the model's rule").word_fidelity == 1.0  # noqa: RUF001 - quotes


def test_swapped_sections_keep_their_content_and_lose_order() -> None:
    parts = TEXT.split("\n\n## ")
    swapped = "\n\n## ".join([parts[0], *parts[:0:-1]])
    figures = compare_texts(swapped, TEXT)
    assert figures.grams.recall > 0.95
    assert figures.order < 0.5
    assert figures.section_order is not None
    assert figures.section_order < 0.5
    assert figures.exact_sections == 1.0


def test_half_of_a_document_has_full_precision_and_half_recall() -> None:
    figures = compare_texts(TEXT[: TEXT.index("## Section 3")], TEXT)
    assert figures.grams.precision == 1.0
    assert figures.grams.recall == pytest.approx(0.5, abs=0.05)
    assert figures.section_coverage == 0.5


def test_shuffled_words_score_nothing_but_chance() -> None:
    shuffled = " ".join(sorted(TEXT.split()))
    figures = compare_texts(shuffled, TEXT)
    assert figures.grams.f1 == figures.spans.f1 == figures.near_verbatim_recall == 0.0
    assert figures.word_fidelity < 0.25


def test_near_verbatim_recall_takes_long_blocks_with_small_faults_only() -> None:
    words = TEXT.split()
    faulty = " ".join(word if i % 60 else "wrong" for i, word in enumerate(words))
    assert compare_texts(faulty, TEXT).near_verbatim_recall > 0.95
    scattered = " ".join(word if i % 20 > 5 else "wrong" for i, word in enumerate(words))
    assert compare_texts(scattered, TEXT).near_verbatim_recall == 0.0


def test_the_chance_level_keeps_the_vocabulary_and_loses_every_run_of_words() -> None:
    fidelity, grams = chance_level(TEXT, TEXT)
    assert 0.0 < fidelity < 0.3
    assert grams == 0.0


def test_nothing_recovered_scores_nothing() -> None:
    figures = compare_texts("", TEXT)
    assert figures.word_fidelity == figures.grams.f1 == figures.order == 0.0
    assert fidelity_to_dict(figures)["section_order"] is None


@given(st.text(), st.text())
def test_every_figure_is_a_share_whatever_the_texts(one: str, two: str) -> None:
    figures = compare_texts(one, two)
    shares = (figures.word_fidelity, figures.grams.f1, figures.spans.f1, figures.order, figures.near_verbatim_recall)
    assert all(0.0 <= share <= 1.0 for share in shares)
