"""What asking costs: counted as it happens, call by call, and stopped before a budget is overdrawn.

    with metering(Budget(max_calls=500)) as meter:
        ...                          # whatever asks models through this room is counted
    meter.spent                      # calls, tokens and dollars, model by model

A call is let through only if what is spent, what is under way and what it may cost itself stay within the budget: the
tokens of its question are estimated from their characters, those of its reply by the most that it may have. A call that
does not fit raises BudgetSpent; replies under way are still kept, and the same command with a larger budget goes on.
Importing this module loads no engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import BudgetSpent, InputError

if TYPE_CHECKING:
    from inspect_ai.model import GenerateConfig, ModelUsage

Shape = TypeVar("Shape")
_MILLION = 1_000_000
# Providers that run weights of one's own, or none: what they cost is not counted by the token.
_LOCAL = frozenset(
    {"weights", "world", "hf", "vllm", "sglang", "llama-cpp-python", "ollama", "transformer_lens", "mockllm"}
)


class ModelRole(StrEnum):
    """What a model is asked for."""

    TARGET = "target"
    """It is taught or measured."""
    TEACHER = "teacher"
    """It writes situations and lessons."""
    JUDGE = "judge"
    """It says whether a reply keeps a clause."""
    AUDITOR = "auditor"
    """It leads conversations that try the target."""
    EMBEDDER = "embedder"
    """It says how alike texts are; it generates nothing, and has no settings."""


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Price:
    """What a model costs, in dollars per million tokens; the names are those of Inspect's `--model-cost-config`."""

    input: float
    output: float
    input_cache_write: float | None = None
    input_cache_read: float | None = None

    def of(self, tokens_in: int, tokens_out: int, written: int = 0, read: int = 0) -> float:
        """The dollars for so many tokens; cached ones without a price of their own cost what input costs.

        >>> Price(input=2.0, output=10.0).of(500_000, 100_000)
        2.0
        """
        write = self.input if self.input_cache_write is None else self.input_cache_write
        reread = self.input if self.input_cache_read is None else self.input_cache_read
        return (tokens_in * self.input + tokens_out * self.output + written * write + read * reread) / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much may be asked at most (None: no limit), where the prices are, and where the settings of each role.

    `max_tokens` counts what is read and what is written; `max_cost` is in dollars and needs `prices`.
    """

    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    prices: Path | None = None
    settings: Path | None = None

    @property
    def has_limits(self) -> bool:
        """True where anything is limited, so that a call has to be let through."""
        return self.max_calls is not None or self.limits_tokens

    @property
    def limits_tokens(self) -> bool:
        """True where the size of a call matters, and not only that it is made."""
        return self.max_tokens is not None or self.max_cost is not None


@dataclass(slots=True, kw_only=True)
class Spent:
    """What one model was asked: calls, those without a reply, tokens, and dollars (None: no price is known)."""

    model: str
    calls: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A call under way, with what it may use at most."""

    model: str
    tokens: int
    cost: float


