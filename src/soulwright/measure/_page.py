"""The page of one result: one HTML file that needs no network, no script and no other file.

What comes from a model or a document is escaped, and a content security policy lets nothing run and nothing load.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, StrictUndefined

from soulwright.measure._result import Ending, MeasureResult, Outcome, Tally

_SHOWN = 60
_ORDER = (
    Ending.FAILED,
    Ending.UNCLEAR,
    Ending.JUDGE_REFUSED,
    Ending.JUDGE_FAILED,
    Ending.NOT_REACHED,
    Ending.EXCLUDED,
    Ending.HELD,
)


def render_result(result: MeasureResult) -> str:
    """The page, as HTML."""
    assets = resources.files(__package__).joinpath("assets")
    style = assets.joinpath("measure.css").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(assets.joinpath("measure.html.j2").read_text(encoding="utf-8"))
    shown = _shown(result.outcomes)
    return template.render(
        result=result,
        style=_Trusted(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        shown=shown,
        hidden=len(result.outcomes) - len(shown),
        counts=[(name.replace("_", " "), getattr(result.tally, name)) for name in Tally.__slots__],
        words=_words,
        place=_place,
    )


class _Trusted(str):
    """Our own style sheet, which the template must not escape."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def _shown(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    return sorted(outcomes, key=lambda one: _ORDER.index(one.ending))[:_SHOWN]


def _words(state: str) -> str:
    return str(state).replace("_", " ").upper()


def _place(value: float) -> float:
    return min(1.0, max(0.0, value))
