"""The templates of this room: everything escaped and nothing left undefined, filled from the files beside it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from soulwright.verify import _pictures as pictures

if TYPE_CHECKING:
    from jinja2 import Template


def template(name: str) -> Template:
    """The template in the file `NAME.html.j2`, with the filters that write figures."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(
        percent=pictures.percent,
        decimals=pictures.decimals,
        span=pictures.span,
        signed=pictures.signed,
        p_value=pictures.p_value,
        step=pictures.step,
        spoken=pictures.spoken,
    )
    return environment.from_string(asset(f"{name}.html.j2"))


def asset(name: str) -> str:
    """The text of a file of the pages."""
    return resources.files("soulwright.verify").joinpath("assets", name).read_text(encoding="utf-8")
