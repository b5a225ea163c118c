"""How a Hugging Face model of any size is trained, as one value: which methods in which order, on what, how long.

The order is that of the published evidence: documents first, then demonstrations on the same adapter (arXiv 2605.02087:
neither works alone, and merging in between loses what was learned), then preferences against the student's own replies
or on-policy self-distillation. docs/training.md says what each figure is taken from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from soulwright.errors import InputError
from soulwright.runs import content_key
from soulwright.train._recipe import WeightType

# How a course is computed and kept, not what is computed.
_NOT_MEANING = ("rows_at_once", "checkpoint_every")


class Method(StrEnum):
    """What one phase of a course does with the lessons."""

    DOCUMENTS = "documents"  # texts, learned whole
    SFT = "sft"  # demonstrations and replay: the last reply is learned
    DPO = "dpo"  # the teacher's reply preferred to the student's own, with an anchor on the teacher's reply
    DISTIL = "distil"  # the student's own replies, graded by the model that has the clause in its system prompt


# The share of the course's rate that a method learns with: after demonstrations a full rate destroys what they taught.
_RATE_SHARE = {Method.DOCUMENTS: 1.0, Method.SFT: 1.0, Method.DPO: 0.1, Method.DISTIL: 0.2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """A low-rank adapter on all linear layers (arXiv 2106.09685); `alpha` is twice the rank where it is 0."""

    rank: int = 64
    alpha: int = 0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.rank < 1 or self.alpha < 0:
            raise InputError(f"an adapter of rank {self.rank}, alpha {self.alpha}", help="the rank is at least 1")
        if not 0 <= self.dropout < 1:
            raise InputError(f"the adapter's dropout is `{self.dropout}`", help="it must be at least 0 and less than 1")

    @property
    def scale(self) -> int:
        """What peft calls `lora_alpha`."""
        return self.alpha or 2 * self.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a model is trained; InputError where a figure makes no sense.

    `lora` None trains all weights. `rate` is that of documents and demonstrations; `rate_of` says what the other
    methods make of it. A step has `rows_per_step` lessons on all workers together, of which each worker computes
    `rows_at_once` at a time. `steps` 0 goes through the lessons `epochs` times. `precision` is what is computed in,
    `dtype` what is saved. `beta` and `anchor` are DPO's temperature and the weight of its likelihood term.
    """

    methods: tuple[Method, ...] = (Method.DOCUMENTS, Method.SFT)
    lora: Lora | None = Lora()
    rate: float = 1e-4
    warmup: float = 0.05
    weight_decay: float = 0.01
    clip: float = 1.0
    rows_per_step: int = 32
    rows_at_once: int = 4
    epochs: float = 1.0
    steps: int = 0
    most_tokens: int = 4096
    reply_tokens: int = 256
    beta: float = 0.1
    anchor: float = 0.1
    least_flips: float = 0.1
    seed: int = 0
    checkpoint_every: int = 50
    precision: WeightType = WeightType.FLOAT32
    dtype: WeightType = WeightType.BFLOAT16
    document_prefix: str = ""

    def __post_init__(self) -> None:
        if not self.methods:
            raise InputError("a course has at least one method", help=f"name one of {', '.join(Method)}")
        positive = (
            "rate",
            "clip",
            "rows_per_step",
            "rows_at_once",
            "epochs",
            "checkpoint_every",
            "most_tokens",
            "beta",
        )
        for name in (*positive, "reply_tokens"):
            if not getattr(self, name) > 0:
                raise _wrong(name, getattr(self, name), "more than 0")
        for name in ("weight_decay", "anchor", "steps"):
            if not getattr(self, name) >= 0:
                raise _wrong(name, getattr(self, name), "at least 0")
        for name in ("warmup", "least_flips"):
            if not 0 <= getattr(self, name) < 1:
                raise _wrong(name, getattr(self, name), "a share, at least 0 and less than 1")

    def rate_of(self, method: Method) -> float:
        """The learning rate of a method.

        >>> Course(rate=1e-4).rate_of(Method.DPO)
        1e-05
        """
        return float(f"{self.rate * _RATE_SHARE[method]:.6g}")

    @property
    def fingerprint(self) -> str:
        """The hash of everything here that changes what is learned."""
        return content_key({name: value for name, value in asdict(self).items() if name not in _NOT_MEANING})


def _wrong(name: str, value: object, wanted: str) -> InputError:
    return InputError(f"the course's {name} is `{value}`", help=f"it must be {wanted}")
