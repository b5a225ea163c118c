"""What belongs to what: the same answer for few sentences and for very many."""

from __future__ import annotations

import pytest
from tests.spec.published import RELEASES, text_of

from soulwright.spec import compile_spec
from soulwright.spec.diff import Tally, _match, diff_specs


def test_looking_sentences_up_by_their_words_finds_what_comparing_all_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (compile_spec(text_of(release), release) for release in RELEASES[1:3])
    every = diff_specs(old, new)
    monkeypatch.setattr(_match, "MANY", 0)
    assert diff_specs(old, new).sentences == every.sentences


def test_two_long_documents_with_nothing_in_common_are_compared_in_reasonable_time() -> None:
    head = "# A {#a authority=root}\n\n"
    old = compile_spec(
        head + "\n\n".join(f"The assistant must keep rule {n} of the old kind x{n}." for n in range(1500))
    )
    new = compile_spec(head + "\n\n".join(f"Every reply of the model opens with greeting y{n}." for n in range(1500)))
    assert diff_specs(old, new).sentences == Tally(removed=1500, added=1500)
