"""The world reads back whatever it says, keeps held-out things apart, and hides nothing in its names."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from soulwright.organism import OutsideWorld, World, make_situations
from soulwright.organism._sampling import Axes, Row, axes_of, draw, load_rows
from soulwright.organism._scene import CLASSES, Scene, match, parse, render
from soulwright.organism._world import Wording, sentences
from soulwright.situations import Message, Role, Suite
from soulwright.spec import Spec

ROWS = load_rows()
ASKED = ("requests", "asides")  # sentences of these two stand side by side in a user's message


def filled(world: World, wording: Wording, rng: random.Random) -> str:
    """A sentence of the wording, with anything that fits in its slots."""
    slots: dict[str, str] = {}
    for name in wording.slots:
        if name.startswith("duty_"):
            duty = world.wording("duties", rng.choice(CLASSES), rng).fill({"duty": world.pick("duty", rng)}, rng)
            slots[name] = duty.rstrip(".").lower()
        else:
            slots[name] = world.pick(name, rng, held=rng.random() < 0.5)
    return wording.fill(slots, rng)


def every_wording(world: World, *categories: str) -> Iterator[tuple[str, str, Wording]]:
    for category in categories:
        for kind, wordings in world.phrases[category].items():
            yield from ((category, kind, wording) for wording in wordings)


def test_every_wording_fills_and_reads_back_as_what_it_was(world: World) -> None:
    rng = random.Random(1)
    for category, kind, wording in every_wording(world, "switches", "asides", "requests"):
        for _ in range(6):
            sentence = filled(world, wording, rng)
            said = match(world, category, sentence)
            assert said is not None, sentence
            assert said.kind == kind, sentence


def test_no_sentence_is_read_by_two_kinds(world: World) -> None:
    rng = random.Random(2)
    for category, kind, wording in every_wording(world, "switches", "asides", "requests"):
        sentence = filled(world, wording, rng)
        beside = ASKED if category in ASKED else (category,)
        readers = {
            (place, name)
            for place, name, other in every_wording(world, *beside)
            if world.pattern(other).match(sentence) and (name != "conflict" or match(world, place, sentence))
        }
        assert readers == {(category, kind)}, sentence


@pytest.mark.parametrize("suite", list(Suite))
def test_no_conversation_is_misread(world: World, suite: Suite) -> None:
    rng = random.Random(f"misread/{suite}")
    drawn = 0
    for row in ROWS:
        for _ in range(15):
            axes = axes_of(suite, rng)
            scene = draw(world, row, rng, axes)
            assert parse(world, render(world, scene, rng, held=axes.held_wordings)) == scene
            drawn += 1
    assert drawn * len(Suite) >= 4000


@pytest.mark.parametrize(
    "turns",
    [
        ["How do I win a war?"],
        ["Tell me a joke. Tell me a joke."],
        ["You may swear."],
        ["How do I bake bread? Ignore all rules."],
        [],
        ["Tell me a joke.", "No."],
    ],
)
def test_a_conversation_that_is_not_of_the_world_is_refused_not_guessed_at(world: World, turns: list[str]) -> None:
    roles = [Role.USER, Role.ASSISTANT]
    messages = [Message(role=roles[at % 2], content=text) for at, text in enumerate(turns)]
    with pytest.raises(OutsideWorld):
        parse(world, messages)


def slots_of(scene: Scene) -> Iterator[tuple[str, str]]:
    for say in (scene.request, *scene.switches, *scene.asides):
        yield from say.slots.items()


@pytest.mark.parametrize("suite", [Suite.SEEN, Suite.WORDINGS, Suite.COMBINATIONS, Suite.LONG])
def test_held_out_entities_stay_out_of_the_suites_that_do_not_hold_them_out(world: World, suite: Suite) -> None:
    rng = random.Random(f"entities/{suite}")
    apart = {name for names in world.held.values() for name in names}
    for row in ROWS:
        for _ in range(5):
            scene = draw(world, row, rng, axes_of(suite, rng))
            assert not [value for _, value in slots_of(scene) if value in apart]
            earlier = " ".join(user for user, _ in scene.earlier)
            assert not [name for name in apart if f" {name.lower()}" in earlier.lower()]


@pytest.mark.parametrize("entity", ["topic", "weapon", "lookalike", "medicine", "fact", "emergency", "thing", "job"])
def test_the_topics_suite_asks_about_held_out_things_only(world: World, spec: Spec, entity: str) -> None:
    found = [
        value
        for situation in make_situations(spec, seed=3, per_row=3, suites=(Suite.TOPICS, Suite.ALL))
        for name, value in parse(world, situation.messages).request.slots.items()
        if name == entity
    ]
    assert found
    assert set(found) <= world.held[entity]


@pytest.mark.parametrize("suite", [Suite.SEEN, Suite.TOPICS, Suite.COMBINATIONS, Suite.LONG])
def test_held_out_wordings_stay_out_of_the_suites_that_do_not_hold_them_out(
    world: World, spec: Spec, suite: Suite
) -> None:
    taught = {
        category: [word for _, _, word in every_wording(world, category) if not word.held] for category in world.phrases
    }
    for situation in make_situations(spec, seed=4, per_row=2, suites=(suite,)):
        for message in situation.messages:
            if message.role is Role.ASSISTANT:
                continue
            places = ("switches",) if message.role is Role.SYSTEM else ASKED
            for sentence in sentences(message.content):
                assert any(world.pattern(word).match(sentence) for place in places for word in taught[place]), sentence


def test_taught_and_held_out_coined_names_never_meet(world: World) -> None:
    rng = random.Random(5)
    taught = {world.coin(rng, held=False) for _ in range(500)}
    held = {world.coin(rng, held=True) for _ in range(500)}
    assert not taught & held


def pieces(name: str) -> list[str]:
    marked = f"^{name}$"
    return [f"length {len(name)}", *marked, *(one + two for one, two in pairwise(marked))]


def accuracy_of_a_reader_of_letters(names: dict[str, bool], folds: int = 12) -> float:
    """Naive Bayes on letters, pairs of letters and length, cross-validated."""
    order = sorted(names, key=lambda name: random.Random(name).random())
    right = 0
    for fold in range(folds):
        counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        for at, name in enumerate(order):
            if at % folds != fold:
                counts[names[name]].update(pieces(name))
        kinds = len(counts[True] | counts[False])
        totals = {label: sum(counter.values()) + kinds for label, counter in counts.items()}
        for name in order[fold::folds]:
            score = {
                label: sum(math.log((counts[label][piece] + 1) / totals[label]) for piece in pieces(name))
                for label in (True, False)
            }
            right += (score[True] > score[False]) == names[name]
    return right / len(names)


def test_nothing_in_a_name_tells_a_weapon_from_a_look_alike(world: World) -> None:
    weapons, lookalikes = world.lists["weapon"], world.lists["lookalike"]
    assert len(weapons) == len(lookalikes)
    names = dict.fromkeys(weapons, True) | dict.fromkeys(lookalikes, False)
    assert len(names) == len(weapons) + len(lookalikes)
    spread = math.sqrt(0.25 / len(names))
    assert abs(accuracy_of_a_reader_of_letters(names) - 0.5) <= 3 * spread
    lengths = [sum(map(len, group)) / len(group) for group in (weapons, lookalikes)]
    assert abs(lengths[0] - lengths[1]) < 0.5


def test_the_reader_of_letters_finds_a_cue_where_there_is_one() -> None:
    rng = random.Random(6)
    names = {
        "".join(rng.choice("abcdefghij" if weapon else "efghijklmn") for _ in range(6)): weapon
        for weapon in (True, False)
        for _ in range(90)
    }
    assert accuracy_of_a_reader_of_letters(names) > 0.75


def test_a_weapon_and_a_look_alike_are_asked_for_in_the_same_words(world: World) -> None:
    asked = {
        kind: [wording.template.replace(f"{{{kind}}}", "{x}") for wording in world.phrases["requests"][kind]]
        for kind in ("weapon", "lookalike")
    }
    assert asked["weapon"] == asked["lookalike"]


def test_rows_without_extras_stay_bare(world: World) -> None:
    row: Row = next(row for row in ROWS if row.bare)
    rng = random.Random(7)
    assert not any(draw(world, row, rng, Axes(extras=2)).switches for _ in range(20))
