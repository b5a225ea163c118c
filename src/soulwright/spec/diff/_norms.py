"""What changed of a written clause besides its words: its kind, force, default, exceptions, and who may change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from soulwright.spec._clauses import Clause, Kind, Polarity
from soulwright.spec.diff._change import Bump, ChangeKind

# How much a kind binds; kinds that are not named here cannot be compared.
_BINDING = {Kind.HARD_LIMIT: 5, Kind.PROTECTION: 4, Kind.RULE: 3, Kind.HONESTY: 3, Kind.DEFAULT: 2, Kind.PERMISSION: 1}
_STRENGTH = {Polarity.MUST: 3, Polarity.MUST_NOT: 3, Polarity.SHOULD: 2, Polarity.SHOULD_NOT: 2, Polarity.MAY: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One attribute that changed: what that does, and the two values as words."""

    kind: ChangeKind
    attribute: str
    old: str
    new: str
    bump: Bump | None = None

    @property
    def signal(self) -> str:
        """The change in words."""
        return f"{self.attribute}: {self.old} → {self.new}"


def shifts(old: Clause, new: Clause) -> Iterator[Shift]:
    """Everything that changed of a clause besides its words, its place and its authority."""
    yield from _kind(old, new)
    yield from _polarity(old, new)
    if old.default != new.default:
        yield _shift(ChangeKind.DEFAULT_FLIPPED, "default", old.default, new.default)
    yield from _who(old, new)
    yield from _exceptions(old, new)
    yield from _numbers(old, new)
    if old.about != new.about:
        yield _shift(ChangeKind.REWORDED, "about", old.about, new.about)


def _kind(old: Clause, new: Clause) -> Iterator[Shift]:
    if old.kind is new.kind:
        return
    before, after = _BINDING.get(old.kind), _BINDING.get(new.kind)
    kind = ChangeKind.REWORDED
    if before is not None and after is not None and before != after:
        kind = ChangeKind.TIGHTENED if after > before else ChangeKind.LOOSENED
    yield _shift(kind, "kind", old.kind.value, new.kind.value)


def _polarity(old: Clause, new: Clause) -> Iterator[Shift]:
    before, after = _STRENGTH[old.polarity], _STRENGTH[new.polarity]
    if old.polarity is new.polarity:
        return
    turned = old.polarity.forbids != new.polarity.forbids and Polarity.MAY not in (old.polarity, new.polarity)
    kind = ChangeKind.TIGHTENED if after > before else ChangeKind.LOOSENED
    yield _shift(ChangeKind.REWORDED if turned else kind, "polarity", old.polarity.value, new.polarity.value)


def _who(old: Clause, new: Clause) -> Iterator[Shift]:
    """Who may change it. Each of these can make a deployment invalid that was valid, hence a major version."""
    before, after = _adjusters(old), _adjusters(new)
    yield from _sets("adjustable by", before, after, more=ChangeKind.LOOSENED, bump=Bump.MAJOR)
    yield from _sets("values", set(old.values), set(new.values), more=ChangeKind.LOOSENED, bump=Bump.MAJOR)
    yield from _sets("requires", set(old.requires), set(new.requires), more=ChangeKind.TIGHTENED, bump=Bump.MAJOR)
    yield from _sets("waivable by", set(old.waivable_by), set(new.waivable_by), more=ChangeKind.LOOSENED)


def _adjusters(clause: Clause) -> set[str]:
    return {f"{level} ({how})" for level, how in clause.adjustments.items()}


def _exceptions(old: Clause, new: Clause) -> Iterator[Shift]:
    for attribute, before, after in (("unless", old.unless, new.unless), ("lifts", old.lifts, new.lifts)):
        came, went = set(after) - set(before), set(before) - set(after)
        if came:
            yield _shift(ChangeKind.EXCEPTION_ADDED, attribute, _list(before), _list(after))
        if went:
            yield _shift(ChangeKind.EXCEPTION_REMOVED, attribute, _list(before), _list(after))


def _numbers(old: Clause, new: Clause) -> Iterator[Shift]:
    if old.tolerance != new.tolerance:
        kind = ChangeKind.TIGHTENED if new.tolerance < old.tolerance else ChangeKind.LOOSENED
        yield _shift(kind, "tolerance", f"{old.tolerance:g}", f"{new.tolerance:g}")
    if old.rank is not None and new.rank is not None and old.rank != new.rank:
        kind = ChangeKind.TIGHTENED if new.rank < old.rank else ChangeKind.LOOSENED
        yield _shift(kind, "rank", str(old.rank), str(new.rank), bump=Bump.MAJOR)


def _sets(
    attribute: str, before: set[str], after: set[str], *, more: ChangeKind, bump: Bump | None = None
) -> Iterator[Shift]:
    """A set that grew or shrank; `more` is what growing means. One that did both says only that it changed."""
    if before == after:
        return
    less = ChangeKind.LOOSENED if more is ChangeKind.TIGHTENED else ChangeKind.TIGHTENED
    grew, shrank = bool(after - before), bool(before - after)
    kind = ChangeKind.REWORDED if grew and shrank else more if grew else less
    yield _shift(kind, attribute, _list(before), _list(after), bump=bump)


def _list(values: tuple[str, ...] | set[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _shift(kind: ChangeKind, attribute: str, old: str | None, new: str | None, *, bump: Bump | None = None) -> Shift:
    return Shift(kind=kind, attribute=attribute, old=old or "none", new=new or "none", bump=bump)
