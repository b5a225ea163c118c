"""The measures of a run as a section of its report.

A measure may be taken long after the report was written: the section stands between two marks, and `place_measured`
puts the present one there without counting anything anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from soulwright.verify._html import template
from soulwright.verify._measured import Measured

_MARKED = re.compile(r"<!-- measured -->.*?<!-- /measured -->", re.DOTALL)


def render_measured(measured: Sequence[Measured], *, target: str = "", spec: str = "") -> str:
    """The section between its marks, escaped; only the marks where nothing was measured.

    `target` and `spec` are those of the run: a measure of another model or document says so.
    """
    body = template("measured").render(measured=measured, target=target, spec=spec) if measured else ""
    return f"<!-- measured -->{body}<!-- /measured -->"


def place_measured(page: str, section: str) -> str | None:
    """A written report with this section in place of the old one; None where the page has no place for it."""
    return _MARKED.sub(lambda _: section, page, count=1) if _MARKED.search(page) else None
