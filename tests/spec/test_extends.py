"""A document that extends another adds and tightens; it never loosens a hard limit or a protection of it."""

from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest

from soulwright.errors import InputError
from soulwright.spec import Kind, Spec, SpecErrors, compile_spec, load_spec, spec_from_dict, spec_to_dict

PARENT = """\
---
spec: parent
version: 1.0.0
levels: [provider, operator, user]
tie: inaction
tolerance: {hard_limit: 0.05, protection: 0.1, otherwise: 0.2}
---
# Parent {#parent authority=provider}

It must not help with weapons.
{#weapons kind=hard_limit about=weapons}

It must say that it is an AI.
{#ai kind=protection about=ai waivable_by=user}

It should not swear.
{#oaths kind=default about=oaths default=off adjustable_by=operator,user:implicit}

It should not give doses.
{#doses kind=default about=doses default=off adjustable_by=operator requires=medical_setting}

It must be truthful.
{#truth kind=honesty}

It may decline.
{#decline kind=permission}

1. Safety.
   {#safe kind=priority}
1. Help.
   {#help kind=priority}
"""
CHILD = "---\nspec: child\nversion: 0.1.0\nextends: parent.md\n---\n# Child {#child authority=provider}\n\n"


def _compiled(clause: str, parent: str = PARENT) -> Spec:
    return compile_spec(f"{CHILD}{clause}\n", "child.md", parent=compile_spec(parent, "parent.md"))


def test_a_child_has_the_clauses_of_its_parent_and_then_its_own() -> None:
    spec = _compiled("It must be patient.\n{#patient kind=rule}")
    assert [clause.id for clause in spec.clauses] == [
        *("weapons", "ai", "oaths", "doses", "truth", "decline", "safe", "help"),
        "patient",
    ]
    assert {clause.source for clause in spec.clauses} == {"parent.md", ""}
    assert spec.clause("patient").source == ""
    assert spec.levels == ("provider", "operator", "user")


@pytest.mark.parametrize(
    "clause",
    [
        "It must not help with weapons.\n{#weapons kind=hard_limit tolerance=0.01}",
        "It must not help with weapons.\n{#weapons kind=hard_limit about=weapons severity=critical}",
        "It must say that it is an AI.\n{#ai kind=protection waivable_by=none}",
        "It should not swear, ever.\n{#oaths kind=default default=off adjustable_by=none}",
        "It should swear.\n{#oaths kind=default default=on adjustable_by=operator}",
        "It should not give doses.\n{#doses kind=default default=off requires=medical_setting,licence}",
        "It must always be truthful, and gently so.\n{#truth kind=honesty}",
        "It must not decline without a reason.\n{#decline kind=permission polarity=must_not}",
        "It must protect children.\n{#children kind=hard_limit polarity=must_not}",
        "It must be kind.\n{#kind kind=protection}",
        "It may tell stories.\n{#stories kind=default about=stories default=on}",
        "1. Play.\n   {#play kind=priority}",
    ],
)
def test_a_child_may_add_and_tighten(clause: str) -> None:
    assert len(_compiled(clause).clauses) >= 8


