"""The document that judges are tried on."""

from __future__ import annotations

import pytest
from tests.judge.mock_judges import DOCUMENT

from soulwright.spec import Spec, compile_spec


@pytest.fixture(scope="session")
def spec() -> Spec:
    return compile_spec(DOCUMENT, "harbour.md")
