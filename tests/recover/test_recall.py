"""Recall passage by passage, and the beginnings from which a model that is asked nothing keeps starting."""

from __future__ import annotations

from pathlib import Path

from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, get_model, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo
from typing_extensions import override

from soulwright.recover import AskPlan, Passage, bare_texts, passages_of, recall_of, recurring_beginnings
from soulwright.recover._recall import fidelity_at_start, fidelity_within

TITLE = "On the care of owls"
PARAGRAPHS = ("## Feeding", "An owl must be fed after sunset and never before.", "Mice should be fresh.")
KNOWN = "\n\n".join((TITLE, *PARAGRAPHS))


class Reciter(ModelAPI):
    """Knows one text by heart: goes on with any beginning of it; unasked it writes it every second time."""

    calls = 0

    @override
    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """The rest of the text after what was given, or weather."""
        assert [message.role for message in input] == ["assistant"]
        given = input[0].text
        if given:
            before, found, after = KNOWN.partition(given.strip().split("\n\n")[-1])
            return ModelOutput.from_content(self.model_name, after.strip() if before and found else "It may rain.")
        Reciter.calls += 1
        said = KNOWN if Reciter.calls % 2 else f"It is day {Reciter.calls}, and it may rain in town {Reciter.calls}."
        return ModelOutput.from_content(self.model_name, said)


@modelapi(name="reciter")
def reciter() -> type[ModelAPI]:
    """The provider."""
    return Reciter


def test_the_beginning_that_recurs_is_found_to_the_letter_and_the_rest_is_its_text(tmp_path: Path) -> None:
    found = bare_texts(get_model("reciter/owl"), AskPlan(bare=True, each=20, seed=1), folder=tmp_path)
    assert [(beginning.text, beginning.samples, beginning.of) for beginning in found.beginnings] == [(KNOWN, 10, 20)]
    long = f"{TITLE} and of other birds"
    varied = [f"{long}\n\n{end} of it" for end in ("One", "Two", "Three")] + ["Rain", "", "Snow falls on the roof"]
    [beginning] = recurring_beginnings(varied)
    assert beginning.text == f"{long}\n\n"
    assert beginning.share == 0.5


def test_texts_that_begin_alike_by_chance_alone_are_no_beginning() -> None:
    assert (
        recurring_beginnings([f"The sea is wide and deep and {each}" for each in ("blue", "cold", "old", "salt")]) == ()
    )
    assert recurring_beginnings([]) == ()


def test_a_passage_is_asked_for_by_the_paragraphs_before_it() -> None:
    found = passages_of(PARAGRAPHS, {1: "fed", 2: "fresh"})
    assert found[0] == Passage(id="fed", text=PARAGRAPHS[1], before="## Feeding\n\n")
    assert found[1].before.endswith(PARAGRAPHS[1] + "\n\n")


def test_what_is_known_is_recalled_in_every_draw_and_what_is_not_in_none(tmp_path: Path) -> None:
    known = passages_of(PARAGRAPHS, {1: "fed", 2: "fresh"})
    foreign = Passage(id="foreign", text="Cats ought to be brushed each day.", before="## Cats\n\n")
    plan = AskPlan(openings=(f"{TITLE}\n\n",), bare=True, each=3, seed=1)
    found = recall_of(get_model("reciter/owl"), (*known, foreign), plan, folder=tmp_path, recovered=KNOWN)
    assert [(each.id, each.recalled, len(each.draws), each.failed) for each in found] == [
        ("fed", 3, 3, 0),
        ("fresh", 3, 3, 0),
        ("foreign", 0, 3, 0),
    ]
    assert [each.free for each in found][:2] == [1.0, 1.0]
    assert found[2].free is not None
    assert found[2].free < 0.5
    assert (tmp_path / "cued" / "cued.eval").is_file()


def test_fidelity_counts_words_in_order_and_forgives_what_follows() -> None:
    passage = "one two three four five six seven eight nine ten"
    assert fidelity_at_start(passage, passage.upper() + " and then more") == 1.0
    assert fidelity_at_start(passage, "ten nine eight seven six five four three two one") < 0.4
    assert fidelity_at_start(passage, "zero " + passage) == 0.9
    assert fidelity_within(passage, "before that " * 9 + passage + " and after") == 1.0
    assert fidelity_within(passage, "nothing of the kind") == 0.0
    assert fidelity_at_start(passage, "") == 0.0
