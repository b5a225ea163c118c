"""How much a document costs to teach and to verify: calls, tokens, GPU hours and disk, by arithmetic.

Pure: a size and a document in, figures out. Every assumption is a field with its source, so that another one can be put
in its place. docs/sizing.md is written from this module by `soulwright sizing --write`.

N parameters, D tokens of training. Training all weights costs 6 N D floating-point operations (2 forward, 4 backward;
arXiv 2001.08361, section 2.1); an adapter 4 N D, since the gradients of the weights that stay are not computed. A
preference costs a reference's forward pass (2 N D) more. A token read by a model that answers costs 2 N.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from soulwright.errors import InputError

_HOUR = 3600
_GIGA = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What the figures rest on, each with its source in `SOURCES`; shares are of 1, counts are for each clause."""

    documents: float = 32
    document_tokens: float = 3_136
    demonstrations: float = 25
    demonstration_tokens: float = 800
    pairs: float = 12.5
    calls_per_lesson: float = 3
    kept: float = 0.8
    brief_tokens: float = 1_500
    situations: float = 60
    situation_tokens: float = 300
    reply_tokens: float = 300
    verdict_tokens: float = 150
    flops: float = 989e12
    busy: float = 0.35
    bandwidth: float = 3.35e12
    bandwidth_used: float = 0.5
    batch: float = 64
    gpu_bytes: float = 80e9
    room: float = 0.8
    rank: int = 64
    bytes_per_sample: float = 2_694
    characters_per_token: float = 4


