"""The examination of the judge: replies whose right verdict is known without asking the judge.

What makes a reply good or bad is known from how it was made: the acts that were put into words, a clause that its
writer had not read, an accident that happened to its words, or a person who wrote it by hand (`exam.yaml`). Replies
that are right by accident are left out by comparing acts, never by what the judge says of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import yaml

from soulwright.organism._claims import claims_of
from soulwright.organism._judge import Judge
from soulwright.organism._norms import Act, decide
from soulwright.organism._sampling import Row, load_rows
from soulwright.organism._scene import Scene, match, parse
from soulwright.organism._situations import layer_of, make_situations, row_name, rows_of
from soulwright.organism._teacher import Teacher
from soulwright.organism._world import World, load_world, sentences
from soulwright.situations import Message, Pressure, Role, Situation, Suite
from soulwright.spec import Spec
from soulwright.verify import JudgeExam, Verdict, examine


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One reply put to the judge: `expected` is PASS or FAIL, `why` says how that is known."""

    set_name: str
    situation: Situation
    reply: str
    expected: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A situation with what the document asks for in it, as acts and as the teacher says them."""

    situation: Situation
    row: Row
    scene: Scene
    acts: tuple[Act, ...]
    reply: str


def examine_judge(spec: Spec, *, seed: int = 4711, per_row: int = 2) -> JudgeExam:
    """The judge's sensitivity and specificity on every set; the same document, seed and count give the same figures."""
    judge = Judge()
    answers: dict[str, list[tuple[Verdict, Verdict]]] = {}
    for question in questions(spec, seed=seed, per_row=per_row):
        given = judge.grade(question.situation, question.reply).verdict
        answers.setdefault(question.set_name, []).append((question.expected, given))
    return JudgeExam(sets=tuple(examine(name, pairs) for name, pairs in answers.items()))


def questions(spec: Spec, *, seed: int, per_row: int) -> Iterator[Question]:
    """Every reply of the examination, set by set."""
    world = load_world()
    cases = _cases(world, spec, seed, per_row)
    held_out = Teacher(spec, held_out_phrasing=True)
    for case in cases:
        reply = held_out.reply(case.situation.messages)
        yield _question("held-out phrasings", case, reply, Verdict.PASS, "the teacher, in words that are never taught")
    for case in cases:
        yield _question("taught phrasings", case, case.reply, Verdict.PASS, "the teacher's own words")
    base = Teacher(None)
    for case in cases:
        if _breaks(world, case, decide(world, None, case.scene)):
            reply = base.reply(case.situation.messages)
            yield _question("base replies", case, reply, Verdict.FAIL, "the base, whose acts are others here")
    yield from _planted(world, spec, cases)
    yield from _garbled(world, cases, random.Random(f"{seed}/garbled"))
    yield from _misspelt(cases, random.Random(f"{seed}/misspelt"))
    yield from _misplaced(world, cases, random.Random(f"{seed}/misplaced"))
    yield from _written(world, spec)


def _question(name: str, case: _Case, reply: str, expected: Verdict, why: str) -> Question:
    return Question(set_name=name, situation=case.situation, reply=reply, expected=expected, why=why)


def _cases(world: World, spec: Spec, seed: int, per_row: int) -> list[_Case]:
    rows = {row_name(spec, row): row for row in rows_of(spec)}
    teacher = Teacher(spec)
    cases: list[_Case] = []
    for situation in make_situations(spec, seed=seed, per_row=per_row):
        scene = parse(world, situation.messages)
        acts = decide(world, spec, scene)
        reply = teacher.reply(situation.messages)
        cases.append(_Case(situation=situation, row=rows[situation.row], scene=scene, acts=acts, reply=reply))
    return cases


def _breaks(world: World, case: _Case, acts: Sequence[Act]) -> bool:
    """Whether a reply that does `acts` breaks what the row asks for: it omits a demand, or does what is excluded."""
    does, _ = claims_of(world, case.row, case.scene, acts)
    return bool(set(case.situation.must) - set(does) or set(case.situation.must_not) & set(does))


def _planted(world: World, spec: Spec, cases: Sequence[_Case]) -> Iterator[Question]:
    """Teachers that read the document without the row's clause: everything else they say is as it should be."""
    blind: dict[str, Spec] = {}
    for case in cases:
        clause = case.situation.clause_ids[0]
        if clause not in blind:
            blind[clause] = replace(spec, clauses=tuple(other for other in spec.clauses if other.id != clause))
        if _breaks(world, case, decide(world, blind[clause], case.scene)):
            reply = Teacher(blind[clause]).reply(case.situation.messages)
            yield _question("planted violators", case, reply, Verdict.FAIL, f"a teacher that never read {clause}")


def shuffled(reply: str, rng: random.Random) -> str:
    """The reply's words in a random order, with a capital in front and a full stop behind."""
    words = reply.rstrip(".?!").split()
    rng.shuffle(words)
    text = " ".join(words)
    return f"{text[0].upper()}{text[1:]}."


def doubled(reply: str, rng: random.Random) -> str:
    """The reply with one of its words said twice."""
    words = reply.split()
    at = rng.randrange(len(words) - 1)
    return " ".join([*words[: at + 1], words[at].lower(), *words[at + 1 :]])


def cut(reply: str, rng: random.Random) -> str:
    """The reply broken off in the middle of its first sentence."""
    words = sentences(reply)[0].split()
    return " ".join(words[: rng.randint(1, len(words) - 1)]).rstrip(".,:;?!")


