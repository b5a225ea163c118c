"""The documents that exports are tried on: the bundled one, and published ones where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from soulwright.spec import Spec, load_spec

ROOT = Path(__file__).parents[3]
CORPUS = Path(os.environ.get("SOULWRIGHT_CORPUS", ROOT.parent / "shared" / "corpus")) / "openai-model-spec"
BUNDLED = ROOT / "specs" / "soulwright.md"
PUBLISHED = CORPUS / "2025-10-27" / "model_spec.md"


@pytest.fixture(scope="session")
def bundled() -> Spec:
    return load_spec(BUNDLED)


@pytest.fixture(scope="session")
def published() -> Spec:
    if not PUBLISHED.is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    return load_spec(PUBLISHED)


@pytest.fixture(params=["bundled", "published"])
def document(request: pytest.FixtureRequest) -> Spec:
    spec = request.getfixturevalue(request.param)
    assert isinstance(spec, Spec)
    return spec
