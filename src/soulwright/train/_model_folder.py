"""The model folder that training starts from, checked before an hour is spent on it, and the one that it ends with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soulwright.errors import InputError
from soulwright.models import DOCUMENT_PREFIX
from soulwright.runs import atomic_directory, content_key, hash_file
from soulwright.train._recipe import WeightType

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

_CHOOSE = "name a folder that `transformers` saved: config.json, model.safetensors, tokenizer.json"
_AGAIN = "fetch or build this model again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A model to train, in float32, with a tokenizer that fits it; `hash` is that of its configuration and weights."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    positions: int
    hash: str


def load_base(folder: Path) -> Base:
    """Load and check a model folder; InputError where it is missing, damaged, or its parts do not fit."""
    import torch

    weights = weight_files(folder)
    with no_bars():
        tokenizer = load_tokenizer(folder)
        model = load_weights(folder, torch.float32)
    check_rows(tokenizer, model, folder)
    check_tokenizer(tokenizer, folder)
    return Base(
        model=model,
        tokenizer=tokenizer,
        positions=positions_of(model.config),
        hash=_hash_of(folder, weights),
    )


def save_model(base: Base, out: Path, dtype: WeightType, *, document_prefix: str = "") -> None:
    """Write the model folder, whole or not at all; the model itself is converted too and is of no further use.

    `document_prefix` is kept with the tokenizer, so that whoever asks the model for a bare text begins as training did.
    """
    import torch

    model, tokenizer = base.model, base.tokenizer
    pad = tokenizer.pad_token_id
    settings = model.generation_config
    assert settings is not None
    settings.eos_token_id = tokenizer.eos_token_id
    settings.pad_token_id = tokenizer.eos_token_id if pad is None else pad
    types = {WeightType.BFLOAT16: torch.bfloat16, WeightType.FLOAT32: torch.float32}
    if document_prefix:
        tokenizer.init_kwargs[DOCUMENT_PREFIX] = document_prefix
    with no_bars(), atomic_directory(out) as folder:
        torch.nn.Module.to(model, types[dtype])
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        for path in folder.glob("*.safetensors"):
            path.chmod(0o644)  # safetensors writes files that only their owner may read


def positions_of(config: PretrainedConfig) -> int:
    """How many tokens the model can read; a number that nobody reaches where its configuration does not say."""
    return int(getattr(config, "max_position_embeddings", None) or 1 << 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFolder:
    """A model to train, looked at and not loaded: what a driver needs that only hands the folder on."""

    folder: Path
    tokenizer: PreTrainedTokenizerBase
    positions: int
    hash: str


def look_at_base(folder: Path) -> BaseFolder:
    """Check what can be checked without loading the weights; InputError as `load_base`."""
    from transformers import AutoConfig

    weights = weight_files(folder)
    with no_bars():
        tokenizer = load_tokenizer(folder)
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    check_tokenizer(tokenizer, folder)
    return BaseFolder(
        folder=folder, tokenizer=tokenizer, positions=positions_of(config), hash=_hash_of(folder, weights)
    )


def _hash_of(folder: Path, weights: list[Path]) -> str:
    return content_key([hash_file(path) for path in (folder / "config.json", *weights)])


@contextmanager
def no_bars() -> Iterator[None]:
    """Keep the bars of `transformers` off a screen that is not its own."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped


def weight_files(folder: Path) -> list[Path]:
    """The weights of a model folder, each known to open; InputError where there is no model, or a damaged one."""
    if not (folder / "config.json").is_file():
        raise InputError("there is no model here", source=str(folder), help=_CHOOSE)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise InputError("this model has no weights in safetensors", source=str(folder), help=_CHOOSE)
    from safetensors import SafetensorError, safe_open

    for path in weights:
        try:
            with safe_open(path, framework="pt"):
                pass
        except (SafetensorError, OSError) as error:
            raise InputError(f"these weights are damaged: {error}", source=str(path), help=_AGAIN) from error
    return weights


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder; InputError where it is missing or damaged."""
    from transformers import AutoTokenizer

    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json", "tokenizer.model")):
        raise InputError("this model has no tokenizer", source=str(folder), help=_CHOOSE)
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # the loader lets through whatever its parts raise
        raise InputError(
            f"cannot load this tokenizer: {_first_line(error)}", source=str(folder), help=_AGAIN
        ) from error
    return tokenizer


def load_weights(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    """The model of a folder; InputError where its weights cannot be loaded or are not all there."""
    from transformers import AutoModelForCausalLM

    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # as above
        raise InputError(f"cannot load this model: {_first_line(error)}", source=str(folder), help=_AGAIN) from error
    model, report = loaded
    absent = sorted(report["missing_keys"])
    if absent:
        # `transformers` would go on with chance numbers in their place.
        raise InputError(
            f"the weights lack {len(absent)} of the model's tensors, such as `{absent[0]}`",
            source=str(folder),
            help=_AGAIN,
        )
    found: PreTrainedModel = model
    return found


def check_rows(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, folder: Path) -> None:
    """InputError where the tokenizer has tokens that the model has no embedding for."""
    rows = _rows_of(model)
    if len(tokenizer) > rows:
        raise InputError(
            f"the tokenizer has {len(tokenizer)} tokens and the model knows {rows}",
            source=str(folder),
            help="use the tokenizer that this model was trained with, or enlarge its embeddings first",
        )


def check_tokenizer(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """InputError where the tokenizer cannot write a conversation or end a reply."""
    if not tokenizer.chat_template:
        raise InputError(
            "this tokenizer has no chat template",
            source=str(folder),
            help="add `chat_template.jinja`: how a conversation is written for this model",
        )
    if tokenizer.eos_token_id is None:
        raise InputError(
            "this tokenizer has no end token",
            source=str(folder),
            help="set `eos_token` in tokenizer_config.json to the token with which the template ends a reply",
        )


def _rows_of(model: PreTrainedModel) -> int:
    """How many tokens have an embedding; the figure in the configuration need not be true."""
    return next(len(parameter) for parameter in model.get_input_embeddings().parameters())


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