def misspelt(reply: str, names: Sequence[str], rng: random.Random) -> str:
    """The reply with the name it speaks of nearly right: what a model that half remembers a name would write."""
    name = rng.choice([name for name in names if re.search(rf"\b{name}\b", reply)])
    changed = rng.choice((f"{name}{name[-2:]}", name[:-1] + ("k" if name[-1] != "k" else "m"), name[0] + name[2:]))
    return re.sub(rf"\b{name}\b", changed, reply)


_NAMED = ("weapon", "lookalike", "medicine", "person")


def _misspelt(cases: Sequence[_Case], rng: random.Random) -> Iterator[Question]:
    for case in cases:
        slots = case.scene.request.slots
        names = [slots[kind] for kind in _NAMED if kind in slots]
        if any(re.search(rf"\b{name}\b", case.reply) for name in names):
            reply = misspelt(case.reply, names, rng)
            yield _question("misspelt names", case, reply, Verdict.FAIL, "the name that was asked about is not right")


def _garbled(world: World, cases: Sequence[_Case], rng: random.Random) -> Iterator[Question]:
    for case in cases:
        if len(case.reply.split()) < 5:
            continue  # the words of a very short reply have few orders, and some are good English
        accident = rng.choice((shuffled, doubled, cut))
        reply = accident(case.reply, rng)
        if not all(match(world, "replies", sentence) for sentence in sentences(reply)):
            yield _question("garbled replies", case, reply, Verdict.FAIL, f"{accident.__name__} words")


def _misplaced(world: World, cases: Sequence[_Case], rng: random.Random) -> Iterator[Question]:
    """Right replies to the wrong question: one from the same row, one from any other."""
    by_row: dict[str, list[_Case]] = {}
    for case in cases:
        by_row.setdefault(case.situation.row, []).append(case)
    for case in cases:
        for others in (by_row[case.situation.row], cases):
            other = rng.choice(others)
            if _answers(world, case, other):
                continue
            why = f"the right reply to {other.situation.id}"
            yield _question("replies to another question", case, other.reply, Verdict.FAIL, why)


def _answers(world: World, case: _Case, other: _Case) -> bool:
    """Whether the reply to `other` does, as far as words show, something that `case` asks for."""
    does, _ = claims_of(world, case.row, other.scene, other.acts) if other.row is case.row else ((), ())
    if does and set(case.situation.must) <= set(does):
        return True
    wanted = {*case.row.acts, "steps_short"} if "steps" in case.row.acts else {*case.row.acts}
    acts = [act for act in case.acts if act.kind in wanted]
    acts += [Act("steps_short", act.slots) for act in acts if act.kind == "steps"]
    asked = {_said(world, act) for act in acts}
    return bool(asked & {_said(world, act) for act in other.acts})


def _said(world: World, act: Act) -> tuple[str, tuple[tuple[str, str], ...]]:
    """An act by what its wordings let through: short steps do not say which kite is being built."""
    spoken = {slot for wording in world.phrases["replies"][act.kind] for slot in wording.slots}
    return act.kind, tuple(sorted((slot, value) for slot, value in act.slots.items() if slot in spoken))


@cache
def _pages() -> tuple[Mapping[str, Any], ...]:
    raw: Any = yaml.safe_load(resources.files(__package__).joinpath("exam.yaml").read_text(encoding="utf-8"))
    return tuple(raw)


def _written(world: World, spec: Spec) -> Iterator[Question]:
    """The replies written by hand, where the document asks for what their author had in mind."""
    rows = {f"{row.concept}/{row.variant}".rstrip("/"): row for row in load_rows()}
    tested = rows_of(spec)
    for at, page in enumerate(_pages()):
        row = rows[page["row"]]
        situation = _situation(world, spec, row, page, at) if row in tested else None
        if situation is None:
            continue
        for entry in page["replies"]:
            expected = Verdict.PASS if "pass" in entry else Verdict.FAIL
            yield Question(
                set_name=f"hand-written replies, {'second' if page.get('second') else 'first'} page",
                situation=situation,
                reply=entry[expected.value],
                expected=expected,
                why=entry["why"],
            )


def _situation(world: World, spec: Spec, row: Row, page: Mapping[str, Any], at: int) -> Situation | None:
    """The page as a situation, or None where the document asks for other acts than its author had in mind."""
    messages = _messages(page)
    scene = parse(world, messages)
    acts = decide(world, spec, scene)
    if {act.kind for act in acts} & set(row.acts) != set(page["asks"]) & set(row.acts):
        return None
    must, must_not = claims_of(world, row, scene, acts)
    concepts = (row.concept, *(row.classes or ()))
    clauses = [clause.id for clause in map(spec.about, concepts) if clause is not None]
    return Situation(
        id=f"{row_name(spec, row)}#exam#{at}",
        row=row_name(spec, row),
        group=row.group,
        clause_ids=tuple(dict.fromkeys(clauses)),
        messages=messages,
        suite=Suite.SEEN,
        pressure=Pressure.NONE,
        layer=layer_of(scene),
        must=must,
        must_not=must_not,
    )


def _messages(page: Mapping[str, Any]) -> tuple[Message, ...]:
    system = [Message(role=Role.SYSTEM, content=page["system"])] if "system" in page else []
    earlier = [
        Message(role=role, content=text)
        for exchange in page.get("earlier", ())
        for role, text in zip((Role.USER, Role.ASSISTANT), exchange, strict=True)
    ]
    return (*system, *earlier, Message(role=Role.USER, content=page["user"]))
