"""Where the published documents lie; tests that need them skip, and say so, where they are absent."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from soulwright.spec import Document, parse

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", ROOT.parent / "shared" / "corpus")) / "openai-model-spec"
RELEASES = ("2025-02-12", "2025-04-11", "2025-09-12", "2025-10-27")


def text_of(release: str) -> str:
    """The text of a release, byte for byte."""
    path = CORPUS / release / "model_spec.md"
    if not path.is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    return path.read_bytes().decode()


@cache
def _parsed(text: str, source: str) -> Document:
    return parse(text, source)


def document_of(release: str) -> Document:
    """The tree of a release."""
    return _parsed(text_of(release), f"{release}/model_spec.md")
