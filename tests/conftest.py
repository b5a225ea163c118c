"""Settings that all tests share, and the one cluster of those that need one."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

# The same examples every time, and no limit on how long one may take: other work may be running on the machine.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(scope="session")
def ray_of_this_machine() -> Iterator[None]:
    """A Ray cluster of this machine with two workers, and room for what trains or counts beside them."""
    if find_spec("ray") is None:  # it is not imported here: how it listens is decided before that
        pytest.skip("the extra `ray` is not installed: pip install -e '.[ray]'")
    from soulwright.models import RayCluster, connected

    os.environ |= {"RAY_worker_niceness": "0"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with connected(RayCluster(workers=3)):
            yield
        gc.collect()  # Ray leaves its processes' handles behind, which would be found, and warned of, much later
