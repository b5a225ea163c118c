"""`render_diff`: two versions of a document side by side, each change with its effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from soulwright.spec.diff import Change, ChangeKind, SpecDiff
from soulwright.spec.pages._show import asset, environment, script_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The changes of one section, numbered as in the whole comparison."""

    section: str
    title: str
    changes: tuple[tuple[int, Change], ...]


def render_diff(diff: SpecDiff) -> str:
    """The comparison as one self-contained HTML page, the old words left and the new ones right."""
    script = asset("diff.js")
    counts = Counter(kind for change in diff.changes for kind in change.kinds)
    return (
        environment()
        .get_template("diff.html.j2")
        .render(
            diff=diff,
            groups=tuple(_groups(diff)),
            kinds=[(kind, counts[kind]) for kind in ChangeKind if counts[kind]],
            silent=sum(change.silent for change in diff.changes),
            editorial=ChangeKind.EDITORIAL,
            style=asset("page.css"),
            script=script,
            script_hash=script_hash(script),
        )
    )


def _groups(diff: SpecDiff) -> Iterator[Group]:
    numbered = enumerate(diff.changes, start=1)
    for section, changes in groupby(numbered, key=lambda item: item[1].here.section):
        found = tuple(changes)
        yield Group(section=section, title=found[0][1].here.title or "Before the first heading", changes=found)
