"""Texts as vectors, so that what two of them mean can be compared: by a server, or by weights in a folder.

    embedder = find_embedder("openai-api/local/bge-m3")     # or openai/NAME, or a folder of weights
    vectors = embed_all(embedder, texts, folder)            # a row for each text

Servers are those of OpenAI's protocol (`POST /v1/embeddings`), asked with OpenAI's own client. Of a folder any model of
transformers will do, one made for embeddings or not: a text is the mean of the last hidden states of its tokens, read
in parts where it is longer than the model can read. Vectors are kept in `folder` and no text is embedded twice by the
same model; calls and tokens are counted, and stopped, as those of every other model are.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from soulwright.errors import CorruptRun, InputError, SoulwrightError
from soulwright.models._budget import current_meter
from soulwright.models._folders import check_files, first_line, quiet, wrong
from soulwright.runs import content_key, hash_file, read_json, write_json

if TYPE_CHECKING:
    import openai
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

EMBEDDED_AT_ONCE = 64  # texts in one request, and in one file of vectors
_CHARACTERS_A_TOKEN = 3.0
_TOKENS_AT_ONCE = 16_384
_KEPT = "put that right and run the command again: what was embedded is kept"
_PREFIXES = ("openai/", "openai-api/")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The vectors of some texts, a row each, and how many tokens were read for them."""

    vectors: Vectors
    tokens: int


class Embedder(Protocol):
    """Whatever turns texts into vectors."""

    @property
    def name(self) -> str:
        """How it is called."""

    @property
    def key(self) -> str:
        """A hash of which one it is: with another, a text has another vector."""

    def embed(self, texts: Sequence[str]) -> Embedded:
        """The vectors of these texts, in order; SoulwrightError where there are none."""


def find_embedder(name: str) -> Embedder:
    """The embedder of this name; InputError where there is none. Nothing is asked and no weights are loaded yet."""
    folder = Path(name.removeprefix("weights/"))
    if folder.is_dir():
        check_files(folder)
        return WeightsEmbedder(folder)
    if name.startswith(_PREFIXES):
        return _server_of(name)
    raise InputError(
        f"`{name}` is no embedder",
        help="name a folder of weights, `openai/MODEL`, or `openai-api/SERVICE/MODEL` for any server of that protocol",
    )


def embed_all(
    embedder: Embedder, texts: Sequence[str], folder: Path, advance: Callable[[int], None] | None = None
) -> Vectors:
    """The vector of each text; those that `folder` has are read, the others are asked for, part by part.

    BudgetSpent where the budget ends first: what was embedded is kept, and the same call goes on.
    """
    keys = [content_key(embedder.key, text) for text in texts]
    kept = _kept(folder)
    left = list({key: text for key, text in zip(keys, texts, strict=True) if key not in kept}.items())
    tell = advance or _nobody_listens
    tell(len(texts) - len(left))
    for start in range(0, len(left), EMBEDDED_AT_ONCE):
        part = left[start : start + EMBEDDED_AT_ONCE]
        found = _counted(embedder, [text for _, text in part])
        rows = dict(zip((key for key, _ in part), found, strict=True))
        about = {"embedder": embedder.name, "vectors": {key: vector_to_base64(row) for key, row in rows.items()}}
        write_json(folder / f"{content_key(sorted(rows))[:16]}.json", about)
        kept |= rows
        tell(len(part))
    if len({len(kept[key]) for key in keys}) > 1:
        message = f"the embedder `{embedder.name}` answers with vectors of another length than before"
        raise SoulwrightError(message, help=f"it is another model now: remove `{folder}` and run the command again")
    return np.stack([kept[key] for key in keys]) if keys else np.zeros((0, 0), dtype=np.float32)


