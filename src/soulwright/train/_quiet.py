"""Other people's libraries, kept from talking over the one line that says how far a training is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from soulwright.train._model_folder import no_bars


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the bars and the advice of other people's libraries off a screen that is not theirs."""
    import datasets
    from transformers.utils import logging as untyped

    logging: Any = untyped
    level = logging.get_verbosity()
    logging.set_verbosity_error()
    hidden = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with no_bars(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning)
            warnings.filterwarnings("ignore", category=UserWarning, module=r"(trl|peft|torch|transformers)(\.|$)")
            yield
    finally:
        logging.set_verbosity(level)
        if not hidden:
            datasets.enable_progress_bars()
