"""What a page consists of, ready for the template (values only)."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from soulwright.spec.diff import Change
from soulwright.spec.pages._measured import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A short word beside a clause or section; `css` is its class, `title` says more."""

    text: str
    css: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """What is known of a clause besides its words."""

    id: str
    kind: str
    authority: str
    badges: tuple[Badge, ...]
    measured: Measured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMark:
    """One change as it is shown in place; `was` is what the new text does not show."""

    number: int
    change: Change
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One thing on the page. `sort` is para, list, item, note, code, chat or gone."""

    sort: str
    anchor: str = ""
    html: Markup = field(default_factory=Markup)
    children: tuple[Node, ...] = ()
    norm: Norm | None = None
    marks: tuple[ChangeMark, ...] = ()
    title: str = ""
    info: str = ""
    ordered: bool = False
    start: int = 1
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message of an example."""

    role: str
    label: str
    body: tuple[Piece, ...]
    verdict: str = ""
    reason: Markup = field(default_factory=Markup)
    clause_id: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a message; `wrapper` names the tags it stands between, if any."""

    html: Markup
    wrapper: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an exchange: a message, replies side by side, or (neither) messages left out."""

    bubble: Bubble | None = None
    replies: tuple[Bubble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An example: its caption and its steps."""

    caption: Markup
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One section of the page."""

    id: str
    title: Markup
    plain_title: str
    level: int
    norm: Norm | None
    authority: str
    own_authority: bool
    nodes: tuple[Node, ...]
    marks: tuple[ChangeMark, ...] = ()
    changed: bool = False
    fresh: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the contents, with those beneath it."""

    id: str
    title: str
    authority: str
    changed: bool
    children: tuple[Entry, ...] = ()
