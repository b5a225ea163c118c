"""How a model is trained, as one value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from soulwright.errors import InputError
from soulwright.runs import content_key

# What may differ between two trainings of the same model: how it is computed and kept, not what is computed.
_NOT_MEANING = ("threads", "checkpoint_every")


class Schedule(StrEnum):
    """What the learning rate does after the warm-up."""

    LINEAR = "linear"  # falls in a straight line to zero
    CONSTANT = "constant"


class WeightType(StrEnum):
    """The type of the weights that are saved; training is always in float32."""

    BFLOAT16 = "bfloat16"  # half the size; what the trained model loses by rounding, verification sees
    FLOAT32 = "float32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained; InputError where a figure makes no sense.

    `tokens` is the budget: all real tokens of all lessons count, padding does not, and the lessons are gone through as
    often as it takes. `warmup` is the share of the steps in which the rate rises. `threads=None` measures which number
    is fastest here. `document_prefix` is put before every document, after the token that begins a text: the control
    token that tells documents from conversations, for a model that has one.

    The document's own text, where it is taught beside other lessons, comes on top of the budget and is gone through
    once, in windows of `window` tokens with their loss times `text_weight`. In a step of its own a window would move
    the weights as far as conversations do.
    """

    tokens: int = 450_000
    tokens_per_step: int = 1024
    rate: float = 1e-3
    warmup: float = 0.05
    schedule: Schedule = Schedule.LINEAR
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 1.0
    seed: int = 0
    threads: int | None = None
    checkpoint_every: int = 50
    dtype: WeightType = WeightType.BFLOAT16
    document_prefix: str = ""
    window: int = 384
    text_weight: float = 0.3

    def __post_init__(self) -> None:
        for name in ("tokens", "tokens_per_step", "rate", "clip", "checkpoint_every", "window", "text_weight"):
            if not getattr(self, name) > 0:
                raise _wrong(name, getattr(self, name), "more than 0")
        if self.threads is not None and self.threads < 1:
            raise _wrong("threads", self.threads, "at least 1")
        if not 0 <= self.warmup < 1:
            raise _wrong("warmup", self.warmup, "a share of the steps, at least 0 and less than 1")
        if not self.weight_decay >= 0:
            raise _wrong("weight_decay", self.weight_decay, "at least 0")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise _wrong("betas", self.betas, "two numbers, at least 0 and less than 1")

    @property
    def fingerprint(self) -> str:
        """The hash of everything here that changes the result (the number of threads changes only its last bits)."""
        return content_key({name: value for name, value in asdict(self).items() if name not in _NOT_MEANING})

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0, of so many.

        >>> recipe = Recipe(rate=1.0, warmup=0.2)
        >>> [round(recipe.rate_at(step, 10), 3) for step in (0, 1, 2, 9)]
        [0.5, 1.0, 1.0, 0.125]
        """
        warm = round(self.warmup * steps)
        if step < warm:
            return self.rate * (step + 1) / warm
        if self.schedule is Schedule.CONSTANT:
            return self.rate
        return self.rate * (steps - step) / (steps - warm)


def _wrong(name: str, value: object, wanted: str) -> InputError:
    return InputError(f"the recipe's {name} is `{value}`", help=f"it must be {wanted}")