@dataclass(eq=False)
class Meter:
    """Counts calls against a budget; one lock, since models are asked from several threads."""

    budget: Budget
    _spent: dict[str, Spent] = field(default_factory=dict)
    _held: list[Hold] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _beyond_what: str = ""

    @property
    def spent(self) -> tuple[Spent, ...]:
        """What was asked so far, model by model."""
        return tuple(self._spent.values())

    @property
    def stopped(self) -> bool:
        """True once a call was turned away."""
        return bool(self._beyond_what)

    @property
    def beyond(self) -> str:
        """Which limit turned a call away, "" where none has."""
        return self._beyond_what

    def refusal(self) -> BudgetSpent:
        """The error that says which limit stopped the asking."""
        message = f"the budget is spent: {self._beyond_what}"
        return BudgetSpent(message, help="what was answered is kept; the same command with a larger budget goes on")

    @cached_property
    def prices(self) -> Mapping[str, Price]:
        """The prices by the names of models; InputError where the file is not one of prices."""
        return load_prices(self.budget.prices) if self.budget.prices else {}

    @cached_property
    def settings(self) -> Mapping[ModelRole, GenerateConfig]:
        """How each role generates; InputError where the file says what no model can be told."""
        return load_settings(self.budget.settings) if self.budget.settings else {}

    def price_of(self, model: str) -> Price | None:
        """The price of a model, zero where it runs on one's own machine; InputError where a limit needs one."""
        price = self.prices.get(model)
        if price is None and model.split("/", 1)[0] in _LOCAL:
            return Price(input=0.0, output=0.0)
        if price is None and self.budget.max_cost is not None:
            message = f"a limit of cost needs the price of `{model}`"
            remedy = f"name it in the file of `--prices`: `{model}: {{input: 1.0, output: 4.0}}`, $ a million tokens"
            raise InputError(message, source=str(self.budget.prices or ""), help=remedy)
        return price

    def take(self, model: str, tokens_in: int, tokens_out: int) -> Hold | None:
        """Let a call through that may use so much; None: wait for those under way. BudgetSpent where it cannot be."""
        price = self.price_of(model)
        cost = price.of(tokens_in, tokens_out) if price else 0.0
        with self._lock:
            hold = Hold(model=model, tokens=tokens_in + tokens_out, cost=cost)
            if reason := self._beyond(hold, held=()):
                self._beyond_what = reason
                raise self.refusal()
            if self._beyond(hold, held=self._held):
                return None
            self._held.append(hold)
            self._of(model).calls += 1
            return hold

    def settle(self, hold: Hold, usage: ModelUsage | None) -> None:
        """Count what a call has used; None where it had no reply or its provider does not say."""
        price = self.price_of(hold.model)
        with self._lock:
            self._held.remove(hold)
            spent = self._of(hold.model)
            if usage is None:
                spent.failed += 1
                return
            written, read = usage.input_tokens_cache_write or 0, usage.input_tokens_cache_read or 0
            spent.tokens_in += usage.input_tokens + written + read
            spent.tokens_out += usage.output_tokens
            if price is None:
                spent.cost = None
            elif spent.cost is not None:
                spent.cost += price.of(usage.input_tokens, usage.output_tokens, written, read)

    def add(self, asked: Iterable[Spent]) -> None:
        """Count what was asked elsewhere without a limit."""
        with self._lock:
            for one in asked:
                spent = self._of(one.model)
                spent.calls, spent.failed = spent.calls + one.calls, spent.failed + one.failed
                spent.tokens_in, spent.tokens_out = spent.tokens_in + one.tokens_in, spent.tokens_out + one.tokens_out
                spent.cost = None if spent.cost is None or one.cost is None else spent.cost + one.cost

    def take_over(self, other: Meter) -> None:
        """Go on from what another meter of the same budget has counted."""
        with self._lock:
            self._spent, self._beyond_what = dict(other._spent), other._beyond_what

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: limits, prices and what is spent; calls under way stay where they are."""
        return {
            "budget": self.budget,
            "_spent": self._spent,
            "_beyond_what": self._beyond_what,
            "prices": dict(self.prices),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _held=[], _lock=Lock())

    def to_dict(self) -> list[dict[str, object]]:
        """What was asked, for machines."""
        names = ("model", "calls", "failed", "tokens_in", "tokens_out", "cost")
        return [{name: getattr(one, name) for name in names} for one in self.spent]

    def _of(self, model: str) -> Spent:
        return self._spent.setdefault(model, Spent(model=model))

    def _beyond(self, hold: Hold, held: tuple[()] | list[Hold]) -> str:
        """Which limit the call would overdraw, beside those held; "" where none."""
        budget, asked = self.budget, self.spent
        calls = sum(one.calls for one in asked)
        tokens = sum(one.tokens for one in asked) + sum(one.tokens for one in held) + hold.tokens
        cost = sum(one.cost or 0.0 for one in asked) + sum(one.cost for one in held) + hold.cost
        if budget.max_calls is not None and calls + 1 > budget.max_calls:
            return f"{calls:,} of {budget.max_calls:,} calls are made"
        if budget.max_tokens is not None and tokens > budget.max_tokens:
            return f"the next call may bring {budget.max_tokens:,} tokens to {tokens:,}"
        if budget.max_cost is not None and cost > budget.max_cost:
            return f"the next call may bring ${budget.max_cost:.2f} to ${cost:.2f}"
        return ""


_METERS: list[Meter] = []


def current_meter() -> Meter | None:
    """The meter that counts now; None outside of `metering`."""
    return _METERS[-1] if _METERS else None


@contextmanager
def metering(budget: Budget) -> Iterator[Meter]:
    """Count whatever is asked through this room, and stop it where the budget is spent."""
    with metered_by(Meter(budget=budget)) as meter:
        yield meter


@contextmanager
def metered_by(meter: Meter) -> Iterator[Meter]:
    """Let this meter count for a while."""
    _METERS.append(meter)
    try:
        yield meter
    finally:
        _METERS.remove(meter)


def load_prices(path: Path) -> dict[str, Price]:
    """A file of prices: YAML, a model a key, as Inspect's `--model-cost-config` has it; InputError where it is none."""
    return _checked(
        TypeAdapter(dict[str, Price]), path, "`MODEL: {input: 1.0, output: 4.0}`, in dollars per million tokens"
    )


def load_settings(path: Path) -> dict[ModelRole, GenerateConfig]:
    """A file of settings: YAML, a role a key, beneath it what Inspect calls a generate config; InputError if not so."""
    from inspect_ai.model import GenerateConfig

    rows = _checked(TypeAdapter(dict[ModelRole, dict[str, Any]]), path, "`judge: {temperature: 0.0, max_tokens: 1024}`")
    if ModelRole.EMBEDDER in rows:
        raise InputError("an `embedder` has no settings", source=str(path), help="it generates nothing: remove it")
    for role, row in rows.items():
        if unknown := sorted(set(row) - set(GenerateConfig.model_fields)):
            message = f"`{role}` has no setting `{unknown[0]}`"
            raise InputError(message, source=str(path), help="the settings are those of Inspect's GenerateConfig")
    return _checked(TypeAdapter(dict[ModelRole, GenerateConfig]), path, "`judge: {temperature: 0.0}`")


def _checked(shape: TypeAdapter[Shape], path: Path, example: str) -> Shape:
    try:
        return shape.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path), help=f"write {example}") from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", source=str(path), help=f"write {example}") from error
    except yaml.YAMLError as error:
        raise InputError(
            f"is not YAML: {' '.join(str(error).split())}", source=str(path), help=f"write {example}"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise InputError(f"`{where}`: {first['msg'].lower()}", source=str(path), help=f"write {example}") from error
