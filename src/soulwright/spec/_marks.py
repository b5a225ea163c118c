"""What the attributes of a heading or a clause say, read and checked one by one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from soulwright.spec._clauses import Kind, Polarity
from soulwright.spec._document import Adjustment, Attributes, FrontMatter, Section
from soulwright.spec._mistakes import Mistakes
from soulwright.spec._prose import stated_polarity

SWITCH_KEYS = ("default", "values", "adjustable_by", "requires")
_NOTES = ("severity", "beneficiary", "tags")
CLAUSE_KEYS = (
    *("kind", "authority", "about", "polarity", "rank", "tolerance", "waivable_by", "unless", "lifts", "weight_of"),
    *SWITCH_KEYS,
    *_NOTES,
)
HEADING_KEYS = ("authority", "kind", "tags")
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-/]*\Z")
_NO_FORCE_NEEDED = (Kind.PRIORITY, Kind.FACTOR, Kind.DEFINITION, Kind.META)
_LONGEST_NAME = 64


def near(word: str, known: tuple[str, ...]) -> str:
    """The known word that is meant, as a question; empty where none is like it."""
    found = difflib.get_close_matches(word, known, n=1) if len(word) <= _LONGEST_NAME else []
    return f"did you mean `{found[0]}`?" if found else ""


def known_keys(attributes: Attributes, known: tuple[str, ...], what: str, mistakes: Mistakes) -> None:
    """Record every attribute that has no meaning there."""
    for key in attributes.values:
        if key not in known:
            remedy = near(key, known) or f"known for {what} are {', '.join(known)}"
            mistakes.add(f"unknown attribute `{key}`", line=attributes.line, help=remedy, at=f"{key}=")


class Marks:
    """Reads the attributes of one clause or heading; every mistake is recorded, and reading goes on."""

    def __init__(self, attributes: Attributes, front: FrontMatter, mistakes: Mistakes) -> None:
        self.attributes = attributes
        self.front = front
        self.mistakes = mistakes
        self.inferred: list[str] = []

    def _wrong(self, message: str, remedy: str, at: str) -> None:
        self.mistakes.add(message, line=self.attributes.line, help=remedy, at=at)

    def kind(self, section_kind: str | None) -> Kind:
        """The kind that the clause names, else its section."""
        if (own := self.attributes.get("kind")) is not None:
            return self.known_kind(own) or Kind.RULE
        if section_kind is not None and section_kind in list(Kind):
            return Kind(section_kind)
        if section_kind is None:
            self._wrong(
                f"the clause `{self.attributes.id}` has no kind",
                f"add `kind=` here or to the heading above; known are {', '.join(Kind)}",
                f"#{self.attributes.id}",
            )
        return Kind.RULE

    def known_kind(self, written: str | None) -> Kind | None:
        """The kind with this name; None (and a mistake) where there is none."""
        if written is None or written in list(Kind):
            return None if written is None else Kind(written)
        known = tuple(Kind)
        remedy = near(written, known) or f"known are {', '.join(known)}"
        self._wrong(f"unknown kind `{written}`", remedy, f"kind={written}")
        return None

    def authority(self, section: Section) -> str:
        """The level that the clause names, else the nearest heading."""
        if (own := self.attributes.get("authority")) is not None:
            return self.known_level(own) or self.front.levels[0]
        if section.effective_authority is None and not _names_a_level(section):
            self._wrong(
                f"the clause `{self.attributes.id}` has no authority",
                f"add `authority={self.front.levels[0]}` here or to the heading above",
                f"#{self.attributes.id}",
            )
        return section.effective_authority or self.front.levels[0]

    def known_level(self, written: str | None) -> str | None:
        """The level with this name, its alias resolved; None (and a mistake) where there is none."""
        if written is None or (level := self.front.level(written)) is not None:
            return None if written is None else level
        remedy = near(written, self.front.levels) or f"the levels are {', '.join(self.front.levels)}"
        if not self.front.levels_written and not remedy.startswith("did"):
            remedy += "; a document with others declares them: `levels: [highest, ..., lowest]` in its front matter"
        self._wrong(f"unknown level `{written}`", remedy, written)
        return None

    def polarity(self, kind: Kind, text: str) -> Polarity:
        """The force that the clause names, else that of its first modal."""
        written = self.attributes.get("polarity")
        if written is not None and written in list(Polarity):
            return Polarity(written)
        if written is not None:
            self._wrong(f"unknown polarity `{written}`", f"known are {', '.join(Polarity)}", written)
        stated = stated_polarity(text)
        if stated is None and kind in _NO_FORCE_NEEDED:
            self.inferred.append("polarity")
        elif stated is None and written is None:
            self._wrong(
                f"the clause `{self.attributes.id}` does not say how strongly it asks",
                "use must, should or may in its text, or add `polarity=`",
                f"#{self.attributes.id}",
            )
        return stated or Polarity.SHOULD

    def switch(self, kind: Kind) -> tuple[str | None, tuple[str, ...]]:
        """The default and the values of a default clause; on any other kind the keys of a switch are a mistake."""
        if kind is not Kind.DEFAULT:
            self._no_switch(kind)
            return None, ()
        values = self.words("values") or ("off", "on")
        default = self.attributes.get("default")
        if default is None:
            message = f"the default clause `{self.attributes.id}` has no default"
            self._wrong(message, f"add `default={values[0]}`", "kind=default")
        elif default not in values:
            message = f"the default `{default}` is not among the values"
            self._wrong(message, f"choose one of {', '.join(values)}", f"default={default}")
        return default, values

    def _no_switch(self, kind: Kind) -> None:
        for key in SWITCH_KEYS:
            if self.attributes.tokens(key):
                limit = kind is Kind.HARD_LIMIT and key == "adjustable_by"
                message = "nobody may adjust a hard limit" if limit else f"`{key}` on a clause of kind `{kind}`"
                remedy = "remove `adjustable_by`" if limit else f"remove `{key}`, or make it `kind=default`"
                self._wrong(message, remedy, f"{key}=")

    def words(self, key: str, form: re.Pattern[str] = _WORD) -> tuple[str, ...]:
        """The words of `key`, each once."""
        tokens = self.attributes.tokens(key)
        for token in tokens:
            if not form.match(token):
                self._wrong(f"`{token}` in `{key}` is not a word", f"write `{key}=one,two`", token)
        if len(set(tokens)) < len(tokens):
            self._wrong(f"`{key}` names something twice", "name each once", f"{key}=")
        return tuple(dict.fromkeys(tokens))

    def ids(self, key: str) -> tuple[str, ...]:
        """The ids of clauses that `key` names."""
        return self.words(key, _NAME)

    def levels(self, key: str) -> tuple[str, ...]:
        """The levels that `key` names."""
        found = (self.known_level(token) for token in self.words(key))
        return tuple(dict.fromkeys(level for level in found if level is not None))

    def adjustments(self) -> Mapping[str, Adjustment]:
        """Who may adjust the clause and how: `adjustable_by=user,developer:implicit`."""
        found: dict[str, Adjustment] = {}
        tokens = self.attributes.tokens("adjustable_by")
        for token in tokens:
            name, _, how = token.partition(":")
            level = self.known_level(name)
            if how and how not in list(Adjustment):
                known = tuple(Adjustment)
                self._wrong(
                    f"unknown way `{how}` to adjust", near(how, known) or f"known are {', '.join(known)}", token
                )
            elif level is not None and level in found:
                self._wrong("`adjustable_by` names something twice", "name each once", "adjustable_by=")
            elif level is not None:
                found[level] = Adjustment(how or Adjustment.EXPLICIT)
        return found

    def word(self, key: str, example: str) -> str | None:
        """The one word of `key`."""
        written = self.attributes.get(key)
        if written is not None and not _WORD.match(written):
            what = "name a concept" if key == "about" else f"be the value of `{key}`"
            self._wrong(f"`{written}` cannot {what}", f"write one word, such as `{key}={example}`", written)
        return written

    def rank(self, kind: Kind) -> int | None:
        """The written rank of a priority."""
        written = self.attributes.get("rank")
        if written is None:
            return None
        if kind is not Kind.PRIORITY:
            self._wrong(f"`rank` on a clause of kind `{kind}`", "remove it, or make it `kind=priority`", "rank=")
        elif not re.fullmatch(r"[1-9][0-9]{0,5}", written):
            self._wrong(f"`{written}` is not a rank", "write a whole number, 1 is the highest", f"rank={written}")
        else:
            return int(written)
        return None

    def tolerance(self, kind: Kind) -> float:
        """The written tolerance, else that of the kind."""
        written = self.attributes.get("tolerance")
        if written is not None and re.fullmatch(r"0(\.[0-9]{1,9})?", written):
            return float(written)
        if written is not None:
            self._wrong(f"the tolerance `{written}` is no share", "write a number from 0 to below 1", written)
        return self.front.tolerance_for(kind)


def _names_a_level(section: Section) -> bool:
    """Whether this heading or one around it names a level, known or not (an unknown one is a mistake of its own)."""
    return any(outer.attributes is not None and outer.attributes.get("authority") for outer in section.path)
