"""From the tree of a document to its clauses. Pure: values in, values out, one error that lists every mistake.

What a clause is depends on how the document is written, never on which document it is:

1. A paragraph or list item with an attribute line beneath it is a clause, in every document.
2. In a document without front matter, or without any such clause, each heading that itself carries `authority=` and
   has prose of its own is a clause, made of that prose (the published documents are written so).
3. In a document with neither, each normative sentence is a clause, with a derived id.

What the document does not state is filled in by the rules of `_infer` and named in `Clause.inferred`.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from soulwright.spec._clauses import Clause, Example, Exemption, Kind, Parent, Polarity, Spec, Statement
from soulwright.spec._document import (
    Adjustment,
    Attributes,
    Document,
    FrontMatter,
    Heading,
    Paragraph,
    Prose,
    Reference,
    ReferenceKind,
    Section,
    Span,
)
from soulwright.spec._examples import bound_to, example_of, named_in
from soulwright.spec._infer import (
    PLAIN_LEVELS,
    adjusters_by_words,
    adjusters_of,
    kind_by_level,
    kind_by_words,
    title_forbids,
)
from soulwright.spec._inherit import inherit
from soulwright.spec._marks import CLAUSE_KEYS, HEADING_KEYS, Marks, known_keys
from soulwright.spec._mistakes import Mistakes
from soulwright.spec._parse import is_caption, parse
from soulwright.spec._prose import plain, stated_polarity
from soulwright.spec._statements import Names, Norm, digest_of, exemptions_in, locator, norms_of, statements

_SWITCH = ("off", "on")


def compile_spec(text: str, source: str = "<text>", *, parent: Spec | None = None) -> Spec:
    r"""Compile a document; raises `SpecErrors` with every mistake that was found.

    `parent` is the compiled document that this one extends, where it does.

    >>> spec = compile_spec("# Care {#care authority=root}\n\nBe kind.\n{#care.kind kind=rule polarity=must}\n")
    >>> spec.clause("care.kind").polarity
    <Polarity.MUST: 'must'>
    """
    return compile_document(parse(text, source), parent=parent)


def compile_document(document: Document, *, parent: Spec | None = None) -> Spec:
    """The clauses of a parsed document; raises `SpecErrors` with every mistake that was found."""
    mistakes = Mistakes(document.text, document.source)
    unreadable = ("too-long", "nul", "surrogate")
    for problem in document.problems:
        if problem.fatal and problem.code in unreadable:
            mistakes.take(problem)
    mistakes.raise_any()
    for problem in document.problems:
        if problem.fatal:
            mistakes.take(problem)
    front = _extended_front(document, parent, mistakes)
    clauses = _Compiler(document, front, mistakes).clauses()
    if not clauses and parent is None and not len(mistakes):
        mistakes.add(
            "the document has no clause",
            line=1,
            help="put an attribute line such as `{#care.kindness kind=rule authority=provider}` beneath a paragraph",
        )
    mistakes.raise_any()
    if parent is not None:
        clauses = inherit(parent, clauses, document, mistakes)
        mistakes.raise_any()
    _check_lifts(clauses, mistakes)
    mistakes.raise_any()
    return Spec(
        name=front.name,
        version=front.version,
        levels=front.levels,
        clauses=clauses,
        text=document.text,
        hash=hash_of(document.text, parent),
        source=document.source,
        front_matter=front.written or {},
        parents=() if parent is None else (_as_parent(parent), *parent.parents),
    )


def hash_of(text: str, parent: Spec | None = None) -> str:
    """The hash of a document: of its text, and of every document that it extends."""
    payload = text if parent is None else f"{parent.hash}\0{text}"
    return hashlib.sha256(payload.encode()).hexdigest()


def _as_parent(spec: Spec) -> Parent:
    return Parent(name=spec.name, version=spec.version, source=spec.source, text=spec.text)


def _extended_front(document: Document, parent: Spec | None, mistakes: Mistakes) -> FrontMatter:
    """The front matter with the levels that the document really uses: its own, its parent's, or the plain ones."""
    front = document.front_matter
    if front.extends and parent is None:
        mistakes.add(
            f"the document extends `{front.extends}`, which was not given",
            line=1,
            help="load the document from its file, or compile what it extends first and hand it in as `parent`",
        )
    if parent is not None:
        if front.levels_written and front.levels != parent.levels:
            mistakes.add(
                f"the levels differ from those of `{parent.name}`",
                line=1,
                help=f"leave `levels` out, or write `levels: [{', '.join(parent.levels)}]`",
            )
        written = parent.front_matter.get("tolerance")
        inherited = {str(key): float(share) for key, share in written.items()} if isinstance(written, Mapping) else {}
        return replace(
            front,
            levels=parent.levels,
            alias={**_alias_of(parent), **front.alias},
            tolerance={**inherited, **front.tolerance},
        )
    if not front.levels_written and not _names_levels(document):
        return replace(front, levels=PLAIN_LEVELS, alias={})
    return front


