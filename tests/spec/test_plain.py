"""Plain prose without ids: each normative sentence is a clause, whose name keeps while the rest of the text changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.errors import InputError
from soulwright.spec import Adjustment, Kind, Polarity, Spec, compile_spec, without

CONSTITUTION = """\
# A constitution

This text says what the assistant is like. Much of it is description.

## Being honest

The assistant should be truthful. It must never create a false picture, unless it plays a part in a story.

> Somebody once said that it must always obey.

| must | never |
|------|-------|
| a    | b     |

## Hard constraints

The assistant should never help with an attempt to:

* Kill or disempower people;
* Attack **critical** systems.

The assistant must say why it declines.

## What operators may change

By default, the assistant should add safety notes; operators can turn this off. Regardless of operator instructions, the
assistant should always tell users what it cannot help with. The assistant may decline a task.

## About this document

This document should be changed where it is wrong.
"""


@pytest.fixture(scope="module")
def spec() -> Spec:
    return compile_spec(CONSTITUTION, "constitution.md")


@pytest.mark.parametrize(
    ("sentence", "polarity"),
    [
        ("Claude may decline.", Polarity.MAY),
        ("The assistant can say so.", Polarity.MAY),
        ("It must, though it may wait.", Polarity.MUST),
        ("It may not lie.", Polarity.MUST_NOT),
        ("It always helps.", Polarity.MUST),
        ("This can happen.", None),
        ("Operators may change it.", None),
        ("It may be true.", None),
        ("We hope that it helps.", None),
    ],
)
def test_a_sentence_asks_where_it_has_a_modal_and_permits_only_where_the_model_is_meant(
    sentence: str, polarity: Polarity | None
) -> None:
    clauses = compile_spec(f"# A\n\n{sentence} The assistant should help.\n").clauses
    assert [clause.polarity for clause in clauses[:-1]] == ([] if polarity is None else [polarity])


def test_only_normative_sentences_become_clauses_and_neither_quotations_nor_tables(spec: Spec) -> None:
    assert [clause.text for clause in spec.clauses] == [
        "The assistant should be truthful.",
        "It must never create a false picture, unless it plays a part in a story.",
        "The assistant should never help with an attempt to Kill or disempower people;",
        "The assistant should never help with an attempt to Attack critical systems.",
        "The assistant must say why it declines.",
        "By default, the assistant should add safety notes; operators can turn this off.",
        "Regardless of operator instructions, the assistant should always tell users what it cannot help with.",
        "The assistant may decline a task.",
        "This document should be changed where it is wrong.",
    ]


def test_kinds_follow_from_the_words_of_the_sentence_then_of_its_heading_and_are_marked_as_inferred(spec: Spec) -> None:
    assert [clause.kind for clause in spec.clauses] == [
        *(Kind.HONESTY, Kind.HONESTY, Kind.HARD_LIMIT, Kind.HARD_LIMIT, Kind.RULE),
        *(Kind.DEFAULT, Kind.PROTECTION, Kind.PERMISSION, Kind.META),
    ]
    assert all({"id", "kind", "authority"} <= set(clause.inferred) for clause in spec.clauses)


def test_a_document_that_names_no_levels_has_the_three_of_the_house(spec: Spec) -> None:
    assert spec.levels == ("provider", "operator", "user")
    assert {clause.authority for clause in spec.clauses} == {"provider"}


def test_items_of_a_list_take_the_force_of_the_sentence_that_introduces_them(spec: Spec) -> None:
    kill = next(clause for clause in spec.clauses if "disempower" in clause.text)
    assert kill.polarity is Polarity.SHOULD_NOT
    assert spec.text[kill.span.start : kill.span.end] == "Kill or disempower people;"


def test_an_inferred_default_switches_the_clause_itself_and_knows_who_the_sentence_says_may_change_it(
    spec: Spec,
) -> None:
    (default,) = (clause for clause in spec.clauses if clause.kind is Kind.DEFAULT)
    assert (default.default, default.values) == ("on", ("off", "on"))
    assert default.adjustments == {"operator": Adjustment.EXPLICIT}
    assert {"default", "values", "adjustable_by"} <= set(default.inferred)


def test_an_exemption_is_found_in_the_words_and_marked_as_inferred(spec: Spec) -> None:
    (exemption,) = (item for clause in spec.clauses for item in clause.exemptions)
    assert (exemption.condition, exemption.inferred) == ("unless it plays a part in a story", True)


def test_a_locator_counts_paragraphs_and_sentences_and_finds_its_clause(spec: Spec) -> None:
    clause = spec.find("constitution@0 > being_honest > ¶1 s2")
    assert clause is not None
    assert clause.text.startswith("It must never create")
    assert clause is spec.find(clause.id)
    assert clause.id.startswith("being_honest/")
    assert spec.find("constitution@0 > being_honest > ¶9 s9") is None


PARAGRAPHS = CONSTITUTION.split("\n\n")
ADDED = st.sampled_from(
    ["A new sentence.", "The assistant must be brief.", "- An item that should not be.", "**Bold.**"]
)


@given(st.integers(1, len(PARAGRAPHS)), ADDED)
def test_a_paragraph_that_is_added_anywhere_changes_no_id_and_no_hash_of_another_sentence(place: int, new: str) -> None:
    edited = compile_spec("\n\n".join([*PARAGRAPHS[:place], new, *PARAGRAPHS[place:]]), "constitution.md")
    before = compile_spec(CONSTITUTION, "constitution.md")
    after = {clause.text: (clause.id, clause.hash) for clause in edited.clauses}
    lists = ("disempower", "Attack")  # a paragraph between a list and its introduction takes the introduction away
    for clause in before.clauses:
        if not any(word in clause.text for word in lists):
            assert after[clause.text] == (clause.id, clause.hash)


@given(st.integers(0, 8))
def test_a_reworded_sentence_changes_no_id_but_its_own(place: int) -> None:
    before = compile_spec(CONSTITUTION)
    clause = before.clauses[place]
    edited = CONSTITUTION[: clause.span.end - 1] + ", and kindly" + CONSTITUTION[clause.span.end - 1 :]
    after = compile_spec(edited)
    assert [a.id == b.id for a, b in zip(after.clauses, before.clauses, strict=True)] == [
        number != place for number in range(len(before.clauses))
    ]


def test_a_sentence_that_moves_within_its_section_keeps_its_id_and_changes_its_locator() -> None:
    one = compile_spec("# A\n\nIt must. It should not.\n", "x.md")
    other = compile_spec("# A\n\nIt should not. It must.\n", "x.md")
    assert sorted(clause.id for clause in one.clauses) == sorted(clause.id for clause in other.clauses)
    assert [clause.locator for clause in one.clauses] == [clause.locator for clause in other.clauses]
    assert one.clauses[0].id == other.clauses[1].id


def test_two_sentences_that_are_the_same_to_the_letter_have_two_ids() -> None:
    first, second = compile_spec("# A\n\nIt must be so. It must be so.\n").clauses
    assert second.id == f"{first.id}.2"


def test_one_attribute_line_makes_the_author_the_one_who_says_what_the_clauses_are() -> None:
    marked = CONSTITUTION.replace("declines.\n", "declines.\n{#say_why kind=rule authority=root}\n")
    assert [clause.id for clause in compile_spec(marked).clauses] == ["say_why"]


def test_front_matter_alone_leaves_plain_prose_plain() -> None:
    front = "---\nspec: mine\nversion: 2.0\n---\n"
    before, after = compile_spec(CONSTITUTION), compile_spec(front + CONSTITUTION)
    assert [clause.id for clause in before.clauses] == [clause.id for clause in after.clauses]
    assert after.clauses[0].locator == "mine@2.0 > being_honest > ¶1 s1"


def test_front_matter_alone_leaves_sections_with_authority_clauses() -> None:
    text = "# Care {#care authority=root}\n\nIt must never fail.\n"
    (clause,) = compile_spec(f"---\nspec: mine\n---\n{text}").clauses
    assert (clause.id, clause.kind) == ("care", Kind.HARD_LIMIT)


def test_levels_of_a_document_of_its_own_may_say_who_overrides_them_and_how() -> None:
    text = (
        "---\nspec: mine\nlevels:\n  law: {}\n  house: {guest: explicit}\n  guest: {guest: implicit}\n---\n"
        "# One {#one authority=law}\n\nIt must not.\n\n# Two {#two authority=house}\n\nIt must.\n\n"
        "# Three {#three authority=guest}\n\nIt should.\n"
    )
    one, two, three = compile_spec(text).clauses
    assert (one.kind, two.kind, three.kind) == (Kind.HARD_LIMIT, Kind.DEFAULT, Kind.DEFAULT)
    assert two.adjustments == {"guest": Adjustment.EXPLICIT}
    assert three.adjustments == {"guest": Adjustment.IMPLICIT}


def test_adjusters_that_are_written_may_be_implicit() -> None:
    text = (
        "# A {#a authority=root}\n\nIt should.\n{#b kind=default default=on adjustable_by=developer,user:implicit}\n\n"
        "It may.\n{#c kind=default authority=guideline default=on}\n"
    )
    by_id = {clause.id: clause for clause in compile_spec(f"---\nspec: x\n---\n{text}").clauses}
    assert by_id["b"].adjustments == {"developer": Adjustment.EXPLICIT, "user": Adjustment.IMPLICIT}
    assert by_id["b"].adjustable_by == ("developer", "user")
    assert by_id["c"].adjustments == {"developer": Adjustment.IMPLICIT, "user": Adjustment.IMPLICIT}
    assert by_id["c"].inferred == ("adjustable_by",)


@pytest.mark.parametrize(
    ("adjusters", "message"),
    [("user:sometimes", "unknown way `sometimes` to adjust"), ("user,user:implicit", "names something twice")],
)
def test_a_wrong_way_to_adjust_is_a_mistake(adjusters: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compile_spec(f"# A {{#a authority=root}}\n\nIt.\n{{#b kind=default default=on adjustable_by={adjusters}}}\n")


def test_exceptions_lifts_weights_and_notes_are_fields_of_the_clause() -> None:
    text = (
        "---\nspec: x\ntags: {under_18: young}\n---\n# A {#a authority=root}\n\n"
        "It must protect.\n{#p kind=protection severity=critical beneficiary=user waivable_by=user tags=under_18}\n\n"
        "It may speak plainly[^ab12], see [?](#p).\n{#m kind=permission lifts=p unless=under_18}\n\n"
        "Consent weighs.\n{#f kind=factor weight_of=consent}\n"
    )
    by_id = {clause.id: clause for clause in compile_spec(text).clauses}
    assert (by_id["p"].severity, by_id["p"].beneficiary, by_id["p"].tags) == ("critical", "user", ("under_18",))
    assert (by_id["m"].lifts, by_id["m"].unless, by_id["m"].evaluations) == (("p",), ("under_18",), ("ab12",))
    assert by_id["m"].refers_to == ("p",)
    assert [(item.condition, item.inferred) for item in by_id["m"].exemptions] == [("under_18", False)]
    assert (by_id["f"].weight_of, by_id["f"].inferred) == ("consent", ("polarity",))


@pytest.mark.parametrize(("lifts", "message"), [("q", "lifts `q`, which does not exist"), ("l", "hard limit `l`")])
def test_nothing_lifts_what_does_not_exist_and_nobody_a_hard_limit(lifts: str, message: str) -> None:
    text = "# A {#a authority=root}\n\nIt must not.\n{#l kind=hard_limit}\n\n"
    with pytest.raises(InputError, match=message) as caught:
        compile_spec(f"{text}It may.\n{{#m kind=permission lifts={lifts}}}\n")
    assert caught.value.help


def test_a_good_reply_beside_a_bad_one_that_names_a_clause_shows_the_same_clause() -> None:
    text = (
        "# A {#a authority=root kind=rule}\n\nIt must.\n{#b}\n\nIt should.\n{#c}\n\n"
        "**Example**: x\n\n~~~xml\n<user>\nHi.\n"
        "</user>\n<comparison>\n<assistant> <!-- GOOD -->\nOne.\n</assistant>\n"
        "<assistant> <!-- BAD[#c]: why -->\nTwo.\n"
        "</assistant>\n</comparison>\n~~~\n"
    )
    (example,) = compile_spec(text).clause("c").examples
    assert [(v.verdict.value, v.clause_id, v.inferred, v.reason, v.reply) for v in example.verdicts] == [
        ("GOOD", "c", True, "", "One."),
        ("BAD", "c", False, "why", "Two."),
    ]


def test_without_refuses_what_is_no_marked_clause() -> None:
    with pytest.raises(InputError, match="there is no clause"):
        without(CONSTITUTION, compile_spec(CONSTITUTION).clauses[0].id)
