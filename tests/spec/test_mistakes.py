"""A wrong document gets errors that name the line, the cause and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from soulwright.errors import InputError
from soulwright.spec import SpecErrors, compile_spec, load_spec

HEAD = "---\nspec: x\nlevels: [provider, operator, user]\n---\n# A {#a authority=provider kind=rule}\n\n"  # 6 lines
GOOD = "It must help.\n{#a.good}\n\n"  # 3 lines


def _only_mistake(text: str) -> InputError:
    with pytest.raises(SpecErrors) as caught:
        compile_spec(text, "x.md")
    assert len(caught.value.errors) == 1, str(caught.value)
    return caught.value.errors[0]


@pytest.mark.parametrize(
    ("clause", "line", "message", "remedy", "underlined"),
    [
        ("It must.\n{#a.good}", 11, "the id `a.good` is taken by line 8", "choose another id", "#a.good"),
        ("It must.\n{#a}", 11, "the id `a` is taken by line 5", "choose another id", "#a"),
        ("It must.\n{#b knid=rule}", 11, "unknown attribute `knid`", "did you mean `kind`?", "knid="),
        ("It must.\n{#b unless=a!b}", 11, "`a!b` in `unless` is not a word", "write `unless=one,two`", "a!b"),
        ("It must.\n{#b kind=rul}", 11, "unknown kind `rul`", "did you mean `rule`?", "kind=rul"),
        ("It must.\n{#b kind=zzz}", 11, "unknown kind `zzz`", "known are hard_limit, ", "kind=zzz"),
        (
            "It must.\n{#b authority=root}",
            11,
            "unknown level `root`",
            "the levels are provider, operator, user",
            "root",
        ),
        ("It must.\n{#b polarity=mut}", 11, "unknown polarity `mut`", "known are must, ", "mut"),
        ("It helps.\n{#b}", 11, "the clause `b` does not say how strongly it asks", "add `polarity=`", "#b"),
        (
            "It may.\n{#b kind=default}",
            11,
            "the default clause `b` has no default",
            "add `default=off`",
            "kind=default",
        ),
        (
            "It may.\n{#b kind=default default=maybe}",
            11,
            "the default `maybe` is not among the values",
            "choose one of off, on",
            "default=maybe",
        ),
        (
            "It may.\n{#b kind=default default=on adjustable_by=usr}",
            11,
            "unknown level `usr`",
            "did you mean `user`?",
            "usr",
        ),
        (
            "It may.\n{#b kind=default default=on values=on,on}",
            11,
            "`values` names something twice",
            "name each once",
            "values=",
        ),
        ("It must.\n{#b default=on}", 11, "`default` on a clause of kind `rule`", "make it `kind=default`", "default="),
        (
            "It must not.\n{#b kind=hard_limit adjustable_by=operator}",
            11,
            "nobody may adjust a hard limit",
            "remove `adjustable_by`",
            "adjustable_by=",
        ),
        ("It must.\n{#b rank=1}", 11, "`rank` on a clause of kind `rule`", "make it `kind=priority`", "rank="),
        ("It must.\n{#b kind=priority rank=0}", 11, "`0` is not a rank", "1 is the highest", "rank=0"),
        ("It must.\n{#b tolerance=1.5}", 11, "the tolerance `1.5` is no share", "from 0 to below 1", "1.5"),
        ("It must.\n{#b about=}", 11, "`about` has no value", "give it one", "about"),
        ("It must.\n{#b kind=rule kind=rule}", 11, "`kind` is given twice", "keep one of the two", "kind"),
        ("It must.\n{#b kind rule}", 11, "`kind rule` is not an attribute", "write it as `{#id key=value", "kind rule"),
        ("It must.\n{#b", 11, "the attributes are not closed", "end the line with `}`", "{#b"),
        ("It must.\n{kind=rule}", 11, "attributes without an id", "begin them with `#some.id`", "{kind=rule}"),
        ("It must.\n{#bé}", 11, "`bé` cannot be an id", "use letters", "bé"),
        ("It must.\n\n{#b}", 12, "an attribute line with no clause before it", "no blank line between", "{#b}"),
        ("It must. {#b}", 10, "attributes at the end of a line of prose", "on a line of their own", "{#b}"),
        ("It must.\n{#b}\n{#c}", 12, "an attribute line with no clause before it", "directly beneath", "{#c}"),
        ("~~~xml\n<user>", 10, "the fence `~~~` is never closed", "add a line `~~~` where it ends", "~~~"),
        ("## B {#b authority=provider", 10, "the attributes of this heading are not closed", "end the heading", "{#b"),
        ("## B {#b colour=red}", 10, "unknown attribute `colour`", "known for a heading are", "colour="),
        ("## B {#b kind=wish}", 10, "unknown kind `wish`", "known are", "kind=wish"),
    ],
)
def test_a_wrong_clause_names_its_line_its_cause_and_its_remedy(
    clause: str, line: int, message: str, remedy: str, underlined: str
) -> None:
    error = _only_mistake(HEAD + GOOD + clause + "\n")
    assert (error.source, error.line, error.message) == ("x.md", line, message)
    assert remedy in error.help
    assert error.excerpt[error.column - 1 : error.column - 1 + error.length].startswith(underlined)


@pytest.mark.parametrize(
    ("front", "line", "message", "remedy"),
    [
        ("spec: x\nlevles: [a]", 3, "unknown key `levles` in the front matter", "did you mean `levels`?"),
        ("spec: x\nspec: y", 3, "`spec` stands twice in the front matter", "keep one of the two"),
        ("spec: [x", 3, "the front matter is not YAML", "write `key: value` lines"),
        ("- x", 2, "the front matter is not a mapping", "write `key: value` lines"),
        ("spec: &a x\nlabel: *a", 2, "the front matter uses YAML anchors or aliases", "plain `key: value` lines"),
        ("spec: x\nlabel: 2026-13-45", 1, "the front matter cannot be read", "write `key: value` lines"),
        ("spec: x\nlabel: !!python/name:os.system x", 3, "the front matter is not YAML", "write `key: value` lines"),
        ("spec: x\ntags: " + "[" * 5000, 3, "the front matter is nested deeper than 8", "plain `key: value` lines"),
        ("spec: " + "x" * 30_000, 2, "the front matter is longer than 20000 characters", "plain `key: value` lines"),
        ("spec: x\nlevels: [provider, provider]", 3, "`levels` is not a list of different names", "highest first"),
        ("spec: x\nalias: {boss: nobody}", 3, "`alias` does not lead to declared levels", "write `alias:"),
        ("spec: x\ntolerance: {rule: 1}", 3, "the tolerance `1` of `rule` is no share", "from 0 to below 1"),
        ("spec: x\ntolerance: {rul: 0.1}", 3, "unknown kind `rul` in `tolerance`", "did you mean `rule`?"),
        ("spec: x\nsettings: perhaps", 3, "`settings` cannot be `perhaps`", "write one of bind, yield"),
        ("spec: x\ntags: 7", 3, "`tags` does not explain its tags", "write `tags:"),
        ("spec: x\nlevels: {root: {b: explicit}}", 3, "`levels` does not say who may override `root`", "write `root:"),
        ("spec: x\n? [a]\n: b", 3, "the front matter is not YAML", "write `key: value` lines"),
        ("spec: x\n? {a: b}\n: b", 3, "the front matter is not YAML", "write `key: value` lines"),
        ("spec: x\nversion:", 3, "`version` has no value", "write `version: some-text`"),
    ],
)
def test_wrong_front_matter_names_its_line_its_cause_and_its_remedy(
    front: str, line: int, message: str, remedy: str
) -> None:
    error = _only_mistake(f"---\n{front}\n---\n# A {{#a authority=root kind=rule}}\n\n{GOOD}")
    assert error.line == line
    assert error.message.startswith(message)
    assert remedy in error.help


def test_front_matter_that_never_ends_is_a_mistake() -> None:
    assert _only_mistake("---\nspec: x\n").message == "the front matter is never closed"


def test_a_document_without_a_clause_is_a_mistake() -> None:
    error = _only_mistake("# Only prose\n\nIt is kind.\n")
    assert (error.line, error.message) == (1, "the document has no clause")
    assert "{#care.kindness kind=rule authority=provider}" in error.help


def test_an_empty_document_is_a_mistake() -> None:
    assert _only_mistake("").message == "the document has no clause"


def test_a_clause_without_kind_or_authority_is_two_mistakes() -> None:
    with pytest.raises(SpecErrors) as caught:
        compile_spec("It must.\n{#b}\n")
    assert [error.message for error in caught.value.errors] == [
        "the clause `b` has no kind",
        "the clause `b` has no authority",
    ]


def test_two_clauses_cannot_govern_one_behaviour() -> None:
    twice = "".join(f"It may.\n{{#{name} kind=default about=oaths default={name}}}\n\n" for name in ("on", "off"))
    error = _only_mistake(HEAD + twice)
    assert (error.line, error.message) == (10, "`oaths` is governed by `on` on line 7 already")


def test_two_priorities_cannot_share_a_rank() -> None:
    twice = "".join(f"It must.\n{{#{name} kind=priority rank=1}}\n\n" for name in ("b", "c"))
    assert _only_mistake(HEAD + twice).message == "`c` and `b` both have rank 1"


def test_all_mistakes_are_raised_at_once_in_the_order_of_the_document_and_twenty_are_listed() -> None:
    with pytest.raises(SpecErrors) as caught:
        compile_spec(HEAD + "".join(f"It must.\n{{#c{n} kind=wish}}\n\n" for n in range(25)), "x.md")
    assert [error.line for error in caught.value.errors] == [8 + 3 * n for n in range(25)]
    listed = str(caught.value).splitlines()
    assert (listed[0], listed[-1], len(listed)) == ("25 mistakes in x.md", "... and 5 more", 22)


def test_a_nul_character_names_its_line() -> None:
    error = _only_mistake(HEAD + "It must\0.\n{#b}\n")
    assert (error.line, error.message) == (7, "a NUL character in the document")


def test_a_file_in_another_encoding_names_the_line_of_the_first_wrong_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.md"
    path.write_bytes("# Title\n\ncafé\n".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8") as caught:
        load_spec(path)
    assert (caught.value.line, caught.value.help) == (3, "save it as UTF-8 and try again")


@pytest.mark.parametrize("name", ["absent.md", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot read the document"):
        load_spec(f"{tmp_path}/{name}")
