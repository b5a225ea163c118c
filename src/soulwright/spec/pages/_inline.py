"""Prose as safe HTML. Markdown is rendered by markdown-it-py with raw HTML switched off, so that tags stay words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

_EVALUATION = re.compile(r"\s*\[\^([A-Za-z0-9_]+)\]")
_BY_TITLE = re.compile(r"\[\?\]\(#([^()\s]+)\)")
# Characters of a private area of Unicode stand for marks that must survive rendering; a text cannot smuggle them in.
_OPEN, _SHUT, _SET, _SET_END = "\ue000", "\ue001", "\ue002", "\ue003"
_PRIVATE = re.compile("[\ue000-\ue00f]")
_WRAPPED = re.compile(r"\A(?!\s*[#|>]).{79,129}[^.:!?;|\s]\Z")
_GOES_ON = re.compile(r"[A-Za-z0-9\"'(\u201c\u2018*\[]")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^>]*?(/?)>")
_VOID = frozenset(("br", "hr", "img", "input"))


@cache
def _prose() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": False})


@cache
def _message() -> MarkdownIt:
    """For messages of dialogues: line ends count, tables are drawn."""
    engine = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    return engine.enable("table").disable(["lheading", "code", "reference"])


class Prose:
    """Renders the prose of one document; `titles` are what `[?](#id)` reads as."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self.titles = titles

    def inline(self, text: str, ranges: tuple[tuple[int, int, str], ...] = ()) -> Markup:
        """One paragraph without its `<p>`; `ranges` of `text` are wrapped in `<mark>` with the class given."""
        text = _PRIVATE.sub("\ufffd", text)
        marked = _with_marks(text, ranges)
        html = self._render(marked)
        if not ranges:
            return Markup(html)
        opened = _closed(html, [css for *_, css in ranges])
        if opened is not None:
            return Markup(opened)
        return self.inline(text)

    def message(self, text: str) -> Markup:
        """A message of a dialogue: paragraphs, lists, code, with every tag in it as words."""
        tokens = _message().parse(_unwrapped(_PRIVATE.sub("\ufffd", text)))
        self._tidy(tokens)
        html = _message().renderer.render(tokens, _message().options, {})
        return Markup(html)

    def _render(self, text: str) -> str:
        text = _BY_TITLE.sub(lambda match: f"[{self._title(match[1])}](#{match[1]})", text)
        text = _EVALUATION.sub(lambda match: f"{_SET}{match[1]}{_SET_END}", text)
        tokens = _prose().parseInline(text)
        self._tidy(tokens)
        html: str = _prose().renderer.render(tokens, _prose().options, {})
        return re.sub(
            f"{_SET}([A-Za-z0-9_]+){_SET_END}",
            r'<sup class="set" title="tested by the evaluation set \1">\1</sup>',
            html,
        )

    def _title(self, target: str) -> str:
        return re.sub(r"([\\`*_\[\]<>])", r"\\\1", self.titles.get(target, target.replace("_", " ")))

    def _tidy(self, tokens: list[Token]) -> None:
        for token in tokens:
            if token.type == "text":
                token.content = re.sub(r"(?<!-)---(?!-)", "—", token.content)
            elif token.type == "link_open":
                self._link(token)
            elif token.type == "image":  # it would ask the network: only its words stay
                token.type, token.children = "text", None
            self._tidy(token.children or [])

    def _link(self, token: Token) -> None:
        target = str(token.attrGet("href") or "")
        if target.startswith("#"):
            if target[1:] not in self.titles:
                token.attrSet("class", "dangling")
            return
        token.attrSet("rel", "noopener noreferrer")
        token.attrSet("class", "out")


def _unwrapped(text: str) -> str:
    """The message with lines joined that were only wrapped: of the length of a line, and ending within a sentence."""
    lines = text.split("\n")
    out, fenced = [lines[0]], lines[0].lstrip().startswith("```")
    for before, line in itertools.pairwise(lines):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and _WRAPPED.search(before) and _GOES_ON.match(line):
            out[-1] += " " + line
            continue
        out.append(line)
    return "\n".join(out)


def plain_text(text: str) -> Markup:
    """Text as it stands, escaped; the page keeps its line ends."""
    return escape(text)


def _with_marks(text: str, ranges: tuple[tuple[int, int, str], ...]) -> str:
    parts, at = [], 0
    for start, end, _ in ranges:
        parts += [text[at:start], _OPEN, text[start:end], _SHUT]
        at = end
    return "".join((*parts, text[at:]))


def _closed(html: str, classes: list[str]) -> str | None:
    """The marks as tags, or None where one would straddle an element (a sentence that ends inside bold words)."""
    if html.count(_OPEN) != len(classes) or html.count(_SHUT) != len(classes):
        return None
    for css in classes:
        html = html.replace(_OPEN, f'<mark class="{css}">', 1)
    html = html.replace(_SHUT, "</mark>")
    return html if _nested(html) else None


def _nested(html: str) -> bool:
    open_: list[str] = []
    for closing, name, void in _TAG.findall(html):
        if void or name in _VOID:
            continue
        if not closing:
            open_.append(name)
        elif not open_ or open_.pop() != name:
            return False
    return not open_
