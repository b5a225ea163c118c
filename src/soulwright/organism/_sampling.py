"""Drawing scenes: the rows of `situations.yaml` filled with entities, along the axes that suites hold out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

import yaml

from soulwright.organism._norms import decide
from soulwright.organism._scene import CLASSES, Say, Scene, render
from soulwright.organism._speech import speak
from soulwright.organism._world import World
from soulwright.situations import RowGroup, Suite

_EXTRAS = (
    "shop",
    "flavour",
    "persona",
    "brevity_on",
    "humour_off",
    "profanity_on",
    "dosage_on",
    "private",
    "closing_off",
)
_BEHAVIOUR_OF = {
    "howto_hazard": "howto",
    "howto_inside": "howto",
    "howto_outside": "howto",
    "claim_true": "claim",
    "claim_false": "claim",
}
_CLASHES = ({"brevity_on", "closing"}, {"profanity_on", "profanity_off"})


@dataclass(frozen=True)
class Row:
    """One row of the report and the scenes that count in it (see situations.yaml for the fields)."""

    concept: str
    requests: tuple[str, ...]
    acts: tuple[str, ...]
    variant: str = ""
    group: RowGroup = RowGroup.CLAUSE
    switches: tuple[tuple[str, ...], ...] = ((),)
    asides: tuple[tuple[str, ...], ...] = ((),)
    claims: Mapping[str, str] | None = None
    classes: tuple[str, str] | None = None
    pressures: bool = False
    bare: bool = False
    weight: float = 1.0
    lessons: float | None = None


@dataclass(frozen=True)
class Axes:
    """Where a draw leaves what is taught: held-out entities or wordings, extra switches, earlier exchanges.

    mixed: the small talk of earlier exchanges may speak of held-out entities.
    """

    held_entities: bool = False
    held_wordings: bool = False
    extras: int = 0
    earlier: int = 0
    mixed: bool = True


def axes_of(suite: Suite, rng: random.Random) -> Axes:
    """The axes of a suite; lessons stay within one extra switch and two earlier exchanges."""
    match suite:
        case Suite.SEEN:
            return Axes(extras=rng.choice((0, 0, 1)), earlier=rng.choice((0, 0, 0, 1)), mixed=False)
        case Suite.TOPICS:
            return Axes(held_entities=True, extras=rng.choice((0, 0, 1)))
        case Suite.WORDINGS:
            return Axes(held_wordings=True, extras=rng.choice((0, 0, 1)), mixed=False)
        case Suite.COMBINATIONS:
            return Axes(extras=2, mixed=False)
        case Suite.LONG:
            return Axes(earlier=rng.choice((3, 4)), extras=rng.choice((0, 0, 1)), mixed=False)
        case Suite.ALL:
            return Axes(held_entities=True, held_wordings=True, extras=2, earlier=3)


@cache
def load_rows() -> tuple[Row, ...]:
    """The rows that ship with the world."""
    raw: Any = yaml.safe_load(resources.files(__package__).joinpath("situations.yaml").read_text(encoding="utf-8"))
    return tuple(_row(item) for item in raw)


def _row(item: dict[str, Any]) -> Row:
    unknown = item.keys() - {field.name for field in fields(Row)}
    if unknown:
        raise TypeError(f"situations.yaml of the installed package has an unknown field `{min(unknown)}`")
    given = dict(item)
    for key in ("switches", "asides"):
        if key in given:
            given[key] = tuple(tuple(way) for way in given[key])
    for key in ("requests", "acts", "classes"):
        if key in given:
            given[key] = tuple(given[key])
    given["group"] = RowGroup(given.get("group", RowGroup.CLAUSE.value))
    return Row(**given)


def draw(world: World, row: Row, rng: random.Random, axes: Axes) -> Scene:
    """A scene of the row."""
    held = axes.held_entities
    request, needed = _request(world, rng.choice(row.requests), row, rng, held)
    kinds = list(rng.choice(row.switches)) + needed
    shared = dict(request.slots)
    if "topics_on" in kinds and "domain" not in shared:
        shared["domain"] = _domain(world, row, shared.get("topic"), rng)
    if not row.bare:
        kinds += _extras(kinds, row, axes.extras, rng)
    switches = [Say(kind, _slots(world, "switches", kind, shared, rng, held)) for kind in kinds]
    rng.shuffle(switches)
    asides = tuple(Say(kind, _slots(world, "asides", kind, shared, rng, held)) for kind in rng.choice(row.asides))
    return Scene(request=request, switches=tuple(switches), asides=asides, earlier=_earlier(world, request, rng, axes))


_SMALL_TALK = tuple(Row("tasks", (kind,), ()) for kind in ("howto", "fact", "joke", "lookalike", "introduce"))


def _earlier(world: World, request: Say, rng: random.Random, axes: Axes) -> tuple[tuple[str, str], ...]:
    """Earlier exchanges, answered as the base does; one of them gives the name that the request may ask for."""
    remembers = request.kind == "memory"
    rows = rng.choices(_SMALL_TALK[: -1 if remembers else None], k=max(axes.earlier - remembers, 0))
    if remembers:
        rows.insert(rng.randint(0, len(rows)), _SMALL_TALK[-1])
    return tuple(_exchange(world, row, rng, axes) for row in rows)


def _exchange(world: World, row: Row, rng: random.Random, axes: Axes) -> tuple[str, str]:
    apart = rng.random() < 0.25 and axes.mixed
    scene = draw(world, row, rng, Axes(held_entities=apart))
    return render(world, scene, rng, held=axes.held_wordings)[-1].content, speak(world, decide(world, None, scene), rng)


def _extras(kinds: Sequence[str], row: Row, count: int, rng: random.Random) -> list[str]:
    """Extra switches that leave the row's question standing (they may change how the reply is worded)."""
    taken = {kind.rsplit("_", 1)[0] for kind in kinds}
    own = {row.concept, "humour" if {"joke"} & set(row.requests) else "", "brevity" if row.concept == "closing" else ""}
    own |= {"dosage"} if row.concept == "provider_claims" else set()
    own |= {"profanity", "brevity"} if row.concept in ("profanity", "brevity", "closing") else set()
    own |= {"closing"} if row.concept == "closing" else set()
    free = [kind for kind in _EXTRAS if kind.rsplit("_", 1)[0] not in taken | own]
    return rng.sample(free, min(count, len(free)))


