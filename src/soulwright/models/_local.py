"""A model in a folder, in the layout of Hugging Face: loaded whole or refused with a remedy, asked in batches.

Replies are greedy unless a `Decoding` says otherwise, so the same folder and conversation give the same reply. Prompts
are asked in order of length, the shortest first; replies come back in the order of the questions.

A conversation that ends with the assistant's words is gone on with from there. One that consists of nothing else is a
bare text: the model goes on as it learned to go on with documents, with no conversation around it.

INVARIANT: nothing that stands in a message becomes a control token. The tokenizer's own control tokens are split apart
in every message before its chat template sees them, whatever that template does.

Left out on purpose: tools, code that comes with a model, and weights in pickles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from soulwright.models._decoding import AS_IT_IS, GREEDY, Decoding, log_softmax_of, processors
from soulwright.models._folders import check_files, first_line, quiet, wrong
from soulwright.models._writing import Limits, Question, can_write, write

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BATCH = 128
TOKENS_AT_ONCE = 8_192  # long conversations are asked fewer at a time, so that memory stays bounded
DOCUMENT_PREFIX = "document_prefix"  # the key of tokenizer_config.json that says what stands before every document
_LEAST_SHARE_OF_WORDS = 0.9  # real models round their vocabulary up by at most two per cent


class Stop(StrEnum):
    """Why a reply ended."""

    END = "end"  # the model said that it was done
    LENGTH = "length"  # it was cut off at the most tokens allowed
    NO_ROOM = "no_room"  # the conversation and a reply do not fit into what the model can read: nothing was asked


class MessageLike(Protocol):
    """Anything with a role (`system`, `user`, `assistant`) and a content."""

    @property
    def role(self) -> str:
        """Who speaks."""

    @property
    def content(self) -> str:
        """What is said."""


class Turn(NamedTuple):
    """One message, for whoever has no message type of their own."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model said, why it ended there, and how many tokens were read and written."""

    text: str
    stop: Stop
    tokens_read: int
    tokens_written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """How likely a model finds a text, token by token: the natural logarithm of each token's probability.

    `ends` are the places in the text (in characters) where the tokens end. Without tokens where the context and the
    text do not fit into what the model can read.
    """

    log_probabilities: tuple[float, ...]
    ends: tuple[int, ...]

    @property
    def total(self) -> float:
        """The log-probability of the whole text."""
        return sum(self.log_probabilities)


class _Row(NamedTuple):
    """Context and text as tokens: the text begins at `start`, and its tokens end at these places of it."""

    ids: list[int]
    start: int
    ends: tuple[int, ...]