@pytest.mark.parametrize(
    ("clause", "message", "remedy"),
    [
        (
            "It must not help with weapons, mostly.\n{#weapons kind=hard_limit}",
            "is a hard limit and holds word for word",
            "add a stricter clause",
        ),
        (
            "It must not help with weapons.\n{#weapons kind=rule}",
            "`weapons` of `parent` is a hard limit and stays one",
            "write `kind=hard_limit`",
        ),
        (
            "It must not help with weapons.\n{#weapons kind=hard_limit tolerance=0.1}",
            "its tolerance may only fall",
            "at most 0.05",
        ),
        (
            "It must not help with weapons.\n{#weapons kind=hard_limit unless=war}",
            "gets a new exception",
            "leave `unless`",
        ),
        (
            "It must not help with weapons.\n{#weapons kind=hard_limit authority=operator}",
            "has the authority of the provider",
            "write `authority=provider`",
        ),
        (
            "It must not help with weapons.\n{#weapons kind=hard_limit about=swords}",
            "is about something else",
            "write `about=weapons`",
        ),
        (
            "It must say that it is an AI.\n{#ai kind=protection waivable_by=operator,user}",
            "is a protection that nobody else may waive",
            "leave `waivable_by`",
        ),
        (
            "It should say that it is an AI.\n{#ai kind=protection}",
            "is a protection and holds word for word",
            "repeat its words",
        ),
        (
            "It must say that it is an AI.\n{#ai kind=default default=on}",
            "`ai` of `parent` is a protection and stays one",
            "write `kind=protection`",
        ),
        (
            "It should not give doses.\n{#doses kind=default default=off requires=none}",
            "requires medical_setting",
            "write `requires=medical_setting`",
        ),
        (
            "It should give doses.\n{#doses kind=default default=on}",
            "`doses` of `parent` requires medical_setting to leave `off`",
            "write `default=off`",
        ),
        (
            "It should not give doses.\n{#doses kind=default default=off adjustable_by=operator,user}",
            "may not be adjusted by the user there",
            "write `adjustable_by=operator`",
        ),
        (
            "It should not swear.\n{#oaths kind=default default=off adjustable_by=operator:implicit}",
            "may not be adjusted by the operator there",
            "or fewer",
        ),
        (
            "It should not swear.\n{#oaths kind=default default=loud values=off,loud}",
            "gets values that it does not have there",
            "choose among off, on",
        ),
        ("It should be truthful.\n{#truth kind=honesty}", "asks `must` and would ask `should`", "strengthen"),
        ("It must not be truthful.\n{#truth kind=honesty}", "asks `must` and would ask `must_not`", "keep its force"),
        ("1. Help.\n   {#help kind=priority rank=1}", "`help` of `parent` has rank 2", "leave `rank` out"),
        ("It may.\n{#m kind=permission lifts=ai}", "would lift the protection `ai` of `parent`", "remove it"),
        ("It may.\n{#m kind=permission about=weapons}", "`weapons` is governed by `weapons` of `parent`", "restate it"),
        ("It may.\n{#m kind=default about=oaths default=on}", "`oaths` is governed by `oaths` of `parent`", "`#oaths`"),
        ("## Heading {#weapons}\n\nWords.", "the heading `weapons` has the id of a clause of `parent`", "another id"),
    ],
)
def test_a_child_may_not_loosen(clause: str, message: str, remedy: str) -> None:
    with pytest.raises(SpecErrors) as caught:
        _compiled(clause)
    assert len(caught.value.errors) == 1, str(caught.value)
    assert message in caught.value.message
    assert remedy in caught.value.help
    assert caught.value.source == "child.md"
    assert caught.value.line in (8, 9)


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("levels: [provider, user]", "the levels differ from those of `parent`"),
        ("tie: coin", "the tie rule differs from that of `parent`"),
        ("tolerance: {protection: 0.5}", "the tolerance of `protection` is 0.1 in `parent` and may only fall"),
    ],
)
def test_front_matter_may_not_loosen(front: str, message: str) -> None:
    text = CHILD.replace("extends:", f"{front}\nextends:") + "It must.\n{#x kind=rule}\n"
    with pytest.raises(SpecErrors) as caught:
        compile_spec(text, "child.md", parent=compile_spec(PARENT))
    assert message in caught.value.message


def test_what_a_restated_clause_leaves_out_it_keeps() -> None:
    spec = _compiled("It should not swear, please.\n{#oaths kind=default default=off}")
    oaths = spec.clause("oaths")
    assert (oaths.about, oaths.adjustable_by, oaths.source) == ("oaths", ("operator", "user"), "")
    assert oaths.text == "It should not swear, please."
    assert _compiled("It must not help with weapons.\n{#weapons kind=hard_limit}").clause("weapons").tolerance == 0.05


def test_new_priorities_come_after_those_of_the_parent() -> None:
    spec = _compiled("1. Play.\n   {#play kind=priority}\n1. Learn.\n   {#learn kind=priority}")
    assert [(clause.id, clause.rank) for clause in spec.priorities] == [
        *(("safe", 1), ("help", 2)),
        *(("play", 3), ("learn", 4)),
    ]


def test_tolerances_of_the_parent_hold_for_new_clauses_too() -> None:
    assert _compiled("It must not.\n{#new kind=hard_limit}").clause("new").tolerance == 0.05


def test_a_lower_tolerance_of_the_child_holds_for_what_it_inherits_and_a_higher_one_does_not() -> None:
    text = CHILD.replace("extends:", "tolerance: {protection: 0.02, honesty: 0.5}\nextends:")
    spec = compile_spec(text, "child.md", parent=compile_spec(PARENT, "parent.md"))
    assert (spec.clause("ai").tolerance, spec.clause("weapons").tolerance) == (0.02, 0.05)
    assert spec.clause("truth").tolerance == 0.2


