"""Soulwright: from a written model specification to a model that holds it, and the proof.

Import the room that you need (`from soulwright.spec import load_spec`); this module holds the version and nothing else,
so that importing it costs nothing.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
