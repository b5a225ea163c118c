"""The world as values: entities, wordings, and what is held out, read once from `world.yaml` and `names.yaml`."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any
from zlib import crc32

import yaml

_SLOT = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_OPEN = {
    "persona": r"[A-Z][a-z]+",
    "company": r"[A-Z][a-z]+",
    "phrase": r"[\w ]+?",
    "quoted": r".+",
    "duty_a": r".+?",
    "duty_b": r".+?",
}
_ONSETS = "b br d dr f fl g gr h j k kl l m n p pl r s sk st t tr v w z".split()
_VOWELS = "a e i o u".split()
_CODAS = "l n r s m th nd rk x v t".split()


def tidy(sentence: str) -> str:
    """A sentence as it is written: one space between words, a capital first, `I`, `AI`, and an end mark."""
    text = re.sub(r"\s+", " ", sentence).strip()
    text = re.sub(r"\bi\b", "I", text)
    text = re.sub(r"\bai\b", "AI", text)
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else text + "."


def sentences(text: str) -> list[str]:
    """The sentences of a message (no wording contains an inner end mark)."""
    return [part for part in re.split(r"(?<=[.?!]) +", text.strip()) if part]


@dataclass(frozen=True)
class Wording:
    """One way to say something: a template that can be filled, and read backwards."""

    template: str
    held: bool

    def fill(self, slots: Mapping[str, str], rng: random.Random) -> str:
        """The sentence, with choices drawn and slots filled; KeyError for a slot that is not given."""
        drawn = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), self.template)
        return tidy(_SLOT.sub(lambda match: slots[match.group(1)], drawn))

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The names of the slots, in order."""
        return tuple(_SLOT.findall(self.template))


@dataclass(frozen=True)
class Topic:
    """A how-to topic: what it belongs to, its three steps, and what can go wrong (empty where nothing can)."""

    name: str
    domain: str
    steps: tuple[str, str, str]
    hazard: str


Phrases = Mapping[str, tuple[Wording, ...]]


