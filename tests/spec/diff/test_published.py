"""What changed between the published releases, as it was measured on them (SPEC-FORMAT 1.4).

Sections are counted there by id alone: one whose id changed counts as removed and added. Sentences are counted by a
splitter that takes the number of a list item (`1.`) for a sentence, so that only the differences can be equal.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from tests.spec.published import CORPUS, RELEASES, text_of

from soulwright.spec import Spec, compile_spec
from soulwright.spec.diff import Change, ChangeKind, Part, SpecDiff, diff_specs

A, B, C, D = RELEASES


@cache
def spec_of(release: str) -> Spec:
    return compile_spec(text_of(release), release)


@cache
def compared(old: str, new: str) -> SpecDiff:
    changelog = (CORPUS / "CHANGELOG.md").read_text(encoding="utf-8") if (CORPUS / "CHANGELOG.md").is_file() else ""
    return diff_specs(
        spec_of(old),
        spec_of(new),
        changelog=changelog,
        old_version=old,
        new_version=new,
    )


def by_id(diff: SpecDiff) -> tuple[int, int]:
    """Sections added and removed where only the id counts."""
    return diff.sections.added + diff.renamed_sections, diff.sections.removed + diff.renamed_sections


def authorities(diff: SpecDiff) -> list[str]:
    same = [c for c in diff.changes if c.part is Part.AUTHORITY and c.old and c.new and c.old.section == c.new.section]
    return sorted(f"{c.old.text} to {c.new.text}" for c in same if c.old and c.new)


def saying(diff: SpecDiff, words: str) -> Change:
    (change,) = [c for c in diff.changes if words in c.here.text and c.part is Part.TEXT]
    return change


@pytest.mark.parametrize(
    ("old", "new", "sections"), [(A, B, (0, 0)), (B, C, (11, 5)), (C, D, (1, 0))], ids=["A to B", "B to C", "C to D"]
)
def test_as_many_sections_come_and_go_as_were_measured(old: str, new: str, sections: tuple[int, int]) -> None:
    assert by_id(compared(old, new)) == sections


def test_the_sentences_of_april_differ_as_measured() -> None:
    tally = compared(A, B).sentences
    assert (tally.removed, tally.added, tally.edited) == (1, 2, 5)


def test_the_sentences_of_october_differ_as_measured() -> None:
    tally = compared(C, D).sentences
    assert (tally.removed, tally.edited) == (0, 7)
    assert abs(tally.added - 17) <= 2


def test_the_sentences_of_september_differ_about_as_measured() -> None:
    tally = compared(B, C).sentences
    assert abs(tally.removed - 25) <= 5
    assert abs(tally.added - 147) <= 5
    assert abs(tally.edited - 67) <= 15


def test_september_renames_platform_to_root_and_moves_three_sections_to_system() -> None:
    found = authorities(compared(B, C))
    assert found.count("platform to root") == 16
    assert found.count("platform to system") == 3
    system = {c.here.section for c in compared(B, C).changes if c.part is Part.AUTHORITY and c.new
              and c.new.text == "system"}  # fmt: skip
    assert system == {"comply_with_laws", "no_erotica_or_gore", "use_preset_voice_in_voice_mode"}


def test_no_authority_changes_in_april_and_october() -> None:
    assert authorities(compared(A, B)) == authorities(compared(C, D)) == []


def test_september_moves_the_stub_be_approachable_under_style() -> None:
    moved = [c for c in compared(B, C).changes if c.part is Part.PLACE and c.old and c.new
             and c.old.section == c.new.section]  # fmt: skip
    assert len(moved) == 3
    assert all("Use appropriate style" in c.new.text for c in moved if c.new)


def test_as_many_sections_get_another_title_as_were_measured() -> None:
    def titles(diff: SpecDiff) -> int:
        return sum(c.part is Part.TITLE and bool(c.old and c.new and c.old.section == c.new.section)
                   for c in diff.changes)  # fmt: skip

    assert [titles(compared(old, new)) for old, new in pairwise(RELEASES)] == [0, 2, 1]


def test_april_says_silently_that_honesty_cannot_be_overridden_implicitly() -> None:
    change = saying(compared(A, B), "cannot be overridden implicitly")
    assert change.kinds == (ChangeKind.TIGHTENED,)
    assert change.silent
    assert any(verdict.change is not None and compared(A, B).changes[verdict.change] is change
               for verdict in compared(A, B).verdicts)  # fmt: skip


def test_april_narrows_white_lies_and_says_so() -> None:
    change = saying(compared(A, B), 'even "white lies"')
    assert ChangeKind.ADDED in change.kinds
    assert change.mentioned is not None
    assert "white lies" in change.mentioned


def test_the_changelog_of_september_speaks_of_the_rename() -> None:
    renames = [c for c in compared(B, C).changes if c.part is Part.AUTHORITY and c.new and c.new.text == "root"]
    assert renames
    assert all(c.mentioned is not None and "Platform to Root" in c.mentioned for c in renames)


def test_september_takes_back_that_the_assistant_follows_one_version_of_the_document() -> None:
    change = saying(compared(B, C), "specific version of the Model Spec")
    assert ChangeKind.LOOSENED in change.kinds


def test_october_lets_authority_be_delegated_without_saying_so() -> None:
    loosened = [c.here.section for c in compared(C, D).of(ChangeKind.LOOSENED)]
    assert loosened == ["follow_all_applicable_instructions", "ignore_untrusted_data", "ignore_untrusted_data"]


def test_every_sentence_is_accounted_for_in_both_directions() -> None:
    here, there = compared(A, B).sentences, compared(B, A).sentences
    assert (here.same, here.edited, here.added, here.removed) == (there.same, there.edited, there.removed, there.added)
