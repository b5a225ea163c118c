"""Documents become clauses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.errors import InputError
from soulwright.spec import Kind, Polarity, compile_spec, load_spec, spec_from_dict, spec_to_dict

SPECS = Path(__file__).parents[2] / "specs"

SMALL = """\
---
spec: small
version: 1.10
levels: [provider, operator, user]
tolerance:
  hard_limit: 0.02
  otherwise: 0.2
---
# Limits {#limits authority=provider kind=hard_limit}

The assistant must **never** help with the [thing](#thing)
[^ab12].
{#limits.thing about=thing}

!!! meta "Rationale"
    It is grave.

    And it is final.

**Example**: somebody asks

~~~xml
<user>
# not a heading
{#not.a.clause kind=nothing}
</user>
<comparison>
<assistant> <!-- BAD[#tone.oaths]: swore -->
...
</assistant>
</comparison>
~~~

## Tone {#tone kind=default}

- The assistant should not swear.
  {#tone.oaths about=oaths default=off adjustable_by=operator,user requires=adults}
- The assistant may joke.
  {#tone.jokes kind=permission authority=user tolerance=0.5 severity="not at all"}
"""


def test_a_clause_carries_its_words_without_the_markup() -> None:
    clause = compile_spec(SMALL).clause("limits.thing")
    assert clause.text == "The assistant must never help with the thing."


def test_kind_authority_and_reasons_come_from_the_section() -> None:
    clause = compile_spec(SMALL).clause("limits.thing")
    assert (clause.kind, clause.authority, clause.section) == (Kind.HARD_LIMIT, "provider", "limits")
    assert clause.reasons == ("It is grave. And it is final.",)


def test_a_subsection_inherits_the_authority_of_the_section_around_it() -> None:
    assert compile_spec(SMALL).clause("tone.oaths").authority == "provider"


def test_an_attribute_of_the_clause_wins_over_its_section() -> None:
    clause = compile_spec(SMALL).clause("tone.jokes")
    assert (clause.kind, clause.authority, clause.tolerance) == (Kind.PERMISSION, "user", 0.5)


@pytest.mark.parametrize(
    ("words", "polarity"),
    [
        ("It must help.", Polarity.MUST),
        ("It must never help.", Polarity.MUST_NOT),
        ("It never helps, but must say so.", Polarity.MUST_NOT),
        ("It should not help.", Polarity.SHOULD_NOT),
        ("It should help, and may joke.", Polarity.SHOULD),
        ("It may help.", Polarity.MAY),
    ],
)
def test_the_first_modal_of_the_text_gives_the_polarity(words: str, polarity: Polarity) -> None:
    spec = compile_spec(f"# A {{#a authority=root kind=rule}}\n\n{words}\n{{#a.b}}\n")
    assert spec.clause("a.b").polarity is polarity


def test_the_tolerance_comes_from_the_kind_then_from_otherwise() -> None:
    spec = compile_spec(SMALL)
    assert (spec.clause("limits.thing").tolerance, spec.clause("tone.oaths").tolerance) == (0.02, 0.2)


def test_a_default_clause_knows_its_values_adjusters_and_requirements() -> None:
    clause = compile_spec(SMALL).clause("tone.oaths")
    assert (clause.default, clause.values) == ("off", ("off", "on"))
    assert (clause.adjustable_by, clause.requires) == (("operator", "user"), ("adults",))


def test_an_example_belongs_to_the_clause_that_its_verdict_names_else_to_its_section() -> None:
    spec = compile_spec(SMALL)
    assert [example.caption for example in spec.clause("tone.oaths").examples] == ["somebody asks"]
    assert [example.caption for example in spec.clause("limits.thing").examples] == ["somebody asks"]
    assert spec.clause("tone.jokes").examples == ()


def test_nothing_inside_a_fence_is_a_heading_or_a_clause() -> None:
    assert [clause.id for clause in compile_spec(SMALL).clauses] == ["limits.thing", "tone.oaths", "tone.jokes"]


def test_a_span_holds_exactly_the_lines_of_the_clause() -> None:
    span = compile_spec(SMALL).clause("limits.thing").span
    assert SMALL[span.start : span.end].splitlines() == [
        "The assistant must **never** help with the [thing](#thing)",
        "[^ab12].",
        "{#limits.thing about=thing}",
    ]
    assert (span.line, span.column) == (11, 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_spans_are_exact_and_clauses_the_same_with_every_line_end(newline: str) -> None:
    spec = compile_spec(SMALL.replace("\n", newline))
    assert [(c.id, c.hash, c.span.line) for c in spec.clauses] == [
        (c.id, c.hash, c.span.line) for c in compile_spec(SMALL).clauses
    ]
    assert all(spec.text[c.span.start :].lstrip().startswith(("The", "-")) for c in spec.clauses)
    assert all(spec.text[: c.span.end].endswith("}") for c in spec.clauses)


def test_the_version_is_kept_as_it_was_typed() -> None:
    assert compile_spec(SMALL).version == "1.10"


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert compile_spec("\ufeff" + SMALL).name == "small"


def test_a_document_without_front_matter_has_the_published_levels_and_a_clause_for_each_section_with_authority() -> (
    None
):
    spec = compile_spec(
        "# Care {#care authority=platform}\n\nIt should care.\n\n## More {#more}\n\nIt must.\n", "x/care.md"
    )
    assert (spec.name, spec.levels[0]) == ("care", "root")
    assert [(c.id, c.kind, c.authority, c.text) for c in spec.clauses] == [
        ("care", Kind.RULE, "root", "It should care.")
    ]


def test_priorities_are_ranked_by_their_order_unless_they_say_otherwise() -> None:
    lines = "# P {#p authority=root kind=priority}\n\n1. A.\n   {#a}\n1. B.\n   {#b}\n"
    assert [c.id for c in compile_spec(lines).priorities] == ["a", "b"]
    written = lines.replace("{#a}", "{#a rank=2}").replace("{#b}", "{#b rank=1}")
    assert [c.id for c in compile_spec(written).priorities] == ["b", "a"]


def test_a_hash_does_not_notice_wrapping_or_the_order_of_attributes() -> None:
    moved = SMALL.replace("swear.", "\n  swear.").replace("about=oaths default=off", "default=off about=oaths")
    assert moved != SMALL
    assert compile_spec(moved).clause("tone.oaths").hash == compile_spec(SMALL).clause("tone.oaths").hash


@pytest.mark.parametrize(("old", "new"), [("swear", "curse"), ("default=off", "default=on"), ("requires=adults", "")])
def test_a_hash_notices_every_change_of_meaning_and_only_in_its_own_clause(old: str, new: str) -> None:
    before, after = compile_spec(SMALL), compile_spec(SMALL.replace(old, new))
    assert [b.id for b, a in zip(before.clauses, after.clauses, strict=True) if a.hash != b.hash] == ["tone.oaths"]


def test_a_changed_authority_of_the_section_changes_the_hash_of_what_inherits_it() -> None:
    after = compile_spec(SMALL.replace("{#limits authority=provider", "{#limits authority=operator"))
    assert after.clause("limits.thing").hash != compile_spec(SMALL).clause("limits.thing").hash
    assert after.clause("tone.jokes").hash == compile_spec(SMALL).clause("tone.jokes").hash


@pytest.mark.parametrize("text", [SMALL, SMALL.replace("version: 1.10", "version: 1\nlabel: 2026-11-01")])
def test_a_compiled_document_survives_json(text: str) -> None:
    spec = compile_spec(text)
    assert spec_from_dict(json.loads(json.dumps(spec_to_dict(spec)))) == spec


def test_a_lock_of_a_version_that_knew_fewer_fields_is_still_read() -> None:
    data = spec_to_dict(compile_spec(SMALL))
    clauses = data["clauses"]
    assert isinstance(clauses, list)
    for clause in clauses:
        for field in ("locator", "adjustments", "statements", "exemptions", "inferred", "source"):
            del clause[field]
    del data["parents"]
    assert [clause.hash for clause in spec_from_dict(data).clauses] == [c.hash for c in compile_spec(SMALL).clauses]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data | {"text": data["text"] + " "},
        lambda data: data | {"surprise": 1},
        lambda data: {key: value for key, value in data.items() if key != "clauses"},
        lambda data: data | {"clauses": [data["clauses"][0] | {"kind": "wish"}]},
        lambda data: data | {"clauses": [data["clauses"][0] | {"wish": 1}]},
        lambda _: [],
    ],
)
def test_a_damaged_lock_is_refused(damage) -> None:  # type: ignore[no-untyped-def]  # takes any JSON value
    with pytest.raises(InputError, match="compiled document"):
        spec_from_dict(damage(spec_to_dict(compile_spec(SMALL))))


def test_load_spec_reads_what_compile_spec_compiles(tmp_path: Path) -> None:
    path = tmp_path / "small.md"
    path.write_bytes(SMALL.encode())
    assert replace(load_spec(path), source="<text>") == compile_spec(SMALL)


def test_compiling_is_a_function_of_the_text() -> None:
    assert compile_spec(SMALL) == compile_spec(SMALL)


_FRAGMENTS = st.sampled_from(
    [
        "# A {#a authority=root kind=rule}\n",
        "It must.\n",
        "{#b}\n",
        "{#b kind=default",
        "- item\n",
        "\n",
        "~~~\n",
        "---\n",
        "!!! meta\n",
        "    x\n",
        "{",
        "}",
        '"',
        "=",
        "#",
        "&a *a\n",
        "spec: x\n",
        "[" * 30,
        "**Example**: e\n",
        "\r",
        "\t",
        "\x00",
        "levels: [a, a]\n",
        "tolerance: 3\n",
        "{#c kind=hard_limit adjustable_by=user}\n",
        "\ud800",
        "\u2028",
        "é",
    ]
)


@given(st.lists(_FRAGMENTS, max_size=25).map("".join))
def test_whatever_is_written_there_is_a_spec_or_an_input_error_and_nothing_else(text: str) -> None:
    try:
        assert compile_spec(text).clauses
    except InputError as error:
        caught = error
    else:
        return
    assert caught.help
    assert caught.line is not None
    assert 1 <= caught.line <= len(text) + 1
