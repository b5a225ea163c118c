"""From the text of a document to its clauses. Pure: text in, values out, one error that lists every mistake.

A clause is a paragraph or list item with an attribute line directly beneath it. In a document without front matter
(the published ones, which have no attribute lines) every heading that carries `authority=` and has prose of its own is
a clause as well, made of that prose. Not read yet: sentences without attributes as derived clauses; `unless=`, `lifts=`
and `weight_of=` are refused, since to ignore them would change what the document allows. `severity`, `beneficiary` and
`tags` are accepted as notes: they count in the hash and nowhere else.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from soulwright.errors import InputError
from soulwright.spec._attributes import Attributes
from soulwright.spec._blocks import Block, BlockKind, scan, split_lines
from soulwright.spec._clauses import Clause, Example, Kind, Polarity, Span, Spec
from soulwright.spec._front_matter import FrontMatter, read_front_matter
from soulwright.spec._mistakes import Mistakes
from soulwright.spec._prose import plain, stated_polarity

MAX_CHARS = 8_000_000

_SWITCH_KEYS = ("default", "values", "adjustable_by", "requires")
_NOTES = ("severity", "beneficiary", "tags")
_CLAUSE_KEYS = (
    *("kind", "authority", "about", "polarity", "rank", "tolerance", "waivable_by"),
    *_SWITCH_KEYS,
    *_NOTES,
)
_HEADING_KEYS = ("authority", "kind", "tags")
_NOT_YET = ("unless", "lifts", "weight_of")
_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z")
_VERDICT = re.compile(r"<!--[ \t]*(?:GOOD|BAD|OK)[ \t]*\[#([^\]\s]+)\]")
_CAPTION = re.compile(r"\*\*Example\*\*:?[ \t]*(.*)", re.DOTALL)
_REASONS = ("Rationale", "Commentary")
_NO_FORCE_NEEDED = (Kind.PRIORITY, Kind.FACTOR, Kind.DEFINITION, Kind.META)


@dataclass(slots=True, kw_only=True)
class _Section:
    """One heading with everything up to the next: what its clauses inherit, and what belongs to them."""

    id: str
    level: int
    authority: str | None
    kind: str | None
    heading: Block | None = None
    blocks: list[Block] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def compile_spec(text: str, source: str = "<text>") -> Spec:
    r"""Compile a document; raises `SpecErrors` with every mistake that was found.

    >>> spec = compile_spec("# Care {#care authority=root}\n\nBe kind.\n{#care.kind kind=rule polarity=must}\n")
    >>> spec.clause("care.kind").polarity
    <Polarity.MUST: 'must'>
    """
    mistakes = Mistakes(text, source)
    _check_characters(text, mistakes)
    mistakes.raise_any()
    front = read_front_matter(text, name=_stem(source), mistakes=mistakes)
    blocks = scan(split_lines(text, front.end, front.lines + 1), mistakes)
    sections = _sections(blocks, mistakes)
    clauses = _Compiler(front, sections, mistakes).clauses()
    if not clauses and not len(mistakes):
        mistakes.add(
            "the document has no clause",
            line=1,
            help="put an attribute line such as `{#care.kindness kind=rule authority=provider}` beneath a paragraph",
        )
    mistakes.raise_any()
    return Spec(
        name=front.name,
        version=front.version,
        levels=front.levels,
        clauses=clauses,
        text=text,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        source=source,
        front_matter=front.written or {},
    )


def load_spec(path: str | Path) -> Spec:
    """Read and compile the file at `path`; what cannot be read is an `InputError` that says why."""
    source = str(path)
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read the document: {reason}", source=source, help="check the path") from error
    return compile_spec(_decode(raw, source), source)


def _decode(raw: bytes, source: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"the document is not UTF-8 (byte 0x{raw[error.start]:02x})"
        raise InputError(message, source=source, line=line, help="save it as UTF-8 and try again") from error


def _check_characters(text: str, mistakes: Mistakes) -> None:
    if len(text) > MAX_CHARS:
        mistakes.add(f"the document is longer than {MAX_CHARS} characters", line=1, help="split it into several")
    if (nul := text.find("\0")) >= 0:
        mistakes.add(
            "a NUL character in the document",
            line=_line_of(text, nul),
            help="this is not a text file, or delete it",
            at="\0",
        )
    if surrogate := re.search("[\ud800-\udfff]", text):
        mistakes.add(
            "a character that UTF-8 cannot hold",
            line=_line_of(text, surrogate.start()),
            help="save the document as UTF-8",
        )


def _line_of(text: str, position: int) -> int:
    return len(re.findall(r"\r\n|\n|\r", text[:position])) + 1


def _stem(source: str) -> str:
    return "untitled" if source.startswith("<") else Path(source).stem or "untitled"


def _sections(blocks: Iterable[Block], mistakes: Mistakes) -> list[_Section]:
    """The sections in order; authority and kind are inherited from the headings that enclose a section."""
    sections = [_Section(id="", level=0, authority=None, kind=None)]
    open_: list[_Section] = [sections[0]]
    caption: Block | None = None
    for block in blocks:
        section = sections[-1]
        if block.kind is BlockKind.HEADING:
            open_ = [outer for outer in open_ if outer.level < block.level]
            section = _open(block, open_[-1], mistakes)
            open_.append(section)
            sections.append(section)
        elif block.kind is BlockKind.ADMONITION:
            if block.label in _REASONS:
                section.reasons.append(plain(block.text))
        elif block.kind is BlockKind.FENCE and caption is not None:
            section.examples.append(_example(caption, block))
        elif block.kind is BlockKind.PARAGRAPH and not _CAPTION.match(block.text.lstrip()):
            section.blocks.append(block)
        is_caption = block.kind is BlockKind.PARAGRAPH and _CAPTION.match(block.text.lstrip()) is not None
        caption = block if is_caption else None
    return sections


def _open(heading: Block, outer: _Section, mistakes: Mistakes) -> _Section:
    attributes = heading.attributes
    if attributes is not None:
        _known_keys(attributes, _HEADING_KEYS, "a heading", mistakes)
    slug = re.sub(r"[^a-z0-9]+", "_", heading.text.lower()).strip("_")
    return _Section(
        id=attributes.id if attributes else slug,
        level=heading.level,
        authority=(attributes.get("authority") if attributes else None) or outer.authority,
        kind=(attributes.get("kind") if attributes else None) or outer.kind,
        heading=heading,
    )


def _example(caption: Block, fence: Block) -> Example:
    match = _CAPTION.match(caption.text.lstrip())
    assert match is not None
    span = Span(start=caption.start, end=fence.end, line=caption.line, column=1)
    return Example(caption=plain(match[1]), body=fence.text, span=span)


def _known_keys(attributes: Attributes, known: tuple[str, ...], what: str, mistakes: Mistakes) -> None:
    for key in attributes.values:
        if key in _NOT_YET:
            mistakes.add(
                f"`{key}` is not understood yet",
                line=attributes.line,
                help="leave it out; to ignore it would change what the clause allows",
                at=key,
            )
        elif key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else f"known for {what} are {', '.join(known)}"
            mistakes.add(f"unknown attribute `{key}`", line=attributes.line, help=remedy, at=f"{key}=")


class _Compiler:
    """Turns the blocks of all sections into clauses, recording every mistake on the way."""

    def __init__(self, front: FrontMatter, sections: list[_Section], mistakes: Mistakes) -> None:
        self.front = front
        self.sections = sections
        self.mistakes = mistakes
        self.named_by = self._named_examples()

    def clauses(self) -> tuple[Clause, ...]:
        found: list[Clause] = []
        lines: dict[str, int] = {}
        for section in self.sections:
            found.extend(self._clauses_of(section, lines))
        self._one_default_each(found)
        return self._ranked(found)

    def _clauses_of(self, section: _Section, lines: dict[str, int]) -> Iterable[Clause]:
        heading = section.heading
        if heading is not None and heading.attributes is not None:
            self._unique(heading.attributes, lines)
            prose = " ".join(plain(block.text) for block in section.blocks if block.attributes is None)
            if prose and self.front.written is None and heading.attributes.get("authority") is not None:
                yield self._section_clause(section, heading, heading.attributes, prose)
            else:
                self._level(heading.attributes.get("authority"), heading.attributes)
                self._kind(heading.attributes.get("kind"), heading.attributes)
        for block in section.blocks:
            if block.attributes is not None:
                self._unique(block.attributes, lines)
                yield self._clause(section, block, block.attributes)

    def _unique(self, attributes: Attributes, lines: dict[str, int]) -> None:
        if attributes.id in lines:
            message = f"the id `{attributes.id}` is taken by line {lines[attributes.id]}"
            self.mistakes.add(
                message, line=attributes.line, help="choose another id for one of the two", at=f"#{attributes.id}"
            )
        lines.setdefault(attributes.id, attributes.line)

    def _section_clause(self, section: _Section, heading: Block, attributes: Attributes, prose: str) -> Clause:
        end = max(
            [heading.end, *(block.end for block in section.blocks), *(item.span.end for item in section.examples)]
        )
        block = replace(heading, end=end)
        return self._build(
            section, block, attributes, prose, otherwise_kind=Kind.RULE, otherwise_polarity=Polarity.SHOULD
        )

    def _clause(self, section: _Section, block: Block, attributes: Attributes) -> Clause:
        _known_keys(attributes, _CLAUSE_KEYS, "a clause", self.mistakes)
        text = plain(block.text)
        if not text:
            self.mistakes.add("the clause has no words", line=block.line, help="write what it asks for")
        return self._build(section, block, attributes, text)

    def _build(
        self,
        section: _Section,
        block: Block,
        attributes: Attributes,
        text: str,
        *,
        otherwise_kind: Kind | None = None,
        otherwise_polarity: Polarity | None = None,
    ) -> Clause:
        kind = self._kind_of(section, attributes, otherwise_kind)
        authority = self._authority_of(section, attributes)
        polarity = self._polarity_of(attributes, kind, text, otherwise_polarity)
        default, values = self._switch(attributes, kind)
        about = attributes.get("about")
        if about is not None and not _TOKEN.match(about):
            self._wrong(
                attributes, f"`{about}` cannot name a concept", "write one word, such as `about=weapons`", about
            )
        return Clause(
            id=attributes.id,
            kind=kind,
            authority=authority,
            polarity=polarity,
            text=text,
            span=Span(start=block.start, end=block.end, line=block.line, column=1),
            hash=_hash(text, attributes, kind, authority, polarity),
            section=section.id,
            about=about,
            default=default,
            values=values,
            adjustable_by=self._levels("adjustable_by", attributes),
            requires=self._tokens("requires", attributes),
            waivable_by=self._levels("waivable_by", attributes),
            rank=self._rank(attributes, kind),
            tolerance=self._tolerance(attributes, kind),
            reasons=tuple(section.reasons),
            examples=self.named_by.get(attributes.id, tuple(section.examples)),
        )

    def _wrong(self, attributes: Attributes, message: str, remedy: str, at: str) -> None:
        self.mistakes.add(message, line=attributes.line, help=remedy, at=at)

    def _named_examples(self) -> dict[str, tuple[Example, ...]]:
        named: dict[str, list[Example]] = {}
        for section in self.sections:
            for example in section.examples:
                for clause_id in dict.fromkeys(_VERDICT.findall(example.body)):
                    named.setdefault(clause_id, []).append(example)
        return {clause_id: tuple(examples) for clause_id, examples in named.items()}

    def _kind(self, written: str | None, attributes: Attributes) -> Kind | None:
        if written is None:
            return None
        if written in list(Kind):
            return Kind(written)
        near = difflib.get_close_matches(written, list(Kind), n=1)
        remedy = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(Kind)}"
        self._wrong(attributes, f"unknown kind `{written}`", remedy, f"kind={written}")
        return None

    def _kind_of(self, section: _Section, attributes: Attributes, otherwise: Kind | None) -> Kind:
        if (own := attributes.get("kind")) is not None:
            return self._kind(own, attributes) or Kind.RULE
        if section.kind is not None and section.kind in list(Kind):
            return Kind(section.kind)
        if otherwise is None and section.kind is None:
            self._wrong(
                attributes,
                f"the clause `{attributes.id}` has no kind",
                f"add `kind=` here or to the heading above; known are {', '.join(Kind)}",
                f"#{attributes.id}",
            )
        return otherwise or Kind.RULE

    def _level(self, written: str | None, attributes: Attributes) -> str | None:
        if written is None or (level := self.front.level(written)) is not None:
            return None if written is None else level
        near = difflib.get_close_matches(written, self.front.levels, n=1)
        remedy = f"did you mean `{near[0]}`?" if near else f"the levels are {', '.join(self.front.levels)}"
        self._wrong(attributes, f"unknown level `{written}`", remedy, written)
        return None

    def _authority_of(self, section: _Section, attributes: Attributes) -> str:
        if (own := attributes.get("authority")) is not None:
            return self._level(own, attributes) or self.front.levels[0]
        if section.authority is not None:
            return self.front.level(section.authority) or self.front.levels[0]
        self._wrong(
            attributes,
            f"the clause `{attributes.id}` has no authority",
            f"add `authority={self.front.levels[0]}` here or to the heading above",
            f"#{attributes.id}",
        )
        return self.front.levels[0]

    def _polarity_of(self, attributes: Attributes, kind: Kind, text: str, otherwise: Polarity | None) -> Polarity:
        written = attributes.get("polarity")
        if written is not None and written in list(Polarity):
            return Polarity(written)
        if written is not None:
            self._wrong(attributes, f"unknown polarity `{written}`", f"known are {', '.join(Polarity)}", written)
        stated = stated_polarity(text) or otherwise or (Polarity.SHOULD if kind in _NO_FORCE_NEEDED else None)
        if stated is None and written is None:
            self._wrong(
                attributes,
                f"the clause `{attributes.id}` does not say how strongly it asks",
                "use must, should or may in its text, or add `polarity=`",
                f"#{attributes.id}",
            )
        return stated or Polarity.SHOULD

    def _switch(self, attributes: Attributes, kind: Kind) -> tuple[str | None, tuple[str, ...]]:
        """The default and the values of a default clause; on any other kind the keys of a switch are a mistake."""
        if kind is not Kind.DEFAULT:
            for key in _SWITCH_KEYS:
                if attributes.tokens(key):
                    limit = kind is Kind.HARD_LIMIT and key == "adjustable_by"
                    message = "nobody may adjust a hard limit" if limit else f"`{key}` on a clause of kind `{kind}`"
                    remedy = "remove `adjustable_by`" if limit else f"remove `{key}`, or make it `kind=default`"
                    self._wrong(attributes, message, remedy, f"{key}=")
            return None, ()
        values = self._tokens("values", attributes) or ("off", "on")
        default = attributes.get("default")
        if default is None:
            self._wrong(
                attributes,
                f"the default clause `{attributes.id}` has no default",
                f"add `default={values[0]}`",
                "kind=default",
            )
        elif default not in values:
            self._wrong(
                attributes,
                f"the default `{default}` is not among the values",
                f"choose one of {', '.join(values)}",
                f"default={default}",
            )
        return default, values

    def _tokens(self, key: str, attributes: Attributes) -> tuple[str, ...]:
        tokens = attributes.tokens(key)
        for token in tokens:
            if not _TOKEN.match(token):
                self._wrong(attributes, f"`{token}` in `{key}` is not a word", f"write `{key}=one,two`", token)
        if len(set(tokens)) < len(tokens):
            self._wrong(attributes, f"`{key}` names something twice", "name each once", f"{key}=")
        return tuple(dict.fromkeys(tokens))

    def _levels(self, key: str, attributes: Attributes) -> tuple[str, ...]:
        levels = (self._level(token, attributes) for token in self._tokens(key, attributes))
        return tuple(dict.fromkeys(level for level in levels if level is not None))

    def _rank(self, attributes: Attributes, kind: Kind) -> int | None:
        written = attributes.get("rank")
        if written is None:
            return None
        if kind is not Kind.PRIORITY:
            self._wrong(
                attributes, f"`rank` on a clause of kind `{kind}`", "remove it, or make it `kind=priority`", "rank="
            )
        elif not re.fullmatch(r"[1-9][0-9]{0,5}", written):
            self._wrong(
                attributes, f"`{written}` is not a rank", "write a whole number, 1 is the highest", f"rank={written}"
            )
        else:
            return int(written)
        return None

    def _tolerance(self, attributes: Attributes, kind: Kind) -> float:
        written = attributes.get("tolerance")
        if written is None:
            return self.front.tolerance_for(kind)
        if not re.fullmatch(r"0(\.[0-9]{1,9})?", written):
            self._wrong(
                attributes, f"the tolerance `{written}` is no share", "write a number from 0 to below 1", written
            )
            return self.front.tolerance_for(kind)
        return float(written)

    def _one_default_each(self, clauses: list[Clause]) -> None:
        """A behaviour that two default clauses govern would have two defaults."""
        governed: dict[str, Clause] = {}
        for clause in clauses:
            if clause.kind is Kind.DEFAULT:
                first = governed.setdefault(clause.about or clause.id, clause)
                if first is not clause and first.id != clause.id:
                    self.mistakes.add(
                        f"`{clause.about}` is governed by `{first.id}` on line {first.span.line} already",
                        line=clause.span.line,
                        help="merge the two clauses, or give one of them another `about=`",
                    )

    def _ranked(self, clauses: list[Clause]) -> tuple[Clause, ...]:
        """Priorities without a written rank get their place in the order of appearance."""
        order = [clause.id for clause in clauses if clause.kind is Kind.PRIORITY]
        ranked = [
            replace(clause, rank=clause.rank or order.index(clause.id) + 1) if clause.kind is Kind.PRIORITY else clause
            for clause in clauses
        ]
        held: dict[int, str] = {}
        for clause in ranked:
            if clause.rank is not None and held.setdefault(clause.rank, clause.id) != clause.id:
                self.mistakes.add(
                    f"`{clause.id}` and `{held[clause.rank]}` both have rank {clause.rank}",
                    line=clause.span.line,
                    help="give every priority a rank of its own, or write none and let their order speak",
                )
        return tuple(ranked)


def _hash(text: str, attributes: Attributes, kind: Kind, authority: str, polarity: Polarity) -> str:
    """What this clause means on its own: its words and attributes; neither its place nor the tolerance of its kind."""
    meant = {**attributes.values, "kind": kind.value, "authority": authority, "polarity": polarity.value}
    payload = json.dumps([attributes.id, text, sorted(meant.items())], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(payload.encode()).hexdigest()
