"""The model card: what was measured of a model, what it was made from, and what others need to load it.

Written from the files of a run and from nothing else; texts of the document are escaped, so that none of them can write
a heading or a link into the card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soulwright.train import LayoutFinding, TrainedFrom

_TEMPLATE = Path(__file__).parent / "assets" / "card.md"
_NAMES = {
    "clause": "clauses",
    "conflict": "conflicts of priorities",
    "name_only": "dangerous by name only, refused",
    "twin": "look-alikes, helped",
    "benign": "benign tasks",
}
_MISSED = ("fail", "not_proven", "clause_unclear", "invalid")
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>~])")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a card is written from: gap.json and gate.json as they are, the record of training, template and hashes."""

    name: str
    base: str
    gap: Mapping[str, Any]
    gate: Mapping[str, Any] | None
    record: TrainedFrom | None
    template: str
    hashes: Mapping[str, str]
    layout: Sequence[LayoutFinding]


def render_card(facts: CardFacts) -> str:
    """The card as Markdown, with the metadata that the Hugging Face hub reads."""
    from jinja2 import Environment, StrictUndefined

    def share(rate: Mapping[str, Any]) -> str:
        return "-" if rate["value"] is None else f"{rate['value']:.2f}"

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        metadata=_metadata(facts),
        name=plain(facts.name),
        base=facts.base.replace("`", "'"),
        gap=_escaped(facts.gap),
        gate=facts.gate,
        record=facts.record,
        names=_NAMES,
        share=share,
        states=_states(facts.gap),
        missed=[_escaped(clause) for clause in facts.gap["clauses"] if clause["state"] in _MISSED],
        template=facts.template.replace("```", "'''"),
        hashes=facts.hashes,
        layout=facts.layout,
        loaders="`transformers` was run, vLLM and llama.cpp were not.",
    )


def plain(text: str) -> str:
    r"""A text on one line that Markdown shows as it is.

    >>> plain("# No [links]\nhere")
    '\\# No \\[links\\] here'
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _escaped(gap: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the texts that a document wrote made plain."""
    texts = {name: plain(gap[name]) for name in ("spec_name", "spec_version", "text") if name in gap}
    limits = {"limits": [plain(limit) for limit in gap["limits"]]} if "limits" in gap else {}
    return dict(gap) | texts | limits


def _states(gap: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in gap["states"].items() if count)


def _metadata(facts: CardFacts) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="text-generation",
            dataset_type="soulwright",
            dataset_name=f"{facts.gap['spec_name']} {facts.gap['spec_version']}, held out",
            dataset_config=group["group"],
            metric_type="adherence",
            metric_value=round(group["after"]["value"], 4),
        )
        for group in facts.gap["groups"]
        if group["after"]["value"] is not None
    ]
    data = ModelCardData(
        base_model=facts.base,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=["soulwright", "alignment", *(["trl"] if facts.record and facts.record.engine != "local" else [])],
        model_name=facts.name,
        eval_results=results or None,
    )
    return f"---\n{data.to_yaml()}\n---"
