"""A question shows a clause, what belongs to it, and as much of the rest as there is room for."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from jinja2 import meta
from tests.consult.conftest import DOCUMENT

from soulwright.consult import questions
from soulwright.consult._prompts import ClauseQuestion, Objection, _environment, load_prompt
from soulwright.spec import Spec, compile_spec

PROMPTS = sorted((Path(__file__).parents[2] / "src/soulwright/consult/prompts").glob("*.md"))


def test_a_question_holds_the_clause_its_reasons_and_the_other_clauses(spec: Spec) -> None:
    first = questions(spec)[0].text
    assert '<clause id="limits.weapons" kind="hard_limit" authority="provider" section="limits">' in first
    assert "Because people get hurt." in first
    assert '<other id="tone.warm" kind="character" authority="provider">' in first
    assert '<other id="limits.weapons"' not in first


def test_clauses_of_the_same_section_are_shown_first_and_what_has_no_room_is_counted(spec: Spec) -> None:
    tight = questions(spec, context_tokens=15)[0].text
    assert '<other id="limits.answers"' in tight
    assert "tone.warm" not in tight
    assert "1 further ones are not shown" in tight
    assert "<other" not in questions(spec, context_tokens=0)[0].text


def test_words_of_a_document_are_never_read_as_a_template() -> None:
    spec = compile_spec(DOCUMENT.replace("help with weapons", "help with {{ weapons }} or {% raw %}"))
    assert "help with {{ weapons }} or {% raw %}." in questions(spec)[0].text


def test_the_key_of_a_question_changes_with_its_words_and_with_nothing_else(spec: Spec) -> None:
    moved = compile_spec(DOCUMENT.replace("# Limits", "\n\n# Limits"))
    assert [one.key for one in questions(spec)] == [one.key for one in questions(moved)]
    reworded = compile_spec(DOCUMENT.replace("usually", "always"))
    assert all(one.key != other.key for one, other in zip(questions(spec), questions(reworded), strict=True))
    alone = [
        one.clause.id
        for one, other in zip(questions(spec, context_tokens=0), questions(reworded, context_tokens=0), strict=True)
        if one.key != other.key
    ]
    assert alone == ["limits.weapons"]


@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: path.stem)
def test_every_prompt_says_its_version_what_it_takes_and_what_it_gives_and_uses_all_of_it(path: Path) -> None:
    prompt = load_prompt(path.stem)
    assert prompt.name == f"consult.{path.stem}"
    assert prompt.version >= 1
    assert prompt.gives == "answer/1"
    assert len(prompt.hash) == 64
    used = meta.find_undeclared_variables(_environment().parse(prompt.template))
    assert used == {field.name for field in fields(prompt.takes)}


def test_a_prompt_refuses_an_input_that_is_not_its_own() -> None:
    with pytest.raises(TypeError, match=r"`consult.again` takes Objection, not ClauseQuestion"):
        load_prompt("again").render(
            ClauseQuestion(
                name="x", version="1", levels=(), clause_id="a", kind="rule", authority="user", section="s", text="t",
                inferred=(), adjustable_by=(), reasons=(), examples=(), others=(), omitted=0,
            )
        )  # fmt: skip
    assert "It was red" in load_prompt("again").render(Objection(detail="It was red"))


def test_a_prompt_that_uses_what_its_input_has_not_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from soulwright.consult import _prompts

    (tmp_path / "odd.md").write_text(
        "---\nprompt: odd\nversion: 1\ninput: Objection\noutput: answer/1\n---\n{{ mood }}\n"
    )
    monkeypatch.setattr(_prompts, "_FOLDER", tmp_path)
    with pytest.raises(ValueError, match="uses mood"):
        load_prompt("odd")


def test_a_default_says_who_may_change_it() -> None:
    text = DOCUMENT.replace("kind=character", "kind=default default=off adjustable_by=operator,user")
    spec = compile_spec(text)
    assert 'adjustable_by="operator, user"' in questions(spec)[2].text
    assert replace(spec).clause("tone.warm").default == "off"
