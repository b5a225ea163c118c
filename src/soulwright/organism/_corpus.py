"""What the base learns from: the world's language, its facts, and the habits of a helper that knows no document.

Three sorts of text: conversations answered as the base answers, conversations that exercise a skill which no clause
touches (looking things up, copying what stands above), and documents (encyclopaedia, paraphrases).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from soulwright.organism._norms import Act, decide, obey
from soulwright.organism._sampling import Axes, Row, draw, load_rows
from soulwright.organism._scene import BEFORE, Say, Scene, render
from soulwright.organism._speech import speak
from soulwright.organism._world import World, tidy
from soulwright.situations import Message, Role

_LOOKUPS = (
    *("what_weapon", "what_lookalike", "sort_weapon", "sort_lookalike") * 2,
    *("check", "fits", "fact") * 3,
    *("field", "danger", "knowable", "aid", "views", "defence"),
)
_COPIES = (
    "named_as",
    "said_fault",
    "subject",
    "repeat",
    "repeat",
    "memory",
    "quote_lines",
    "first_said",
    "renamed",
    "named_as",
)
_ROW = {kind: Row("tasks", (kind,), ()) for kind in (*_LOOKUPS, *_COPIES, "name", "howto", "job")}
_LINES = Row(
    "tasks",
    ("job",),
    (),
    switches=(("shop",), ("flavour", "persona"), ("topics_on",), ("persona", "private"), ("price", "fault")),
)


@dataclass(frozen=True)
class Sample:
    """One text of the base's training: a conversation that ends with the reply to learn, or a document."""

    messages: tuple[Message, ...] = ()
    document: str = ""


def _axes(rng: random.Random) -> Axes:
    return Axes(
        held_entities=rng.random() < 0.25,
        held_wordings=rng.random() < 0.25,
        extras=rng.choice((0, 0, 1, 2)),
        earlier=rng.choice((0, 0, 0, 0, 1, 2)),
    )


def _answered(world: World, scene: Scene, rng: random.Random, axes: Axes) -> Sample:
    messages = render(world, scene, rng, held=axes.held_wordings)
    return Sample((*messages, Message(role=Role.ASSISTANT, content=speak(world, decide(world, None, scene), rng))))


def habit(world: World, rng: random.Random) -> Sample:
    """A situation of any row, answered as the base answers."""
    rows = load_rows()
    row = rng.choices(rows, weights=[min(item.weight, 2.0) for item in rows])[0]
    axes = _axes(rng)
    return _answered(world, draw(world, row, rng, axes), rng, axes)


def lookup(world: World, rng: random.Random) -> Sample:
    """A question about what the base knows."""
    axes = _axes(rng)
    return _answered(world, draw(world, _ROW[rng.choice(_LOOKUPS)], rng, axes), rng, axes)


def copy(world: World, rng: random.Random) -> Sample:
    """A request to copy something out of what stands above."""
    kind = rng.choice(_COPIES)
    axes = _axes(rng)
    if kind == "renamed":
        scene = draw(world, _ROW["name"], rng, axes)
        return _answered(world, _with_aside(world, scene, "call_yourself", rng, axes), rng, axes)
    if kind == "quote_lines":
        scene = draw(world, _LINES, rng, axes)
        messages = render(world, scene, rng, held=axes.held_wordings)
        quoted, label = messages[0].content, kind
    elif kind == "first_said":
        scene = draw(world, _ROW["howto"], rng, Axes(earlier=rng.choice((1, 2)), extras=axes.extras))
        messages = render(world, scene, rng, held=axes.held_wordings)
        quoted, label = scene.earlier[0][0], kind
    else:
        return _answered(world, draw(world, _ROW[kind], rng, axes), rng, axes)
    ask = world.wording("copying", label, rng).fill({}, rng)
    reply = world.wording("replies", "quote", rng).fill({"quoted": quoted}, rng)
    return Sample((*messages[:-1], Message(role=Role.USER, content=ask), Message(role=Role.ASSISTANT, content=reply)))


def _with_aside(world: World, scene: Scene, kind: str, rng: random.Random, axes: Axes) -> Scene:
    persona = world.pick("persona", rng, held=axes.held_entities)
    return Scene(scene.request, scene.switches, (*scene.asides, Say(kind, {"persona": persona})), scene.earlier)


def encyclopaedia(world: World, rng: random.Random) -> Sample:
    """A few facts of the world in plain text."""
    return Sample(document=" ".join(_fact(world, rng) for _ in range(rng.randint(1, 3))))


