"""`render_show`: a document as one HTML file that a person prefers to the source.

Everything in the document is hostile until shown otherwise: the template escapes all of it, prose is rendered with raw
HTML switched off, and a content security policy lets only the page's own script run (by its hash) and nothing load.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from soulwright.spec._clauses import Kind, Spec
from soulwright.spec._parse import parse
from soulwright.spec.diff import ChangeKind, SpecDiff
from soulwright.spec.pages._build import before_and_after, chapters_of, css_of, entries_of, front_marks
from soulwright.spec.pages._measured import Measured, MeasuredState
from soulwright.spec.pages._nodes import Chapter, Node, Norm

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One button of a filter."""

    value: str
    text: str
    count: int


def render_show(spec: Spec, *, diff: SpecDiff | None = None, measured: Iterable[Measured] = (), run: str = "") -> str:
    """The document as one self-contained HTML page.

    `diff` (from an older document to this one) marks what changed in its place. `measured` lays what a run found beside
    each clause; `run` is the name of that run.
    """
    document = parse(spec.text, spec.source)
    found = {item.clause_id: item for item in measured}
    chapters = chapters_of(spec, document, found, diff)
    norms = list(_norms(chapters))
    script = asset("show.js")
    states = Counter(norm.measured.state for norm in norms if norm.measured is not None)
    return (
        environment()
        .get_template("show.html.j2")
        .render(
            spec=spec,
            title=_title(spec.name),
            front=document.front_matter,
            chapters=chapters,
            entries=entries_of(chapters),
            kinds=_choices([norm.kind for norm in norms], [kind.value for kind in Kind]),
            authorities=_choices([norm.authority for norm in norms], spec.levels),
            clauses=len(norms),
            examples=len(document.examples),
            words=len(spec.text.split()),
            levels={level: place for place, level in enumerate(spec.levels)},
            diff=diff,
            front_marks=front_marks(diff),
            summary=_summary(diff),
            run=run,
            states=[(state, states[state]) for state in MeasuredState if states[state]],
            style=asset("page.css"),
            script=script,
            script_hash=script_hash(script),
        )
    )


@cache
def environment() -> Environment:
    """The templates of this package, every value escaped, a missing one an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(asset),
    )
    made.filters["percent"] = lambda share: f"{100 * share:.0f}"
    made.filters["ticks"] = ticks
    made.filters["sides"] = before_and_after
    made.filters["css"] = css_of
    return made


def ticks(text: str) -> Markup:
    """The text with what stands in backticks as code.

    >>> ticks("`<b>` became `should`")
    Markup('<code>&lt;b&gt;</code> became <code>should</code>')
    """
    parts = text.split("`")
    whole = parts if len(parts) % 2 else [text]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(whole)
    )


def asset(name: str) -> str:
    """A file that came with this package."""
    return resources.files("soulwright.spec.pages").joinpath("assets", name).read_text(encoding="utf-8")


def script_hash(script: str) -> str:
    """The hash by which the content security policy knows the page's own script."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _title(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").strip() or "untitled"
    return words[:1].upper() + words[1:]


def _norms(chapters: Sequence[Chapter]) -> Iterable[Norm]:
    for chapter in chapters:
        if chapter.norm is not None:
            yield chapter.norm
        yield from _norms_in(chapter.nodes)


def _norms_in(nodes: Iterable[Node]) -> Iterable[Norm]:
    for node in nodes:
        if node.norm is not None:
            yield node.norm
        yield from _norms_in(node.children)


def _choices(values: Sequence[str], order: Sequence[str]) -> tuple[Choice, ...]:
    counts = Counter(values)
    known = [value for value in order if counts[value]]
    rest = sorted(set(counts) - set(known))
    return tuple(
        Choice(value=value, text=value.replace("_", " "), count=counts[value]) for value in (*known, *rest) if value
    )


def _summary(diff: SpecDiff | None) -> Mapping[str, int]:
    """How many changes of each kind, the telling ones first."""
    if diff is None:
        return {}
    counts = Counter(kind for change in diff.changes for kind in change.kinds)
    return {kind.value: counts[kind] for kind in ChangeKind if counts[kind]}
