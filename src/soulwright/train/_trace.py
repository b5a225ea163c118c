"""Provenance: from a clause to its lessons to the checkpoint, and back, every link tested by making its hash again.

What is tested: the document compiles again to the clauses of the run; every lesson has the hash that it is kept under
and names clauses that the document has; the files of each stage are those that it stamped; the key of the training is
the hash of these lessons, its recipe and its base; the order in which lessons were learned is the one that was
recorded; and the figures of the run were measured on this checkpoint.

What no hash can show: that the trainer did compute what its recipe says. The same seed on the same machine gives the
same weights, so whoever doubts it can train again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from soulwright.errors import InputError, SoulwrightError
from soulwright.runs import Stage, content_key, hash_file, read_json
from soulwright.spec import Spec, compile_spec, spec_from_dict
from soulwright.teach import Lesson, LessonSort, read_lessons
from soulwright.train._record import LEARNED, TrainedFrom, order_hash, read_learned, read_record, weights_hash

_STAGES = ("teach", "train")


class LinkState(StrEnum):
    """Whether a link of the chain holds."""

    HOLDS = "holds"
    """The hash was made again and is the one that was written."""
    BROKEN = "broken"
    """It is another one, or what it was made from cannot be read."""
    NOT_RECORDED = "not_recorded"
    """The run was made by a version that did not write it down, or what it names is not on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: what it joins, whether it holds, and the hash or what is wrong."""

    name: str
    state: LinkState
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedClause:
    """A clause, and how many lessons came from it; `learned` counts how often these were learned."""

    id: str
    hash: str
    lessons: int
    learned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedLesson:
    """A lesson, the clauses that it came from, and how often each phase learned it."""

    id: str
    sort: LessonSort
    clause_ids: tuple[str, ...]
    learned: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The chain of a run, and the part of it that was asked for. `checkpoint` has the SHA-256 of each file."""

    links: tuple[Link, ...]
    clauses: tuple[TracedClause, ...]
    lessons: tuple[TracedLesson, ...]
    checkpoint: Mapping[str, str]

    @property
    def broken(self) -> tuple[Link, ...]:
        """The links that do not hold."""
        return tuple(link for link in self.links if link.state is LinkState.BROKEN)


def trace(run: Path, *, clause: str = "", lesson: str = "", bases: Mapping[str, Path] | None = None) -> Trace:
    """Trace a run: the lessons of one clause, the clauses of one lesson, or all clauses where neither is named.

    `bases` are folders of bases that are known by a name. InputError where the run has no such clause or lesson, or
    nothing was taught in it.
    """
    chain = _Chain(run, bases or {})
    links = tuple(chain.links())
    asked = chain.asked(clause, lesson)
    counts = Counter(name for one in chain.lessons for name in one.clause_ids)
    learned = Counter[str]()
    for one in chain.lessons:
        for name in one.clause_ids:
            learned[name] += sum(chain.learned.get(one.id, {}).values())
    names = {name for one in asked for name in one.clause_ids} if lesson else {clause} if clause else set(chain.hashes)
    return Trace(
        links=links,
        clauses=tuple(
            TracedClause(id=name, hash=chain.hashes.get(name, ""), lessons=counts[name], learned=learned[name])
            for name in (*chain.hashes, *sorted(names - set(chain.hashes)))
            if name in names
        ),
        lessons=tuple(
            TracedLesson(id=one.id, sort=one.sort, clause_ids=one.clause_ids, learned=chain.learned.get(one.id, {}))
            for one in asked
        ),
        checkpoint=chain.checkpoint,
    )


