"""`diff_specs`: two compiled documents in, every change with its effect out. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from soulwright.spec._clauses import Clause, Spec
from soulwright.spec._document import ExampleVerdict, Section
from soulwright.spec._parse import parse
from soulwright.spec.diff._change import (
    BUMP_OF,
    Bump,
    Change,
    ChangeKind,
    Edition,
    Part,
    Side,
    SpecDiff,
    Tally,
)
from soulwright.spec.diff._changelog import mark_mentions, silent_verdicts
from soulwright.spec.diff._lineage import adding_nothing, extends
from soulwright.spec.diff._match import (
    Matching,
    match_clauses,
    match_examples,
    match_sections,
    match_sentences,
)
from soulwright.spec.diff._norms import shifts
from soulwright.spec.diff._versions import date_in, declared_bump, version_verdicts
from soulwright.spec.diff._view import Said, Shown, View, side_of_clause, side_of_section, view_of
from soulwright.spec.diff._wording import Effect, effect_of, effect_of_new, effect_of_old, words_of


def diff_specs(
    old: Spec, new: Spec, *, changelog: str | None = None, old_version: str = "", new_version: str = ""
) -> SpecDiff:
    """Compare two versions of a document by meaning.

    Sections and clauses are matched by id, then by their words; sentences within them by their words. With `changelog`
    each change is looked up there, and what it does not mention is silent. `old_version` and `new_version` say which
    versions these are where the documents declare none; left out, it is the date in their paths, if there is one. If
    `new` extends `old`, what it adds and restates is listed, and the versions of the two are not held against each
    other.
    """
    editions, child = (_edition(old, old_version), _edition(new, new_version)), extends(new, old)
    if child:
        old = adding_nothing(old, new)
    views = view_of(old, parse(old.text, old.source)), view_of(new, parse(new.text, new.source))
    comparison = _Comparison(*views)
    changes = tuple(sorted(map(comparison.placed, comparison.changes()), key=lambda change: change.place))
    if changelog is not None:
        changes = mark_mentions(
            changes,
            changelog,
            old=editions[0].version,
            new=editions[1].version,
            document=[said.text for said in views[1].prose],
            titles=[section.title for section in views[1].sections.values()],
        )
    required = max((change.bump for change in changes), default=Bump.NONE)
    if required is Bump.NONE and editions[0].hash != editions[1].hash:
        required = Bump.PATCH
    return SpecDiff(
        old=editions[0],
        new=editions[1],
        changes=changes,
        sections=comparison.section_tally(),
        renamed_sections=sum(a != b for a, b in comparison.matched.sections.items()),
        moved_sections=sum(change.part is Part.PLACE and change.here.clause_id is None for change in changes),
        sentences=comparison.sentence_tally(),
        clauses=comparison.clause_tally(),
        authorities=sum(change.part is Part.AUTHORITY for change in changes),
        required=required,
        declared=None if child else _declared(*editions),
        verdicts=(*(() if child else version_verdicts(*editions, required)), *silent_verdicts(changes)),
        changelog=changelog is not None,
        extends=child,
    )


def _edition(spec: Spec, version: str) -> Edition:
    declared = spec.version if "version" in spec.front_matter else ""
    return Edition(
        name=spec.name, version=declared or version or date_in(spec.source), source=spec.source, hash=spec.hash
    )


def _declared(old: Edition, new: Edition) -> Bump | None:
    return declared_bump(old.version, new.version) if old.version and new.version else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matches:
    sections: Mapping[str, str]
    clauses: Mapping[str, str]
    prose: Matching
    commentary: Matching
    examples: Matching


class _Comparison:
    """Two documents side by side, and what follows from that."""

    def __init__(self, old: View, new: View) -> None:
        self.old = old
        self.new = new
        sections, clauses = match_sections(old, new), match_clauses(old, new)
        self.matched = _Matches(
            sections=sections,
            clauses=clauses,
            prose=match_sentences(old.prose, new.prose, sections, clauses),
            commentary=match_sentences(old.commentary, new.commentary, sections, clauses),
            examples=match_examples(old.examples, new.examples, sections),
        )
        self.alias = {**old.document.front_matter.alias, **new.document.front_matter.alias}
        self.new_sections = set(new.sections) - set(sections.values())
        self.old_sections = set(old.sections) - set(sections)
        self.new_clauses = set(new.clauses) - set(clauses.values())
        self.old_clauses = set(old.clauses) - set(clauses)
        # Where an old place stands in the new document, so that what is gone is listed where it was.
        self.landmarks = sorted(
            [(old.prose[i].sentence.span.start, new.prose[j].sentence.span.start) for i, j in self.matched.prose.pairs]
            + [(old.sections[a].span.start, new.sections[b].span.start) for a, b in sections.items()]
        )

    def changes(self) -> Iterator[Change]:
        yield from _front_matter(self.old, self.new)
        yield from self._sections()
        yield from self._clauses()
        yield from self._sentences()
        yield from self._commentary()
        yield from self._examples()

    def placed(self, change: Change) -> Change:
        """The change with its place in the new document; what is gone stands behind what it stood behind."""
        if change.new is not None:
            return replace(change, place=change.new.span.start)
        assert change.old is not None
        before = bisect_right(self.landmarks, (change.old.span.start, len(self.new.document.text)))
        return replace(change, place=self.landmarks[before - 1][1] if before else 0)

    def section_tally(self) -> Tally:
        pairs = [(self.old.sections[a], self.new.sections[b]) for a, b in self.matched.sections.items()]
        retitled = sum(a.title != b.title for a, b in pairs)
        return Tally(
            same=len(pairs) - retitled, removed=len(self.old_sections), added=len(self.new_sections), edited=retitled
        )

    def sentence_tally(self) -> Tally:
        """Counts whole sentences; lead-ins and labels of lists are compared and not counted."""
        match, old, new = self.matched.prose, self.old.prose, self.new.prose
        same = sum(old[i].text == new[j].text for i, j in match.pairs if new[j].whole)
        edited = sum(old[i].text != new[j].text for i, j in match.pairs if new[j].whole or old[i].whole)
        gone, come = sum(old[i].whole for i in match.gone), sum(new[j].whole for j in match.come)
        return Tally(same=same, removed=gone, added=come, edited=edited)

    def clause_tally(self) -> Tally:
        pairs = [(self.old.clauses[a], self.new.clauses[b]) for a, b in self.matched.clauses.items()]
        edited = sum(a.text != b.text or any(shifts(a, b)) or a.authority != b.authority for a, b in pairs)
        return Tally(
            same=len(pairs) - edited, removed=len(self.old_clauses), added=len(self.new_clauses), edited=edited
        )

    def _sections(self) -> Iterator[Change]:
        for key in self.old_sections:
            side = side_of_section(self.old.sections[key], body=_body(self.old, key))
            yield _change((ChangeKind.REMOVED,), Part.SECTION, side, None, signals=_whole(self.old, key))
        for key in self.new_sections:
            side = side_of_section(self.new.sections[key], body=_body(self.new, key))
            yield _change((ChangeKind.ADDED,), Part.SECTION, None, side, signals=_whole(self.new, key))
        for a, b in self.matched.sections.items():
            yield from self._section(self.old.sections[a], self.new.sections[b])

    def _section(self, old: Section, new: Section) -> Iterator[Change]:
        if old.title != new.title:
            yield _change((ChangeKind.RETITLED,), Part.TITLE, side_of_section(old), side_of_section(new), compare=True)
        if self._parent(old) != (new.parent.id if new.parent else ""):
            sides = [side_of_section(s, " \u203a ".join(part.title for part in s.path)) for s in (old, new)]
            yield _change((ChangeKind.MOVED,), Part.PLACE, *sides)
        before, after = _written_authority(old), _written_authority(new)
        if before != after:
            yield self._reauthorised(old, new, before, after)

    def _parent(self, section: Section) -> str:
        """The id that the parent of an old section has in the new document."""
        return self.matched.sections.get(section.parent.id, section.parent.id) if section.parent else ""

    def _reauthorised(self, old: Section, new: Section, before: str, after: str) -> Change:
        alias = old.authority == new.authority and old.authority is not None
        signals = (f"`{before or 'none'}` is another name of `{after or 'none'}`",) if alias else ()
        return _change(
            (ChangeKind.REAUTHORISED,),
            Part.AUTHORITY,
            side_of_section(old, before or "none"),
            side_of_section(new, after or "none"),
            signals=(f"{before or 'none'} → {after or 'none'}", *signals),
            bump=Bump.MINOR if alias else None,
        )

    def _clauses(self) -> Iterator[Change]:
        for key in self.old_clauses:
            yield _change((ChangeKind.REMOVED,), Part.CLAUSE, side_of_clause(self.old, self.old.clauses[key]), None)
        for key in self.new_clauses:
            yield _change((ChangeKind.ADDED,), Part.CLAUSE, None, side_of_clause(self.new, self.new.clauses[key]))
        for a, b in self.matched.clauses.items():
            yield from self._clause(self.old.clauses[a], self.new.clauses[b])

    def _clause(self, old: Clause, new: Clause) -> Iterator[Change]:
        sides = side_of_clause(self.old, old), side_of_clause(self.new, new)
        if old.id != new.id:
            signal = f"`{old.id}` is now called `{new.id}`"
            yield _change((ChangeKind.RETITLED,), Part.TITLE, *sides, signals=(signal,))
        restated = old.id in self.old.inherited and new.id not in self.new.inherited
        if not restated and self.matched.sections.get(sides[0].section, "") != sides[1].section:
            signals = (f"from {sides[0].title} to {sides[1].title}",)
            yield _change((ChangeKind.MOVED,), Part.PLACE, *sides, signals=signals)
        if old.text != new.text and {old.id, new.id} & (self.old.inherited | self.new.inherited):
            effect = effect_of(old.text, new.text, self.alias)
            yield _change(effect.kinds, Part.TEXT, *sides, signals=effect.signals, compare=True)
        inherited = self._authority_moved(sides[0].section)
        if old.authority != new.authority and not inherited:
            words = side_of_clause(self.old, old, old.authority), side_of_clause(self.new, new, new.authority)
            signals = (f"{old.authority} → {new.authority}",)
            yield _change((ChangeKind.REAUTHORISED,), Part.AUTHORITY, *words, signals=signals)
        for shift in shifts(old, new):
            values = side_of_clause(self.old, old, shift.old), side_of_clause(self.new, new, shift.new)
            yield _change((shift.kind,), Part.ATTRIBUTE, *values, signals=(shift.signal,), bump=shift.bump)

    def _authority_moved(self, section_id: str) -> bool:
        """Whether a section around it already says that another level speaks."""
        section = self.old.sections.get(section_id)
        for outer in section.path if section else ():
            twin = self.new.sections.get(self.matched.sections.get(outer.id, ""))
            if twin is not None and _written_authority(outer) != _written_authority(twin):
                return True
        return False

    def _sentences(self) -> Iterator[Change]:
        match = self.matched.prose
        for i, j in match.pairs:
            yield from self._sentence(self.old.prose[i], self.new.prose[j])
        for i in match.gone:
            said = self.old.prose[i]
            if said.section.id not in self.old_sections and said.clause_id not in self.old_clauses:
                effect = effect_of_old(said.text)
                kinds = (ChangeKind.REMOVED, *effect.kinds)
                yield _change(kinds, Part.TEXT, said.side(), None, signals=effect.signals, bump=_of_effect(effect))
        for j in match.come:
            said = self.new.prose[j]
            if said.section.id not in self.new_sections and said.clause_id not in self.new_clauses:
                effect = effect_of_new(said.text)
                yield _change((ChangeKind.ADDED, *effect.kinds), Part.TEXT, None, said.side(), signals=effect.signals)

    def _sentence(self, old: Said, new: Said) -> Iterator[Change]:
        moved = self.matched.sections.get(old.section.id, "") != new.section.id and bool(old.section.id)
        clause_moved = old.clause_id is not None and self.matched.clauses.get(old.clause_id) == new.clause_id
        kinds = (ChangeKind.MOVED,) if moved and not clause_moved else ()
        if old.text == new.text and kinds:
            signals = (f"from {old.section.title} to {new.section.title}",)
            yield _change(kinds, Part.TEXT, old.side(), new.side(), signals=signals)
        elif old.text != new.text:
            effect = effect_of(old.text, new.text, self.alias)
            yield _change(
                (*kinds, *effect.kinds), Part.TEXT, old.side(), new.side(), signals=effect.signals, compare=True
            )

    def _commentary(self) -> Iterator[Change]:
        match, old, new = self.matched.commentary, self.old.commentary, self.new.commentary
        for i, j in match.pairs:
            if old[i].text != new[j].text:
                yield _note(Part.COMMENTARY, old[i].side(), new[j].side(), "commentary reworded", compare=True)
        for i in match.gone:
            if old[i].section.id not in self.old_sections:
                yield _note(Part.COMMENTARY, old[i].side(), None, "commentary removed")
        for j in match.come:
            if new[j].section.id not in self.new_sections:
                yield _note(Part.COMMENTARY, None, new[j].side(), "commentary added")

    def _examples(self) -> Iterator[Change]:
        match, old, new = self.matched.examples, self.old.examples, self.new.examples
        for i in match.gone:
            if old[i].section.id not in self.old_sections:
                yield _note(Part.EXAMPLE, _side_of_example(old[i]), None, "example removed")
        for j in match.come:
            if new[j].section.id not in self.new_sections:
                yield _note(Part.EXAMPLE, None, _side_of_example(new[j]), "example added")
        for i, j in match.pairs:
            yield from _example(old[i], new[j])


def _written_authority(section: Section) -> str:
    return (section.attributes.get("authority") if section.attributes else None) or ""


def _whole(view: View, section_id: str) -> tuple[str, ...]:
    sentences = sum(said.section.id == section_id for said in view.prose)
    examples = sum(shown.section.id == section_id for shown in view.examples)
    parts = [f"{sentences} sentence{'s' * (sentences != 1)}"] + [f"{examples} example{'s' * (examples != 1)}"] * bool(
        examples
    )
    return (", ".join(parts),)


def _body(view: View, section_id: str) -> tuple[str, ...]:
    return tuple(said.text for said in view.prose if said.section.id == section_id)


def _of_effect(effect: Effect) -> Bump:
    """A sentence that asked nothing can go without letting anybody down."""
    return max((BUMP_OF[kind] for kind in effect.kinds), default=Bump.MINOR)


def _change(
    kinds: tuple[ChangeKind, ...],
    part: Part,
    old: Side | None,
    new: Side | None,
    *,
    signals: tuple[str, ...] = (),
    bump: Bump | None = None,
    compare: bool = False,
) -> Change:
    words = words_of(old.text, new.text) if compare and old is not None and new is not None else ()
    least = max(BUMP_OF[kind] for kind in kinds)
    return Change(
        kinds=kinds, part=part, bump=least if bump is None else bump, old=old, new=new, words=words, signals=signals
    )


def _note(part: Part, old: Side | None, new: Side | None, signal: str, *, compare: bool = False) -> Change:
    return _change((ChangeKind.EDITORIAL,), part, old, new, signals=(signal,), compare=compare)


def _side_of_example(shown: Shown) -> Side:
    return Side(
        text=shown.example.caption.strip(),
        section=shown.section.id,
        title=shown.section.title,
        clause_id=None,
        span=shown.example.span,
    )


def _example(old: Shown, new: Shown) -> Iterator[Change]:
    sides = _side_of_example(old), _side_of_example(new)
    if flips := tuple(_flips(old, new)):
        yield _change((ChangeKind.REWORDED,), Part.EXAMPLE, *sides, signals=flips)
    elif old.example.code.text != new.example.code.text or sides[0].text != sides[1].text:
        yield _note(Part.EXAMPLE, *sides, "example reworded", compare=True)


def _flips(old: Shown, new: Shown) -> Iterator[str]:
    """Replies that stayed the same while the verdict on them turned."""
    before = _verdicts(old)
    for text, verdict in _verdicts(new).items():
        if text in before and before[text] is not verdict:
            yield f"a reply that was {before[text].value} is now {verdict.value}"


def _verdicts(shown: Shown) -> dict[str, ExampleVerdict]:
    return {turn.text.strip(): turn.verdict for turn in shown.example.dialogue.judged if turn.verdict is not None}


def _front_matter(old: View, new: View) -> Iterator[Change]:
    before, after = old.document.front_matter, new.document.front_matter
    facts: Iterable[tuple[str, str, str, ChangeKind]] = (
        ("levels", ", ".join(before.levels), ", ".join(after.levels), ChangeKind.REAUTHORISED),
        ("tie", before.tie or "none", after.tie or "none", ChangeKind.REWORDED),
        ("extends", before.extends or "none", after.extends or "none", ChangeKind.REWORDED),
    )
    for key, was, now, kind in facts:
        if was != now:
            sides = (_side_of_front(old, was), _side_of_front(new, now))
            yield _change((kind,), Part.FRONT_MATTER, *sides, signals=(f"{key}: {was} → {now}",))


def _side_of_front(view: View, text: str) -> Side:
    return Side(text=text, section="", title="Front matter", clause_id=None, span=view.document.preamble.span)