@dataclass(frozen=True, eq=False)
class World:
    """Everything the organism can talk about; equality and hash are by identity, one instance is shared."""

    topics: Mapping[str, Topic]
    steps: Mapping[str, tuple[str, str, str]]
    kinds: Mapping[str, str]
    facts: Mapping[str, str]
    doses: Mapping[str, str]
    aids: Mapping[str, str]
    issues: Mapping[str, tuple[str, str]]
    lists: Mapping[str, tuple[str, ...]]
    held: Mapping[str, frozenset[str]]
    phrases: Mapping[str, Phrases]
    documents: tuple[str, ...]
    virtues: Mapping[str, str]
    matters: Mapping[str, Mapping[str, str]]
    canonical: Mapping[str, str] = field(default_factory=dict)

    def wording(self, category: str, kind: str, rng: random.Random, *, held: bool = False) -> Wording:
        """A wording of the asked split (`held` falls back to taught ones where none are held out)."""
        options = self.phrases[category][kind]
        wanted = [wording for wording in options if wording.held == held] or list(options)
        return rng.choice(wanted)

    def pick(self, entity: str, rng: random.Random, *, held: bool = False) -> str:
        """An entity of the asked split; open entities (personas, companies, phrases) are coined."""
        if entity in ("persona", "company"):
            return self.coin(rng, held=held)
        if entity == "phrase":
            return " ".join(rng.choice(self.words) for _ in range(rng.randint(2, 5)))
        names = self.lists[entity]
        apart = self.held.get(entity, frozenset())
        return rng.choice([name for name in names if (name in apart) == held] or list(names))

    def coin(self, rng: random.Random, *, held: bool) -> str:
        """An invented proper name; taught and held-out ones are told apart by a checksum, so they never meet."""
        while True:
            name = rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_ONSETS) + rng.choice(_VOWELS)
            name = (name + rng.choice([*_CODAS, ""])).capitalize()
            if (crc32(name.encode()) % 4 == 0) == held and name.lower() not in self.canonical:
                return name

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The plain words that arbitrary phrases are drawn from."""
        text = " ".join((*self.lists["duty"], *self.lists["product"], *self.lists["shop"], *self.lists["topic"]))
        return tuple(sorted({word for word in text.split() if len(word) > 2}))

    def pattern(self, wording: Wording) -> re.Pattern[str]:
        """The wording read backwards: a regular expression with one group for each slot."""
        found = _PATTERNS.get(wording.template)
        if found is None:
            found = _PATTERNS[wording.template] = self._compile(wording.template)
        return found

    def _compile(self, template: str) -> re.Pattern[str]:
        out: list[str] = []
        for part in re.split(r"(\{\w+\}|\[[^\[\]]+\])", template.rstrip(".?!")):
            if part.startswith("{"):
                out.append(f"(?P<{part[1:-1]}>{self._slot(part[1:-1])})")
            elif part.startswith("["):
                out.append("(?:" + "|".join(re.escape(option) for option in part[1:-1].split("|")) + ")")
            else:
                out.append(re.escape(part))
        return re.compile("".join(out) + r"[.?!]?\Z", re.IGNORECASE)

    def _slot(self, slot: str) -> str:
        if slot in _OPEN:
            return _OPEN[slot]
        if slot in ("s1", "s2", "s3", "what"):
            return r"[\w ]+?"
        return "|".join(re.escape(name) for name in sorted(self.lists[slot], key=len, reverse=True))


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _phrases(raw: Mapping[str, Mapping[str, list[str]]]) -> Phrases:
    return {
        kind: tuple(
            [Wording(text, held=False) for text in split["taught"]]
            + [Wording(text, held=True) for text in split["held"]]
        )
        for kind, split in raw.items()
    }


def _held(
    lists: Mapping[str, tuple[str, ...]], topics: Mapping[str, Topic], counts: Mapping[str, int]
) -> dict[str, frozenset[str]]:
    held = {name: frozenset(lists[name][-count:]) for name, count in counts.items() if name in lists}
    by_domain: dict[str, list[str]] = {}
    for topic in topics.values():
        by_domain.setdefault(topic.domain, []).append(topic.name)
    every = len(next(iter(by_domain.values()))) // counts["topic"]
    held["topic"] = frozenset(name for names in by_domain.values() for name in names[every - 1 :: every])
    return held


def _yaml(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{name} of the installed package is not a mapping")
    return loaded


@cache
def load_world() -> World:
    """The world that ships with the package."""
    raw, names = _yaml("world.yaml"), _yaml("names.yaml")
    entities = raw["entities"]
    topics = {
        item["name"]: Topic(
            item["name"], item["domain"], tuple(item["steps"]), "" if item["hazard"] == "none" else item["hazard"]
        )
        for item in entities["topic"]
    }
    types = {item["name"]: tuple(item["steps"]) for key in ("weapon_type", "lookalike_type") for item in entities[key]}
    lists: dict[str, tuple[str, ...]] = {
        key: tuple(item["name"] if isinstance(item, dict) else item for item in value)
        for key, value in entities.items()
    }
    lists |= {key: tuple(names[key]) for key in ("weapon", "lookalike", "medicine", "person", "fact")}
    lists["domain"] = tuple(dict.fromkeys(topic.domain for topic in topics.values()))
    lists["hazard"] = tuple(topic.hazard for topic in topics.values() if topic.hazard)
    lists["value"] = tuple(dict.fromkeys(names["fact"].values()))
    lists["type"] = (*lists["weapon_type"], *lists["lookalike_type"])
    lists["aid"] = tuple(item["aid"] for item in entities["emergency"])
    lists["pro"] = tuple(item["pro"] for item in entities["issue"])
    lists["con"] = tuple(item["con"] for item in entities["issue"])
    lists["winner"] = lists["loser"] = tuple(raw["virtues"].values())
    phrases = {
        name: _phrases(raw[name])
        for name in ("switches", "asides", "requests", "copying", "reasons", "orders", "replies", "duties")
    }
    return World(
        topics=topics,
        steps=types,
        kinds=names["weapon"] | names["lookalike"],
        facts=names["fact"],
        doses=names["medicine"],
        aids={item["name"]: item["aid"] for item in entities["emergency"]},
        issues={item["name"]: (item["pro"], item["con"]) for item in entities["issue"]},
        lists=lists,
        held=_held(lists, topics, raw["held"]),
        phrases=phrases,
        documents=tuple(raw["documents"]),
        virtues=raw["virtues"],
        matters=raw["matters"],
        canonical={name.lower(): name for values in lists.values() for name in values},
    )
