"""A folder of weights in the layout of Hugging Face: whether it is one, and one clear message where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from soulwright.errors import InputError

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")


def wrong(path: Path, message: str, help: str) -> InputError:
    """The error about a folder or a file of it."""
    return InputError(message, source=str(path), help=help)


def check_files(path: Path) -> None:
    """InputError where this is not the folder of a model, with weights and a tokenizer."""
    again = "name a folder with config.json, model.safetensors and tokenizer.json, or run `soulwright train` again"
    if not path.is_dir():
        raise wrong(path, "there is no model folder here", again)
    if not (path / "config.json").is_file():
        raise wrong(path, "this is not a model folder: `config.json` is missing", again)
    try:
        json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise wrong(path / "config.json", "this file is damaged: it is not JSON", again) from error
    if not list(path.glob("*.safetensors")):
        raise wrong(path, "the weights are missing: there is no `.safetensors` file", again)
    if not any((path / name).is_file() for name in _TOKENIZER_FILES):
        raise wrong(path, "the tokenizer is missing: there is no `tokenizer.json`", again)


@contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' progress bar and its own report of what did not fit: ours is one clear message."""
    from transformers.utils import logging as untyped

    logging: Any = untyped
    bar, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
