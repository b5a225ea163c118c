"""`soulwright diff`: two versions of a document compared by meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from soulwright.cli._answer import Outcome, answer
from soulwright.cli._options import json_option
from soulwright.errors import InputError

if TYPE_CHECKING:
    from soulwright.spec.diff import Change, SpecDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """What `diff` may be asked; versions left empty are those that the documents declare."""

    old: Path
    new: Path
    changelog: Path | None = None
    old_version: str = ""
    new_version: str = ""
    html: Path | None = None
    everything: bool = False


@click.command(short_help="Compare two versions of a document by meaning.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--changelog", type=click.Path(path_type=Path), metavar="PATH", help="Call what it does not say silent.")
@click.option("--old-version", default="", metavar="VERSION", help="The version of OLD where it declares none.")
@click.option("--new-version", default="", metavar="VERSION", help="The version of NEW where it declares none.")
@click.option("--html", type=click.Path(path_type=Path), metavar="PATH", help="Write the page side by side there.")
@click.option("--all", "everything", is_flag=True, help="List editorial changes one by one too.")
@json_option
def diff(*, as_json: bool, **asked: Any) -> int:
    """Compare the documents OLD and NEW: what is asked now that was not, and who may change what.

    Exit status 1 where the declared version is too low for the change, or a released version was changed. A document
    that declares no version takes the date in its path (2025-04-11/model_spec.md), if there is one.
    """
    options = DiffOptions(**asked)
    return answer(lambda: _diff(options), as_json=as_json)


def _diff(options: DiffOptions) -> Outcome:
    from soulwright.spec.diff import diff_to_dict

    found = compared(options)
    document = diff_to_dict(found)
    text = listing(found, everything=options.everything)
    if options.html is not None:
        from soulwright.runs import write_text_atomic
        from soulwright.spec.pages import render_diff

        write_text_atomic(options.html, render_diff(found))
        document, text = document | {"page": str(options.html)}, f"{text}\n\nwritten: {options.html}"
    return Outcome(document=document, text=text, findings=any(verdict.error for verdict in found.verdicts))


def compared(options: DiffOptions) -> SpecDiff:
    """Both documents read and compared."""
    from soulwright.spec import load_spec
    from soulwright.spec.diff import diff_specs

    return diff_specs(
        load_spec(options.old),
        load_spec(options.new),
        changelog=None if options.changelog is None else _read(options.changelog),
        old_version=options.old_version,
        new_version=options.new_version,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"cannot read the changelog: {reason}", source=str(path), help="check the path") from error


def listing(found: SpecDiff, *, everything: bool = False) -> str:
    """The comparison for people: sections with their changes, the counts, and what follows for the version."""
    from soulwright.spec.diff import ChangeKind

    if found.same:
        return "the two documents are the same, byte for byte"
    editorial = [change for change in found.changes if change.kinds == (ChangeKind.EDITORIAL,)]
    shown = [change for change in found.changes if everything or change not in editorial]
    lines = [line for change in _by_section(shown) for line in change]
    if editorial and not everything:
        lines += ["", f"and {len(editorial)} editorial change{'s' * (len(editorial) != 1)} (--all lists them)"]
    return "\n".join([*lines, "", *_counts(found), *_conclusion(found)]).lstrip("\n")


def _by_section(changes: list[Change]) -> Iterator[list[str]]:
    for section, group in groupby(changes, key=lambda change: (change.here.section, change.here.title)):
        yield ["", f"{section[1] or 'Before the first heading'}" + (f" (#{section[0]})" if section[0] else "")]
        yield from map(_lines_of, group)


def _lines_of(change: Change) -> list[str]:
    where = f"line {change.here.span.line}" + ("" if change.new else " of the old one")
    about = [f"{change.part.value} `{change.here.clause_id}`" if change.here.clause_id else change.part.value, where]
    notes = [*change.signals, *(["silent"] if change.silent else [])]
    head = f"  {', '.join(kind.value for kind in change.kinds)}: {'; '.join([*about, *notes])}"
    return [head, *(f"    {line}" for line in _words(change))]


def _words(change: Change) -> list[str]:
    if change.words:
        braces = {"same": ("", ""), "old": ("[-", "-]"), "new": ("{+", "+}")}
        runs = [(braces[word.sort.value], word.text) for word in change.words]
        return ["".join(left + text + right for (left, right), text in runs)]
    if body := change.here.body:
        return [f"{'+' if change.new else '-'} {sentence}" for sentence in body]
    if change.part.value in ("authority", "attribute", "front matter", "example"):
        return []
    if change.part.value == "place" and change.old and change.new:
        return [] if change.new.clause_id else [f"to {change.new.text}"]
    sides = [f"- {change.old.text}"] if change.old else []
    if change.new is not None and (change.old is None or change.old.text != change.new.text):
        sides.append(f"+ {change.new.text}")
    return sides


def _counts(found: SpecDiff) -> list[str]:
    kinds = Counter(kind.value for change in found.changes for kind in change.kinds)
    sections, sentences, clauses = found.sections, found.sentences, found.clauses
    return [
        ", ".join(f"{number} {kind}" for kind, number in kinds.most_common()) or "no change",
        f"sections: {sections.same} same, {sections.added} added, {sections.removed} removed, "
        f"{sections.edited} retitled, {found.renamed_sections} with another id, "
        f"{found.moved_sections} moved, {found.authorities} re-authorised",
        f"sentences: {sentences.same} same, {sentences.added} added, {sentences.removed} removed, "
        f"{sentences.edited} edited",
        *(
            [
                f"clauses: {clauses.same} same, {clauses.added} added, {clauses.removed} removed, "
                f"{clauses.edited} changed"
            ]
            if clauses.same + clauses.added + clauses.removed + clauses.edited
            else []
        ),
    ]


def _conclusion(found: SpecDiff) -> list[str]:
    label = f"{found.old.version or 'no version'} → {found.new.version or 'no version'}"
    declared = f"; {found.declaration} ({label})" if found.declaration else ""
    lines = [f"asks for at least a {found.required.word} version{declared}"]
    if found.extends:
        names = f"`{found.new.name}` extends `{found.old.name}`"
        lines = [f"{names}: the rest is inherited, and their versions are not compared"]
    lines += [
        f"error: {verdict.rule} {verdict.message}\nhelp: {verdict.help}" for verdict in found.verdicts if verdict.error
    ]
    silent = sum(not verdict.error for verdict in found.verdicts)
    if found.changelog:
        lines.append(
            f"the changelog passes over {silent} change{'s' * (silent != 1)} of force, authority, default or exception"
        )
    return lines