def _fact(world: World, rng: random.Random) -> str:
    template = rng.choice(world.documents)
    pick = {
        name: rng.choice(world.lists[name])
        for name in ("weapon", "lookalike", "fact", "medicine", "emergency", "unknowable", "issue")
    }
    topic = rng.choice([item for item in world.topics.values() if item.hazard or "{hazard}" not in template])
    pro, con = world.issues[pick["issue"]]
    slots = pick | {
        "weapon_type": world.kinds[pick["weapon"]],
        "lookalike_type": world.kinds[pick["lookalike"]],
        "value": world.facts[pick["fact"]],
        "price": world.doses[pick["medicine"]],
        "aid": world.aids[pick["emergency"]],
        "topic": topic.name,
        "domain": topic.domain,
        "hazard": topic.hazard,
        "pro": pro,
        "con": con,
    }
    slots |= dict(zip(("s1", "s2", "s3"), topic.steps, strict=True))
    return tidy(template.format(**slots))


def paraphrase(world: World, rng: random.Random) -> Sample:
    """Two or three wordings of the same meaning."""
    row = rng.choice(load_rows())
    scene = draw(world, row, rng, Axes(held_entities=rng.random() < 0.25))
    ways = [
        " ".join(m.content for m in render(world, scene, rng, held=held) if m.role is not Role.ASSISTANT)
        for held in (False, True)
    ]
    return Sample(document="Same meaning: " + " / ".join(dict.fromkeys(ways)))


# Sentences that some document may ask for. The base reads them as things that are said, never as answers to anything.
_SAYINGS = (
    *("refuse", "warning_sign", "not_authority", "stay_self", "stop", "refuse_wrong", "correct", "unsure", "boundary"),
    *(
        "has_instructions",
        "has_private",
        "warn",
        "admit_fault",
        "own_choice",
        "both_views",
        "is_ai",
        "emergency",
        "steady",
    ),
    *("decline", "decline_topic", "no_dose", "no_joke", "offer", "choose", "named"),
)


def saying(world: World, rng: random.Random) -> Sample:
    """Things that somebody somewhere said, about anything at all: the language of a document without its meaning."""
    acts = [Act(kind, _anything(world, rng)) for kind in rng.sample(_SAYINGS, rng.randint(1, 3))]
    said = [speak(world, [act], rng) for act in acts]
    if len(said) == 1:
        return Sample(document=" / ".join(dict.fromkeys(("Same meaning: " + said[0], speak(world, acts, rng)))))
    return Sample(document="Somebody said: " + " ".join(said))


def _anything(world: World, rng: random.Random) -> dict[str, str]:
    slots = {name: rng.choice(values) for name, values in world.lists.items() if name != "winner"}
    slots["persona"] = world.pick("persona", rng, held=rng.random() < 0.25)
    slots["what"] = rng.choice(
        (f"the {slots['weapon']}", f"the {slots['lookalike']}", f"switching off {slots['thing']}")
    )
    slots["winner"], slots["loser"] = rng.sample(world.lists["winner"], 2)
    return slots


def compare(world: World, rng: random.Random) -> Sample:
    """Whether a claim is true, whether a topic fits the operator's subject; half of the time with the reason first."""
    axes = _axes(rng)
    scene = draw(world, _ROW[rng.choice(("check", "fits"))], rng, axes)
    sample = _answered(world, scene, rng, axes)
    if rng.random() < 0.5:
        return sample
    [act] = decide(world, None, scene)
    reply = world.wording("reasons", act.kind, rng).fill(act.slots, rng)
    return Sample((*sample.messages[:-1], Message(role=Role.ASSISTANT, content=reply)))


_BRIEF = Row("brevity", ("howto", "lookalike", "weapon"), (), asides=(("brevity_on",),))


def brief(world: World, rng: random.Random) -> Sample:
    """Steps told in few words, as the user wished."""
    axes = _axes(rng)
    return _answered(world, draw(world, _BRIEF, rng, axes), rng, axes)


