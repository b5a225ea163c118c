"""What the rules look at: a document with what stands beside it, and the questions that several rules ask of it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from soulwright.errors import InputError
from soulwright.spec._clauses import Clause, Kind, Spec
from soulwright.spec._document import (
    Adjustment,
    Attributes,
    Document,
    FrontMatter,
    Heading,
    Prose,
    Reference,
    ReferenceKind,
    Section,
    Span,
    Turn,
)
from soulwright.spec._lines import Source
from soulwright.spec._parse import parse
from soulwright.spec._prose import sentences
from soulwright.spec.lint._disable import Disabling, disablings
from soulwright.spec.lint._disputed import Disputed
from soulwright.spec.lint._rule import Hit

if TYPE_CHECKING:
    from soulwright.spec.diff import Change, SpecDiff, Verdict

FORCE = re.compile(r"\b(?:must|should|shall|never|always)\b", re.IGNORECASE)
LINK_TARGET = re.compile(r"\]\([^()]*\)")
INTERNAL = (ReferenceKind.INTERNAL, ReferenceKind.TITLE)
_NEAR = 300  # characters of a line that are kept as the context of a finding, on each side
_FOOTNOTE = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a check may know besides the document itself; None where it was not given.

    `example_sets` are the evaluation sets by id, each with the text of its file. `earlier` is an earlier version of the
    document, `earlier_sets` its evaluation sets, and `changelog` the text that says what changed since. `disputed` are
    the clauses that a verification found unclear, by id.
    """

    example_sets: Mapping[str, str] | None = None
    earlier: Spec | None = None
    earlier_sets: Mapping[str, str] | None = None
    changelog: str | None = None
    disputed: Mapping[str, Disputed] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One sentence with the block and section it stands in; `raw` is its text exactly as written.

    `authority` is the level that the sentence speaks for: its clause's, else the one of the headings around it.
    """

    text: str
    raw: str
    span: Span
    section: Section
    block: Prose
    authority: str | None

    @property
    def clause_id(self) -> str | None:
        """The id that the attribute line beneath the block gives, None where there is none."""
        return None if self.block.attributes is None else self.block.attributes.id

    def opening(self, width: int) -> str:
        """Its first words, cut where they would be longer than `width`."""
        return self.text if len(self.text) <= width else self.text[: width - 1].rsplit(" ", 1)[0] + "…"


@dataclass(kw_only=True)
class Subject:
    """One document under check; what is expensive is computed once, when the first rule asks for it.

    `spec` is the compiled document, None where it does not compile; `mistakes` say why it does not.
    """

    document: Document
    spec: Spec | None = None
    beside: Beside = field(default_factory=Beside)
    mistakes: tuple[InputError, ...] = ()

    @cached_property
    def front(self) -> FrontMatter:
        """What the document says of itself, with the levels that it inherits."""
        front = self.document.front_matter
        return front if self.spec is None else replace(front, levels=self.spec.levels)

    def own_authority(self, section: Section) -> str | None:
        """The level that the heading itself names; None where it names none, or one that is not declared."""
        written = None if section.attributes is None else section.attributes.get("authority")
        return None if written is None else self.front.level(written)

    def authority(self, section: Section) -> str | None:
        """The level of the heading, else of the nearest one around it that names one."""
        named = (self.own_authority(each) for each in reversed(section.path))
        return next((level for level in named if level is not None), None)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The sentences that instruct, in order."""
        return tuple(self._passages(commentary=False))

    @cached_property
    def explanations(self) -> tuple[Passage, ...]:
        """The sentences of commentary and rationale, in order."""
        return tuple(self._passages(commentary=True))

    @cached_property
    def sections(self) -> Mapping[str, Section]:
        """The sections by id; of two with the same id the first."""
        return {section.id: section for section in reversed(self.document.sections)}

    @cached_property
    def clauses(self) -> Mapping[str, Clause]:
        """The compiled clauses by id, without inherited ones; none where the document does not compile."""
        clauses = () if self.spec is None else self.spec.clauses
        return {clause.id: clause for clause in clauses if not clause.source}

    @cached_property
    def inherited(self) -> frozenset[str]:
        """The ids that stand in a document which this one extends, sections included."""
        if self.spec is None:
            return frozenset()
        clauses = {clause.id for clause in self.spec.clauses} | {clause.section for clause in self.spec.clauses}
        return frozenset(clauses)

    @cached_property
    def written_clauses(self) -> Mapping[str, Prose]:
        """The paragraphs and list items with an attribute line, by their id."""
        return {block.attributes.id: block for block in self._prose if block.attributes is not None}

    @property
    def all_sections(self) -> tuple[Section, ...]:
        """The text before the first heading, and every section."""
        return (self.document.preamble, *self.document.sections)

    @cached_property
    def uses_levels(self) -> bool:
        """Whether any heading or clause names the level it speaks for."""
        return any(attributes.get("authority") is not None for attributes in self.attributes)

    def idle(self, passage: Passage) -> bool:
        """Whether a sentence speaks for no level, in a document that elsewhere says for which it does."""
        return self.uses_levels and passage.authority is None

    def below(self, section: Section) -> tuple[Section, ...]:
        """The section itself and every one inside it."""
        return _beginning_in(section.whole, self.document.sections)

    def references_in(self, section: Section) -> tuple[Reference, ...]:
        """The links and footnotes of a section, without those of its subsections."""
        return _beginning_in(section.span, self.document.references)

    def evaluations_in(self, section: Section) -> Iterator[str]:
        """The evaluation sets that a section refers to, without those of its subsections."""
        return (each.target for each in self.references_in(section) if self._names_a_set(each))

    def rank(self, level: str | None) -> int | None:
        """The place of a level, 0 for the highest; None for none and for one that is not declared."""
        return self.front.levels.index(level) if level in self.front.levels else None

    def is_hard(self, level: str | None) -> bool:
        """Whether nobody in a conversation speaks for this level."""
        return self.rank(level) == 0

    def is_soft(self, level: str | None) -> bool:
        """Whether this is the level of users or lower (where no level is called `user`: the lowest)."""
        levels = self.front.levels
        soft = levels.index("user") if "user" in levels else len(levels) - 1
        rank = self.rank(level)
        return rank is not None and rank >= max(1, soft)

    @cached_property
    def attributes(self) -> tuple[Attributes, ...]:
        """Every attribute list of a heading or a clause, in order."""
        held = (block.attributes for section in self.all_sections for block in _carrying(section))
        return tuple(attributes for attributes in held if attributes is not None)

    @cached_property
    def concepts(self) -> frozenset[str]:
        """The words that attributes and the front matter introduce: concepts, tags and papers that are required."""
        keys = ("about", "tags", "requires", "values", "unless", "beneficiary")
        words = {word for attributes in self.attributes for key in keys for word in attributes.tokens(key)}
        return frozenset({*words, *self.front.tags, *self.front.levels})

    @cached_property
    def evaluation_references(self) -> tuple[Reference, ...]:
        """The footnotes that name an evaluation set: those that the document does not itself explain."""
        return tuple(each for each in self.document.references if self._names_a_set(each))

    def _names_a_set(self, reference: Reference) -> bool:
        return reference.kind is ReferenceKind.EVALUATION and reference.target not in self._explained

    @cached_property
    def judged(self) -> tuple[Turn, ...]:
        """The turns of the examples that carry a verdict, in order."""
        return tuple(turn for example in self.document.examples for turn in example.dialogue.judged)

    @cached_property
    def disablings(self) -> tuple[Disabling, ...]:
        """The comments that disable rules, sound or not, in order."""
        return disablings(self.document)

    @cached_property
    def earlier_sections(self) -> tuple[Section, ...]:
        """The sections of the earlier version; none where none was given."""
        earlier = self.beside.earlier
        return () if earlier is None else parse(earlier.text, earlier.source).sections

    @cached_property
    def differences(self) -> SpecDiff | None:
        """What changed since the earlier version; None where none was given, or where the document does not compile."""
        from soulwright.spec.diff import diff_specs  # late: a check by itself compares nothing

        if self.beside.earlier is None or self.spec is None:
            return None
        return diff_specs(self.beside.earlier, self.spec, changelog=self.beside.changelog)

    def verdicts(self, rule: str) -> Iterator[Hit]:
        """What the comparison with the earlier version says under this rule."""
        if self.differences is None:
            return
        for verdict in self.differences.verdicts:
            if verdict.rule == rule:
                yield self._hit_of(verdict, self.differences.changes)

    def _hit_of(self, verdict: Verdict, changes: Sequence[Change]) -> Hit:
        change = None if verdict.change is None else changes[verdict.change]
        if change is None:
            return Hit(span=self._version_span, message=verdict.message, help=verdict.help)
        span = change.new.span if change.new is not None else self.span(change.place, change.place)
        where = change.here.clause_id or change.here.section
        old, new = (side.text if side is not None else "" for side in (change.old, change.new))
        return Hit(span=span, message=verdict.message, help=verdict.help, locator=where, context=f"{old} | {new}")

    @property
    def _version_span(self) -> Span:
        """The line of the front matter that declares the version; the beginning where there is none."""
        declared = re.compile(r"^version:.*$", re.MULTILINE).search(self.document.text, 0, self.front.end)
        return self.span(0, 0) if declared is None else self.span(declared.start(), declared.end())

    def clauses_in(self, section: Section) -> tuple[str, ...]:
        """The ids of the compiled clauses of a section."""
        held = tuple(block.attributes.id for block in section.prose if block.attributes is not None)
        return tuple(name for name in (section.id, *held) if name in self.clauses)

    def passages_of(self, kind: Kind) -> tuple[Passage, ...]:
        """The sentences of clauses of this kind: those with an attribute line, and sentences that are clauses.

        A whole section that is compiled into one clause does not count: most of its sentences are of another kind.
        """
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> Mapping[Kind, tuple[Passage, ...]]:
        stated: dict[Kind, list[Passage]] = {}
        whole = {*self.sections, *self.written_clauses}
        derived = {clause.span.start: clause for clause in self.clauses.values() if clause.id not in whole}
        for passage in self.passages:
            clause = self.clauses.get(passage.clause_id or "") or derived.get(passage.span.start)
            if clause is not None:
                stated.setdefault(clause.kind, []).append(passage)
        return {kind: tuple(passages) for kind, passages in stated.items()}

    def is_implicit(self, passage: Passage) -> bool:
        """Whether context alone may override what the sentence says."""
        clause = self.clauses.get(passage.clause_id or "") or self.clauses.get(passage.section.id)
        if clause is not None and clause.adjustments:
            return Adjustment.IMPLICIT in clause.adjustments.values()
        adjusters = self.front.adjusters.get(passage.authority or "", {})
        return Adjustment.IMPLICIT in adjusters.values()

    def section_at(self, span: Span) -> Section | None:
        """The innermost section that `span` begins in; None before the first heading."""
        place = bisect_right(self.document.sections, span.start, key=_start) - 1
        return self.document.sections[place] if place >= 0 else None

    def authority_of(self, target: str) -> str | None:
        """The authority of the section or clause with this id; None where there is none."""
        if target in self.written_clauses:
            clause = self.clauses.get(target)
            return None if clause is None else clause.authority
        section = self.sections.get(target)
        return None if section is None else self.authority(section)

    def instructs(self, span: Span) -> bool:
        """Whether `span` begins in a paragraph or list item that instructs."""
        return _around(span, self._prose) is not None

    def line_start(self, line: int) -> int:
        """Where the line with this number begins; the end of the text where there is no such line."""
        lines = self._source.lines
        return lines[line - 1].start if 0 < line <= len(lines) else len(self.document.text)

    def line_of(self, span: Span) -> Span:
        """The whole line that `span` begins in, without its end."""
        lines = self._source.lines
        line = lines[span.line - 1] if span.line <= len(lines) else None
        return self.span(line.start, line.end) if line is not None else span

    def trimmed(self, span: Span) -> Span:
        """The same span without the blanks at its ends."""
        text = self.document.text[span.start : span.end]
        start = span.start + len(text) - len(text.lstrip())
        return self.span(start, max(start, span.start + len(text.rstrip())))

    def word_in(self, attributes: Attributes, word: str) -> Span:
        """Where a value stands within an attribute list."""
        written = self.document.text[attributes.span.start : attributes.span.end]
        found = re.search(rf"(?<=[=,\"])\s*({re.escape(word)})(?=[\s,}}\"]|\Z)", written)
        if found is None:
            return attributes.span
        return self.span(attributes.span.start + found.start(1), attributes.span.start + found.end(1))

    def clause_span(self, clause_id: str) -> Span:
        """What to underline for a clause: its id, or the title of its section."""
        block = self.written_clauses.get(clause_id)
        if block is not None and block.attributes is not None:
            start = self.document.text.index(clause_id, block.attributes.span.start)
            return self.span(start, start + len(clause_id))
        section = self.sections.get(clause_id)
        return self.heading_span(section) if section is not None else self.clauses[clause_id].span

    def span(self, start: int, end: int) -> Span:
        """The span of these characters of the source."""
        return self._source.span(start, end)

    def part(self, passage: Passage, match: re.Match[str], group: int | str = 0) -> Span:
        """Where in the source a match within `passage.raw`, or a group of it, stands."""
        return self.span(passage.span.start + match.start(group), passage.span.start + match.end(group))

    def heading_span(self, section: Section) -> Span:
        """The title of the section's heading; the beginning of the document for the text before the first heading."""
        if section.heading is None:
            return self.span(0, 0)
        start = self.document.text.index(section.heading.title, section.heading.span.start)
        return self.span(start, start + len(section.heading.title))

    def locator(self, span: Span) -> str:
        """The clause or section that holds the beginning of `span`; empty before the first heading."""
        block = _around(span, self._named_prose)
        if block is not None and block.attributes is not None:
            return block.attributes.id
        section = self.section_at(span)
        return "" if section is None else section.id

    def context(self, span: Span) -> str:
        """The sentence around `span`, or its line where it stands in none."""
        passage = _around(span, self._sentences)
        if passage is not None:
            return passage.text
        line, text = self.line_of(span), self.document.text
        return text[max(line.start, span.start - _NEAR) : max(span.start, min(line.end, span.start + _NEAR))]

    def hit(self, passage: Passage, span: Span, message: str, help: str) -> Hit:
        """A hit within a passage."""
        return Hit(span=span, message=message, help=help, context=passage.text)

    @cached_property
    def _source(self) -> Source:
        return Source(self.document.text)

    @cached_property
    def _prose(self) -> tuple[Prose, ...]:
        return tuple(block for section in self.all_sections for block in section.prose)

    @cached_property
    def _named_prose(self) -> tuple[Prose, ...]:
        return tuple(sorted(self.written_clauses.values(), key=_start))

    @cached_property
    def _sentences(self) -> tuple[Passage, ...]:
        return tuple(sorted((*self.passages, *self.explanations), key=_start))

    @cached_property
    def _explained(self) -> frozenset[str]:
        return frozenset(_FOOTNOTE.findall(self.document.text))

    def _passages(self, *, commentary: bool) -> Iterator[Passage]:
        for section in self.all_sections:
            for block in _commented(section) if commentary else section.prose:
                authority = self._authority_of_block(block, section)
                for sentence in sentences(block):
                    raw = self.document.text[sentence.span.start : sentence.span.end]
                    yield Passage(
                        text=sentence.text,
                        raw=raw,
                        span=sentence.span,
                        section=section,
                        block=block,
                        authority=authority,
                    )

    def _authority_of_block(self, block: Prose, section: Section) -> str | None:
        written = None if block.attributes is None else block.attributes.get("authority")
        return self.authority(section) if written is None else self.front.level(written)


def search(pattern: re.Pattern[str], passages: Iterable[Passage]) -> Iterator[tuple[Passage, re.Match[str]]]:
    """Every match of `pattern` within one of the passages, as written."""
    for passage in passages:
        for match in pattern.finditer(passage.raw):
            yield passage, match


class _Placed(Protocol):
    @property
    def span(self) -> Span: ...


_P = TypeVar("_P", bound=_Placed)


def _start(item: _Placed) -> int:
    return item.span.start


def _around(span: Span, items: Sequence[_P]) -> _P | None:
    """The one of `items`, which stand in order, that `span` begins in."""
    place = bisect_right(items, span.start, key=_start) - 1
    return items[place] if place >= 0 and span.start < items[place].span.end else None


def _beginning_in(span: Span, items: tuple[_P, ...]) -> tuple[_P, ...]:
    """Those of `items`, which stand in order, that begin within `span`."""
    return items[bisect_left(items, span.start, key=_start) : bisect_left(items, span.end, key=_start)]


def _carrying(section: Section) -> Iterator[Heading | Prose]:
    if section.heading is not None:
        yield section.heading
    yield from section.prose


def _commented(section: Section) -> Iterator[Prose]:
    for note in section.commentary:
        yield from note.body
