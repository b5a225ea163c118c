"""From what was trained to a model folder that others load: the adapter merged in, and the layout looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from soulwright.train._course import Course
from soulwright.train._model_folder import Base, load_base, load_tokenizer, load_weights, positions_of, save_model


def merge(base: Path, trained: Path, out: Path, course: Course) -> None:
    """Write the model folder `out`: the base with its adapter merged in, or the trained weights, in the course's type.

    Merged in float32, so that only the last rounding is one to the type that is saved.
    """
    import torch

    if course.lora is None:
        loaded = load_base(trained)
        save_model(loaded, out, course.dtype, document_prefix=course.document_prefix)
        return
    from peft import PeftModel

    model = load_weights(base, torch.float32)
    adapted: Any = PeftModel.from_pretrained(model, str(trained))
    merged: Any = adapted.merge_and_unload(safe_merge=True)
    whole = Base(model=merged, tokenizer=load_tokenizer(base), positions=positions_of(model.config), hash="")
    save_model(whole, out, course.dtype, document_prefix=course.document_prefix)
