"""Who makes the logs: this process, other processes of this machine, or the workers of a Ray cluster.

    with asked_by(RayCluster(workers=4)):
        ...                          # what is asked into logs through this room is asked by four workers
    with asked_by(Processes(workers=2)):
        ...                          # ... by two processes of this machine, with nothing to install

A worker makes whole logs in the folder of the run that all share, and gives back what it read from them. Rows, order
and verdicts are those of one process, and what is there already is not asked again. A worker of a cluster that dies has
its log made by another one; where a process of this machine is ended, the same command goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from soulwright.errors import RunError
from soulwright.models._budget import Budget, Spent, current_meter, metered_by, metering
from soulwright.models._cluster import RayCluster, connected, share_out
from soulwright.models._far_meter import Counter, FarMeter
from soulwright.models._processes import Pool, Processes

if TYPE_CHECKING:
    from inspect_ai.model import Model

Advance = Callable[[int], None]
Read = TypeVar("Read")
Read_co = TypeVar("Read_co", covariant=True)


class AsksInto(Protocol[Read_co]):
    """Puts questions and keeps them in the log at a path; tells how many more are done. It must be able to travel."""

    def __call__(self, path: Path, advance: Advance) -> Read_co:
        """Make the log, or leave none there; what is read from it, if that is what whoever asks wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogToMake(Generic[Read]):
    """A log that is missing: where it goes, how many questions it has, and what asks them."""

    path: Path
    count: int
    ask: AsksInto[Read]


def make_logs(missing: Iterable[LogToMake[Read]], advance: Advance) -> list[Read]:
    """Make all these logs, here or on the workers of the moment, and give what was read from each, in their order.

    `advance` hears how many more questions are done.
    """
    if _WORKERS:
        return _WORKERS[-1].make(missing, advance)
    return [log.ask(log.path, advance) for log in missing]


@contextmanager
def asked_by(workers: RayCluster | Processes) -> Iterator[None]:
    """Within this, logs are made by these workers, to which the first that is missing connects.

    Under a budget with limits processes of this machine are not used: who asks must know what the others ask.
    """
    with ExitStack() as stack:
        made: _MakesLogs
        if isinstance(workers, Processes):
            made = _Here(Pool(workers))
            stack.callback(made.pool.close)
        else:
            made = _Workers(cluster=workers, stack=stack)
        _WORKERS.append(made)
        try:
            yield
        finally:
            _WORKERS.remove(made)


class _MakesLogs(Protocol):
    """Workers of any kind."""

    def make(self, missing: Iterable[LogToMake[Read]], advance: Advance) -> list[Read]:
        """Make the logs."""


@dataclass(frozen=True, slots=True)
class _Here:
    """Processes of this machine, or this process where one is enough or what is asked is counted."""

    pool: Pool

    def make(self, missing: Iterable[LogToMake[Read]], advance: Advance) -> list[Read]:
        logs = list(missing)
        meter = current_meter()
        if self.pool.processes.workers == 1 or len(logs) < 2 or (meter and meter.budget.has_limits):
            return [log.ask(log.path, advance) for log in logs]
        _let_models_travel()
        shares = [_Metered(log, meter.budget if meter else None) for log in logs]
        made = self.pool.spread(_ask_here, shares, done=lambda number: advance(logs[number].count))
        if meter:
            meter.add(one for _, spent in made for one in spent)
        return [read for read, _ in made]


@dataclass(eq=False, slots=True, kw_only=True)
class _Workers:
    """A cluster while it asks; connected to when the first log is missing, and for as long as the call lasts."""

    cluster: RayCluster
    stack: ExitStack
    counter: Any = None
    begun: int = 0
    is_connected: bool = field(default=False)

    def make(self, missing: Iterable[LogToMake[Read]], advance: Advance) -> list[Read]:
        """Make the logs on the cluster."""
        counts: list[int] = []
        rest = iter(missing)
        first = list(islice(rest, 1))
        if not first:
            return []
        self._connect()

        def shares() -> Iterator[_Share[Read]]:
            for log in (*first, *rest):
                counts.append(log.count)
                self.begun += 1
                yield _Share(log=log, number=self.begun, folder=Path.cwd(), counter=self.counter)

        try:
            return share_out(self.cluster, _ask, shares(), done=lambda number: advance(counts[number]))
        finally:
            self._count()

    def _connect(self) -> None:
        if self.is_connected:
            return
        self.stack.enter_context(connected(self.cluster))
        self.is_connected = True
        _let_models_travel()
        import ray

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


_WORKERS: list[_MakesLogs] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share(Generic[Read]):
    """A log to make, as it travels: `folder` is where paths begin, `counter` the actor that counts for all."""

    log: LogToMake[Read]
    number: int
    folder: Path
    counter: Any


@dataclass(frozen=True, slots=True)
class _Metered(Generic[Read]):
    """A log to make, and the prices and settings of whoever counts, if anybody does."""

    log: LogToMake[Read]
    budget: Budget | None


def _ask_here(share: _Metered[Read]) -> tuple[Read, tuple[Spent, ...]]:
    """What a process of this machine does: the log, and what was asked for it."""
    if share.budget is None:
        return share.log.ask(share.log.path, _nobody_listens), ()
    with metering(share.budget) as meter:
        return share.log.ask(share.log.path, _nobody_listens), meter.spent


def _ask(share: _Share[Read]) -> Read:
    """What a worker of a cluster does."""
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
        return share.log.ask(share.log.path, _nobody_listens)


def _nobody_listens(_: int) -> None:
    return None


def _let_models_travel() -> None:
    """A model travels as how it is found again, with the settings of whoever asks; never with a key."""
    import copyreg

    from inspect_ai.model import Model

    copyreg.pickle(Model, _named)


def _named(model: Model) -> tuple[Callable[[dict[str, Any]], Model], tuple[dict[str, Any]]]:
    named = {"model": str(model), "config": model.config, "base_url": model.api.base_url}
    return _found, (named | {"arguments": model.model_args},)


def _found(named: dict[str, Any]) -> Model:
    from inspect_ai.model import get_model

    from soulwright.models._inspect import weights
    from soulwright.models._metered import metered

    assert weights is not None  # importing it has made the provider known to Inspect
    made = get_model(named["model"], config=named["config"], base_url=named["base_url"], **named["arguments"])
    return metered(made)
