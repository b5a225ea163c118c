"""What a comparison of two documents says (values only)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from soulwright.spec._document import Span


class ChangeKind(StrEnum):
    """What a change does. One change may do several things: a sentence can gain an exception and lose a hedge."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    RETITLED = "retitled"
    TIGHTENED = "tightened"
    """More is asked of the model, or less may be changed by others."""
    LOOSENED = "loosened"
    """Less is asked of the model, or more may be changed by others."""
    REAUTHORISED = "re-authorised"
    """Another level speaks, and so others may change it."""
    DEFAULT_FLIPPED = "default flipped"
    EXCEPTION_ADDED = "exception added"
    EXCEPTION_REMOVED = "exception removed"
    REWORDED = "reworded"
    """The words say something else, and no rule here can tell in which direction: a person must judge."""
    EDITORIAL = "editorial"
    """Spelling, punctuation, commentary and examples: nothing that is asked has changed."""


class Part(StrEnum):
    """Which part of the document a change concerns."""

    SECTION = "section"
    CLAUSE = "clause"
    TEXT = "text"
    TITLE = "title"
    PLACE = "place"
    AUTHORITY = "authority"
    ATTRIBUTE = "attribute"
    COMMENTARY = "commentary"
    EXAMPLE = "example"
    FRONT_MATTER = "front matter"


class Bump(IntEnum):
    """How much of a version a change uses up.

    MAJOR: somebody who relied on the old document may be let down, because less is asked, something is reversed, or
    others may change more or fewer things. MINOR: more is asked, or something is said anew. PATCH: the same in other
    words.
    """

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """The name as it is written: `major`."""
        return self.name.lower()


BUMP_OF = {
    ChangeKind.REMOVED: Bump.MAJOR,
    ChangeKind.LOOSENED: Bump.MAJOR,
    ChangeKind.EXCEPTION_ADDED: Bump.MAJOR,
    ChangeKind.DEFAULT_FLIPPED: Bump.MAJOR,
    ChangeKind.REAUTHORISED: Bump.MAJOR,
    ChangeKind.ADDED: Bump.MINOR,
    ChangeKind.TIGHTENED: Bump.MINOR,
    ChangeKind.EXCEPTION_REMOVED: Bump.MINOR,
    ChangeKind.REWORDED: Bump.MINOR,
    ChangeKind.MOVED: Bump.PATCH,
    ChangeKind.RETITLED: Bump.PATCH,
    ChangeKind.EDITORIAL: Bump.PATCH,
}

_DATED = re.compile(r"v?\d{4}[.\-]\d")

# What a reader of a changelog must be able to find there.
DIRECTED = frozenset(
    {
        ChangeKind.TIGHTENED,
        ChangeKind.LOOSENED,
        ChangeKind.REAUTHORISED,
        ChangeKind.DEFAULT_FLIPPED,
        ChangeKind.EXCEPTION_ADDED,
        ChangeKind.EXCEPTION_REMOVED,
    }
)


class WordSort(StrEnum):
    """Whether a run of words stands in both texts or in one."""

    SAME = "same"
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A run of words of a changed sentence, white space included."""

    sort: WordSort
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a change: the words without markup, and where they stand.

    `body` are the sentences of a section that came or went as a whole.
    """

    text: str
    section: str
    title: str
    clause_id: str | None
    span: Span
    body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, with its effect, its reasons and both sides (`old` is None for what is new, `new` for what is gone).

    `place` is where it is to be shown, as a position in the new document. `signals` say why the kinds were chosen, in
    words. `mentioned` quotes the line of the changelog that speaks of it; None where there is none, or no changelog was
    given.
    """

    kinds: tuple[ChangeKind, ...]
    part: Part
    bump: Bump
    old: Side | None
    new: Side | None
    words: tuple[Word, ...] = ()
    signals: tuple[str, ...] = ()
    mentioned: str | None = None
    silent: bool = False
    place: int = 0

    @property
    def here(self) -> Side:
        """The new side where there is one, else the old one."""
        side = self.new or self.old
        assert side is not None
        return side

    @property
    def directed(self) -> bool:
        """True where the change gives or takes something, as far as the rules can tell."""
        return bool(DIRECTED & set(self.kinds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of something stayed, went, came and changed."""

    same: int = 0
    removed: int = 0
    added: int = 0
    edited: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A rule of versions that the new document breaks: `rule` is its number, `error` whether `diff` then fails."""

    rule: str
    name: str
    error: bool
    message: str
    help: str
    change: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which document it is; `version` is empty where none is declared."""

    name: str
    version: str
    source: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecDiff:
    """Everything that changed from `old` to `new`, in the order of the new document.

    `sections` counts by id and words: one whose id changed while its words stayed is not both removed and added, but
    counted in `renamed_sections`. With `extends`, `new` is no later version of `old` but a document that extends it.
    """

    old: Edition
    new: Edition
    changes: tuple[Change, ...]
    sections: Tally
    renamed_sections: int
    moved_sections: int
    sentences: Tally
    clauses: Tally
    authorities: int
    required: Bump
    declared: Bump | None
    verdicts: tuple[Verdict, ...]
    changelog: bool = False
    extends: bool = False

    @property
    def declaration(self) -> str:
        """What the declared versions say of the size of the change, as half a sentence; empty where nothing."""
        if self.declared is None:
            return ""
        if self.declared is Bump.NONE:
            return "declared is none above the old one"
        if _DATED.match(self.new.version):
            return "a later date is declared, which says nothing of its size"
        return f"declared is a {self.declared.word} one"

    @property
    def same(self) -> bool:
        """True where not one character differs."""
        return self.old.hash == self.new.hash

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.changes if kind in change.kinds)