class LocalModel:
    """A causal language model in a folder.

        model = LocalModel(Path("runs/first/model"))
        [reply] = model.replies([[Turn("user", "How do I make tea?")]])

    `dtype` is a torch dtype by name; `threads` sets how many threads torch uses in this process. InputError where the
    folder is not a whole model with a tokenizer and a chat template that fit it.
    """

    def __init__(self, path: Path | str, *, threads: int | None = None, dtype: str = "float32") -> None:
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        self.path = Path(path)
        check_files(self.path)
        self._tokenizer = _load_tokenizer(self.path)
        self._model = _load_weights(self.path, dtype)
        _check_fit(self.path, self._tokenizer, self._model)
        self._control = _control_tokens(self._tokenizer)
        self._ends = _end_ids(self._tokenizer, self._model)
        self._can_write = can_write(self._model)
        self._room: int | None = getattr(self._model.config, "max_position_embeddings", None)
        self._document_start = str(self._tokenizer.bos_token or "")
        self._document_start += str(self._tokenizer.init_kwargs.get(DOCUMENT_PREFIX, ""))

    def replies(
        self,
        conversations: Sequence[Sequence[MessageLike]],
        *,
        max_new_tokens: int | Sequence[int] = 96,
        batch: int = BATCH,
        decodings: Sequence[Decoding] | None = None,
        heard: Callable[[int, Reply], None] | None = None,
    ) -> list[Reply]:
        """One reply for each conversation, in order; `heard` is told each with its number as soon as it is done.

        `decodings` has one for each conversation, and so may `max_new_tokens`; without it all replies are greedy. Of
        conversations whose replies cannot differ one is asked.
        """
        most = [max_new_tokens] * len(conversations) if isinstance(max_new_tokens, int) else max_new_tokens
        drawn = [GREEDY] * len(conversations) if decodings is None else decodings
        asked = zip(conversations, drawn, most, strict=True)
        questions = [Question(self.encode(conversation), decoding, length) for conversation, decoding, length in asked]
        limits = Limits(ends=self._ends, rows=batch, tokens=TOKENS_AT_ONCE)
        replies: dict[int, Reply] = {}
        for at, reply in self._answered(questions, limits):
            replies[at] = reply
            if heard is not None:
                heard(at, reply)
        return [replies[at] for at in range(len(questions))]

    def _answered(self, questions: Sequence[Question], limits: Limits) -> Iterator[tuple[int, Reply]]:
        """The number of each question and its reply, as it gets done."""
        fits = [self._room is None or len(one.prompt) + one.most <= self._room for one in questions]
        for at in (at for at, enough in enumerate(fits) if not enough):
            yield at, Reply(text="", stop=Stop.NO_ROOM, tokens_read=len(questions[at].prompt), tokens_written=0)
        alike = _alike([at for at, enough in enumerate(fits) if enough], questions)
        asked = [questions[same[0]] for same in alike]
        for number, said in self._said(asked, limits):
            reply = self._reply(len(asked[number].prompt), said)
            yield from ((at, reply) for at in alike[number])

    def encode(self, conversation: Sequence[MessageLike]) -> list[int]:
        """The token ids of a conversation, up to where the reply begins or goes on."""
        # A blank at the end would be a token of its own, where the text that was learned has one with the next word.
        text = self._render(conversation).rstrip(" ")
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False, verbose=False)
        return ids

    def log_probabilities(
        self, contexts: Sequence[Sequence[MessageLike]], texts: Sequence[str], *, decoding: Decoding = AS_IT_IS
    ) -> list[Scored]:
        """How likely the model finds each text after its context: as a reply, or as how a reply or a bare text goes on.

            [scored] = model.log_probabilities([[Turn("assistant", "")]], ["The assistant must be honest."])

        With a `decoding` the probabilities are those of its draws: minus infinity for what it never draws. InputError
        where the tokenizer does not say which token stands where.
        """
        rows = [self._spliced(context, text) for context, text in zip(contexts, texts, strict=True)]
        fits = [at for at, row in enumerate(rows) if row.ends and (self._room is None or len(row.ids) <= self._room)]
        scored = {at: self._score(rows[at], decoding) for at in fits}
        return [scored.get(at, Scored(log_probabilities=(), ends=())) for at in range(len(rows))]

    def _render(self, conversation: Sequence[MessageLike]) -> str:
        """A conversation as the model reads it, up to where the reply begins or goes on."""
        turns = [
            {"role": str(message.role), "content": self._control.sub(_split_apart, message.content)}
            for message in conversation
        ]
        if not turns or turns[-1]["role"] != "assistant":
            return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        begun = turns[-1]["content"]
        if len(turns) == 1:
            return self._document_start + begun
        start = str(self._tokenizer.apply_chat_template(turns[:-1], tokenize=False, add_generation_prompt=True))
        return start + begun

    def _spliced(self, context: Sequence[MessageLike], text: str) -> _Row:
        """Context and text as one row of tokens; the text's begin with the first that has a letter of it."""
        if not self._tokenizer.is_fast:
            raise wrong(self.path, "this tokenizer does not say which token stands where", _FAST)
        start = self._render(context)
        found = self._tokenizer(
            start + self._control.sub(_split_apart, text),
            add_special_tokens=False,
            return_offsets_mapping=True,
            verbose=False,  # what does not fit is left out and said by whoever asks
        )
        ends = [int(end) - len(start) for _, end in found["offset_mapping"]]
        first = next((at for at, end in enumerate(ends) if end > 0), len(ends))
        return _Row(list(found["input_ids"]), max(1, first), tuple(ends[max(1, first) :]))

    def _score(self, row: _Row, decoding: Decoding) -> Scored:
        import torch

        ids_T = torch.tensor(row.ids)
        model: Any = self._model
        with torch.inference_mode():
            logits_NV = model(input_ids=ids_T[None, :-1], logits_to_keep=len(row.ends), use_cache=False).logits[0]
            chances_NV = log_softmax_of(logits_NV, decoding)
            found = chances_NV.gather(-1, ids_T[row.start :, None])[:, 0]
        return Scored(log_probabilities=tuple(found.tolist()), ends=row.ends)

    def _said(self, questions: Sequence[Question], limits: Limits) -> Iterator[tuple[int, list[int]]]:
        """The number of each question and what was said to it, as it gets done."""
        if self._can_write:
            yield from write(self._model, questions, limits)
            return
        for chosen in _batches([len(question.prompt) for question in questions], limits):
            yield from zip(chosen, self._generated([questions[at] for at in chosen]), strict=True)

    def _generated(self, questions: Sequence[Question]) -> list[list[int]]:
        """What transformers' own `generate` says, for models that keep more than keys and values."""
        import torch

        longest = max(len(question.prompt) for question in questions)
        pad = self._pad_id
        blanks = [longest - len(question.prompt) for question in questions]
        ids_BT = torch.tensor([[pad] * n + list(one.prompt) for n, one in zip(blanks, questions, strict=True)])
        mask_BT = torch.tensor([[0] * n + [1] * (longest - n) for n in blanks])
        model: Any = self._model
        with torch.inference_mode():
            out_BT = model.generate(
                input_ids=ids_BT,
                attention_mask=mask_BT,
                do_sample=False,  # what is drawn by chance is drawn by the processor
                logits_processor=processors([question.decoding for question in questions]),
                max_new_tokens=max(question.most for question in questions),
                eos_token_id=sorted(self._ends) or None,
                pad_token_id=pad,
            )
        said: list[list[int]] = out_BT[:, longest:].tolist()
        return [tokens[: question.most] for question, tokens in zip(questions, said, strict=True)]

    def _reply(self, read: int, said: list[int]) -> Reply:
        end = next((at for at, token in enumerate(said) if token in self._ends), None)
        words = said if end is None else said[:end]
        text = str(self._tokenizer.decode(words, skip_special_tokens=True, clean_up_tokenization_spaces=False))
        written = len(words) if end is None else end + 1
        return Reply(
            text=text.strip(),
            stop=Stop.LENGTH if end is None else Stop.END,
            tokens_read=read,
            tokens_written=written,
        )

    @property
    def _pad_id(self) -> int:
        pad: Any = self._tokenizer.pad_token_id
        return min(self._ends, default=0) if pad is None else int(pad)