class _Chain:
    """What a run says of itself, each part read once; a part that cannot be read breaks its own link and no other."""

    def __init__(self, run: Path, bases: Mapping[str, Path]) -> None:
        self._run = run
        self._bases = bases
        if not (run / "taught.lock.json").is_file():
            raise InputError(
                "nothing was taught in this folder", source=str(run), help="name the folder of a run that was taught"
            )
        self.hashes: dict[str, str] = {}
        self.lessons: tuple[Lesson, ...] = ()
        self.learned: dict[str, dict[str, int]] = {}
        self.checkpoint: dict[str, str] = {}
        self._record: TrainedFrom | None = None

    def asked(self, clause: str, lesson: str) -> list[Lesson]:
        """The lessons that a trace is about."""
        if clause and clause not in self.hashes and not any(clause in one.clause_ids for one in self.lessons):
            raise InputError(
                f"the document has no clause `{clause}`",
                source=str(self._run),
                help="`soulwright trace RUN` lists all clauses",
            )
        if not clause and not lesson:
            return []
        found = [
            one
            for one in self.lessons
            if (not clause or clause in one.clause_ids) and (not lesson or one.id.startswith(lesson))
        ]
        if lesson and not found:
            raise InputError(
                f"the run has no lesson `{lesson}`", source=str(self._run), help="name the first digits of its hash"
            )
        return list({one.id: one for one in found}.values())

    def links(self) -> Iterator[Link]:
        """Every link, from the document to the figures."""
        yield self._tested("document -> clauses", self._document)
        yield self._tested("clauses -> lessons", self._lessons)
        for name in _STAGES:
            yield self._tested(f"files of `{name}`", partial(self._files, name))
        yield self._tested("lessons + recipe + base -> training", self._training)
        yield self._tested("base", self._base)
        yield self._tested("lessons -> order of learning", self._order)
        yield self._tested("checkpoint -> figures", self._figures)

    def _tested(self, name: str, test: Callable[[], Link | str]) -> Link:
        try:
            found = test()
        except SoulwrightError as error:
            place = f"{error.place}: " if error.place else ""
            return Link(name=name, state=LinkState.BROKEN, what=f"{place}{error.message}")
        if isinstance(found, Link):
            return found
        return Link(name=name, state=LinkState.HOLDS, what=found)

    def _document(self) -> str:
        taught = spec_from_dict(read_json(self._run / "taught.lock.json"))
        self.hashes = {one.id: one.hash for one in taught.clauses}
        again = {one.id: one.hash for one in _compiled_again(taught).clauses}
        changed = sorted(name for name in {*self.hashes, *again} if self.hashes.get(name) != again.get(name))
        if changed:
            raise InputError(f"clause `{changed[0]}` is not what the document compiles to ({len(changed)} such)")
        return f"{len(again)} clauses, document {taught.hash[:16]}"

    def _lessons(self) -> str:
        self.lessons = read_lessons(self._run / "lessons")  # makes the hash of every row again
        for one in self.lessons:
            for name, digest in zip(one.clause_ids, one.clause_hashes, strict=True):
                if self.hashes.get(name) != digest:
                    said = "another text of" if name in self.hashes else "no clause"
                    raise InputError(f"lesson `{one.id}` came from {said} `{name}`")
        return f"{len(self.lessons)} lessons, each with its own hash and those of its clauses"

    def _files(self, name: str) -> Link | str:
        stamp = Stage(name=name, folder=self._run).stamp()
        link = f"files of `{name}`"
        if stamp is None:
            return Link(name=link, state=LinkState.NOT_RECORDED, what=f"the stage `{name}` is not done")
        for path, digest in stamp.outputs.items():
            if not (self._run / path).is_file():
                raise InputError(f"`{path}` is missing")
            if hash_file(self._run / path) != digest:
                raise InputError(f"`{path}` is not what the stage wrote")
        if name == "train":
            self.checkpoint = {path: digest for path, digest in stamp.outputs.items() if path.startswith("model/")}
        return f"{len(stamp.outputs)} files, {content_key(stamp.outputs)[:16]}"

    def _training(self) -> Link | str:
        name = "lessons + recipe + base -> training"
        stamp = Stage(name="train", folder=self._run).stamp()
        self._record = read_record(self._run / "training.json") if stamp else None
        if stamp is None or self._record is None:
            return Link(name=name, state=LinkState.NOT_RECORDED, what="the run does not say what it was trained from")
        if self._record.lessons != Stage(name="teach", folder=self._run).fingerprint():
            raise InputError("the model was trained from other lessons than these")
        if self._record.key != stamp.key:
            raise InputError("the recipe that is written down is not the one that was trained by")
        return f"engine `{self._record.engine}`, key {stamp.key[:16]}"

    def _base(self) -> Link | str:
        if self._record is None:
            return Link(name="base", state=LinkState.NOT_RECORDED, what="the run does not say")
        folder = self._bases.get(self._record.base, Path(self._record.base))
        if not folder.is_dir():
            return Link(
                name="base",
                state=LinkState.NOT_RECORDED,
                what=f"`{self._record.base}`, {self._record.base_hash[:16]}: not a folder of this machine",
            )
        if weights_hash(folder) != self._record.base_hash:
            raise InputError(f"`{folder}` holds other weights than the model was trained from")
        return f"`{folder}`, {self._record.base_hash[:16]}"

    def _order(self) -> Link | str:
        name = "lessons -> order of learning"
        if self._record is None or not (self._run / LEARNED).is_file():
            return Link(name=name, state=LinkState.NOT_RECORDED, what="the run does not say which lessons were learned")
        known = {one.id for one in self.lessons}
        learned: Any = read_learned(self._run / LEARNED)
        for phase, record in zip(learned, self._record.phases, strict=True):
            if order_hash(phase["lessons"], phase["rows_per_step"]) != record.order:
                raise InputError(f"phase `{record.method}` learned its lessons in another order than is written down")
            for one, times in Counter(phase["lessons"]).items():
                if one not in known:
                    raise InputError(f"phase `{record.method}` learned `{one}`, which is no lesson of this run")
                self.learned.setdefault(one, {})[record.method] = times
        return ", ".join(f"{record.method} {record.order[:16]}" for record in self._record.phases)

    def _figures(self) -> Link | str:
        path = self._run / "gap.json"
        if not path.is_file():
            return Link(name="checkpoint -> figures", state=LinkState.NOT_RECORDED, what="the run is not verified")
        gap: Any = read_json(path)
        measured = gap["manifest"]["hashes"].get("model")
        if measured is None:
            what = f"gap.json is of `{gap['manifest']['settings'].get('target')}`: not weights of this machine"
            return Link(name="checkpoint -> figures", state=LinkState.NOT_RECORDED, what=what)
        if measured != weights_hash(self._run / "model"):
            raise InputError("gap.json was measured on another checkpoint")
        return f"gap.json was measured on {measured[:16]}"


def _compiled_again(spec: Spec) -> Spec:
    parent: Spec | None = None
    for text, source in ((one.text, one.source) for one in reversed(spec.parents)):
        parent = compile_spec(text, source, parent=parent)
    return compile_spec(spec.text, spec.source, parent=parent)
