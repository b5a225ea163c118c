"""What may be taught and what is held out: by scene, never within one; and a core of it that is frozen once for all.

Scenes alternate: the even ones of a clause and shape may be taught, the odd ones are held out. Scenes that are alike go
to one side together. The core are the first held-out scenes; it is written once, with a hash and a canary, and later
calls add situations around it but never to it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from soulwright.errors import CorruptRun
from soulwright.runs import read_json, read_jsonl, write_json, write_jsonl
from soulwright.situations._likeness import SAME, Likeness, WordLikeness, alike
from soulwright.situations._shapes import SHAPES, Shape
from soulwright.situations._situations import Layer, Pressure, Situation, situation_from_dict, situation_to_dict

CANARY = "soulwright held-out core, not for training: canary 5f0c9a3e-7d1b-4c52-9e86-2b8d41f6a7c3"
TEACH, HELD_OUT, CORE, FROZEN = "teach.jsonl", "held-out.jsonl", "core.jsonl", "core.json"
Scenes = Mapping[str, Sequence[Situation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Situations by side; `core` is the frozen part of `held_out`, `dropped` scenes that another is the same as.

    `likeness` says what they were compared by, `together` how many scenes the largest group has that was not separated.
    """

    teach: tuple[Situation, ...]
    held_out: tuple[Situation, ...]
    core: tuple[Situation, ...]
    dropped: tuple[str, ...] = ()
    likeness: Mapping[str, object] = field(default_factory=dict)
    together: int = 0


def split(scenes: Scenes, core: Sequence[Situation] = (), likeness: Likeness | None = None) -> Split:
    """Drop scenes that are the same as another, and separate the rest; a frozen `core` stays as it is.

    Scenes are compared by `likeness`: by their words where it is left out.
    """
    likeness = likeness or WordLikeness()
    frozen = _by_family(core)
    pairs = alike({**scenes, **frozen}, likeness)
    dropped = _dropped(scenes, frozenset(frozen), [(a, b) for a, b, value in pairs if value >= SAME])
    kept = {name: members for name, members in scenes.items() if name not in dropped and name not in frozen}
    roots = _roots([*frozen, *kept], [(a, b) for a, b, value in pairs if value >= likeness.linked])
    held_roots = {roots[name] for name in frozen}
    held_roots |= {roots[name] for name in kept if roots[name] == name and _number(name) % 2}
    teach = [one for name, members in kept.items() if roots[name] not in held_roots for one in members]
    held = [_held_out(one) for name, members in kept.items() if roots[name] in held_roots for one in members]
    new_core = tuple(core) or tuple(one for one in held if _number(one.family) == 1)
    in_core = {one.family for one in new_core}
    rest = [one for one in held if one.family not in in_core]
    return Split(
        teach=tuple(teach),
        held_out=(*new_core, *rest),
        core=new_core,
        dropped=tuple(sorted(dropped)),
        likeness=likeness.to_dict(),
        together=max(Counter(roots.values()).values(), default=0),
    )


def write_split(folder: Path, made: Split) -> None:
    """Write what may be taught and what is held out (the core with it) and, the first time, the core with its seal."""
    write_jsonl(folder / TEACH, [situation_to_dict(one) for one in made.teach])
    write_jsonl(folder / HELD_OUT, [situation_to_dict(one) for one in made.held_out])
    if made.core and not (folder / FROZEN).exists():
        write_jsonl(folder / CORE, [situation_to_dict(one) | {"canary": CANARY} for one in made.core])
        seal = {"canary": CANARY, "hash": _seal(folder / CORE), "situations": len(made.core)}
        write_json(folder / FROZEN, seal | {"likeness": dict(made.likeness)})


def read_core(folder: Path) -> tuple[Situation, ...]:
    """The frozen core of a folder, empty where there is none yet; CorruptRun where it is not what was frozen."""
    if not (folder / FROZEN).exists():
        return ()
    about = read_json(folder / FROZEN)
    path = folder / CORE
    if not isinstance(about, dict) or not path.exists() or about.get("hash") != _seal(path):
        raise CorruptRun(
            "the held-out core is not the one that was frozen",
            path=str(path),
            help=f"put it back as it was, or delete `{folder / FROZEN}` and it to freeze another: results are not"
            " comparable then",
        )
    return read_situations(path)


def read_situations(path: Path) -> tuple[Situation, ...]:
    """The situations of a file that `write_split` wrote; CorruptRun where a line is none."""
    try:
        return tuple(situation_from_dict(row) for row in read_jsonl(path))
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise CorruptRun("this is no file of situations", path=str(path), help="run `soulwright situations`") from error


def _by_family(situations: Iterable[Situation]) -> dict[str, list[Situation]]:
    families: dict[str, list[Situation]] = {}
    for one in situations:
        families.setdefault(one.family, []).append(one)
    return families


def _dropped(scenes: Scenes, frozen: frozenset[str], same: Sequence[tuple[str, str]]) -> set[str]:
    """Of two scenes that are the same, the one whose clause, layer and pressure others cover as well goes."""
    dropped: set[str] = set()
    for pair in same:
        if dropped & set(pair):
            continue
        free = [name for name in pair if name not in frozen]
        if free:
            dropped.add(max(free, key=lambda name: (_covered_elsewhere(scenes, name, dropped), _number(name), name)))
    return dropped


def _covered_elsewhere(scenes: Scenes, name: str, dropped: set[str]) -> bool:
    others = {
        _cell(one) for other, members in scenes.items() if other != name and other not in dropped for one in members
    }
    return all(_cell(one) in others for one in scenes.get(name, ()))


def _cell(one: Situation) -> tuple[str, Layer, Pressure]:
    return one.row, one.layer, one.pressure


def _roots(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """For each scene the first of those that it is linked with, over however many steps."""
    root = {name: name for name in names}
    place = {name: number for number, name in enumerate(names)}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for a, b in pairs:
        if a in root and b in root:
            first, second = sorted((find(a), find(b)), key=place.__getitem__)
            root[second] = first
    return {name: find(name) for name in names}


def _held_out(one: Situation) -> Situation:
    return replace(one, suite=SHAPES[Shape(one.family.rsplit("/", 2)[1])].held_out)


def _number(family: str) -> int:
    return int(family.rsplit("/", 1)[1])


def _seal(path: Path) -> str:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
