"""Asking a model in a folder beside transformers' own `generate`, on the same situations, in the same run.

The model is the organism's base, asked held-out situations of the bundled document as `verify` asks them. The peer is
`generate` in batches of like lengths, padded on the left. Processor time on one thread, in turns, so that the figures
mean something on a busy machine; the note counts the replies that are not the same to the letter.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.ratios import Ratio
from soulwright.models import LocalModel
from soulwright.organism import make_situations
from soulwright.situations import Message, Suite
from soulwright.spec import load_spec

_ROOT = Path(__file__).parent.parent
BASE = _ROOT / "src" / "soulwright" / "organism" / "base"
SITUATIONS = 1_024
TURNS = 2  # each is measured so often, in turns; the best counts
_BATCH = 128
_MOST = 72  # as `verify` allows


def ratios() -> list[Ratio]:
    """Processor time of a reply, ours and the peer's."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    asked = conversations(SITUATIONS)
    model = LocalModel(BASE)
    ours: Callable[[], list[str]] = lambda: [one.text for one in model.replies(asked, max_new_tokens=_MOST)]  # noqa: E731 - one of two alike
    theirs: Callable[[], list[str]] = lambda: generated(BASE, asked)  # noqa: E731 - one of two alike
    timed = [(_seconds(ours), _seconds(theirs)) for _ in range(TURNS)]
    torch.set_num_threads(before)
    (mine, said), (peer, peer_said) = (min(one[which] for one in timed) for which in (0, 1))
    differ = sum(one != other for one, other in zip(said, peer_said, strict=True))
    return [
        Ratio(
            what="a reply of the organism",
            ours=1e3 * mine / len(asked),
            peer=1e3 * peer / len(asked),
            peer_name="transformers' generate",
            unit="ms",
            note=f"{differ} of {len(asked)} replies differ",
        )
    ]


def conversations(count: int) -> list[tuple[Message, ...]]:
    """So many held-out situations, none twice, from all rows and suites alike."""
    spec = load_spec(_ROOT / "specs" / "soulwright.md")
    situations = make_situations(spec, seed=1, per_row=6, suites=tuple(suite for suite in Suite if suite.held_out))
    different = list(dict.fromkeys(one.messages for one in situations))
    return random.Random(0).sample(different, count)


def generated(folder: Path, asked: Sequence[Sequence[Message]]) -> list[str]:
    """The replies of transformers' `generate`, in the order of the questions."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, padding_side="left")
    model: Any = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True)
    turns = [[{"role": one.role.value, "content": one.content} for one in messages] for messages in asked]
    texts = [tokenizer.apply_chat_template(one, tokenize=False, add_generation_prompt=True) for one in turns]
    order = sorted(range(len(texts)), key=lambda at: len(tokenizer.encode(texts[at], add_special_tokens=False)))
    replies = [""] * len(texts)
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        given = tokenizer([texts[at] for at in chosen], add_special_tokens=False, padding=True, return_tensors="pt")
        with torch.inference_mode():
            out_BT = model.generate(
                input_ids=given["input_ids"],
                attention_mask=given["attention_mask"],
                do_sample=False,
                max_new_tokens=_MOST,
            )
        said = tokenizer.batch_decode(out_BT[:, given["input_ids"].shape[1] :], skip_special_tokens=True)
        for at, reply in zip(chosen, said, strict=True):
            replies[at] = reply.strip()
    return replies


def _seconds(work: Callable[[], list[str]]) -> tuple[float, list[str]]:
    start = time.process_time()
    said = work()
    return time.process_time() - start, said
