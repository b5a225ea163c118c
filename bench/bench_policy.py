"""Rulings beside two policy engines on the same rule, in the same run: cedarpy and regopy.

Ours is the whole ruling of one behaviour with every step; theirs is one yes or no for one level, prepared in advance.
Processor time, since the figures must mean something on a busy machine. What is left out: parsing, which all do once.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from bench.policy_peers import CedarSwitch, RegoSwitch, Request
from bench.ratios import Ratio
from soulwright.policy import Deployment, Switch, UserAdjustments, levels_of, resolve, resolve_one, switches
from soulwright.policy._decide import decide  # what is measured apart is no surface
from soulwright.policy._resolve import _says
from soulwright.spec import Spec, compile_spec

WARD = frozenset({"ward"})
ONE = """---
levels: [provider, operator, user]
---
# Defaults {#defaults authority=provider}

It should not give doses.
{#doses kind=default about=doses values=off,on default=off adjustable_by=operator requires=ward}
"""
DEPLOYMENT = Deployment(attestations=WARD, settings={"doses": "on"}, grants=frozenset({"doses"}))
USER = UserAdjustments(settings={"doses": "off"})


INPUTS = [
    (
        Deployment(
            attestations=WARD if ward else frozenset(),
            settings={} if wanted is None else {"doses": wanted},
            grants=frozenset({"doses"} if lent else ()),
            locked=frozenset({"doses"} if fixed else ()),
        ),
        UserAdjustments(settings={} if asked is None else {"doses": asked}),
    )
    for wanted, asked in product((None, "off", "on"), repeat=2)
    for ward, lent, fixed in product((False, True), repeat=3)
]


def _all_of(spec: Spec) -> None:
    """A ruling for each of 72 different inputs, so that none is answered by being the last one again."""
    for deployment, user in INPUTS:
        resolve_one(spec, "doses", deployment, user)


def ratios() -> list[Ratio]:
    spec = compile_spec(ONE)
    switch = switches(spec)["doses"]
    levels = levels_of(spec)
    one = _microseconds(lambda: _all_of(spec), times=500) / len(INPUTS)
    afresh = _microseconds(lambda: decide(switch, _says("doses", levels, DEPLOYMENT, USER), WARD, ()), times=5_000)
    peers = tuple(_peers(switch))
    wide = _wide(64)
    deployment = Deployment(attestations=WARD, settings={f"b{index}": "on" for index in range(0, 64, 2)})
    user = UserAdjustments(settings={f"b{index}": "off" for index in range(0, 64, 3)})
    whole = _microseconds(lambda: resolve(wide, deployment, user), times=500)
    note = f"{1 / one:.2f} million a second, every step told"
    return [
        *(
            Ratio(what="one behaviour, traced", ours=one, peer=peer, peer_name=name, unit="us", note=note)
            for name, peer in peers
        ),
        Ratio(
            what="one behaviour, never asked before",
            ours=afresh,
            peer=peers[0][1],
            peer_name="cedarpy",
            unit="us",
            note="the pure function, nothing remembered",
        ),
        Ratio(
            what="a ruling of 64 behaviours",
            ours=whole,
            peer=64 * peers[0][1],
            peer_name="cedarpy, 64 requests",
            unit="us",
        ),
    ]


def _peers(switch: Switch) -> Iterator[tuple[str, float]]:
    """What each peer takes for one request that it allows; regopy only where its extra is installed."""
    asked = Request(level="operator", wanted="on", words=WARD)
    cedar = CedarSwitch(switch)
    to_cedar = cedar.request(asked)
    assert cedar.one(to_cedar)
    yield "cedarpy", _microseconds(lambda: cedar.one(to_cedar), times=1_000)
    if importlib.util.find_spec("regopy") is None:
        print("regopy is not installed, so it is left out: pip install 'soulwright[bench]'")
        return
    rego = RegoSwitch(switch)
    to_rego = rego.request(asked)
    assert rego.one(to_rego)
    yield "regopy", _microseconds(lambda: rego.one(to_rego), times=200)


def _wide(count: int) -> Spec:
    """A document of `count` behaviours."""
    clause = compile_spec(ONE).clauses[0]
    many = tuple(
        replace(
            clause,
            id=f"b{index}",
            about=f"b{index}",
            adjustable_by=("operator", "user"),
            requires=clause.requires[: index % 2],
        )
        for index in range(count)
    )
    return replace(compile_spec(ONE), clauses=many)


def _microseconds(work: Callable[[], object], *, times: int, repeats: int = 5) -> float:
    """Processor time of one call, the best of several rounds."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - start) / times)
    return 1e6 * best
