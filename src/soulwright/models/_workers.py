"""Who makes the logs: this process, or the workers of a Ray cluster.

    with asked_by(RayCluster(workers=4)):
        ...                          # what is asked into logs through this room is asked by four workers

A worker makes whole logs and gives nothing back but them, in the folder of the run that all share. Whoever asked reads
them as if it had asked itself: rows, order and verdicts are those of one process, what is there already is not asked
again, and a worker that dies has its log made by another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from soulwright.errors import RunError
from soulwright.models._budget import current_meter, metered_by
from soulwright.models._cluster import RayCluster, connected, share_out
from soulwright.models._far_meter import Counter, FarMeter

if TYPE_CHECKING:
    from inspect_ai.model import Model

Advance = Callable[[int], None]


class AsksInto(Protocol):
    """Puts questions and keeps them in the log at a path; tells how many more are done. It must be able to travel."""

    def __call__(self, path: Path, advance: Advance) -> None:
        """Make the log, or leave none there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogToMake:
    """A log that is missing: where it goes, how many questions it has, and what asks them."""

    path: Path
    count: int
    ask: AsksInto


def make_logs(missing: Iterable[LogToMake], advance: Advance) -> None:
    """Make all these logs, here or on the workers of the moment; `advance` hears how many more questions are done."""
    if _WORKERS:
        _WORKERS[-1].make(missing, advance)
        return
    for log in missing:
        log.ask(log.path, advance)


@contextmanager
def asked_by(cluster: RayCluster) -> Iterator[None]:
    """Within this, logs are made by the workers of the cluster, to which the first that is missing connects."""
    with ExitStack() as stack:
        workers = _Workers(cluster=cluster, stack=stack)
        _WORKERS.append(workers)
        try:
            yield
        finally:
            _WORKERS.remove(workers)


@dataclass(eq=False, slots=True, kw_only=True)
class _Workers:
    """A cluster while it asks; connected to when the first log is missing, and for as long as the call lasts."""

    cluster: RayCluster
    stack: ExitStack
    counter: Any = None
    begun: int = 0
    is_connected: bool = field(default=False)

    def make(self, missing: Iterable[LogToMake], advance: Advance) -> None:
        counts: list[int] = []
        rest = iter(missing)
        first = list(islice(rest, 1))
        if not first:
            return
        self._connect()

        def shares() -> Iterator[_Share]:
            for log in (*first, *rest):
                counts.append(log.count)
                self.begun += 1
                yield _Share(log=log, number=self.begun, folder=Path.cwd(), counter=self.counter)

        try:
            share_out(self.cluster, _ask, shares(), done=lambda number: advance(counts[number]))
        finally:
            self._count()

    def _connect(self) -> None:
        if self.is_connected:
            return
        self.stack.enter_context(connected(self.cluster))
        self.is_connected = True
        import ray
        from inspect_ai.model import Model

        ray.util.register_serializer(Model, serializer=_named, deserializer=_found)
        if meter := current_meter():
            self.counter = ray.remote(num_cpus=0)(Counter).remote(meter)

    def _count(self) -> None:
        """Take over what the workers have counted, so that this process goes on from there."""
        if self.counter is None:
            return
        import ray

        meter = current_meter()
        assert meter is not None
        meter.take_over(ray.get(self.counter.counted.remote()))


_WORKERS: list[_Workers] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """A log to make, as it travels: `folder` is where paths begin, `counter` the actor that counts for all."""

    log: LogToMake
    number: int
    folder: Path
    counter: Any


def _ask(share: _Share) -> None:
    """What a worker does."""
    if not share.folder.is_dir():
        raise RunError(
            f"a worker does not see the folder `{share.folder}`",
            path=str(share.folder),
            help="run the command in a folder that all machines of the cluster share, under the same name",
        )
    with ExitStack() as stack:
        stack.enter_context(chdir(share.folder))
        if share.counter is not None:
            stack.enter_context(metered_by(FarMeter.begun(share.counter, share.number)))
        share.log.ask(share.log.path, _nobody_listens)


def _nobody_listens(_: int) -> None:
    return None


def _named(model: Model) -> dict[str, Any]:
    """A model as it travels: how it is found again, with the settings of whoever asks; never a key."""
    return {"model": str(model), "config": model.config, "base_url": model.api.base_url, "arguments": model.model_args}


def _found(named: dict[str, Any]) -> Model:
    from inspect_ai.model import get_model

    from soulwright.models._inspect import weights
    from soulwright.models._metered import metered

    assert weights is not None  # importing it has made the provider known to Inspect
    made = get_model(named["model"], config=named["config"], base_url=named["base_url"], **named["arguments"])
    return metered(made)
