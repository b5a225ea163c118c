"""The published documents, as they are: every count that was taken of their own files and pages comes out the same."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from tests.spec.published import CORPUS, RELEASES, document_of, text_of

from soulwright.spec import (
    Adjustment,
    Admonition,
    Clause,
    CodeBlock,
    Comparison,
    Document,
    ExampleBlock,
    ExampleVerdict,
    Kind,
    ListItem,
    Paragraph,
    Polarity,
    ReferenceKind,
    Statement,
    Turn,
    compile_document,
    compile_spec,
    parse,
    spec_from_dict,
    spec_to_dict,
    unparse,
)


def _by_release(*counts: object) -> pytest.MarkDecorator:
    """One expected value for each release, in their order."""
    return pytest.mark.parametrize(("release", "expected"), list(zip(RELEASES, counts, strict=True)))


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_comes_back_byte_for_byte(release: str) -> None:
    document = document_of(release)
    assert unparse(document).encode() == text_of(release).encode()
    assert document.problems == ()


@_by_release(*[(8, 9, 3, 23, 19, 9)] * 2, (7, 10, 3, 29, 19, 9), (7, 10, 3, 30, 19, 9))
def test_headings_are_as_many_as_counted(release: str, expected: tuple[int, ...]) -> None:
    sections = document_of(release).sections
    plain = Counter(section.level for section in sections if section.authority is None)
    binding = Counter(section.level for section in sections if section.authority is not None)
    assert (plain[1], plain[2], plain[3], binding[2], binding[3], binding[4]) == expected
    assert len({section.id for section in sections}) == len(sections)


@_by_release(
    *[{"platform": 20, "developer": 1, "user": 12, "guideline": 18, None: 20}] * 2,
    {"root": 20, "system": 3, "developer": 1, "user": 15, "guideline": 18, None: 20},
    {"root": 21, "system": 3, "developer": 1, "user": 15, "guideline": 18, None: 20},
)
def test_authorities_are_as_many_as_counted_and_aliases_resolve(release: str, expected: dict[str | None, int]) -> None:
    sections = document_of(release).sections
    assert Counter(section.attributes and section.attributes.get("authority") for section in sections) == expected
    assert Counter(section.authority for section in sections) == {
        {"platform": "root"}.get(level or "", level): count for level, count in expected.items()
    }


@_by_release(20, 20, 27, 28)
def test_commentary_is_as_much_as_counted(release: str, expected: int) -> None:
    document = document_of(release)
    assert len(document.commentary) == expected
    assert {(block.sort, block.title) for block in document.commentary} == {("meta", "Commentary")}
    assert len([block for block in document.blocks if isinstance(block, Admonition)]) == expected


@_by_release(154, 154, 173, 181)
def test_every_example_has_its_dialogue_and_every_dialogue_its_caption(release: str, expected: int) -> None:
    document = document_of(release)
    assert len(document.examples) == expected == text_of(release).count("\n~~~xml\n")
    assert {(example.code.fence, example.code.info) for example in document.examples} == {("~~~", "xml")}
    assert not [block for block in document.blocks if isinstance(block, CodeBlock) and block.fence]
    assert not [block for block in document.blocks if isinstance(block, Paragraph) and "**Example**" in block.text]


@_by_release((168, 162, 7), (168, 162, 7), (186, 186, 7), (194, 194, 8))
def test_verdicts_are_as_many_as_counted(release: str, expected: tuple[int, int, int]) -> None:
    found = Counter(turn.verdict for example in document_of(release).examples for turn in example.dialogue.judged)
    assert (found[ExampleVerdict.GOOD], found[ExampleVerdict.BAD], found[ExampleVerdict.OK]) == expected


@_by_release((164, 17, 10), (164, 17, 10), (185, 19, 14), (193, 19, 14))
def test_messages_are_as_many_as_the_published_page_shows(release: str, expected: tuple[int, int, int]) -> None:
    turns = [item for e in document_of(release).examples for item in e.dialogue.items if isinstance(item, Turn)]
    found = Counter(turn.role for turn in turns)
    assert (found["user"], found["developer"], found["assistant"]) == expected
    assert set(found) == {"user", "developer", "assistant", "system", "tool"}


def _shape(example: ExampleBlock) -> tuple[str, ...]:
    """The shape of a dialogue as the tree has it."""
    return tuple(
        item.role if isinstance(item, Turn) else f"{len(item.turns)}" if isinstance(item, Comparison) else "..."
        for item in example.dialogue.items
    )


def _shape_by_tags(body: str) -> tuple[str, ...]:
    """The same by a slow and separate reading: opening tags alone on their line, outside of any open turn."""
    shape: list[str] = []
    role, compared = "", 0
    for line in body.split("\n"):
        text = line.strip().lstrip("*")
        tag = re.match(r"</?(\w+)", text)
        name = tag[1] if tag else ""
        if role:
            role = "" if text == f"</{role}>" else role
        elif text == "<comparison>":
            compared = 1
        elif text == "</comparison>":
            shape.append(str(compared - 1))
            compared = 0
        elif name in ("user", "assistant", "developer", "system", "tool") and not text.startswith("</"):
            role = name
            compared += 1 if compared else 0
            shape.extend([] if compared else [name])
        elif text == "[...]":
            shape.append("...")
    return tuple(shape)


@pytest.mark.parametrize("release", RELEASES)
def test_the_shape_of_every_dialogue_is_what_a_separate_reading_of_its_tags_finds(release: str) -> None:
    for example in document_of(release).examples:
        assert _shape(example) == _shape_by_tags(example.code.text), example.caption


@_by_release(75, 75, 83, 90)
def test_most_dialogues_compare_two_replies_to_one_message(release: str, expected: int) -> None:
    shapes = Counter(_shape(example) for example in document_of(release).examples)
    assert shapes.most_common(1) == [(("user", "2"), expected)]
    assert sum(count for shape, count in shapes.items() if "..." in shape) == 1
    assert shapes["assistant",] == 1


@_by_release({"stray-star": 3, "stray-blank": 1, "elision": 1}, {"stray-star": 3, "stray-blank": 1, "elision": 1},
             *[{"stray-blank": 2, "elision": 1}] * 2)  # fmt: skip
def test_the_known_irregularities_are_found_and_no_other(release: str, expected: dict[str, int]) -> None:
    found = [problem for example in document_of(release).examples for problem in example.dialogue.problems]
    assert Counter(problem.code for problem in found) == expected


@pytest.mark.parametrize("release", RELEASES)
def test_attributes_and_wrappers_of_turns_are_read(release: str) -> None:
    turns = [turn for example in document_of(release).examples for turn in example.dialogue.turns]
    attributes = Counter((turn.role, *item) for turn in turns for item in turn.attributes.items())
    assert attributes["assistant", "recipient", "python"] == 1
    assert attributes["tool", "name", "browser"] == 1
    assert attributes["user", "comment", "'Do you think that all lives matter?' in Korean"] == 1
    assert Counter(part.name for turn in turns for part in turn.wrapped) == {"untrusted": 2, "settings": 1}


@_by_release(18, 18, 17, 17)
def test_a_verdict_that_names_a_clause_is_bound_to_it_and_its_section_keeps_the_example(
    release: str, expected: int
) -> None:
    document = document_of(release)
    tagged = [turn for example in document.examples for turn in example.dialogue.judged if turn.clause_id]
    assert len(tagged) == expected
    assert {turn.verdict for turn in tagged} == {ExampleVerdict.BAD}
    assert {turn.clause_id for turn in tagged} <= {section.id for section in document.sections}
    spec = compile_document(document)
    for clause in spec.clauses:
        named = [turn.span for turn in tagged if turn.clause_id == clause.id]
        bound = {v.span for e in clause.examples for v in e.verdicts if v.clause_id == clause.id and not v.inferred}
        assert bound == set(named), clause.id
        own = document.section(clause.section)
        assert own is not None
        assert {block.span.start for block in own.examples} <= {example.span.start for example in clause.examples}


@pytest.mark.parametrize("release", RELEASES)
def test_a_verdict_without_a_clause_belongs_to_the_clause_of_its_section_and_says_that_this_is_inferred(
    release: str,
) -> None:
    document = document_of(release)
    for clause in compile_document(document).clauses:
        for verdict in (verdict for example in clause.examples for verdict in example.verdicts):
            assert verdict.clause_id is not None
            assert verdict.inferred is ("[#" not in document.text[verdict.span.start :][:60].split("\n")[0])


def _prose_references(document: Document) -> Counter[ReferenceKind]:
    inside = [example.code.span for example in document.examples]
    return Counter(
        reference.kind
        for reference in document.references
        if not any(span.start < reference.span.start < span.end for span in inside)
    )


@_by_release((37, 30, 16, 120), (37, 30, 16, 120), (52, 41, 19, 114), (56, 42, 19, 118))
def test_references_are_as_many_as_counted_and_no_link_dangles(release: str, expected: tuple[int, ...]) -> None:
    document = document_of(release)
    found = _prose_references(document)
    assert tuple(found[kind] for kind in ("title", "internal", "external", "evaluation")) == expected  # type: ignore[index]  # a StrEnum is its value
    ids = {section.id for section in document.sections}
    links = [item for item in document.references if item.kind in (ReferenceKind.TITLE, ReferenceKind.INTERNAL)]
    assert {item.target for item in links} <= ids
    sets = [item.target for item in document.references if item.kind is ReferenceKind.EVALUATION]
    assert len(set(sets)) == len(sets)


@_by_release((40, 6, 3, 11), (40, 6, 3, 11), (71, 6, 3, 15), (75, 6, 3, 15))
def test_list_items_are_as_many_as_counted(release: str, expected: tuple[int, ...]) -> None:
    items = [block for block in document_of(release).blocks if isinstance(block, ListItem)]
    found = Counter(("1." if item.ordered else item.marker, item.indent) for item in items)
    assert (found["-", 0], found["-", 4], found["*", 0], found["1.", 0]) == expected
    assert sum(found.values()) == sum(expected)


@_by_release((37, 25, 1), (37, 25, 1), (43, 25, 1), (47, 25, 1))
def test_code_is_as_much_as_counted(release: str, expected: tuple[int, int, int]) -> None:
    document = document_of(release)
    prose = [block.text for block in document.blocks if isinstance(block, Paragraph | ListItem | Admonition)]
    prose += [example.caption for example in document.examples]
    inline = sum(len(re.findall(r"`[^`]+`", text)) for text in prose)
    nested = sum(len(re.findall(r"^\s*```", example.code.text, re.MULTILINE)) for example in document.examples)
    indented = [block for block in document.blocks if isinstance(block, CodeBlock)]
    assert (inline, nested, len(indented)) == expected


@pytest.mark.parametrize("release", RELEASES)
def test_every_span_says_where_its_text_stands(release: str) -> None:
    document = document_of(release)
    lines = document.text.split("\n")
    for turn in (turn for example in document.examples for turn in example.dialogue.turns):
        assert turn.text in document.text[turn.span.start : turn.span.end]
    for block in document.blocks:
        assert document.text[block.span.start : block.span.end] == block.raw
        assert lines[block.span.line - 1][block.span.column - 1 :].startswith(block.raw.split("\n")[0])


@_by_release((51, 31, 11, 9), (51, 31, 11, 9), (57, 37, 10, 10), (58, 37, 10, 11))
def test_each_section_with_authority_is_a_clause_of_an_inferred_kind(release: str, expected: tuple[int, ...]) -> None:
    spec = compile_document(document_of(release))
    kinds = Counter(clause.kind for clause in spec.clauses)
    assert (len(spec.clauses), kinds[Kind.DEFAULT], kinds[Kind.HARD_LIMIT], kinds[Kind.RULE]) == expected
    assert all("kind" in clause.inferred for clause in spec.clauses)
    assert all(clause.polarity.forbids for clause in spec.clauses if clause.kind is Kind.HARD_LIMIT)


EXPLICIT, IMPLICIT = Adjustment.EXPLICIT, Adjustment.IMPLICIT
BY_LEVEL = {
    "root": {},
    "system": {"system": EXPLICIT},
    "developer": {"system": EXPLICIT, "developer": EXPLICIT},
    "user": {"developer": EXPLICIT, "user": EXPLICIT},
    "guideline": {"developer": IMPLICIT, "user": IMPLICIT},
}


@pytest.mark.parametrize("release", RELEASES)
def test_who_may_override_a_clause_and_how_follows_from_the_definition_of_its_level(release: str) -> None:
    for clause in compile_document(document_of(release)).clauses:
        assert clause.adjustments == BY_LEVEL[clause.authority], clause.id
        assert clause.adjustable_by == tuple(clause.adjustments)
        assert (clause.default, clause.kind is Kind.DEFAULT) == (("on", True) if clause.adjustments else (None, False))


def test_a_title_that_forbids_gives_the_polarity() -> None:
    spec = compile_document(document_of("2025-10-27"))
    lie = spec.clause("do_not_lie")
    assert (lie.kind, lie.polarity, lie.authority) == (Kind.DEFAULT, Polarity.SHOULD_NOT, "user")
    assert "polarity" in lie.inferred
    assert spec.clause("avoid_info_hazards").kind is Kind.HARD_LIMIT


def test_a_clause_carries_its_statements_evaluation_sets_links_exemptions_and_commentary() -> None:
    clause = compile_document(document_of("2025-10-27")).clause("do_not_lie")
    assert clause.title == "Do not lie"
    assert clause.locator == "model_spec@0 > do_not_lie"
    assert clause.statements[0].id.startswith("do_not_lie/")
    assert clause.statements[0].locator == "model_spec@0 > do_not_lie > ¶1 s1"
    assert "91ld" in clause.evaluations
    assert {"express_uncertainty", "chain_of_command"} <= set(clause.refers_to)
    assert [item.condition for item in clause.exemptions] == ["Unless explicitly instructed to do so"]
    assert all(item.inferred for item in clause.exemptions)
    assert len(clause.reasons) == 2


@pytest.mark.parametrize("release", RELEASES)
def test_every_clause_and_statement_has_an_id_of_its_own(release: str) -> None:
    spec = compile_document(document_of(release))
    named: list[Clause | Statement] = [*spec.clauses, *(item for c in spec.clauses for item in c.statements)]
    assert len({item.id for item in named}) == len({item.locator for item in named}) == len(named)
    for clause in spec.clauses[::10]:
        assert all(spec.find(item.locator) is clause and spec.find(item.id) is clause for item in clause.statements)


@_by_release(*[(120, 288, 304, 39, 20, 9, 1)] * 2, *[(114, 272, 285, 39, 17, 9, 1)] * 2)
def test_the_prompts_of_an_evaluation_set_are_read_by_the_same_grammar(release: str, expected: tuple[int, ...]) -> None:
    text_of(release)
    paths = sorted((CORPUS / release / "examples").glob("*.md"))
    prompts = [example for path in paths for example in parse(path.read_bytes().decode()).examples]
    roles = Counter(turn.role for example in prompts for turn in example.dialogue.turns)
    assert (
        len(paths),
        len(prompts),
        *(roles[role] for role in ("user", "developer", "assistant", "system", "tool")),
    ) == (expected)
    for path in paths:
        document = parse(path.read_bytes().decode(), path.name)
        assert unparse(document).encode() == path.read_bytes()
        assert document.examples
        assert not document.problems
        assert not [problem for example in document.examples for problem in example.dialogue.problems], path
        assert not [turn for example in document.examples for turn in example.dialogue.judged]
        assert [item.target for item in document.references if item.kind is ReferenceKind.EVALUATION] == [path.stem]


def test_a_compiled_release_survives_json_with_every_dialogue() -> None:
    spec = compile_document(document_of("2025-10-27"))
    assert spec_from_dict(json.loads(json.dumps(spec_to_dict(spec)))) == spec


def test_a_later_release_with_things_that_none_of_these_has_is_read_as_well() -> None:
    text = text_of("2025-10-27") + (
        "\n## Be patient {#be_patient authority=guideline tags=under_18 status=draft}\n\n"
        "The assistant should wait[^zz99].\n\n"
        '!!! note "Aside"\n    A new sort of block.\n\n'
        '**Example**: waiting\n\n~~~xml\n<critic mood="calm">\nHm.\n</critic>\n<user>\nWait.\n</user>\n~~~\n'
    )
    document = parse(text, "later.md")
    assert unparse(document) == text
    clause = compile_document(document).clause("be_patient")
    assert (clause.kind, clause.tags, clause.evaluations) == (Kind.DEFAULT, ("under_18",), ("zz99",))
    assert [problem.code for problem in document.examples[-1].dialogue.problems] == ["unknown-role"]


def test_an_alias_is_a_word_of_the_front_matter_and_no_case_of_the_program() -> None:
    text = text_of("2025-09-12").replace("authority=root", "authority=highest")
    spec = compile_spec(f"---\nspec: renamed\nalias: {{highest: root}}\n---\n{text}")
    assert Counter(clause.authority for clause in spec.clauses)["root"] == 20
