"""Pages for people: a document worth reading, and two versions of it side by side. Each is one file without network."""

from __future__ import annotations

from soulwright.spec.pages._gap import measured_from_gap
from soulwright.spec.pages._measured import Measured, MeasuredState
from soulwright.spec.pages._show import render_show
from soulwright.spec.pages._sides import render_diff

__all__ = ["Measured", "MeasuredState", "measured_from_gap", "render_diff", "render_show"]