def _counted(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Embed, and count it by the meter of the moment."""
    from inspect_ai.model import ModelUsage

    meter = current_meter()
    if meter is None:
        return embedder.embed(texts).vectors
    hold = meter.take(embedder.name, round(sum(map(len, texts)) / _CHARACTERS_A_TOKEN), 0)
    assert hold is not None, "nothing else is under way while texts are embedded"
    usage: ModelUsage | None = None
    try:
        made = embedder.embed(texts)
        usage = ModelUsage(input_tokens=made.tokens, output_tokens=0, total_tokens=made.tokens)
    finally:
        meter.settle(hold, usage)
    return made.vectors


def _kept(folder: Path) -> dict[str, Vectors]:
    found: dict[str, Vectors] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            about: Any = read_json(path)
            found |= {key: _read(row) for key, row in about["vectors"].items()}
        except (CorruptRun, KeyError, TypeError, AttributeError, ValueError):
            continue  # a damaged file holds no vector: its texts are embedded again
    return found


def vector_to_base64(row: Vectors) -> str:
    """A vector as little-endian numbers of four bytes, as OpenAI's protocol has it."""
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def _read(row: str) -> Vectors:
    return np.frombuffer(base64.b64decode(row), dtype="<f4").astype(np.float32)


def _nobody_listens(_: int) -> None:
    return None


def _server_of(name: str) -> ServerEmbedder:
    """A server by Inspect's own rules: SERVICE_BASE_URL and SERVICE_API_KEY, those of OpenAI for `openai/`."""
    prefix, _, rest = name.partition("/")
    service, _, model = rest.partition("/") if prefix == "openai-api" else ("openai", "", rest)
    variable = service.upper().replace("-", "_")
    key, url = os.environ.get(f"{variable}_API_KEY"), os.environ.get(f"{variable}_BASE_URL")
    if not (service and model):
        raise InputError(f"`{name}` names no model", help="write `openai-api/SERVICE/MODEL`")
    missing = [
        f"{variable}_{what}" for what, value in (("API_KEY", key), ("BASE_URL", url or prefix == "openai")) if not value
    ]
    if missing:
        raise InputError(f"the embedder `{name}` cannot be asked: `{missing[0]}` is not set", help=f"set {missing[0]}")
    return ServerEmbedder(name, model, url=url, secret=key or "")


class ServerEmbedder:
    """A model behind `POST /v1/embeddings`."""

    def __init__(self, name: str, model: str, *, url: str | None, secret: str) -> None:
        self.name = name
        self._model, self._url, self._secret = model, url, secret

    @property
    def key(self) -> str:
        """The name and the address: what stands behind them may still change."""
        return content_key("embeddings", self.name, self._url or "")

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Ask the server once."""
        import openai

        try:
            made = self._client.embeddings.create(model=self._model, input=list(texts))
        except openai.OpenAIError as error:
            message = f"the embedder `{self.name}` could not be asked: {first_line(error)}"
            raise SoulwrightError(message, help=_KEPT) from error
        rows = [row.embedding for row in sorted(made.data, key=lambda row: row.index)]
        lengths = {len(row) for row in rows}
        if len(rows) != len(texts) or len(lengths) != 1 or not np.isfinite(rows).all():
            raise SoulwrightError(f"the embedder `{self.name}` answers with other vectors than one a text", help=_KEPT)
        return Embedded(vectors=np.array(rows, dtype=np.float32), tokens=made.usage.prompt_tokens)

    @cached_property
    def _client(self) -> openai.OpenAI:
        import openai

        return openai.OpenAI(base_url=self._url, api_key=self._secret)


class WeightsEmbedder:
    """A model in a folder: the mean of its last hidden states."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = f"weights/{folder}"

    @cached_property
    def key(self) -> str:
        """What lies in the folder, wherever it is."""
        files = sorted(path for path in self._folder.iterdir() if path.is_file())
        return content_key("hidden states", {path.name: hash_file(path) for path in files})

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Read the texts, those of like length together."""
        import torch

        tokenizer, model = self._loaded
        room = int(getattr(model.config, "max_position_embeddings", 0) or _TOKENS_AT_ONCE)
        windows = [(at, part) for at, text in enumerate(texts) for part in _parts(tokenizer, text, room)]
        width = int(model.config.hidden_size)
        sums, counts = torch.zeros(len(texts), width), torch.zeros(len(texts), 1)
        pad = tokenizer.pad_token_id if isinstance(tokenizer.pad_token_id, int) else 0
        for batch in _batches(windows):
            longest = max(len(ids) for _, ids in batch)
            ids_BT = torch.tensor([ids + [pad] * (longest - len(ids)) for _, ids in batch])
            mask_BT = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for _, ids in batch])
            with torch.inference_mode():
                run: Any = model
                hidden_BTW = run(input_ids=ids_BT, attention_mask=mask_BT).last_hidden_state
            owners = torch.tensor([at for at, _ in batch])
            sums.index_add_(0, owners, (hidden_BTW * mask_BT[..., None]).sum(dim=1).float())
            counts.index_add_(0, owners, mask_BT.sum(dim=1, keepdim=True).float())
        means: Vectors = (sums / counts.clamp(min=1)).numpy()
        return Embedded(vectors=means, tokens=sum(len(ids) for _, ids in windows))

    @cached_property
    def _loaded(self) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
        import torch
        from transformers import AutoModel, AutoTokenizer

        known = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)
        try:
            with quiet():
                tokenizer = AutoTokenizer.from_pretrained(str(self._folder), local_files_only=True)
                model, about = AutoModel.from_pretrained(
                    str(self._folder),
                    dtype=torch.float32,
                    local_files_only=True,
                    use_safetensors=True,
                    output_loading_info=True,
                )
        except known as error:
            raise wrong(self._folder, f"the weights cannot be loaded: {first_line(error)}", _WHOLE) from error
        missing = [str(key) for key in about["missing_keys"] if not str(key).startswith("pooler")]  # not used here
        if missing or about["mismatched_keys"]:
            raise wrong(self._folder, f"the weights do not fit `config.json`: {min(missing, default='')}", _WHOLE)
        model.eval()
        return tokenizer, model


_WHOLE = "the weights are not whole: copy the folder again"


def _parts(tokenizer: PreTrainedTokenizerBase, text: str, room: int) -> list[list[int]]:
    """The tokens of a text, in parts that the model can read; at least one token, so that every text has a vector."""
    ids: list[int] = tokenizer.encode(text) or tokenizer.encode(" ") or [0]
    return [ids[start : start + room] for start in range(0, len(ids), room)]


def _batches(windows: Sequence[tuple[int, list[int]]]) -> Iterator[list[tuple[int, list[int]]]]:
    """The windows from the shortest to the longest, so many together that memory stays bounded."""
    batch: list[tuple[int, list[int]]] = []
    for window in sorted(windows, key=lambda window: len(window[1])):
        if batch and (len(batch) + 1) * len(window[1]) > _TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