def _alias_of(parent: Spec) -> Mapping[str, str]:
    alias = parent.front_matter.get("alias")
    return {str(key): str(value) for key, value in alias.items()} if isinstance(alias, Mapping) else {}


def _names_levels(document: Document) -> bool:
    """Whether any heading or attribute line speaks of authority; a document that does not is plain prose."""
    if any(
        section.attributes is not None and "authority" in section.attributes.values for section in document.sections
    ):
        return True
    return any(block.attributes is not None for section in document.sections for block in section.prose) or any(
        block.attributes is not None for block in document.preamble.prose
    )


def _check_lifts(clauses: Sequence[Clause], mistakes: Mistakes) -> None:
    """`lifts=` names clauses that exist, and no hard limit."""
    known = {clause.id: clause for clause in clauses}
    for clause in clauses:
        for name in clause.lifts if not clause.source else ():
            if name not in known:
                remedy = "name the id of a clause of this document"
                mistakes.add(f"`{clause.id}` lifts `{name}`, which does not exist", line=clause.span.line, help=remedy)
            elif known[name].kind is Kind.HARD_LIMIT:
                remedy = "leave it out: a hard limit holds whatever else is allowed"
                mistakes.add(f"nobody may lift the hard limit `{name}`", line=clause.span.line, help=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A section with everything that its clauses share."""

    section: Section
    kind: str | None
    reasons: tuple[str, ...]
    examples: tuple[Example, ...]
    norms: tuple[Norm, ...]
    by_paragraph: Mapping[int, tuple[Norm, ...]]
    marked: int


class _Compiler:
    """Turns the sections of a document into clauses, recording every mistake on the way."""

    def __init__(self, document: Document, front: FrontMatter, mistakes: Mistakes) -> None:
        self.document = document
        self.front = front
        self.mistakes = mistakes
        self.names = Names()
        self.lines: dict[str, int] = {}
        self.references = _References(document.references)
        self.places = self._places()
        self.named_by = self._named_examples()
        marked = any(place.marked for place in self.places)
        headed = any("authority" in _values(place.section) for place in self.places)
        self.sections_are_clauses = front.written is None or not marked
        self.sentences_are_clauses = not marked and not headed

    def clauses(self) -> tuple[Clause, ...]:
        found: list[Clause] = []
        for place in self.places:
            found.extend(self._clauses_of(place))
        self._one_default_each(found)
        return self._ranked(found)

    def _places(self) -> list[_Place]:
        places = []
        kinds: dict[int, str | None] = {}
        for section in (self.document.preamble, *self.document.sections):
            own = _values(section).get("kind")
            outer = kinds.get(id(section.parent)) if section.parent is not None else None
            kinds[id(section)] = own or outer
            marked = sum(block.attributes is not None for block in section.prose)
            examples = tuple(example_of(block) for block in section.examples)
            candidates = marked + ("authority" in _values(section))
            norms = tuple(norms_of(section))
            places.append(
                _Place(
                    section=section,
                    kind=own or outer,
                    reasons=tuple(plain(block.text) for block in section.commentary),
                    examples=tuple(bound_to(item, _only(section)) for item in examples)
                    if candidates == 1
                    else examples,
                    norms=norms,
                    by_paragraph={key: tuple(group) for key, group in groupby(norms, key=lambda norm: norm.paragraph)},
                    marked=marked,
                )
            )
        return places

    def _named_examples(self) -> dict[str, tuple[Example, ...]]:
        named: dict[str, list[Example]] = {}
        for place in self.places:
            for example in place.examples:
                for clause_id in named_in(example):
                    named.setdefault(clause_id, []).append(example)
        return {clause_id: tuple(examples) for clause_id, examples in named.items()}

    def _clauses_of(self, place: _Place) -> Iterator[Clause]:
        section = place.section
        if section.attributes is not None:
            self._unique(section.attributes)
            if self.front.written is not None:
                known_keys(section.attributes, HEADING_KEYS, "a heading", self.mistakes)
            prose = " ".join(plain(block.text) for block in _own(section))
            if prose and self.sections_are_clauses and "authority" in section.attributes.values:
                yield self._section_clause(place, section.attributes, prose)
            else:
                marks = Marks(section.attributes, self.front, self.mistakes)
                marks.known_level(section.attributes.get("authority"))
                marks.known_kind(section.attributes.get("kind"))
        for number, block in enumerate(section.prose, start=1):
            if block.attributes is not None:
                self._unique(block.attributes)
                yield self._marked_clause(place, block, block.attributes, number)
        if self.sentences_are_clauses:
            yield from (self._sentence_clause(place, norm) for norm in place.norms)

    def _unique(self, attributes: Attributes) -> None:
        if attributes.id in self.lines:
            message = f"the id `{attributes.id}` is taken by line {self.lines[attributes.id]}"
            remedy = "choose another id for one of the two"
            self.mistakes.add(message, line=attributes.line, help=remedy, at=f"#{attributes.id}")
        self.lines.setdefault(attributes.id, attributes.line)

    def _section_clause(self, place: _Place, attributes: Attributes, text: str) -> Clause:
        """A clause that is a whole section."""
        section = place.section
        heading = section.heading
        assert heading is not None
        marks = Marks(attributes, self.front, self.mistakes)
        authority = marks.known_level(attributes.get("authority")) or self.front.levels[0]
        norms = _own_norms(place)
        polarity, inferred = _section_polarity(heading, text, norms, authority == self.front.levels[0])
        kind = marks.known_kind(attributes.get("kind"))
        adjusters = adjusters_of(authority, self.front)
        if kind is None:
            kind = kind_by_level(_forbids(heading, norms), adjusters)
            inferred.append("kind")
        switched = kind is Kind.DEFAULT
        if switched:
            inferred.extend(("default", "values", "adjustable_by"))
        ends = [heading.span.end, *(block.span.end for block in _own(section))]
        end = max(*ends, *(item.span.end for item in place.examples)) if place.examples else max(ends)
        return Clause(
            id=attributes.id,
            kind=kind,
            authority=authority,
            polarity=polarity,
            text=text,
            title=plain(heading.title),
            span=Span(start=heading.span.start, end=end, line=heading.span.line, column=1),
            hash=_hash(text, attributes.id, attributes.values, kind, authority, polarity),
            section=section.id,
            default="on" if switched else None,
            values=_SWITCH if switched else (),
            adjustable_by=tuple(adjusters or ()) if switched else (),
            adjustments=dict(adjusters or {}) if switched else {},
            tolerance=self.front.tolerance_for(kind),
            reasons=place.reasons,
            examples=_together(place.examples, self.named_by.get(attributes.id, ())),
            locator=locator(self.document, section),
            tags=attributes.tokens("tags"),
            exemptions=tuple(exemptions_in(norms)),
            evaluations=self.references.evaluations(section.span),
            refers_to=self.references.targets(section.span),
            statements=statements(norms, self.document, section, self.names),
            inferred=tuple(inferred),
        )

    def _marked_clause(self, place: _Place, block: Prose, attributes: Attributes, number: int) -> Clause:
        """A paragraph or list item with an attribute line."""
        known_keys(attributes, CLAUSE_KEYS, "a clause", self.mistakes)
        section, text = place.section, plain(block.text)
        if not text:
            self.mistakes.add("the clause has no words", line=block.span.line, help="write what it asks for")
        marks = Marks(attributes, self.front, self.mistakes)
        kind = marks.kind(place.kind)
        authority = marks.authority(section)
        polarity = marks.polarity(kind, text)
        default, values = marks.switch(kind)
        adjustments = self._adjustments(marks, kind, authority)
        norms = place.by_paragraph.get(number, ())
        unless = marks.words("unless")
        stated = tuple(Exemption(condition=tag, span=attributes.span) for tag in unless)
        return Clause(
            id=attributes.id,
            kind=kind,
            authority=authority,
            polarity=polarity,
            text=text,
            span=Span(start=block.span.start, end=block.span.end, line=block.span.line, column=1),
            hash=_hash(text, attributes.id, attributes.values, kind, authority, polarity),
            section=section.id,
            about=marks.word("about", "weapons"),
            default=default,
            values=values,
            adjustable_by=tuple(adjustments),
            adjustments=adjustments,
            requires=marks.words("requires"),
            waivable_by=marks.levels("waivable_by"),
            rank=marks.rank(kind),
            tolerance=marks.tolerance(kind),
            reasons=place.reasons,
            examples=self.named_by.get(attributes.id, place.examples),
            locator=locator(self.document, section, f"¶{number}"),
            unless=unless,
            lifts=marks.ids("lifts"),
            weight_of=marks.word("weight_of", "consent"),
            severity=attributes.get("severity"),
            beneficiary=attributes.get("beneficiary"),
            tags=attributes.tokens("tags"),
            exemptions=(*stated, *exemptions_in(norms)),
            evaluations=self.references.evaluations(block.text_span),
            refers_to=self.references.targets(block.text_span),
            statements=statements(norms, self.document, section, self.names),
            inferred=tuple(marks.inferred),
        )

    def _adjustments(self, marks: Marks, kind: Kind, authority: str) -> Mapping[str, Adjustment]:
        """Who may adjust a clause: what it says, else, for a default, what the definition of its level says."""
        if marks.attributes.get("adjustable_by") is not None or kind is not Kind.DEFAULT:
            return marks.adjustments()
        adjusters = adjusters_of(authority, self.front)
        if adjusters:
            marks.inferred.append("adjustable_by")
        return dict(adjusters or {})

    def _sentence_clause(self, place: _Place, norm: Norm) -> Clause:
        """A normative sentence of a document that marks no clauses."""
        section = place.section
        kind = kind_by_words(norm.text, section, norm.polarity)
        adjusters = {level: how for level, how in adjusters_by_words(norm.text).items() if level in self.front.levels}
        switched = kind is Kind.DEFAULT
        name = self.names.name(section.id, norm.own)
        where = locator(self.document, section, norm.place)
        statement = Statement(
            id=name,
            text=norm.text,
            polarity=norm.polarity,
            span=norm.span,
            hash=digest_of(norm.text, norm.polarity),
            locator=where,
        )
        authority = self.front.levels[0]
        return Clause(
            id=name,
            kind=kind,
            authority=authority,
            polarity=norm.polarity,
            text=norm.text,
            span=norm.span,
            hash=_hash(norm.text, name, {}, kind, authority, norm.polarity),
            section=section.id,
            default="on" if switched else None,
            values=_SWITCH if switched else (),
            adjustable_by=tuple(adjusters) if switched else (),
            adjustments=adjusters if switched else {},
            tolerance=self.front.tolerance_for(kind),
            reasons=place.reasons,
            examples=place.examples,
            locator=where,
            exemptions=tuple(exemptions_in((norm,))),
            evaluations=self.references.evaluations(norm.span),
            refers_to=self.references.targets(norm.span),
            statements=(statement,),
            inferred=("id", "kind", "authority", *(("default", "values", "adjustable_by") if switched else ())),
        )

    def _one_default_each(self, clauses: list[Clause]) -> None:
        """A behaviour that two default clauses govern would have two defaults."""
        governed: dict[str, Clause] = {}
        for clause in clauses:
            if clause.kind is Kind.DEFAULT:
                first = governed.setdefault(clause.about or clause.id, clause)
                if first is not clause and first.id != clause.id:
                    self.mistakes.add(
                        f"`{clause.about or clause.id}` is governed by `{first.id}` on line {first.span.line} already",
                        line=clause.span.line,
                        help="merge the two clauses, or give one of them another `about=`",
                    )

    def _ranked(self, clauses: list[Clause]) -> tuple[Clause, ...]:
        """Priorities without a written rank get their place in the order of appearance."""
        ranked: list[Clause] = []
        held: dict[int, str] = {}
        place = 0
        for clause in clauses:
            if clause.kind is Kind.PRIORITY:
                place += 1
                written = clause.rank is not None
                clause = clause if written else replace(clause, rank=place)  # noqa: PLW2901 - the ranked one goes on
            if clause.rank is not None and held.setdefault(clause.rank, clause.id) != clause.id:
                self.mistakes.add(
                    f"`{clause.id}` and `{held[clause.rank]}` both have rank {clause.rank}",
                    line=clause.span.line,
                    help="give every priority a rank of its own, or write none and let their order speak",
                )
            ranked.append(clause)
        return tuple(ranked)


class _References:
    """Finds the references within a span; they are in the order of the text."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self.references = references
        self.starts = [reference.span.start for reference in references]

    def _within(self, span: Span, wanted: Callable[[Reference], bool]) -> tuple[str, ...]:
        first, last = bisect_left(self.starts, span.start), bisect_left(self.starts, span.end)
        return tuple(dict.fromkeys(item.target for item in self.references[first:last] if wanted(item)))

    def evaluations(self, span: Span) -> tuple[str, ...]:
        """The evaluation sets named there."""
        return self._within(span, lambda item: item.kind is ReferenceKind.EVALUATION)

    def targets(self, span: Span) -> tuple[str, ...]:
        """The ids linked to from there."""
        return self._within(span, lambda item: item.kind in (ReferenceKind.INTERNAL, ReferenceKind.TITLE))


def _values(section: Section) -> Mapping[str, str]:
    return {} if section.attributes is None else section.attributes.values


def _own(section: Section) -> Iterable[Prose]:
    """The prose of a section that no attribute line marks."""
    for block in section.prose:
        if block.attributes is None and not (isinstance(block, Paragraph) and is_caption(block)):
            yield block


def _together(own: tuple[Example, ...], named: tuple[Example, ...]) -> tuple[Example, ...]:
    """The examples of a section, and those elsewhere whose verdicts name it."""
    spans = {example.span for example in own}
    return (*own, *(example for example in named if example.span not in spans))


def _only(section: Section) -> str:
    """The id of the one clause of a section that has one."""
    marked = [block.attributes.id for block in section.prose if block.attributes is not None]
    return marked[0] if marked else section.id


def _own_norms(place: _Place) -> tuple[Norm, ...]:
    """The normative sentences of a section that no attribute line marks as another clause."""
    own = {number for number, block in enumerate(place.section.prose, start=1) if block.attributes is None}
    return tuple(norm for norm in place.norms if norm.paragraph in own)


def _section_polarity(heading: Heading, text: str, norms: Sequence[Norm], top: bool) -> tuple[Polarity, list[str]]:
    """The force of a clause that is a whole section: its title's, where that forbids; else its first sentence's.

    A sentence that only permits counts where no other asks. Where the sentences differ, the force is inferred.
    """
    if title_forbids(heading.title):
        return Polarity.MUST_NOT if top else Polarity.SHOULD_NOT, ["polarity"]
    forces = [norm.polarity for norm in norms]
    asking = [force for force in forces if force is not Polarity.MAY] or forces
    stated = asking[0] if asking else stated_polarity(text)
    return stated or Polarity.SHOULD, [] if len(set(forces)) == 1 else ["polarity"]


def _forbids(heading: Heading, norms: Sequence[Norm]) -> bool:
    """Whether a section is a prohibition: by its title, or because all that it asks is to refrain."""
    asking = [norm.polarity.forbids for norm in norms if norm.polarity is not Polarity.MAY]
    return title_forbids(heading.title) or (bool(asking) and all(asking))


def _hash(text: str, clause_id: str, values: Mapping[str, str], kind: Kind, authority: str, polarity: Polarity) -> str:
    """What this clause means on its own: its words and attributes; neither its place nor the tolerance of its kind."""
    meant = {**values, "kind": kind.value, "authority": authority, "polarity": polarity.value}
    payload = json.dumps([clause_id, text, sorted(meant.items())], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(payload.encode()).hexdigest()
