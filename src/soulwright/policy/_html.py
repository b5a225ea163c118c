"""How a page of this room is filled from its template: everything escaped, nothing left undefined, and no script.

What comes from a document, a deployment or a run is escaped by the template, and the page may load nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

from markupsafe import Markup, escape


def filled(name: str, *, filters: dict[str, Callable[..., object]] | None = None, **values: object) -> str:
    """The template `name` with its style and these values; the filter `words` is there for every page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(words=_words, **(filters or {}))
    return environment.from_string(_asset(f"{name}.html.j2")).render(style=_asset(f"{name}.css"), **values)


def _words(text: str) -> Markup:
    """A sentence of ours as HTML: everything escaped, what stands in backticks as code."""
    parts = str(escape(text)).split("`")
    if len(parts) % 2 == 0:  # an odd backtick came from outside: leave them all as they are
        return escape(text)
    coded = (f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
    return Markup("".join(coded))


def _asset(name: str) -> str:
    return resources.files("soulwright.policy").joinpath("assets", name).read_text(encoding="utf-8")
