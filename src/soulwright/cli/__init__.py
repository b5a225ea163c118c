"""The command line: one file a verb, one place that prints answers, one place that explains mistakes.

Every verb: `--json` prints exactly one JSON document on stdout, progress goes to stderr, and the exit status is 0 for
fine, 1 for findings, 2 for a wrong input or call, 130 for interrupted.
"""

from __future__ import annotations

from soulwright.cli._answer import render_error
from soulwright.cli._frame import main

__all__ = ["main", "render_error"]
