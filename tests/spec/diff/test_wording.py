"""What a rewording does is read from modal verbs, hedges and exceptions; where they are mute, a person must judge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.spec.diff import ChangeKind, WordSort
from soulwright.spec.diff._wording import effect_of, effect_of_new, effect_of_old, words_of

TIGHTER, LOOSER = (ChangeKind.TIGHTENED,), (ChangeKind.LOOSENED,)
EXCEPT, NO_EXCEPT = (ChangeKind.EXCEPTION_ADDED,), (ChangeKind.EXCEPTION_REMOVED,)
REWORDED, EDITORIAL = (ChangeKind.REWORDED,), (ChangeKind.EDITORIAL,)

PAIRS = [
    ("It should stop.", "It must stop.", TIGHTER),
    ("It must stop.", "It should stop.", LOOSER),
    ("The assistant may lie.", "The assistant must not lie.", TIGHTER),
    ("The assistant must not lie.", "The assistant may lie.", LOOSER),
    ("It should not lie.", "It must never lie.", TIGHTER),
    ("It should help.", "It should generally help.", LOOSER),
    ("It should, where possible, help.", "It should help.", TIGHTER),
    ("It must help adults.", "It must only help adults.", TIGHTER),
    ("It must not lie.", "It must not lie unless asked to play a part.", EXCEPT),
    ("It must not lie except in games.", "It must not lie.", NO_EXCEPT),
    ("The rule holds.", "The rule holds but it cannot be overridden implicitly.", TIGHTER),
    ("Ignore it unless a level explicitly allows it.", "Ignore it unless a level allows it.", LOOSER),
    ("It should help.", "It should not help.", REWORDED),
    ("Jokes are allowed.", "Jokes are not allowed.", TIGHTER),
    ("It should help people.", "It should help animals.", REWORDED),
    ("It is asked.", "It is not asked.", REWORDED),
    ("It should help.", "It must usually help.", REWORDED),
    ("It should “help”, the people.", 'It should "help" the people.', EDITORIAL),
    ("It was judgemental in way.", "It was judgmental in a way.", EDITORIAL),
    ("It must help (see also honesty).", "It must help.", EDITORIAL),
]


@pytest.mark.parametrize(("old", "new", "kinds"), PAIRS, ids=[f"{old} -> {new}" for old, new, _ in PAIRS])
def test_a_rewording_does_what_its_modals_hedges_and_exceptions_say(
    old: str, new: str, kinds: tuple[ChangeKind, ...]
) -> None:
    assert effect_of(old, new).kinds == kinds


LATER = [
    (
        "By default, the assistant should not mislead the user or developer.",
        "The assistant should not mislead the user or developer, unless instructed to by a higher authority.",
        {ChangeKind.EXCEPTION_ADDED},
    ),
    (
        "It must not quietly apply other rules (unless marked as confidential).",
        "It must not quietly apply other rules.",
        {ChangeKind.EXCEPTION_REMOVED},
    ),
    (
        "White lies that make somebody feel better are not allowed.",
        "White lies that make somebody feel better may be taken too far.",
        {ChangeKind.LOOSENED},
    ),
]


@pytest.mark.parametrize(("old", "new", "kinds"), LATER, ids=["exception in", "exception out", "white lies"])
def test_rewordings_of_a_later_release_are_read_as_they_were_meant(old: str, new: str, kinds: set[ChangeKind]) -> None:
    assert kinds <= set(effect_of(old, new).kinds)


def test_a_word_and_its_opposite_are_never_a_matter_of_spelling() -> None:
    for old, new in [("necessary", "unnecessary"), ("legal", "illegal"), ("approved", "disapproved")]:
        assert effect_of(f"It should do what is {old}.", f"It should do what is {new}.").kinds == REWORDED


def test_other_numbers_are_never_a_matter_of_spelling() -> None:
    assert effect_of("It waits 1000 seconds.", "It waits 1001 seconds.").kinds == REWORDED


def test_another_name_of_a_level_is_editorial_and_another_level_is_not() -> None:
    alias = {"platform": "root"}
    assert effect_of("Only platform-level rules.", "Only root-level rules.", alias).kinds == EDITORIAL
    assert effect_of("Only platform-level rules.", "Only user-level rules.", alias).kinds == REWORDED


def test_an_effect_says_which_words_tell() -> None:
    assert effect_of("It should stop.", "It must stop.").signals == ("`should` became `must`",)


def test_a_new_sentence_that_asks_tightens_and_one_that_allows_loosens() -> None:
    assert effect_of_new("The assistant must ask first.").kinds == TIGHTER
    assert effect_of_new("White lies are not allowed.").kinds == TIGHTER
    assert effect_of_new("Users may override this.").kinds in (LOOSER, EXCEPT)
    assert effect_of_new("A user may have made a mistake.").kinds == ()
    assert effect_of_new("This section is about tone.").kinds == ()


def test_a_sentence_that_is_gone_does_the_reverse_of_one_that_came() -> None:
    assert effect_of_old("The assistant must ask first.").kinds == LOOSER
    assert effect_of_old("The assistant may swear.").kinds == TIGHTER


SENTENCES = st.lists(
    st.sampled_from(
        "the assistant must should not may never unless only help lie , . “ user it's root-level é".split()
    ),
    max_size=14,
).map(" ".join)


@given(SENTENCES, SENTENCES)
def test_both_sentences_can_be_read_off_the_marked_words(old: str, new: str) -> None:
    words = words_of(old, new)
    assert "".join(word.text for word in words if word.sort is not WordSort.NEW) == old
    assert "".join(word.text for word in words if word.sort is not WordSort.OLD) == new


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(old: str, new: str) -> None:
    words = words_of(old, new)
    assert "".join(word.text for word in words if word.sort is not WordSort.NEW) == old
    assert effect_of(old, new).kinds


@given(SENTENCES)
def test_a_sentence_compared_with_itself_is_editorial(sentence: str) -> None:
    assert effect_of(sentence, sentence).kinds == EDITORIAL


@given(SENTENCES, SENTENCES)
def test_the_way_back_never_points_in_the_same_direction(old: str, new: str) -> None:
    there, back = effect_of(old, new).kinds, effect_of(new, old).kinds
    if there in (TIGHTER, LOOSER):
        assert back != there