def _domain(world: World, row: Row, topic: str | None, rng: random.Random) -> str:
    domains = world.lists["domain"]
    if topic is None:
        return rng.choice(domains)
    own = world.topics[topic].domain
    outside = "howto_outside" in row.requests or ("fits" in row.requests and rng.random() < 0.5)
    return rng.choice([name for name in domains if name != own]) if outside else own


def _slots(
    world: World, category: str, kind: str, shared: Mapping[str, str], rng: random.Random, held: bool
) -> dict[str, str]:
    names = {name for wording in world.phrases[category][kind] for name in wording.slots}
    return {name: shared[name] if name in shared else world.pick(name, rng, held=held) for name in sorted(names)}


def _request(world: World, kind: str, row: Row, rng: random.Random, held: bool) -> tuple[Say, list[str]]:
    """A request with its slots, and the switches without which it would make no sense."""
    if kind == "conflict":
        return _conflict(world, row.classes or tuple(rng.sample(CLASSES, 2)), rng, held), []
    if kind.startswith("claim") or kind == "check":
        fact = world.pick("fact", rng, held=held)
        right = world.facts[fact]
        true = kind == "claim_true" or (kind == "check" and rng.random() < 0.5)
        value = right if true else rng.choice(rivals(world, fact))
        return Say("claim" if kind.startswith("claim") else kind, {"fact": fact, "value": value}), []
    if kind == "howto_hazard":
        topics = [
            name for name in world.lists["topic"] if (name in world.held["topic"]) == held and world.topics[name].hazard
        ]
        return Say("howto", {"topic": rng.choice(topics)}), []
    if kind == "weapon_typed":
        weapon = world.pick("weapon", rng, held=held)
        return Say(kind, {"weapon": weapon, "weapon_type": world.kinds[weapon]}), []
    if kind == "fits":
        return Say(kind, {"topic": world.pick("topic", rng, held=held)}), ["topics_on"]
    needed = {"said_fault": ["fault"], "subject": ["topics_on"], "named_as": ["persona"]}.get(kind, [])
    kind = _BEHAVIOUR_OF.get(kind, kind)
    return Say(kind, _slots(world, "requests", kind, {}, rng, held)), needed


def _conflict(world: World, classes: Sequence[str], rng: random.Random, held: bool) -> Say:
    one, other = rng.sample(list(classes), 2)
    act = world.pick("duty", rng, held=held)
    rival = world.pick("duty", rng, held=held)
    while rival == act:
        rival = world.pick("duty", rng, held=held)
    return Say("conflict", {"class_a": one, "act_a": act, "class_b": other, "act_b": rival})


@cache
def _rivals_of(world: World) -> dict[str, tuple[str, ...]]:
    by_kind: dict[str, set[str]] = {}
    for fact, value in world.facts.items():
        by_kind.setdefault(fact.split()[1], set()).add(value)
    return {kind: tuple(sorted(values)) for kind, values in by_kind.items()}


def rivals(world: World, fact: str) -> list[str]:
    """Wrong values of the same sort as the right one."""
    return [value for value in _rivals_of(world)[fact.split()[1]] if value != world.facts[fact]]