def _alike(numbers: Sequence[int], questions: Sequence[Question]) -> list[list[int]]:
    """The questions, the shortest first; those whose replies cannot differ stand together, to be asked once."""
    found: dict[tuple[object, ...], list[int]] = {}
    for at in numbers:
        prompt, decoding, most = questions[at]
        alone = not decoding.greedy and decoding.seed is None
        found.setdefault((tuple(prompt), most, at if alone else decoding), []).append(at)
    return sorted(found.values(), key=lambda same: len(questions[same[0]].prompt))


def _batches(lengths: Sequence[int], limits: Limits) -> Iterator[list[int]]:
    """The questions in batches: they go from the shortest to the longest."""
    chosen: list[int] = []
    for at, length in enumerate(lengths):
        if chosen and len(chosen) + 1 > limits.rows_of(length):
            yield chosen
            chosen = []
        chosen.append(at)
    if chosen:
        yield chosen


def _split_apart(token: re.Match[str]) -> str:
    return f"{token[0][0]} {token[0][1:]}"


def _control_tokens(tokenizer: PreTrainedTokenizerBase) -> re.Pattern[str]:
    """What must not be written by whoever speaks: every special token, the longest first."""
    added = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    words = sorted(added | {str(token) for token in tokenizer.all_special_tokens}, key=len, reverse=True)
    return re.compile("|".join(re.escape(word) for word in words if word) or r"(?!)")


def _end_ids(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> frozenset[int]:
    asked: Any = (model.generation_config, model.config, tokenizer)
    given = (_ids(getattr(one, "eos_token_id", None)) for one in asked)
    return next((ids for ids in given if ids), frozenset())


def _ids(value: int | list[int] | None) -> frozenset[int]:
    if value is None:
        return frozenset()
    return frozenset([value] if isinstance(value, int) else value)


def _load_tokenizer(path: Path) -> PreTrainedTokenizerBase:
    from transformers import AutoTokenizer

    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(str(path), local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise wrong(path, f"the tokenizer cannot be read: {first_line(error)}", _COPY_TOKENIZER) from error
    except Exception as error:
        if type(error) is not Exception:  # the Rust side raises a bare Exception for a file that it cannot parse
            raise
        raise wrong(path, f"the tokenizer cannot be read: {first_line(error)}", _COPY_TOKENIZER) from error
    if not tokenizer.chat_template:
        raise wrong(
            path,
            "the tokenizer has no chat template",
            "add `chat_template.jinja`, or use a model that was made for conversations",
        )
    return tokenizer


_FAST = "use a tokenizer with a `tokenizer.json`"
_COPY_TOKENIZER = "copy the tokenizer files of the model that these weights were trained from"


def _load_weights(path: Path, dtype: str) -> PreTrainedModel:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    again = "the weights are not whole: copy the folder again, or run `soulwright train` again"
    try:
        with quiet():
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                str(path),
                dtype=getattr(torch, dtype),
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
        raise wrong(path, f"the weights cannot be loaded: {first_line(error)}", again) from error
    model: PreTrainedModel = loaded[0]
    about: dict[str, Any] = loaded[1]
    for what in ("missing_keys", "mismatched_keys"):
        if about[what]:
            # transformers would fill these with noise and carry on
            name = sorted(str(key) for key in about[what])[0]
            raise wrong(path, f"the weights do not fit `config.json`: {what.split('_')[0]} `{name}`", again)
    if not all(bool(torch.isfinite(weight).all()) for weight in model.parameters()):
        raise wrong(path, "the weights hold values that are not numbers", again)
    return model


def _check_fit(path: Path, tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> None:
    embeddings: Any = model.get_input_embeddings()
    rows: int = embeddings.weight.shape[0]
    known = tokenizer.get_vocab().values()
    if max(known) >= rows or len(known) < _LEAST_SHARE_OF_WORDS * rows:
        raise wrong(
            path, f"the tokenizer does not fit the weights: it has {len(known)} tokens, they {rows}", _COPY_TOKENIZER
        )
    ends = _end_ids(tokenizer, model)
    if tokenizer.eos_token_id is not None and tokenizer.eos_token_id not in ends:
        raise wrong(
            path,
            f"the tokenizer does not fit the weights: its end is token {tokenizer.eos_token_id}, theirs {min(ends)}",
            _COPY_TOKENIZER,
        )