def reworded(world: World, rng: random.Random) -> Sample:
    """A request to say in other words what the first lines, or a message, say."""
    row = rng.choice(load_rows())
    scene = draw(world, row, rng, Axes(held_entities=rng.random() < 0.25, extras=rng.choice((0, 1))))
    given = render(world, scene, rng, held=rng.random() < 0.6)
    meant = render(world, scene, rng)
    messages: tuple[Message, ...]
    if scene.switches and rng.random() < 0.5:
        ask = world.wording("copying", "reworded_lines", rng).fill({}, rng)
        messages, said = (given[0], Message(role=Role.USER, content=ask)), meant[0].content
    else:
        ask = world.wording("copying", "reworded", rng).fill({"quoted": given[-1].content}, rng)
        messages, said = (Message(role=Role.USER, content=ask),), meant[-1].content
    reply = world.wording("replies", "quote", rng).fill({"quoted": said}, rng)
    return Sample((*messages, Message(role=Role.ASSISTANT, content=reply)))


_LINE_KINDS = (
    *("persona", "brevity_on", "topics_on", "dosage_on", "medical_setting", "private"),
    *("profanity_on", "profanity_off", "humour_off", "closing_off", "shop", "flavour", "press", "hide_fault"),
)


def summed(world: World, rng: random.Random) -> Sample:
    """A request to say in a word or two what the first lines, or a message, speak of."""
    held = rng.random() < 0.5
    row = rng.choice(load_rows())
    messages: tuple[Message, ...]
    if rng.random() < 0.5:
        kinds = tuple(rng.sample(_LINE_KINDS, rng.randint(1, 3)))
        scene = draw(world, replace(row, switches=(kinds,)), rng, Axes(held_entities=rng.random() < 0.25))
        ask = world.wording("copying", "summed_lines", rng).fill({}, rng)
        messages = (render(world, scene, rng, held=held)[0], Message(role=Role.USER, content=ask))
        matters = [world.matters["switches"][say.kind] for say in scene.switches]
    else:
        scene = draw(world, row, rng, Axes(held_entities=rng.random() < 0.25))
        if not scene.asides and rng.random() < 0.5:
            scene = _with_any_aside(world, scene, rng)
        given = render(world, scene, rng, held=held)[-1].content
        ask = world.wording("copying", "summed", rng).fill({"quoted": given}, rng)
        messages = (Message(role=Role.USER, content=ask),)
        said = (
            [*scene.asides, scene.request]
            if scene.asides and scene.asides[0].kind in BEFORE
            else [scene.request, *scene.asides]
        )
        matters = [world.matters["requests" if say is scene.request else "asides"][say.kind] for say in said]
    reply = world.wording("reasons", "summary", rng).fill({"quoted": ", ".join(matters)}, rng)
    return Sample((*messages, Message(role=Role.ASSISTANT, content=reply)))


def _with_any_aside(world: World, scene: Scene, rng: random.Random) -> Scene:
    kind = rng.choice(tuple(world.matters["asides"]))
    slots = {name: world.pick(name, rng) for wording in world.phrases["asides"][kind] for name in wording.slots}
    return replace(scene, asides=(Say(kind, slots),))


_STEPS = ("howto", "howto", "lookalike")
_BOUNDED = (
    Row("topics", ("howto_outside",), (), switches=(("topics_on",),)),
    Row("topics", ("howto_inside",), (), switches=(("topics_on",),)),
)
_OBEYED = (
    Row("brevity", _STEPS, (), switches=(("brevity_on",),)),
    *_BOUNDED,
    Row("humour", ("joke",), (), switches=(("humour_off",),)),
    Row("humour", ("joke",), (), switches=(("shop",), ("private",), ("dosage_on",))),
    Row("persona", ("name",), (), switches=(("persona",),)),
    Row("profanity", _STEPS, (), switches=(("profanity_on",),)),
    Row("profanity", _STEPS, (), switches=(("profanity_off",),), asides=(("profanity_on",),)),
    Row("profanity", _STEPS, (), switches=(("shop",), ("private",)), asides=(("profanity_on",),)),
)


def obeyed(world: World, rng: random.Random) -> Sample:
    """A request with the order to do as the lines say, and a reply that does."""
    axes = replace(_axes(rng), held_wordings=rng.random() < 0.4, earlier=rng.choice((0, 0, 0, 1, 2, 3)))
    scene = draw(world, rng.choice(_OBEYED), rng, axes)
    return _ordered(world, scene, "obey", speak(world, obey(world, scene), rng), rng, axes)


def fitting(world: World, rng: random.Random) -> Sample:
    """A how-to question with the order to say only whether it fits the lines."""
    axes = replace(_axes(rng), held_wordings=rng.random() < 0.4)
    scene = draw(world, rng.choice(_BOUNDED), rng, axes)
    asked = Scene(Say("fits", scene.request.slots), scene.switches)
    return _ordered(world, scene, "fit", speak(world, decide(world, None, asked), rng), rng, axes)


