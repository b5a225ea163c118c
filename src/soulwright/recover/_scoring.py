"""Token probabilities from a model of Inspect, where its provider gives those of what it reads (`prompt_logprobs`).

vLLM does, alone and behind Inspect's providers for it. Most chat APIs give the probabilities of what they write only:
then this says so, and there are no figures from probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Row
from inspect_ai.log import EvalSample
from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    Model,
)
from inspect_ai.solver import generate

from soulwright.errors import InputError
from soulwright.models import Decoding, MessageLike, Scored, Turn, chat_messages, keep_log, model_key, read_log
from soulwright.recover._asking_both import finished
from soulwright.recover._extraction import AS_IT_IS
from soulwright.runs import content_key


class InspectScorer:
    """A model of Inspect as `ScoresTexts`; its questions are in logs under `folder`, read instead of asked again."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._model, self._folder = model, folder

    def log_probabilities(
        self, contexts: Sequence[Sequence[MessageLike]], texts: Sequence[str], *, decoding: Decoding = AS_IT_IS
    ) -> list[Scored]:
        """The probabilities as they are; InputError where the provider gives none, or for any other decoding."""
        if decoding != AS_IT_IS:
            raise InputError(
                f"`{self._model}` gives its probabilities at temperature 1 and without a cut alone",
                help="leave temperature and top_p out, or score a folder of weights (`weights/FOLDER`)",
            )
        asked = [[(turn.role, turn.content) for turn in context] for context in contexts]
        key = content_key("probabilities", model_key(self._model), asked, list(texts))
        path = self._folder / f"scored-{key[:12]}" / f"scored-{key[:12]}.eval"
        log = finished(path, key)
        if log is None:
            rows = [
                Row(id=str(at), input=_messages(context, text))
                for at, (context, text) in enumerate(zip(contexts, texts, strict=True))
            ]
            task = Task(
                dataset=MemoryDataset(rows, name="texts"),
                solver=generate(),
                config=GenerateConfig(max_tokens=1, prompt_logprobs=1),
                metadata={"key": key},
                name="probabilities",
            )
            keep_log(
                task,
                self._model,
                path,
                failed=f"`{self._model}` did not score a text",
                help="put that right and run the command again: finished logs are kept",
            )
            log = read_log(path)
        answers = {str(sample.id): sample for sample in log.samples or ()}
        return [self._scored(answers.get(str(at)), text) for at, text in enumerate(texts)]

    def _scored(self, sample: EvalSample | None, text: str) -> Scored:
        """The tokens of the text among those of all that was read; none where there was an error."""
        if sample is None or sample.error is not None or not sample.output.choices:
            return Scored(log_probabilities=(), ends=())
        given = sample.output.choices[0].prompt_logprobs
        if given is None or not given.content:
            raise InputError(
                f"`{self._model}` gives no probabilities of what it reads",
                help="score a folder of weights (`weights/FOLDER`), or a model behind vLLM",
            )
        tokens = [each.token for each in given.content]
        start = "".join(tokens).rfind(text.strip())
        if start < 0:
            return Scored(log_probabilities=(), ends=())
        lead = len(text) - len(text.lstrip())
        chances, ends, at = [], [], 0
        for each in given.content:
            before, at = at, at + len(each.token)
            if at > start and before < start + len(text.strip()):
                chances.append(each.logprob)
                ends.append(min(len(text), at - start + lead))
        return Scored(log_probabilities=tuple(chances), ends=tuple(ends))


def _messages(context: Sequence[MessageLike], text: str) -> list[ChatMessage]:
    """The context with the text as (the rest of) the assistant's own words."""
    turns = [Turn(turn.role, turn.content) for turn in context]
    if turns and turns[-1].role == "assistant":
        turns[-1] = Turn("assistant", turns[-1].content + text)
    else:
        turns.append(Turn("assistant", text))
    if len(turns) == 1:  # a conversation begins with somebody who asks
        turns.insert(0, Turn("user", "Continue the text."))
    return chat_messages(turns)
