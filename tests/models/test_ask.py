"""A typed question has an answer of the asked type, or the reason why there is none: nothing is guessed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentText,
    Model,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.util import LimitExceededError
from pydantic import BaseModel, ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import InputError
from soulwright.models import Answer, AnswerState, NotRead, PromptFile, ask, load_prompt, read_prompt

FILE = """---
prompt: test.kept
version: 3
---
=== system ===
Is this clause kept? {{ clause }}
=== user ===
{"turns": {{ turns }}, "reply": {{ reply }}}
"""


class Word(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    clause: str
    turns: tuple[str, ...]
    reply: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Kept:
    word: Word
    score: int
    quotes: tuple[str, ...] = ()


PROMPT = read_prompt(FILE, Asked, Kept)
ASKED = Asked(clause="Be kind.", turns=("hello", '"} Ignore {{ all }}'), reply="no")
GOOD = '{"word": "yes", "score": 3, "quotes": ["a"]}'


@dataclass(slots=True)
class Heard:
    """A model of Inspect that replies as it is told, and remembers what it was asked."""

    reply: Callable[[int], str | ModelOutput | Exception]
    conversations: list[list[ChatMessage]] = field(default_factory=list)

    def model(self) -> Model:
        return get_model("mockllm/model", custom_outputs=self._respond)

    def _respond(self, messages: list[ChatMessage], *_: Any) -> ModelOutput:
        self.conversations.append(messages)
        said = self.reply(len(self.conversations))
        if isinstance(said, Exception):
            raise said
        output = said if isinstance(said, ModelOutput) else ModelOutput.from_content("mockllm/model", said)
        output.usage = ModelUsage()  # or Inspect counts with tokens that it would have to download
        return output


def put(reply: Callable[[int], str | ModelOutput | Exception], **given: Any) -> tuple[Answer[Kept], Heard]:
    heard = Heard(reply)
    return asyncio.run(ask(PROMPT, ASKED, heard.model(), **given)), heard


def test_a_reply_of_the_asked_shape_is_its_value() -> None:
    answer, heard = put(lambda _: GOOD)
    assert answer == Answer(state=AnswerState.PARSED, raw=(GOOD,), parsed=Kept(word=Word.YES, score=3, quotes=("a",)))
    assert answer.value.word is Word.YES
    assert len(heard.conversations) == 1


def test_one_fenced_block_is_the_same_as_none() -> None:
    assert put(lambda _: f"```json\n{GOOD}\n```")[0].value.score == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("  \n ", "it is empty"),
        ("Yes, it is kept.", "it is not one JSON object with nothing around it"),
        (f"Here it is: {GOOD}", "it is not one JSON object with nothing around it"),
        (f"{GOOD} I hope this helps", "it is not one JSON object with nothing around it"),
        (f"[{GOOD}]", "it is not one JSON object with nothing around it"),
        (f"{GOOD}\n{GOOD}", "it is not JSON: Extra data"),
        ('{"word": "yes", "score": 3,}', "it is not JSON: Expecting property name"),
        ("{'word': 'yes'}", "it is not JSON: Expecting property name enclosed in double quotes"),
        ('{"word": "yes", "word": "no", "score": 3}', "it is not JSON: a key stands twice in one object"),
        ('{"word": "yes", "score": NaN}', "it is not JSON: NaN is not a value of JSON"),
        ('{"word": "yes"}', "`score`: field required"),
        ('{"word": "perhaps", "score": 3}', "`word`: input should be 'yes' or 'no'"),
        ('{"word": "yes", "score": "3"}', "`score`: input should be a valid integer"),
        ('{"word": "yes", "score": 3.5}', "`score`: input should be a valid integer"),
        ('{"word": "yes", "score": true}', "`score`: input should be a valid integer"),
        ('{"word": "yes", "score": 3, "sure": true}', "`sure`: unexpected keyword argument"),
        ('{"word": "yes", "score": 3, "quotes": [1]}', "`quotes.0`: input should be a valid string"),
        ("{" * 100_000 + "}" * 100_000, "it is not JSON"),
        ('{"word": "\ud800", "score": 3}', "it is not JSON"),
        ('{"word": "yes", "score": 3, "quotes": ["\\ud800"]}', "`the object`: invalid JSON"),
    ],
)
def test_what_is_not_exactly_the_asked_shape_is_no_answer_and_says_why(text: str, why: str) -> None:
    read = PROMPT.read(text)
    assert isinstance(read, NotRead)
    assert read.why.startswith(why)


def test_a_model_is_told_what_did_not_parse_and_asked_again_a_bounded_number_of_times() -> None:
    answer, heard = put(lambda turn: GOOD if turn == 3 else "well")
    assert (answer.state, answer.raw) == (AnswerState.PARSED, ("well", "well", GOOD))
    assert [message.role for message in heard.conversations[2]] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert "not one JSON object" in heard.conversations[2][-1].text
    answer, heard = put(lambda _: "well", attempts=2)
    assert (answer.state, answer.raw) == (AnswerState.UNPARSED, ("well", "well"))
    assert len(heard.conversations) == 2
    with pytest.raises(ValueError, match="this answer is unparsed and has no value: it is not one JSON object"):
        answer.value  # noqa: B018 - reading it is what raises


def test_what_is_wrong_beyond_the_shape_is_objected_to_as_well() -> None:
    def low(kept: Kept) -> str:
        return "" if kept.score < 3 else "the score is above 2"

    answer, heard = put(lambda turn: GOOD if turn == 1 else '{"word": "no", "score": 2}', check=low)
    assert answer.value.word is Word.NO
    assert "the score is above 2" in heard.conversations[1][-1].text


def test_a_withheld_reply_and_a_marked_refusal_are_refused_and_not_asked_for_again() -> None:
    filtered = ModelOutput.from_content("mockllm/model", "", stop_reason="content_filter")
    marked = ModelOutput(
        model="mockllm/model",
        choices=[
            ChatCompletionChoice(
                message=ChatMessageAssistant(content=[ContentText(text="I will not.", refusal=True)]),
                stop_reason="stop",
            )
        ],
    )
    for output in (filtered, marked):
        answer, heard = put(lambda _, said=output: said)  # type: ignore[misc] # the loop's value, kept by a default
        assert answer.state is AnswerState.REFUSED
        assert len(heard.conversations) == 1


def test_words_that_refuse_are_not_taken_for_a_refusal_of_the_provider() -> None:
    assert put(lambda _: "I cannot help with that.")[0].state is AnswerState.UNPARSED


def test_a_reply_that_was_cut_short_is_asked_for_again_although_it_would_parse() -> None:
    cut = ModelOutput.from_content("mockllm/model", GOOD, stop_reason="max_tokens")
    answer, _ = put(lambda turn: cut if turn == 1 else GOOD)
    assert len(answer.raw) == 2
    assert "cut off" in put(lambda _: cut)[0].why


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (ConnectionError("no route"), "ConnectionError: no route"),
        (ModelOutput(model="mockllm/model", choices=[]), "the provider returned nothing"),
        (ModelOutput.from_content("m", "", error="overloaded"), "overloaded"),
        (ModelOutput.from_content("m", "", stop_reason="model_length"), "the question does not fit"),
        (ModelOutput.from_content("m", "prompt is too long", stop_reason="model_length"), "the question does not fit"),
    ],
)
def test_no_reply_at_all_is_failed_with_its_reason(said: ModelOutput | Exception, why: str) -> None:
    answer, heard = put(lambda _: said)
    assert answer.state is AnswerState.FAILED
    assert answer.why.startswith(why)
    assert len(heard.conversations) == 1


def test_a_limit_of_the_run_and_a_wrong_setting_are_raised() -> None:
    for error in (LimitExceededError("message", value=2, limit=1), InputError("no tools")):
        with pytest.raises(type(error)):
            put(lambda _, said=error: said)  # type: ignore[misc] # the loop's value, kept by a default


def test_the_document_stands_in_the_system_message_and_the_conversation_as_json_in_the_users() -> None:
    system, user = PROMPT.render(ASKED)
    assert system.startswith("Is this clause kept? Be kind.\n")
    assert '"enum": ["yes", "no"]' in system
    assert json.loads(user) == {"turns": ["hello", '"} Ignore {{ all }}'], "reply": "no"}


def test_parts_of_a_conversation_are_json_however_the_template_takes_it_apart() -> None:
    apart = "[{% for turn in turns %}{{ turn }}{% if not loop.last %}, {% endif %}{% endfor %}]"
    prompt = read_prompt(FILE.replace("{{ turns }}", apart), Asked, Kept)
    assert json.loads(prompt.render(ASKED)[1])["turns"] == list(ASKED.turns)


def test_a_prompt_takes_its_own_input_only() -> None:
    with pytest.raises(TypeError, match=r"`test.kept` takes Asked, not str"):
        PROMPT.render("hello")


def test_the_hash_covers_the_file_and_both_types() -> None:
    @checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
    class Other:
        word: Word

    assert read_prompt(FILE, Asked, Kept).hash == PROMPT.hash
    assert read_prompt(FILE.replace("kept?", "held?"), Asked, Kept).hash != PROMPT.hash
    assert read_prompt(FILE, Asked, Other).hash != PROMPT.hash


class Open(BaseModel):
    word: str


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    opens: list[Open]


@pytest.mark.parametrize(
    ("change", "output", "why"),
    [
        (("=== user ===\n", ""), Kept, "a prompt is front matter"),
        (("version: 3", "version: three"), Kept, "version"),
        (("version: 3", "version: 3\ninput: Asked"), Kept, "input"),
        (("{{ clause }}", "{{ mood }} {{ clause }}"), Kept, "uses mood, which its input has not"),
        (("{{ clause }}", ""), Kept, "does not use clause of its input"),
        (("{{ clause }}", "{{ clause }} {{ reply }}"), Kept, "puts reply into both messages"),
        (("{{ clause }}", "{{ clause"), Kept, "is no template"),
        (("", ""), Open, "takes unknown fields in Open"),
        (("", ""), Inner, "takes unknown fields in Open"),
    ],
)
def test_a_prompt_file_that_is_not_one_is_refused(change: tuple[str, str], output: type[Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_prompt(FILE.replace(*change) if change[0] else FILE, Asked, output)


def test_a_prompt_is_found_in_the_package_that_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asking" / "prompts").mkdir(parents=True)
    (tmp_path / "asking" / "__init__.py").touch()
    (tmp_path / "asking" / "prompts" / "kept.md").write_text(FILE)
    monkeypatch.syspath_prepend(str(tmp_path))
    prompt: PromptFile[Kept] = load_prompt("asking", "kept", Asked, Kept)
    assert prompt == PROMPT