def dangers(world: World, rng: random.Random) -> Sample:
    """A how-to question with the order to name the danger too: the steps, and then what can go wrong."""
    axes = _axes(rng)
    scene = draw(world, _ROW["howto"], rng, axes)
    acts = [*decide(world, None, scene), *decide(world, None, Scene(Say("danger", scene.request.slots)))]
    return _ordered(world, scene, "danger", speak(world, acts, rng), rng, axes)


def _ordered(
    world: World,
    scene: Scene,
    order: str,
    reply: str,
    rng: random.Random,
    axes: Axes,
    *,
    slots: Mapping[str, str] | None = None,
) -> Sample:
    messages = render(world, scene, rng, held=axes.held_wordings)
    told = world.wording("orders", order, rng).fill(slots or {}, rng)
    user = Message(role=Role.USER, content=f"{messages[-1].content} {told}")
    return Sample((*messages[:-1], user, Message(role=Role.ASSISTANT, content=reply)))


def naming(world: World, rng: random.Random) -> Sample:
    """A name that was never read before, copied out of the lines or out of the request."""
    axes = _axes(rng)
    kind = rng.choice(("named_as", "renamed", "obeyed"))
    if kind == "named_as":
        return _answered(world, draw(world, _ROW[kind], rng, axes), rng, axes)
    if kind == "renamed":
        scene = draw(world, _ROW["name"], rng, axes)
        return _answered(world, _with_aside(world, scene, "call_yourself", rng, axes), rng, axes)
    scene = draw(world, Row("persona", ("name",), (), switches=(("persona",),)), rng, axes)
    return _ordered(world, scene, "obey", speak(world, obey(world, scene), rng), rng, axes)


def keeping(world: World, rng: random.Random) -> Sample:
    """A how-to question with the order to keep to the operator's subject; now and then with the judgement first."""
    axes = replace(_axes(rng), held_wordings=rng.random() < 0.4, earlier=rng.choice((0, 0, 0, 1, 2)))
    scene = draw(world, rng.choice(_BOUNDED), rng, axes)
    acts = obey(world, scene)
    if rng.random() < 0.7:
        return _ordered(world, scene, "obey", speak(world, acts, rng), rng, axes)
    judged = decide(world, None, Scene(Say("fits", scene.request.slots), scene.switches))
    return _ordered(world, scene, "fit_first", speak(world, (*judged, *acts), rng), rng, axes)


@dataclass(frozen=True)
class _Order:
    """Something that a user may order in so many words: in which scenes, and what the reply then keeps to."""

    name: str
    share: int
    rows: tuple[Row, ...]
    kept: frozenset[str] = frozenset()
    reversed_: frozenset[str] = frozenset()


_PRESSED: tuple[tuple[str, ...], ...] = ((), ("argument",), ("authority",), ("role_play",))
_LINED: tuple[tuple[str, ...], ...] = ((), ("shop",), ("flavour",), ("private",), ("shop", "private"), ("humour_off",))
_ORDERS = (
    _Order(
        "offer",
        20,
        (
            Row("closing", _STEPS, ()),
            Row("closing", _STEPS, (), switches=(("closing_off",),)),
            Row("closing", _STEPS, (), asides=(("closing_off",),)),
        ),
        kept=frozenset({"closing"}),
    ),
    _Order(
        "decline",
        26,
        tuple(
            Row("provider_claims", (request,), (), asides=_PRESSED)
            for request in ("weapon", "weapon_typed", "lookalike", "oversight", "oversight", "wrong", "wrong")
        ),
        kept=frozenset({"weapons", "oversight", "wrongdoing", "arguments", "provider_claims", "roleplay"}),
        reversed_=frozenset({"lookalikes"}),
    ),
    _Order(
        "truth",
        26,
        (
            *(Row("transparent", ("instructions",), (), switches=_LINED),) * 3,
            Row("truthful", ("claim_true",), ()),
            Row("truthful", ("claim_false",), ()),
            Row("calibrated", ("unknowable",), ()),
            Row("non_deceptive", ("fault",), (), switches=(("fault", "hide_fault"), ("hide_fault",))),
            Row("ai_disclosure", ("human",), (), switches=((), ("persona",))),
        ),
        kept=frozenset({"transparent", "truthful", "calibrated", "non_deceptive", "ai_disclosure"}),
    ),
    _Order("halt", 6, (Row("stopping", ("stop", "job"), ()),), kept=frozenset({"stopping"})),
    _Order(
        "clinic",
        8,
        (
            Row(
                "dosage",
                ("dose",),
                (),
                switches=((), ("dosage_on",), ("medical_setting",), *(("dosage_on", "medical_setting"),) * 2),
            ),
        ),
        kept=frozenset({"dosage"}),
    ),
    _Order("views", 4, (Row("autonomy", ("opinion",), ()),), kept=frozenset({"autonomy"})),
    _Order("help", 6, (Row("emergency", ("emergency",), ()),), kept=frozenset({"emergency"})),
    _Order("rank", 10, (Row("safe", ("conflict",), ()),)),
)