def test_a_hash_covers_the_parent_and_a_lock_holds_all_of_it() -> None:
    clause = "It must be patient.\n{#patient kind=rule}"
    one, other = _compiled(clause), _compiled(clause, PARENT.replace("It may decline.", "It may refuse."))
    assert one.text == other.text
    assert one.hash != other.hash
    assert [parent.name for parent in one.parents] == ["parent"]
    data = json.loads(json.dumps(spec_to_dict(one)))
    assert spec_from_dict(data) == one
    data["parents"][0]["text"] += " "
    with pytest.raises(InputError, match="not the one it was made of"):
        spec_from_dict(data)


def _write(folder: Path, **extends: str) -> Path:
    for name, parent in extends.items():
        front = f"---\nspec: {name}\nextends: {parent}\n---\n" if parent else "---\nspec: top\n---\n"
        text = f"{front}# A {{#{name} authority=root}}\n\nIt must.\n{{#{name}.must kind=rule}}\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(extends))}.md"


def test_documents_may_extend_documents_that_extend_others(tmp_path: Path) -> None:
    spec = load_spec(_write(tmp_path, low="mid.md", mid="top.md", top=""))
    assert [clause.id for clause in spec.clauses] == ["top.must", "mid.must", "low.must"]
    assert [parent.name for parent in spec.parents] == ["mid", "top"]
    assert [Path(clause.source).name for clause in spec.clauses] == ["top.md", "mid.md", ""]
    assert spec_from_dict(spec_to_dict(spec)) == spec


def _error(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        load_spec(path)
    assert caught.value.help
    return caught.value


def test_a_circle_is_one_error_that_names_it(tmp_path: Path) -> None:
    error = _error(_write(tmp_path, a="b.md", b="c.md", c="a.md"))
    assert error.message == "the documents extend each other in a circle: a.md → b.md → c.md → a.md"
    assert (Path(error.source).name, error.line, error.excerpt) == ("c.md", 3, "extends: a.md")


def test_a_document_that_extends_itself_is_a_circle(tmp_path: Path) -> None:
    assert "a.md → a.md" in _error(_write(tmp_path, a="./a.md")).message


def test_a_long_chain_is_refused(tmp_path: Path) -> None:
    names = [f"d{number}" for number in range(20)]
    chain = {name: f"{below}.md" for name, below in pairwise(names)}
    assert _error(_write(tmp_path, **chain)).message == "a chain of more than 16 documents that extend each other"


@pytest.mark.parametrize("extends", ["/etc/passwd", "https://a.example/b.md", "c:\\b.md"])
def test_only_a_file_beside_the_document_can_be_extended(tmp_path: Path, extends: str) -> None:
    error = _error(_write(tmp_path, a=f"'{extends}'"))
    assert "is not a path beside this document" in error.message
    assert error.line == 3


def test_a_parent_that_is_missing_is_named_where_it_is_extended_and_a_wrong_one_by_itself(tmp_path: Path) -> None:
    path = _write(tmp_path, a="b.md")
    missing = _error(path)
    assert missing.message == "there is no file `b.md`, which this document extends"
    assert (Path(missing.source).name, missing.line, missing.excerpt) == ("a.md", 3, "extends: b.md")
    (tmp_path / "b.md").write_text("# B {#b authority=root}\n\nIt must.\n{#x kind=rul}\n", encoding="utf-8")
    error = _error(path)
    assert (Path(error.source).name, error.message) == ("b.md", "unknown kind `rul`")


def test_a_text_alone_cannot_be_extended_without_its_parent() -> None:
    with pytest.raises(InputError, match="which was not given") as caught:
        compile_spec(f"{CHILD}It must.\n{{#x kind=rule}}\n")
    assert "load the document from its file" in caught.value.help


def test_a_child_without_clauses_of_its_own_is_its_parent_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "parent.md").write_text(PARENT, encoding="utf-8")
    (tmp_path / "child.md").write_text(CHILD, encoding="utf-8")
    spec = load_spec(tmp_path / "child.md")
    assert [clause.kind for clause in spec.clauses][:2] == [Kind.HARD_LIMIT, Kind.PROTECTION]


def test_what_is_no_regular_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nspec: a\nextends: pipe\n---\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in _error(tmp_path / "a.md").message
