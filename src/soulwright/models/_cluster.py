"""A Ray cluster: connected to, given shares of work, and forgiven some deaths of its workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from soulwright.errors import InputError, RunError

Share = TypeVar("Share")
Result = TypeVar("Result")

_STORE = 256 << 20  # bytes; what is large goes over the shared folder, so that a cluster of this machine needs little
# By this Ray keeps a cluster of one machine to that machine, as it does by itself on macOS: it has no password.
_NOBODY_ELSES = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RayCluster:
    """How many workers, of which cluster (this machine where `address` is empty), and how many deaths are forgiven."""

    workers: int
    address: str = ""
    forgiven: int = 3


@contextmanager
def connected(cluster: RayCluster) -> Iterator[None]:
    """A connection to the cluster; one of this machine is started, and stopped again.

    InputError where there is no cluster at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing of a run is told to anybody
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    if not cluster.address:
        os.environ |= _NOBODY_ELSES
    import ray

    if ray.is_initialized():
        yield
        return
    settings: dict[str, Any] = {"address": cluster.address, "log_to_driver": False, "logging_level": "ERROR"}
    if not cluster.address:
        own = {"address": "local", "num_cpus": cluster.workers, "object_store_memory": _STORE}
        settings |= own | {"include_dashboard": False}
    try:
        ray.init(**settings)
    except (ConnectionError, ValueError) as error:
        raise InputError(
            f"there is no Ray cluster at `{cluster.address}`",
            help="`ray start --head` starts one; leave the address out for a cluster of this machine",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def has_gpus(cluster: RayCluster) -> bool:
    """Whether the cluster has a GPU for each worker; this process need not be on a machine that has one."""
    import ray

    return bool(ray.cluster_resources().get("GPU", 0) >= cluster.workers)


def share_out(
    cluster: RayCluster,
    work: Callable[[Share], Result],
    shares: Iterable[Share],
    *,
    done: Callable[[int], None] | None = None,
) -> list[Result]:
    """Each share worked on by a worker of the cluster, the results in the order of the shares.

    As many shares as there are workers are under way at once; `done` hears the number of each that is done. A worker
    that dies has its share given to another one. Once a share has failed no other is begun, those under way come to
    their end, and what the work raised comes through as it is; RunError where more workers die than are forgiven.
    """
    with connected(cluster):
        import ray
        from ray.exceptions import RayError

        task = ray.remote(num_cpus=1, num_gpus=int(has_gpus(cluster)), max_retries=cluster.forgiven)(work)
        waiting = enumerate(shares)
        under_way: dict[Any, int] = {}
        found: dict[int, Result] = {}
        failed: dict[int, RayError] = {}
        while True:
            while not failed and len(under_way) < cluster.workers and (following := next(waiting, None)):
                under_way[task.remote(following[1])] = following[0]
            if not under_way:
                break
            ready = ray.wait(list(under_way), num_returns=1)[0][0]
            number = under_way.pop(ready)
            try:
                found[number] = ray.get(ready)
            except RayError as error:
                failed[number] = error
            else:
                if done is not None:
                    done(number)
        if failed:
            _raise(failed[min(failed)])
    return [found[number] for number in sorted(found)]


def _raise(error: Exception) -> None:
    from ray.exceptions import RayTaskError

    if isinstance(error, RayTaskError):
        raise error.cause from error
    raise RunError(
        "the workers die before they are done", help="look for what ends them, such as too little memory"
    ) from error