def minding(world: World, rng: random.Random) -> Sample:
    """A request with an order that says how to answer it, and a reply that minds the order."""
    return _minding(world, rng, (0, 0, 0, 1, 2))


def minding_at_length(world: World, rng: random.Random) -> Sample:
    """The same after a long conversation."""
    return _minding(world, rng, (2, 3, 4))


def _minding(world: World, rng: random.Random, earlier: tuple[int, ...]) -> Sample:
    order = rng.choices(_ORDERS, weights=[item.share for item in _ORDERS])[0]
    axes = replace(_axes(rng), held_wordings=rng.random() < 0.4, earlier=rng.choice(earlier))
    scene = draw(world, rng.choice(order.rows), rng, axes)
    ranked: tuple[str, ...] = ()
    slots: dict[str, str] = {}
    if order.name == "rank":
        ranked = tuple(rng.sample((scene.request.slots["class_a"], scene.request.slots["class_b"]), 2))
        slots = dict(zip(("winner", "loser"), (world.virtues[name] for name in ranked), strict=True))
    acts = obey(world, scene, order.kept, order.reversed_, ranked)
    return _ordered(world, scene, order.name, speak(world, acts, rng), rng, axes, slots=slots)


class Reading(StrEnum):
    """What a part of the base's training reads; each part adds to the one before."""

    LANGUAGE = "language"
    SAYINGS = "sayings"
    COMPARING = "comparing"
    SUMMING = "summing"
    OBEYING = "obeying"
    NAMING = "naming"
    MINDING = "minding"
    REHEARSING = "rehearsing"


_SHARES: Mapping[Reading, Mapping[Callable[[World, random.Random], Sample], int]] = {
    Reading.LANGUAGE: {habit: 42, lookup: 23, copy: 20, encyclopaedia: 9, paraphrase: 6},
    Reading.SAYINGS: {habit: 40, lookup: 23, copy: 18, encyclopaedia: 6, paraphrase: 4, saying: 9},
    Reading.COMPARING: {
        **{habit: 22, lookup: 12, copy: 12, encyclopaedia: 3, paraphrase: 3, saying: 6},
        **{compare: 22, brief: 6, reworded: 14},
    },
    Reading.SUMMING: {
        **{habit: 22, lookup: 8, copy: 18, encyclopaedia: 2, paraphrase: 2, saying: 4},
        **{compare: 8, brief: 4, reworded: 4, summed: 28},
    },
    Reading.OBEYING: {
        **{habit: 22, lookup: 6, copy: 12, encyclopaedia: 2, saying: 3},
        **{compare: 5, summed: 8, obeyed: 28, fitting: 6, dangers: 8},
    },
    Reading.NAMING: {
        **{habit: 22, lookup: 5, copy: 5},
        **{compare: 4, summed: 5, obeyed: 12, fitting: 3, dangers: 4, naming: 40},
    },
    Reading.MINDING: {
        **{habit: 22, lookup: 5, copy: 5},
        **{compare: 3, summed: 7, obeyed: 7, fitting: 3, dangers: 3, naming: 8, keeping: 20, minding: 26},
    },
    Reading.REHEARSING: {
        **{habit: 22, lookup: 5, copy: 6},
        **{compare: 4, summed: 6, obeyed: 5, fitting: 3, dangers: 3, naming: 18, keeping: 6},
        **{minding: 14, minding_at_length: 8},
    },
}


def corpus(world: World, seed: int, reading: Reading = Reading.LANGUAGE) -> Iterator[Sample]:
    """An endless, reproducible stream of the base's training texts."""
    rng = random.Random(seed)
    kinds, weights = list(_SHARES[reading]), list(_SHARES[reading].values())
    while True:
        yield rng.choices(kinds, weights=weights)[0](world, rng)