SOURCES = {
    "documents": "400 clauses then come to the 13,201 documents of Model Spec Midtraining (arXiv 2605.02087)",
    "document_tokens": "the same: 41.4 M tokens in 13,201 documents",
    "demonstrations": "50 clauses then come to the 1,250 rows that sufficed after documents, 400 to its 10,000",
    "demonstration_tokens": "the same: 8 M tokens in 10,000 rows with reasoning",
    "pairs": "half of the demonstrations, against the student's own reply; stated, not measured",
    "calls_per_lesson": "one to deliberate, one to write, one to judge",
    "kept": "the share that the judge lets through; stated, `soulwright teach` counts the true one",
    "brief_tokens": "the clauses at stake with reasons and examples, in each call; stated",
    "situations": "with no failure, 59 show at 95 % that less than 5 % fail (the rule of `situations_needed`)",
    "situation_tokens": "system prompt and conversation; stated",
    "reply_tokens": "of target and student; stated",
    "verdict_tokens": "a verdict with its reason; stated",
    "flops": "H100 SXM, dense bfloat16 (NVIDIA's data sheet)",
    "busy": "share of these in training: 38 to 43 % in arXiv 2407.21783, table 4; less for adapters and short rows",
    "bandwidth": "bytes a second from memory, H100 SXM (NVIDIA's data sheet); what limits generation",
    "bandwidth_used": "share of these in generation; stated",
    "batch": "conversations at once on one GPU; stated",
    "gpu_bytes": "memory of one H100",
    "room": "share of the memory for weights, gradients and optimizer; the rest is for activations",
    "rank": "that of the published adapters (arXiv 2605.02087, 2511.01689)",
    "bytes_per_sample": "measured here: the log of one judged situation of the organism; its texts are short",
    "characters_per_token": "English text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the organism took here, and what the arithmetic makes of it: its parameters, tokens, seconds and replies."""

    parameters: int
    tokens: int
    seconds: float
    threads: int
    replies: int
    verify_seconds: float


# Mean of three runs of the demo (runs/seed-1 to seed-3: training.json and the stamps of train and verify), one thread.
ORGANISM = Measured(parameters=3_148_224, tokens=900_245, seconds=242.5, threads=1, replies=5_968, verify_seconds=249.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What one document costs for one model. Calls go to teacher and judge, and to target and student; bytes, hours."""

    parameters: float
    clauses: int
    full: bool
    lessons: int
    trained_tokens: float
    teacher_calls: int
    teacher_tokens: float
    target_calls: int
    judge_calls: int
    verify_tokens: float
    training_hours: float
    asking_hours: float
    least_gpus: int
    lesson_bytes: float
    model_bytes: float
    checkpoint_bytes: float
    log_bytes: float

    @property
    def gpu_hours(self) -> float:
        """Hours of one GPU for training, and for asking student and target."""
        return self.training_hours + self.asking_hours

    @property
    def disk_bytes(self) -> float:
        """Base and trained model, two checkpoints (one is written while the last one stands), lessons and logs."""
        return 2 * self.model_bytes + 2 * self.checkpoint_bytes + self.lesson_bytes + self.log_bytes


def sizing(parameters: float, clauses: int, *, full: bool = False, given: Assumptions | None = None) -> Sizing:
    """Size the training of an adapter (or of all weights) and its verification; InputError: a figure is not positive.

    >>> round(sizing(8e9, 400).trained_tokens / 1e6, 1)
    56.1
    """
    it = given or Assumptions()
    if not parameters > 0 or not clauses > 0:
        raise InputError(f"{parameters:g} parameters and {clauses} clauses", help="both are more than 0")
    documents, demonstrations, pairs = (clauses * count for count in (it.documents, it.demonstrations, it.pairs))
    learned = documents * it.document_tokens + demonstrations * it.demonstration_tokens
    preferred = pairs * 2 * it.demonstration_tokens
    written = (documents * it.document_tokens + demonstrations * it.demonstration_tokens) / it.kept
    teacher_calls = math.ceil((documents + demonstrations) / it.kept * it.calls_per_lesson)
    asked = 2 * clauses * it.situations  # before and after
    verdict = it.situation_tokens + it.reply_tokens + it.brief_tokens + it.verdict_tokens
    operations = parameters * ((6 if full else 4) * (learned + preferred) + 2 * preferred)
    said = (asked + pairs) * it.reply_tokens
    return Sizing(
        parameters=parameters,
        clauses=clauses,
        full=full,
        lessons=math.ceil(documents + demonstrations + pairs),
        trained_tokens=learned + preferred,
        teacher_calls=teacher_calls,
        teacher_tokens=teacher_calls * it.brief_tokens + 2 * written,
        target_calls=math.ceil(asked + pairs),
        judge_calls=math.ceil(asked),
        verify_tokens=asked * (it.situation_tokens + it.reply_tokens + verdict),
        training_hours=operations / (it.flops * it.busy) / _HOUR,
        asking_hours=said / tokens_per_second(parameters, it) / _HOUR,
        least_gpus=math.ceil(training_bytes(parameters, full=full, given=it) / (it.gpu_bytes * it.room)),
        lesson_bytes=(learned + preferred) * it.characters_per_token,
        model_bytes=2 * parameters,
        checkpoint_bytes=12 * (parameters if full else adapter_parameters(parameters, it.rank)),
        log_bytes=asked * (it.bytes_per_sample + verdict * it.characters_per_token),
    )


def tokens_per_second(parameters: float, given: Assumptions) -> float:
    """Tokens that one GPU's share of a model writes: each step reads all weights (2 bytes each) once for a batch."""
    return given.batch * given.bandwidth_used * given.bandwidth / (2 * parameters)


def training_bytes(parameters: float, *, full: bool, given: Assumptions) -> float:
    """Weights, gradients and AdamW: 16 bytes a trained parameter (arXiv 1910.02054, 3.1), 2 for one that stays."""
    if full:
        return 16 * parameters
    return 2 * parameters + 16 * adapter_parameters(parameters, given.rank)


def adapter_parameters(parameters: float, rank: int) -> float:
    """Those of an adapter on all linear layers of a Llama-shaped model of this size.

    Width d and depth l from N = 12 l d**2 and d = 128 l (arXiv 2001.08361, section 2.1, and the shape of Llama); a
    layer has seven matrices whose two sides come to about 20 d.

    >>> round(adapter_parameters(8e9, 64) / 1e6)
    194
    """
    width = math.cbrt(parameters * 128 / 12)
    return rank * 20 * width * (width / 128)


def assumption_rows() -> list[tuple[str, float, str]]:
    """Every assumption: its name, its value, where it comes from."""
    given = Assumptions()
    return [(one.name, getattr(given, one.name), SOURCES[one.name]) for one in fields(Assumptions)]
