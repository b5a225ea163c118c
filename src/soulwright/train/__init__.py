"""Training: lessons go in, a model that learned them comes out, in the layout that plain `transformers` loads.

    result = train(lessons, base=Path("base"), out=run.model, recipe=Recipe(seed=1), work=run.path / "training")

Full fine-tuning for small models on a CPU, in one readable loop of our own and not TRL's or `transformers`' Trainer:
these cannot go on from a kill at any moment to the very same weights, and they pay for logits and attention masks that
right-padded conversations do not need. Larger models are what they are for; this room does not train those.
"""

from __future__ import annotations

from soulwright.train._loop import CurvePoint, TrainResult, train
from soulwright.train._recipe import Recipe, Schedule, WeightType
from soulwright.train._threads import probe_threads

__all__ = ["CurvePoint", "Recipe", "Schedule", "TrainResult", "WeightType", "probe_threads", "train"]
