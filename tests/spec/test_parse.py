"""Every text has a tree, no byte of it is lost, and hostile ones cost no more than their length."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.errors import InputError
from soulwright.spec import (
    Admonition,
    CodeBlock,
    Document,
    ExampleBlock,
    Gap,
    HtmlComment,
    ListItem,
    Paragraph,
    Span,
    compile_spec,
    parse,
    sentences,
    unparse,
)

PIECES = st.sampled_from(
    [
        "# A {#a authority=root}\n",
        "## B\n",
        "Title\n=====\n",
        "---\n",
        "spec: x\n",
        "levels: [a, b]\n",
        "It must. It should not!\n",
        "{#b kind=rule}\n",
        "{#b kind=default",
        "- item: one. Two\n",
        "  1) nested\n",
        "    indented\n",
        "\ttabbed\n",
        "\n",
        "\r\n",
        "\r",
        "~~~xml\n",
        "~~~\n",
        "```\n",
        "**Example**: an example\n",
        "<user>\n",
        "</user>\n",
        "<comparison>\n",
        "</comparison>\n",
        "<assistant> <!-- BAD[#b]: why -->\n",
        "</assistant>\n",
        "*<assistant> <!-- GOOD\n",
        "<untrusted>\n",
        "[...]\n",
        '!!! meta "Commentary"\n',
        "!!! meta\n",
        "<!-- soulwright -->\n",
        "<!-- open\n",
        "--> after\n",
        "[?](#a) [x](#b) [y](https://z.example/(a)) [^ab12]\n",
        "`code",
        "**bold",
        "\ufeff",
        "\x00",
        "\ud800",
        "\u2028",
        "é",
        " ",
        "e.g. This. And\tthat?\n",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=200))


def _inside(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start <= inner.end <= outer.end


@given(TEXTS)
def test_unparse_gives_back_every_text(text: str) -> None:
    assert unparse(parse(text)) == text


@given(TEXTS)
def test_blocks_follow_each_other_without_hole_or_overlap(text: str) -> None:
    end = 0
    for block in parse(text).blocks:
        assert block.span.start == end
        assert block.raw == text[block.span.start : block.span.end]
        end = block.span.end
    assert end == len(text)


@given(TEXTS)
def test_every_node_lies_within_the_node_that_holds_it(text: str) -> None:
    document = parse(text)
    for block in document.blocks:
        if isinstance(block, Paragraph | ListItem):
            assert _inside(block.span, block.text_span)
            assert all(_inside(block.text_span, sentence.span) for sentence in sentences(block))
        elif isinstance(block, ExampleBlock):
            assert _inside(block.span, block.caption_span)
            assert all(_inside(block.code.span, turn.span) for turn in block.dialogue.turns)
        elif isinstance(block, Admonition):
            assert all(_inside(block.span, part.span) for part in block.body)
    for section in document.sections:
        assert _inside(section.whole, section.span)
        assert section.parent is None or _inside(section.parent.whole, section.whole)


@given(TEXTS)
def test_line_and_column_of_every_span_lead_to_its_first_character(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    document = parse(text)
    spans = [block.span for block in document.blocks if not isinstance(block, Gap)]
    for block in document.blocks:
        if isinstance(block, Paragraph | ListItem):
            spans.extend(sentence.span for sentence in sentences(block))
    for span in spans:
        assert lines[span.line - 1][span.column - 1 :][:1] == text[span.start : span.start + 1]


@given(TEXTS)
def test_what_cannot_be_compiled_is_said_with_line_and_remedy(text: str) -> None:
    try:
        compile_spec(text)
    except InputError as error:
        caught = error
    else:
        return
    assert caught.help
    assert caught.line is not None
    assert 1 <= caught.line <= text.count("\n") + text.count("\r") + 1


def _one(document: Document, sort: type) -> object:
    (found,) = [block for block in document.blocks if isinstance(block, sort)]
    return found


def test_a_comment_on_lines_of_its_own_is_no_prose() -> None:
    document = parse("One.\n\n<!-- soulwright-disable SW204: because\nit is so -->\n\nTwo.\n")
    comment = _one(document, HtmlComment)
    assert isinstance(comment, HtmlComment)
    assert comment.text == "soulwright-disable SW204: because\nit is so"
    assert [block.text for block in document.blocks if isinstance(block, Paragraph)] == ["One.", "Two."]


def test_a_comment_that_is_never_closed_or_followed_by_words_is_prose() -> None:
    for text in ("<!-- open\n\nMore.\n", "<!-- a --> words\n"):
        assert not [block for block in parse(text).blocks if isinstance(block, HtmlComment)]


def test_a_caption_without_a_dialogue_stays_a_paragraph_and_a_fence_without_a_caption_a_block_of_code() -> None:
    document = parse("**Example**: alone\n\nWords.\n\n~~~xml\n<user>\nHi.\n</user>\n~~~\n")
    assert not document.examples
    assert isinstance(_one(document, CodeBlock), CodeBlock)


def test_lines_with_a_rule_beneath_are_headings_and_a_rule_alone_is_none() -> None:
    document = parse("One\n===\n\nTwo\n---\n\nWords.\n\n---\n\nMore.\n")
    assert [(section.title, section.level) for section in document.sections] == [("One", 1), ("Two", 2)]


def test_two_rules_with_a_heading_between_them_are_no_front_matter() -> None:
    document = parse("---\n\n# Title\n\n---\n\nIt must.\n")
    assert document.front_matter.written is None
    assert [section.title for section in document.sections] == ["Title"]


def test_a_heading_without_an_id_is_named_after_its_title_and_the_titles_around_it() -> None:
    document = parse("# A b\n\n## Overview\n\n# C\n\n## Overview\n\n## Overview\n")
    assert [section.id for section in document.sections] == ["a_b", "overview", "c", "c/overview", "c/overview.2"]


def test_sentences_do_not_end_at_abbreviations_in_code_or_in_links() -> None:
    text = (
        'Ask (e.g. `a. B`) [Dr. No. Really](https://a.b/?C. D). See "this." Then, cf. Smith, it ends... Now![^ab12] Go.'
    )
    (block,) = (block for block in parse(text).blocks if isinstance(block, Paragraph))
    assert [text[item.span.start : item.span.end][-10:] for item in sentences(block)] == [
        "(e.g. `a. B`) [Dr. No. Really](https://a.b/?C. D)."[-10:],
        'See "this."'[-10:],
        "it ends..."[-10:],
        "Now![^ab12]"[-10:],
        "Go.",
    ]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("<user>\nHi.\n", ["tag-unbalanced"]),
        ("<user>\nHi.\n<assistant>\nHo.\n</assistant>\n", ["tag-unbalanced"]),
        ("</user>\n", ["tag-unbalanced"]),
        ("<comparison>\n<assistant>\nHo.\n</assistant>\n", ["tag-unbalanced"]),
        ("<comparison>\n<user>\nHo.\n</user>\n</comparison>\n", ["not-a-reply"]),
        ("Hello.\n", ["text-outside-turn"]),
        ("[...]\n", ["elision"]),
        ("*<user>\nHi.\n</user>\n", ["stray-star"]),
        ("<user>\nHi.\n </user>\n", ["stray-blank"]),
        ("<usr>\nHi.\n</usr>\n", ["unknown-role"]),
        ("<assistant> <!-- BADD: x -->\nHi.\n</assistant>\n", ["unknown-verdict"]),
        ("<assistant> <!-- BAD: x\nHi.\n</assistant>\n", ["note-open"]),
        ("<system>\n<untrusted>\nx\n</system>\n", ["tag-unbalanced"]),
        ("<assistant> <!-- a remark -->\n<b>5 < 6 & 7</b>\n</user>\n</assistant>\n", []),
    ],
)
def test_what_is_irregular_in_a_dialogue_is_named(body: str, codes: list[str]) -> None:
    (example,) = parse(f"**Example**: x\n\n~~~xml\n{body}~~~\n").examples
    assert [problem.code for problem in example.dialogue.problems] == codes
    assert all(problem.help for problem in example.dialogue.problems)


@pytest.mark.parametrize(
    ("note", "verdict", "clause", "reason"),
    [
        ("GOOD", "GOOD", None, ""),
        ("BAD: it lies", "BAD", None, "it lies"),
        ("BAD[#a.b]: it lies", "BAD", "a.b", "it lies"),
        ("BAD[#a.b]", "BAD", "a.b", ""),
        ("OK, given the doubt", "OK", None, "given the doubt"),
        ("GOODNESS knows", None, None, "GOODNESS knows"),
        ("a remark", None, None, "a remark"),
    ],
)
def test_a_note_is_read_as_verdict_clause_and_reason(note: str, verdict: str, clause: str, reason: str) -> None:
    (example,) = parse(f"**Example**: x\n\n~~~xml\n<assistant> <!-- {note} -->\nHi.\n</assistant>\n~~~\n").examples
    (turn,) = example.dialogue.turns
    assert (turn.verdict, turn.clause_id, turn.reason) == (verdict, clause, reason)


HOSTILE: dict[str, Callable[[int], str]] = {
    "one long line": lambda n: "a" * n,
    "one long line of blanks": lambda n: " " * n + "x",
    "blanks in a sentence": lambda n: "It must" + " " * n + "not[^",
    "openings of links": lambda n: "[" * n,
    "openings of link texts and addresses": lambda n: "[a](" * (n // 4),
    "stars": lambda n: "*a " * (n // 3),
    "underscores": lambda n: "_a " * (n // 3),
    "backquotes": lambda n: "`a\n\n" * (n // 4),
    "comments that never close": lambda n: "<!-- a\n\n" * (n // 8),
    "comments with words behind": lambda n: "<!--\n\n" * (n // 6) + "--> x",
    "openings of fences": lambda n: "~~~\n" * (n // 4),
    "longer and longer fences": lambda n: "\n".join("`" * (3 + k % 50) for k in range(n // 30)),
    "turns that never close": lambda n: "**Example**: x\n\n~~~xml\n" + "<user>\n" * (n // 7) + "~~~\n",
    "comparisons that never close": lambda n: "**Example**: x\n\n~~~xml\n" + "<comparison>\n" * (n // 13) + "~~~\n",
    "notes that never close": lambda n: "**Example**: x\n\n~~~xml\n" + "<user> <!--" + "-->a" * (n // 4) + "\n~~~\n",
    "the same heading": lambda n: "# A\n\n" * (n // 5),
    "the same sentence": lambda n: "It must. " * (n // 9),
    "the same clause": lambda n: "It must.\n\n" * (n // 10),
    "the same id": lambda n: "It must.\n{#a kind=rule authority=root}\n\n" * (n // 42),
    "priorities": lambda n: "".join(f"P.\n{{#p{k} kind=priority authority=root}}\n\n" for k in range(n // 42)),
    "list items": lambda n: "It must:\n\n" + "- a\n" * (n // 4),
    "attributes": lambda n: "It must.\n{#a " + "b=c " * (n // 4) + "}\n",
    "an attribute that never ends": lambda n: "It must.\n{#a b=" + "c" * n,
    "braces": lambda n: "{#" * (n // 2) + "\n",
    "admonitions": lambda n: "!!! meta\n    It must.\n\n" * (n // 24),
    "exceptions": lambda n: "It must unless " * (n // 15),
    "carriage returns": lambda n: "\r" * n,
    "front matter that never ends": lambda n: "---\nspec: x\n" + "a: b\n" * (n // 5),
    "front matter of brackets": lambda n: "---\nspec: " + "[" * n + "\n---\n",
    "front matter of aliases": lambda n: "---\na: &a [x, x]\n" + "b: [*a, *a]\n" * (n // 12) + "---\n",
}


def _seconds(text: str) -> float:
    """What compiling takes, in seconds of this process, so that a busy machine does not count.

    Nor does the collector, which goes through what all other tests have left behind.
    """
    gc.disable()
    start = time.process_time()
    try:
        compile_spec(text)
    except InputError as error:
        said = str(error)
    else:
        said = ""
    seconds = time.process_time() - start
    gc.enable()
    assert len(said) < 20_000
    return seconds


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_cost_no_more_than_their_length(name: str) -> None:
    small = min(_seconds(HOSTILE[name](6_000)) for _ in range(3))
    large = _seconds(HOSTILE[name](60_000))
    # A square would be a hundred times; what is busy beside us costs some of ours too.
    assert large < max(50 * small, 2.0), f"{small:.3f} s grew to {large:.3f} s with ten times the text"


@pytest.mark.parametrize("text", ["x" * 50_000_000, "x\n" * 5_000_000])
def test_a_text_that_is_too_long_is_refused_at_once_and_still_not_lost(text: str) -> None:
    start = time.process_time()
    assert unparse(parse(text)) == text
    with pytest.raises(InputError, match="longer than 8000000 characters") as caught:
        compile_spec(text)
    assert len(caught.value.excerpt) < 1000
    assert time.process_time() - start < 5
