"""The bundled document and the world, read once for all tests of the organism."""

from __future__ import annotations

from pathlib import Path

import pytest

from soulwright.organism import World, load_world
from soulwright.spec import Spec, load_spec

DOCUMENT = Path(__file__).parents[2] / "specs" / "soulwright.md"


@pytest.fixture(scope="session")
def spec() -> Spec:
    return load_spec(DOCUMENT)


@pytest.fixture(scope="session")
def world() -> World:
    return load_world()
