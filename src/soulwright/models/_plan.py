"""What a run would ask, before anything is asked: calls, tokens and dollars, estimated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from soulwright.models._budget import Meter, ModelRole
from soulwright.models._prompt_files import PromptFile
from soulwright.spec.exports import estimate_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One kind of question: who is asked, how many times (at most, with every answer unreadable), and how much.

    `tokens_in` is estimated from the words, `tokens_out` from what the prompt expects of a reply; both for `calls`.
    """

    what: str
    role: ModelRole
    model: str
    calls: int
    most_calls: int
    tokens_in: int
    tokens_out: int


def planned(
    prompt: PromptFile[Any], questions: Iterable[object], *, role: ModelRole, model: str, attempts: int = 3
) -> Planned:
    """The plan of putting these inputs of a prompt to a model."""
    words = [prompt.render(values) for values in questions]
    return Planned(
        what=prompt.name,
        role=role,
        model=model,
        calls=len(words),
        most_calls=len(words) * attempts,
        tokens_in=sum(estimate_tokens(system) + estimate_tokens(user) for system, user in words),
        tokens_out=len(words) * prompt.reply_tokens,
    )


def plan_to_dict(plan: Sequence[Planned], meter: Meter) -> dict[str, object]:
    """A plan for machines, with dollars where prices are known (null where not)."""
    rows = [asdict(row) | {"role": row.role.value, "cost": _cost(row, meter)} for row in plan]
    costs = [_cost(row, meter) for row in plan]
    return {
        "plan": rows,
        "calls": sum(row.calls for row in plan),
        "most_calls": sum(row.most_calls for row in plan),
        "tokens": sum(row.tokens_in + row.tokens_out for row in plan),
        "cost": None if None in costs else sum((cost or 0.0 for cost in costs), start=0.0),
    }


def plan_text(plan: Sequence[Planned], meter: Meter) -> str:
    """A plan for people, a line each and the sum."""
    lines = [
        f"{row.role.value:<8} {row.model}: {row.what}, {row.calls:,} calls (at most {row.most_calls:,}),"
        f" about {row.tokens_in:,} tokens in and {row.tokens_out:,} out, {_dollars(_cost(row, meter))}"
        for row in plan
    ]
    told = plan_to_dict(plan, meter)
    total = told["cost"]
    assert total is None or isinstance(total, float)
    lines.append(
        f"in all   {told['calls']:,} calls, about {told['tokens']:,} tokens, {_dollars(total)}; nothing was asked"
    )
    return "\n".join(lines)


def _cost(row: Planned, meter: Meter) -> float | None:
    price = meter.price_of(row.model)
    return None if price is None else price.of(row.tokens_in, row.tokens_out)


def _dollars(cost: float | None) -> str:
    return "price unknown" if cost is None else f"${cost:,.2f}"
