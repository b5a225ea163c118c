"""The model folder that training starts from, checked before an hour is spent on it, and the one that it ends with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soulwright.errors import InputError
from soulwright.runs import atomic_directory, content_key, hash_file
from soulwright.train._recipe import WeightType

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

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
    weights = _weight_files(folder)
    with _no_bars():
        tokenizer = _load_tokenizer(folder)
        model = _load_model(folder)
    rows = _rows_of(model)
    _check_fit(tokenizer, rows, folder)
    return Base(
        model=model,
        tokenizer=tokenizer,
        positions=int(getattr(model.config, "max_position_embeddings", None) or 1 << 30),
        hash=content_key([hash_file(path) for path in (folder / "config.json", *weights)]),
    )


def save_model(base: Base, out: Path, dtype: WeightType) -> None:
    """Write the model folder, whole or not at all; the model itself is converted too and is of no further use."""
    import torch

    model, tokenizer = base.model, base.tokenizer
    pad = tokenizer.pad_token_id
    settings = model.generation_config
    assert settings is not None
    settings.eos_token_id = tokenizer.eos_token_id
    settings.pad_token_id = tokenizer.eos_token_id if pad is None else pad
    types = {WeightType.BFLOAT16: torch.bfloat16, WeightType.FLOAT32: torch.float32}
    with _no_bars(), atomic_directory(out) as folder:
        torch.nn.Module.to(model, types[dtype])
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        for path in folder.glob("*.safetensors"):
            path.chmod(0o644)  # safetensors writes files that only their owner may read


@contextmanager
def _no_bars() -> Iterator[None]:
    """Keep the bars of `transformers` off a screen that is not its own."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped


def _weight_files(folder: Path) -> list[Path]:
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


def _load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
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


def _load_model(folder: Path) -> PreTrainedModel:
    import torch
    from transformers import AutoModelForCausalLM

    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, use_safetensors=True, output_loading_info=True
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


def _check_fit(tokenizer: PreTrainedTokenizerBase, rows: int, folder: Path) -> None:
    if len(tokenizer) > rows:
        raise InputError(
            f"the tokenizer has {len(tokenizer)} tokens and the model knows {rows}",
            source=str(folder),
            help="use the tokenizer that this model was trained with, or enlarge its embeddings first",
        )
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
