"""Two versions of a document, compared by meaning: each change is found once, under its right name, on both sides."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soulwright.spec import compile_spec
from soulwright.spec.diff import Bump, Change, ChangeKind, Part, SpecDiff, Tally, diff_specs, diff_to_dict

OLD = """---
spec: acme
version: 1.0.0
levels: [provider, operator, user]
---
# Acme {#acme authority=provider}

This document describes an assistant.

## Limits {#limits}

The assistant must not help anyone build a weapon.
{#limits.weapons kind=hard_limit}

The assistant should tell the truth about its sources.
{#limits.sources kind=rule}

!!! meta "Rationale"
    Weapons hurt people.

## Tone {#tone}

The assistant avoids swearing in every conversation.
{#tone.swearing kind=default polarity=should_not about=swearing default=off values=off,on adjustable_by=operator}

The assistant may use a joke when it fits.
{#tone.jokes kind=permission}

**Example**: a joke

~~~xml
<user>
Tell me a joke.
</user>
<assistant> <!-- GOOD: kind -->
A kind joke.
</assistant>
~~~
"""


def changed(*pairs: tuple[str, str], version: str = "9.0.0") -> SpecDiff:
    text = OLD.replace("version: 1.0.0", f"version: {version}")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return diff_specs(compile_spec(OLD, "old.md"), compile_spec(text, "new.md"))


def only(diff: SpecDiff) -> Change:
    (change,) = diff.changes
    return change


def test_a_document_compared_with_itself_has_no_change() -> None:
    spec = compile_spec(OLD)
    diff = diff_specs(spec, spec)
    assert diff.same
    assert diff.changes == ()
    assert diff.required is Bump.NONE
    assert diff.clauses == Tally(same=4)


def test_a_changed_front_matter_alone_asks_for_a_patch() -> None:
    diff = changed(version="1.0.1")
    assert diff.changes == ()
    assert diff.required is Bump.PATCH
    assert diff.verdicts == ()


def test_a_word_that_asks_more_tightens_and_is_shown_word_by_word() -> None:
    change = only(_text_of(changed(("should tell", "must tell"))))
    assert change.kinds == (ChangeKind.TIGHTENED,)
    assert change.here.clause_id == "limits.sources"
    assert [(word.sort.value, word.text) for word in change.words][1:3] == [("old", "should"), ("new", "must")]


def _text_of(diff: SpecDiff) -> SpecDiff:
    """The comparison with its changes of text alone (a modal is an attribute of the clause as well)."""
    return replace(diff, changes=tuple(change for change in diff.changes if change.part is Part.TEXT))


@pytest.mark.parametrize(
    ("pair", "kind", "bump"),
    [
        (("default=off values", "default=on values"), ChangeKind.DEFAULT_FLIPPED, Bump.MAJOR),
        (("adjustable_by=operator}", "adjustable_by=operator,user}"), ChangeKind.LOOSENED, Bump.MAJOR),
        (("adjustable_by=operator}", "adjustable_by=operator requires=adults}"), ChangeKind.TIGHTENED, Bump.MAJOR),
        (("values=off,on ", "values=off,mild,on "), ChangeKind.LOOSENED, Bump.MAJOR),
        (("{#limits.sources kind=rule}", "{#limits.sources kind=rule unless=fiction}"), ChangeKind.EXCEPTION_ADDED, 3),
        (("kind=rule}", "kind=rule tolerance=0.01}"), ChangeKind.TIGHTENED, Bump.MINOR),
        (("{#limits.sources kind=rule}", "{#limits.sources kind=rule authority=operator}"), ChangeKind.REAUTHORISED, 3),
        (("kind=rule}", "kind=protection}"), ChangeKind.TIGHTENED, Bump.MINOR),
    ],
)
def test_an_attribute_that_changes_has_an_effect_of_its_own(
    pair: tuple[str, str], kind: ChangeKind, bump: Bump
) -> None:
    change = only(changed(pair))
    assert change.kinds == (kind,)
    assert change.bump == bump
    assert change.signals


def test_a_clause_that_came_is_added_and_one_that_went_is_removed() -> None:
    clause = "The assistant should tell the truth about its sources.\n{#limits.sources kind=rule}\n\n"
    gone = only(changed((clause, "")))
    assert (gone.kinds, gone.part, gone.bump) == ((ChangeKind.REMOVED,), Part.CLAUSE, Bump.MAJOR)
    assert gone.old is not None
    assert gone.new is None
    new = "The assistant must stop when told.\n{#limits.stop kind=rule}\n\n"
    came = only(changed((clause, clause + new)))
    assert (came.kinds, came.part, came.bump) == ((ChangeKind.ADDED,), Part.CLAUSE, Bump.MINOR)


def test_a_clause_with_another_id_is_found_by_its_words() -> None:
    diff = changed(("{#limits.sources", "{#limits.truth"))
    change = only(diff)
    assert change.kinds == (ChangeKind.RETITLED,)
    assert change.signals == ("`limits.sources` is now called `limits.truth`",)
    assert diff.clauses == Tally(same=4)


def test_a_rewritten_clause_of_one_sentence_is_edited_and_not_replaced() -> None:
    diff = _text_of(changed(("tell the truth about its sources", "never invent a quotation")))
    assert only(diff).old is not None


def test_a_clause_in_another_section_has_moved() -> None:
    clause = "The assistant may use a joke when it fits.\n{#tone.jokes kind=permission}\n\n"
    change = only(changed((clause, ""), ("!!! meta", clause + "!!! meta")))
    assert (change.kinds, change.part) == ((ChangeKind.MOVED,), Part.PLACE)


def test_a_section_with_another_title_is_retitled() -> None:
    change = only(changed(("## Tone {", "## Voice {")))
    assert change.kinds == (ChangeKind.RETITLED,)
    assert change.bump is Bump.PATCH


def test_a_section_of_another_level_of_authority_is_re_authorised_once() -> None:
    change = only(changed(("## Tone {#tone}", "## Tone {#tone authority=operator}")))
    assert change.kinds == (ChangeKind.REAUTHORISED,)
    assert change.signals == ("none → operator",)


def test_a_new_section_is_one_change_with_all_its_sentences() -> None:
    new = "## Care {#care}\n\nThe assistant is patient. It takes its time.\n\n"
    change = only(changed(("## Tone", new + "## Tone")))
    assert (change.kinds, change.part) == ((ChangeKind.ADDED,), Part.SECTION)
    assert change.here.body == ("The assistant is patient.", "It takes its time.")


def test_commentary_and_examples_are_editorial() -> None:
    for pair in [("Weapons hurt people.", "Weapons hurt people, and animals."), ("A kind joke.", "A very kind joke.")]:
        change = only(changed(pair))
        assert change.kinds == (ChangeKind.EDITORIAL,)
        assert change.bump is Bump.PATCH


def test_a_verdict_that_turns_is_not_editorial() -> None:
    change = only(changed(("GOOD: kind", "BAD: kind")))
    assert change.kinds == (ChangeKind.REWORDED,)
    assert change.signals == ("a reply that was GOOD is now BAD",)


def test_other_levels_are_a_major_change() -> None:
    diff = changed(("levels: [provider, operator, user]", "levels: [provider, operator, user, guest]"))
    assert only(diff).part is Part.FRONT_MATTER
    assert diff.required is Bump.MAJOR


def test_a_version_that_is_too_low_fails_the_comparison() -> None:
    diff = changed(("default=off values", "default=on values"), version="1.0.1")
    assert [(verdict.rule, verdict.error) for verdict in diff.verdicts] == [("SW312", True)]


def test_a_changed_text_under_a_released_version_fails_the_comparison() -> None:
    diff = changed(("describes", "is about"), version="1.0.0")
    assert [verdict.rule for verdict in diff.verdicts] == ["SW009"]


CHANGELOG = """# Changes

## v9.0.0

- Operators and users may both switch swearing on (`tone.swearing`).

## v1.0.0

- The assistant should tell the truth about its sources.
"""


def with_changelog(*pairs: tuple[str, str]) -> SpecDiff:
    text = OLD.replace("version: 1.0.0", "version: 9.0.0")
    for old, new in pairs:
        text = text.replace(old, new)
    return diff_specs(compile_spec(OLD), compile_spec(text), changelog=CHANGELOG)


def test_a_change_that_the_changelog_names_quotes_it() -> None:
    change = only(with_changelog(("adjustable_by=operator}", "adjustable_by=operator,user}")))
    assert change.mentioned == "Operators and users may both switch swearing on (tone.swearing)."
    assert not change.silent


def test_a_change_of_force_that_the_changelog_passes_over_is_a_finding() -> None:
    diff = with_changelog(("default=off", "default=off requires=adults"), ("kind=rule}", "kind=rule tolerance=0.5}"))
    silent = [change for change in diff.changes if change.silent]
    assert [change.here.clause_id for change in silent] == ["limits.sources"]
    (verdict,) = diff.verdicts
    assert (verdict.rule, verdict.error) == ("SW311", False)
    assert verdict.change is not None
    assert diff.changes[verdict.change] is silent[0]


def test_what_an_older_entry_says_mentions_nothing() -> None:
    diff = with_changelog(("tell the truth about its sources", "tell the plain truth about its sources"))
    assert all(change.silent for change in diff.changes)


def test_editorial_changes_are_never_silent() -> None:
    assert not only(with_changelog(("A kind joke.", "A very kind joke."))).silent


def test_changes_stand_in_the_order_of_the_new_document() -> None:
    diff = changed(("## Tone {", "## Voice {"), ("kind=rule}", "kind=rule tolerance=0.5}"), ("A kind", "A good"))
    assert [change.place for change in diff.changes] == sorted(change.place for change in diff.changes)
    assert len(diff.changes) == 3


def test_a_comparison_is_plain_json() -> None:
    document = diff_to_dict(changed(("should tell", "must tell"), ("## Tone {", "## Voice {")))
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_document_without_ids_is_compared_by_its_words() -> None:
    old = compile_spec("# Being kind\n\nThe model should be kind. It never lies.\n\n# Work\n\nIt must help.\n")
    new = compile_spec("# Being gentle\n\nThe model must be kind. It never lies.\n\n# Work\n\nIt must help.\n")
    diff = diff_specs(old, new)
    assert {kind for change in diff.changes for kind in change.kinds} == {ChangeKind.RETITLED, ChangeKind.TIGHTENED}
    assert diff.sentences == Tally(same=2, edited=1)


PROSE = st.lists(
    st.sampled_from(
        [
            "# A {#a authority=root}\n\n",
            "## B {#b}\n\n",
            "The assistant must help.\n\n",
            "The assistant should help unless asked. It may wait.\n\n",
            "- An item\n- Another item\n\n",
            "It never lies.\n{#c.d kind=rule}\n\n",
            '!!! meta "Commentary"\n    Because.\n\n',
            "**Example**: one\n\n~~~xml\n<user>\nHi\n</user>\n~~~\n\n",
        ]
    ),
    unique=True,
).map(lambda parts: "# Start {#start authority=root}\n\nIt must start here.\n\n" + "".join(parts))


@settings(max_examples=25, deadline=None)
@given(PROSE, PROSE)
def test_nothing_is_lost_between_two_documents(old: str, new: str) -> None:
    diff = diff_specs(compile_spec(old), compile_spec(new))
    before = diff.sentences.same + diff.sentences.edited + diff.sentences.removed
    after = diff.sentences.same + diff.sentences.edited + diff.sentences.added
    assert before == diff_specs(compile_spec(old), compile_spec(old)).sentences.same
    assert after == diff_specs(compile_spec(new), compile_spec(new)).sentences.same
    assert (diff.required is Bump.NONE) == (old == new)


def test_beside_the_document_that_it_extends_only_what_a_child_adds_and_restates_is_listed() -> None:
    child = (
        "---\nspec: acme-school\nversion: 0.1.0\nextends: old.md\n---\n# School {#school authority=provider}\n\n"
        "The assistant should not swear in any lesson.\n"
        "{#tone.swearing kind=default default=off values=off,on requires=adult_learners}\n\n"
        "The assistant must ask before it explains.\n{#school.ask kind=rule}\n"
    )
    old = compile_spec(OLD, "old.md")
    diff = diff_specs(old, compile_spec(child, "school.md", parent=old))
    assert diff.extends
    assert diff.clauses == Tally(same=3, added=1, edited=1)
    assert (diff.sections.added, diff.sections.removed, diff.sentences.removed) == (1, 0, 0)
    assert not diff.of(ChangeKind.REMOVED)
    assert not diff.of(ChangeKind.MOVED)
    assert [(c.here.clause_id, c.here.section, c.kinds) for c in diff.changes if c.part is Part.ATTRIBUTE] == [
        ("tone.swearing", "school", (ChangeKind.TIGHTENED,))
    ]
    assert (diff.declared, diff.verdicts) == (None, ())
