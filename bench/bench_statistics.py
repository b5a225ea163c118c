"""Do the figures hold what they say? Simulated coverage, false alarms under continuous reading, and calls saved.

`python -m bench.bench_statistics` prints the tables and writes them into docs/statistics.md and
bench/results/statistics.json. Every simulation has a fixed seed. Peers: statsmodels' intervals on the very same
samples. Left out: confseq, which needs a compiler and is not in every registry.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.ratios import Ratio
from soulwright.verify import (
    Band,
    Finding,
    FindingState,
    Rule,
    find,
    log_evidence_above,
    log_evidence_below,
    make_rate,
    settle,
)
from soulwright.verify._budget import ROUND, allot  # the sharing alone, without a model
from soulwright.verify._intervals import Cases, accepted, likeness  # many samples at once are no surface

PAGE = Path("docs/statistics.md")
OUT = Path("bench/results/statistics.json")
START, END = "<!-- written by bench.bench_statistics -->", "<!-- end -->"
SAMPLES = 10_000
SIZES = (10, 30, 100, 300, 1000)
RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
WITHIN = 2**0.5  # the true rate of each sample lies within this factor of its cell's
FAMILY = 5
LABELS = 100
SENSITIVITY, SPECIFICITY = 0.90, 0.92
ALPHA = 0.05

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How replies come about: in families or not, judged with errors or not, one error for all of the same words."""

    name: str
    families: bool
    judge: bool
    words: bool = False


WORLDS = (
    World(name="independent replies", families=False, judge=False),
    World(name="families of five", families=True, judge=False),
    World(name="a judge who errs", families=False, judge=True),
    World(name="families and a judge who errs", families=True, judge=True),
    World(name="a judge who errs by words", families=False, judge=True, words=True),
)
SKEW = (1.0, 3.0)  # how unequally often replies are given: the k-th of K at k/K = u ** skew for an even u
AT_ONCE = 1000  # samples of replies with words that are held in memory together


def coverage(world: World, n: int, rate: float, *, within: float = WITHIN, peers: bool = False) -> dict[str, float]:
    """The share of samples whose interval holds the true rate, for ours and (independent replies) the peers."""
    generator = np.random.default_rng([n, round(rate * 1000), *world.name.encode()])
    p_S = rate * within ** generator.uniform(-1, 1, SAMPLES)
    size = FAMILY if world.families else n
    failed_SF = _replies(generator, p_S, n // size, size, grouped=world.families)
    repeats_S = np.ones(SAMPLES)
    judge = [np.full(SAMPLES, value) for value in (1.0, 1.0, 0.0, 0.0)]
    if world.words:
        failed_SF, repeats_S = _flagged_by_words(generator, p_S, n)
    elif world.judge:
        failed_SF = generator.binomial(failed_SF, SENSITIVITY) + generator.binomial(size - failed_SF, 1 - SPECIFICITY)
    if world.judge:
        seen = [(generator.binomial(LABELS, q, SAMPLES) + 1) / (LABELS + 2) for q in (SENSITIVITY, SPECIFICITY)]
        judge = seen + [q * (1 - q) / (LABELS + 2) for q in seen]
    alike = _likeness(failed_SF, size, judge[0], judge[1]) if world.families else (np.zeros(SAMPLES),) * 2
    cases = Cases(
        failed=failed_SF.sum(axis=1).astype(float),
        n=np.full(SAMPLES, float(n)),
        caught=judge[0],
        spared=judge[1],
        caught_variance=judge[2],
        spared_variance=judge[3],
        excess=np.full(SAMPLES, size - 1.0 if world.families else 0.0),
        alike=alike[0],
        alike_squared=alike[1],
        repeats=repeats_S,
    )
    coin_S = generator.random(SAMPLES)
    shares = {"ours": float(accepted(p_S, cases).mean()), "coin": float(accepted(p_S, cases, coin=coin_S).mean())}
    return shares | (_peers(failed_SF.sum(axis=1), n, p_S) if peers else {})


def _replies(generator: np.random.Generator, p_S: Array, families: int, size: int, *, grouped: bool) -> Array:
    """Failures by sample and family; the likeness within families is unknown, and another in each sample."""
    if not grouped:
        return np.asarray(generator.binomial(size, p_S)[:, None])
    rho_S = generator.uniform(0.05, 0.6, p_S.shape)
    spread_S = (1 - rho_S) / rho_S
    own_SF = generator.beta((p_S * spread_S)[:, None], ((1 - p_S) * spread_S)[:, None], (len(p_S), families))
    return np.asarray(generator.binomial(size, own_SF))


def _flagged_by_words(generator: np.random.Generator, p_S: Array, n: int) -> tuple[Array, Array]:
    """Flags of each sample and how its words repeat: replies are drawn from 2 to n different ones, some more often than
    others, good and bad replies from different ones; the judge errs on words, and on all replies that have them.
    """
    flagged, repeats = [], []
    for first in range(0, len(p_S), AT_ONCE):
        part_S = p_S[first : first + AT_ONCE, None]
        shape = (len(part_S), n)
        words_S = np.exp(generator.uniform(np.log(2), np.log(max(3, n)), (len(part_S), 1)))
        skew_S = generator.uniform(*SKEW, (len(part_S), 1))
        said_SN = np.minimum((words_S * generator.random(shape) ** skew_S).astype(int), n - 1)
        bad_SN = generator.random(shape) < part_S
        caught_SN, alarm_SN = generator.random(shape) < SENSITIVITY, generator.random(shape) < 1 - SPECIFICITY
        flags_SN = np.where(
            bad_SN, np.take_along_axis(caught_SN, said_SN, axis=1), np.take_along_axis(alarm_SN, said_SN, axis=1)
        )
        at_SN = np.arange(len(part_S))[:, None] * 2 * n + said_SN + n * bad_SN
        count_SW = np.bincount(at_SN.ravel(), minlength=2 * n * len(part_S)).reshape(len(part_S), 2 * n).astype(float)
        flagged.append(flags_SN.sum(axis=1, keepdims=True))
        repeats.append(np.sqrt((count_SW**3).sum(axis=1) / n))
    return np.concatenate(flagged), np.concatenate(repeats)


def _likeness(failed_SF: Array, size: int, caught_S: Array, spared_S: Array) -> tuple[Array, Array]:
    """The likeness of each sample and the mean of its square; like samples of like judges are counted once."""
    kinds_K = np.arange(size + 1.0)
    count_SK = np.stack([(failed_SF == kind).sum(axis=1) for kind in kinds_K], axis=1).astype(float)
    judge_S2 = np.stack([caught_S, spared_S], axis=1).round(2)
    unique_UC, back_S = np.unique(np.concatenate([count_SK, judge_S2], axis=1), axis=0, return_inverse=True)
    mean_U, square_U = np.zeros(len(unique_UC)), np.zeros(len(unique_UC))
    for caught, spared in np.unique(judge_S2, axis=0):
        here_U = (unique_UC[:, -2] == caught) & (unique_UC[:, -1] == spared)
        counts, sizes = unique_UC[here_U, :-2], np.full(size + 1, float(size))
        mean_U[here_U], square_U[here_U] = likeness(kinds_K, sizes, counts, caught=caught, spared=spared)
    return mean_U[back_S.reshape(-1)], square_U[back_S.reshape(-1)]


def _peers(failed_S: Array, n: int, p_S: Array) -> dict[str, float]:
    """The same samples with the intervals of statsmodels; none where the extra `bench` is not installed."""
    if importlib.util.find_spec("statsmodels") is None:
        return {}
    from statsmodels.stats.proportion import proportion_confint

    shares = {}
    for method, name in (("wilson", "Wilson"), ("beta", "Clopper-Pearson"), ("jeffreys", "Jeffreys"),
                         ("agresti_coull", "Agresti-Coull"), ("normal", "normal")):  # fmt: skip
        low_S, high_S = (np.nan_to_num(np.asarray(end), nan=nan) for end, nan in
                         zip(proportion_confint(failed_S, n, method=method), (0.0, 1.0), strict=True))  # fmt: skip
        shares[f"statsmodels {name}"] = float(((low_S <= p_S) & (p_S <= high_S)).mean())
    return shares


def fewest_outside(n: int, *, points: int = 24, unit: float = 0.0025) -> int:
    """How many of the cells of one n must lie outside 94 to 97 %, whatever interval with fixed ends is used.

    Any such interval accepts, at each rate, the counts from a to b, and neither falls as the rate grows: otherwise its
    ends would cross. All such pairs of staircases are tried at once along the rates of all cells (dynamic programming
    over a, b and the error collected in a cell so far, in steps of `unit`); the best leaves this many cells outside.
    """
    cap = round(0.06 * points / unit) + 1
    never = np.int16(99)
    best_ABE = np.full((n + 1, n + 1, cap + 1), never)
    best_ABE[0, 0, 0] = 0
    inside_E = (np.arange(cap + 1) * unit / points >= 0.03) & (np.arange(cap + 1) * unit / points <= 0.06)
    for rate in RATES:
        for p in rate * WITHIN ** np.linspace(1 / points - 1, 1 - 1 / points, points):
            best_ABE = _collect(_grown(best_ABE), float(min(p, 1.0)), cap, unit, never)
        closed_AB = np.minimum(best_ABE[..., inside_E].min(axis=2), np.minimum(best_ABE.min(axis=2) + 1, never))
        best_ABE = np.full_like(best_ABE, never)
        best_ABE[..., 0] = closed_AB
    return int(best_ABE[..., 0].min())


def _grown(best_ABE: Array, steps: int = 3) -> Array:
    """The best with up to `steps` more taken by each staircase."""
    for axis in (0, 1):
        for _ in range(steps):
            moved = best_ABE.copy()
            ahead, behind = [slice(None)] * 3, [slice(None)] * 3
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
            moved[tuple(ahead)] = np.minimum(moved[tuple(ahead)], best_ABE[tuple(behind)])
            best_ABE = moved
    return best_ABE


def _collect(best_ABE: Array, p: float, cap: int, unit: float, never: Any) -> Array:
    """Add the error at one rate; what is more than a cell can bear is all the same, and kept at the cap."""
    n = best_ABE.shape[0] - 1
    upto = stats.binom.cdf(np.arange(n + 1), n, p)
    below = np.concatenate([[0.0], upto[:-1]])
    after_ABE = np.full_like(best_ABE, never)
    for a in range(n + 1):
        for b in range(a, n + 1):
            here_E = best_ABE[a, b]
            if here_E.min() >= never:
                continue
            error = min(cap, round(float(1 - upto[b] + below[a]) / unit))
            after_ABE[a, b, error:cap] = here_E[: cap - error]
            after_ABE[a, b, cap] = here_E[cap - error :].min()
    return after_ABE


def false_alarms(tolerance: float, *, upto: int = 1000, samples: int = 2000) -> dict[str, float]:
    """The share of runs that ever claim wrongly while the rate is exactly the tolerance, read after each reply."""
    generator = np.random.default_rng(7)
    failed_ST = (generator.random((samples, upto)) < tolerance).cumsum(axis=1)
    times_T = np.arange(1, upto + 1)
    needed = -np.log(ALPHA)
    most = int(failed_ST.max())
    holds_T, broken_T, naive_T = np.full(upto, -1), np.full(upto, most + 1), np.full(upto, -1)
    low = high = 0
    for n in times_T:  # the ends move one way with n, so that each step looks at one or two counts
        while low <= n and log_evidence_below(low, int(n), tolerance) >= needed:
            low += 1
        high = max(0, high - 1)
        while high <= n and log_evidence_above(high, int(n), tolerance) < needed:
            high += 1
        holds_T[n - 1], broken_T[n - 1] = low - 1, high
    naive_T = stats.binom.ppf(ALPHA, times_T, tolerance) - 1  # the largest count with a tail of at most alpha
    return {
        "holds": float((failed_ST <= holds_T).any(axis=1).mean()),
        "broken": float((failed_ST >= broken_T).any(axis=1).mean()),
        "exact bound read each time": float((failed_ST <= naive_T).any(axis=1).mean()),
    }


BAND = Band(good=0.05, bad=0.25)
TUNED_ON, MODELS, CLAUSES, MOST = 1000, 200, 40, 60
# A clause passes after this many clean replies at the least; one that fails is allowed these wrong failures.
CLEAN = range(7, 16)
WRONG_FAILURES = (0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02)
LONGEST = (20, 25, 30, 40, 60)
RESERVE = 0.15  # thresholds are chosen on other models than those they are compared on


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Calls a clause and the two errors of one design over all simulated models."""

    calls: float
    wrong_pass: float
    wrong_fail: float

    def no_worse_than(self, other: Decisions, *, reserve: float = 0.0) -> bool:
        """Whether neither error is larger than the other's less a reserve for chance."""
        kept = 1 - reserve
        return self.wrong_pass <= kept * other.wrong_pass and self.wrong_fail <= kept * other.wrong_fail


def models(seed: int, count: int) -> tuple[Array, Array]:
    """True rates (model by clause) and failures so far (by reply): most clauses hold, some half, some not at all."""
    generator = np.random.default_rng(seed)
    shape = (count, CLAUSES)
    kind = generator.choice(3, size=shape, p=[0.6, 0.2, 0.2])
    rates = np.choose(
        kind, [generator.beta(1, 60, shape), generator.uniform(0, 0.4, shape), generator.beta(3, 3, shape)]
    )
    return rates, (generator.random((*shape, MOST)) < rates[..., None]).cumsum(axis=-1)


def _errors(rates: Array, passed: Array, calls: float) -> Decisions:
    bad, good = rates >= BAND.bad, rates <= BAND.good
    return Decisions(calls=calls, wrong_pass=float(passed[bad].mean()), wrong_fail=float((~passed)[good].mean()))


def fixed(rates: Array, failed: Array, n: int, most: int) -> Decisions:
    """`n` replies for each clause; it passes with at most `most` failures."""
    return _errors(rates, failed[..., n - 1] <= most, float(n))


def sequential(rates: Array, failed: Array, errors: tuple[float, float], upto: int) -> Decisions:
    """Stop each clause when its evidence decides; what is open after `upto` replies goes where the evidence leans."""
    failed, times = failed[..., :upto], np.arange(1, upto + 1)
    clean, spoilt = BAND.evidence(0, 1), BAND.evidence(1, 1)
    evidence = times * clean + failed * (spoilt - clean)
    stopped = (evidence >= -np.log(errors[0])) | (evidence <= np.log(errors[1]))
    stopped[..., -1] = True
    at = stopped.argmax(axis=-1)
    last = np.take_along_axis(evidence, at[..., None], axis=-1)[..., 0]
    return _errors(rates, last > 0, float((at + 1).mean()))


def calls() -> dict[str, Decisions | int]:
    """Thresholds are chosen on `TUNED_ON` models and compared on `MODELS` others, the best fixed design on these."""
    tuning, fresh = models(1, TUNED_ON), models(2, MODELS)
    worst = {most: fixed(*tuning, 25, most) for most in range(1, 8)}
    allowed = min(worst, key=lambda most: worst[most].wrong_pass + worst[most].wrong_fail)
    passes = [1.0001 * float(np.exp(-clean * BAND.evidence(0, 1))) for clean in CLEAN]
    grid = product(passes, WRONG_FAILURES, LONGEST)
    candidates = [(sequential(*tuning, (a, b), upto), (a, b), upto) for a, b, upto in grid]
    _, errors, upto = min(
        (one for one in candidates if one[0].no_worse_than(worst[allowed], reserve=RESERVE)),
        key=lambda one: one[0].calls,
    )
    ours = sequential(*fresh, errors, upto)
    rivals = [fixed(*fresh, n, most) for n in range(1, MOST + 1) for most in range(n // 3 + 1)]
    best = min((rival for rival in rivals if rival.no_worse_than(ours)), key=lambda rival: rival.calls)
    return {"ours": ours, "fixed 25": fixed(*fresh, 25, allowed), "best fixed": best, "allowed": allowed}


STARTED, FURTHER, LEFT = 40, 1500, 400  # replies for each row at first, the budget after them, and what is there to ask


def budgets(*, runs: int = 12) -> dict[str, dict[str, float]]:
    """Rows decided, and decided wrongly, after the same number of calls: the budget near a decision, or even shares."""
    found = {"nearest a decision": [0, 0, 0], "even shares": [0, 0, 0]}
    for seed in range(runs):
        generator = np.random.default_rng([11, seed])
        kind = generator.choice(3, size=CLAUSES, p=[0.6, 0.3, 0.1])
        clean, mixed, bad = (
            generator.beta(1, 60, CLAUSES),
            generator.uniform(0, 0.3, CLAUSES),
            generator.beta(3, 3, CLAUSES),
        )
        rates_R = np.choose(kind, [clean, mixed, bad])
        broke_RN = generator.random((CLAUSES, STARTED + LEFT)) < rates_R[:, None]
        for name, adaptive in zip(found, (True, False), strict=True):
            asked_R = _asked(broke_RN, adaptive=adaptive)
            states = [one.state for one in _settled(broke_RN, asked_R).values()]
            decided = [state in (FindingState.PASS, FindingState.FAIL) for state in states]
            wrong = [
                (state is FindingState.PASS and rate > TOLERANCE) or (state is FindingState.FAIL and rate < TOLERANCE)
                for state, rate in zip(states, rates_R, strict=True)
            ]
            found[name] = [
                a + b for a, b in zip(found[name], (sum(decided), sum(wrong), int(asked_R.sum())), strict=True)
            ]
    rows = runs * CLAUSES
    return {name: {"decided": d / rows, "wrong": w / rows, "calls": c / rows} for name, (d, w, c) in found.items()}


TOLERANCE = 0.1


def _settled(broke_RN: Array, asked_R: Array, bounds_R: Array | None = None) -> dict[str, Finding]:
    bounds_R = np.full(len(asked_R), TOLERANCE) if bounds_R is None else bounds_R
    raw = {}
    for row, (asked, bound) in enumerate(zip(asked_R, bounds_R, strict=True)):
        failed = int(broke_RN[row, :asked].sum())
        raw[str(row)] = find(make_rate(int(asked) - failed, int(asked)), tolerance=float(bound), rule=Rule.ALWAYS)
    return settle(raw, frozenset())


def _asked(broke_RN: Array, *, adaptive: bool) -> Array:
    """How many replies each row was asked for in the end."""
    asked_R = np.full(CLAUSES, STARTED)
    if not adaptive:
        return asked_R + FURTHER // CLAUSES
    left = FURTHER
    while left > 0:
        ahead = {str(row): int(STARTED + LEFT - asked) for row, asked in enumerate(asked_R)}
        shares = allot(_settled(broke_RN, asked_R), ahead, min(ROUND, left))
        if not shares:
            break
        for row, share in shares.items():
            asked_R[int(row)] += share
            left -= share
    return asked_R


# Rows whose failure rates are spread as those measured in docs/results.md are (50 rows, three seeds).
SPREAD, TOLERANCES, PAIRS_OF_RUNS = (1.0, 29.6), (0.05, 0.1, 0.15), 20
GIVEN = (0, 1500, 3000, 6000, 12000)
ENOUGH = 3000  # situations that are there to ask, for each row


def agreement() -> dict[int, dict[str, float]]:
    """How often two verifications of the same true rates give a row the same state, by the budget of each."""
    found: dict[int, list[tuple[FindingState, FindingState]]] = {budget: [] for budget in GIVEN}
    for seed in range(PAIRS_OF_RUNS):
        generator = np.random.default_rng([13, seed])
        rates_R = generator.beta(*SPREAD, CLAUSES)
        bounds_R = generator.choice(TOLERANCES, CLAUSES)
        one, other = (_states_by_budget(generator, rates_R, bounds_R) for _ in range(2))
        for budget in GIVEN:
            found[budget] += zip(one[budget], other[budget], strict=True)
    decided = (FindingState.PASS, FindingState.FAIL)
    return {
        budget: {
            "same": float(np.mean([a is b for a, b in pairs])),
            "flipped": float(np.mean([a is not b and a in decided and b in decided for a, b in pairs])),
            "decided": float(np.mean([a in decided for a, _ in pairs])),
        }
        for budget, pairs in found.items()
    }


def _states_by_budget(generator: np.random.Generator, rates_R: Array, bounds_R: Array) -> dict[int, list[FindingState]]:
    """The states of all rows after each budget, one after the other in one verification."""
    broke_RN = generator.random((CLAUSES, STARTED + ENOUGH)) < rates_R[:, None]
    asked_R, spent = np.full(CLAUSES, STARTED), 0
    states: dict[int, list[FindingState]] = {}
    for budget in GIVEN:
        while spent < budget:
            ahead = {str(row): int(STARTED + ENOUGH - asked) for row, asked in enumerate(asked_R)}
            shares = allot(_settled(broke_RN, asked_R, bounds_R), ahead, min(ROUND, budget - spent))
            if not shares:
                break
            for row, share in shares.items():
                asked_R[int(row)] += share
                spent += share
        states[budget] = [one.state for one in _settled(broke_RN, asked_R, bounds_R).values()]
    return states


def measure() -> dict[str, Any]:
    """Everything that the page shows."""
    cells = {world.name: {n: [coverage(world, n, rate) for rate in RATES] for n in SIZES} for world in WORLDS}
    table, coin = (
        {world: {n: [cell[kind] for cell in row] for n, row in rows.items()} for world, rows in cells.items()}
        for kind in ("ours", "coin")
    )
    peers: dict[str, list[float]] = {}
    for n in SIZES:
        for rate in RATES:
            for name, share in coverage(WORLDS[0], n, rate, peers=True).items():
                if name == "coin":
                    continue
                peers.setdefault(name, []).append(share)
    counted = calls()
    return {
        "coverage": table,
        "coin": coin,
        "peers": {name: {"least": min(s), "most": max(s), "inside": sum(0.94 <= x <= 0.97 for x in s), "of": len(s)}
                  for name, s in peers.items()},
        "fewest outside": {n: fewest_outside(n) for n in SIZES[:2]},
        "alarms": {tolerance: false_alarms(tolerance) for tolerance in (0.01, 0.05, 0.1, 0.2)},
        "calls": {name: {k: getattr(d, k) for k in Decisions.__slots__} for name, d in counted.items()
                  if isinstance(d, Decisions)} | {"allowed": counted["allowed"]},
        "budgets": budgets(),
        "agreement": agreement(),
    }  # fmt: skip


def page(found: dict[str, Any]) -> str:
    """The tables as markdown."""
    lines = [f"Measured on {SAMPLES:,} samples a cell, fixed seeds. **Bold**: outside 94 to 97 %. In brackets the same "
             "construction with its tie at the observed count broken by a coin: what is left when the coarseness of "
             "counts is averaged out.", ""]  # fmt: skip
    lines += ["| World | cells inside, fixed ends | least | most | cells inside, coin | least | most |"]
    lines += ["|---|---|---|---|---|---|---|"]
    lines += [
        f"| {name} | {_inside(found['coverage'][name])} | {_inside(found['coin'][name])} |"
        for name in found["coverage"]
    ]
    lines += [""]
    for name, rows in found["coverage"].items():
        lines += [f"Coverage of the 95 % interval, {name}:", ""]
        lines += [
            "| n | " + " | ".join(f"p {100 * rate:g} %" for rate in RATES) + " |",
            "|---" * (len(RATES) + 1) + "|",
        ]
        lines += [f"| {n} | " + " | ".join(f"{_cell(share)} ({_cell(coin)})" for share, coin in zip(
            shares, found["coin"][name][n], strict=True)) + " |" for n, shares in rows.items()]  # fmt: skip
        lines += [""]
    lines += ["| Interval (independent replies) | cells inside 94 to 97 % | least | most |", "|---|---|---|---|"]
    lines += [f"| {name} | {f['inside']} of {f['of']} | {100 * f['least']:.1f} | {100 * f['most']:.1f} |"
              for name, f in found["peers"].items()]  # fmt: skip
    lines += ["", "| Tolerance | wrong “holds”, ever | wrong “broken”, ever | an exact bound read each time |"]
    lines += ["|---|---|---|---|"]
    for tolerance, shares in found["alarms"].items():
        figures = " | ".join(f"{100 * share:.1f} %" for share in shares.values())
        lines.append(f"| {100 * float(tolerance):g} % | {figures} |")
    lines += ["", "| Design | calls a clause | wrong passes | wrong failures |", "|---|---|---|---|"]
    lines += [f"| {name} | {d['calls']:.1f} | {100 * d['wrong_pass']:.2f} % | {100 * d['wrong_fail']:.2f} % |"
              for name, d in found["calls"].items() if name != "allowed"]  # fmt: skip
    lines += ["", "| Budget given to | rows decided | decided wrongly | calls a row |", "|---|---|---|---|"]
    lines += [f"| {name} | {100 * b['decided']:.0f} % | {100 * b['wrong']:.1f} % | {b['calls']:.1f} |"
              for name, b in found["budgets"].items()]  # fmt: skip
    lines += ["", "| Budget | rows decided | same state in two verifications | PASS in one, FAIL in the other |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| {int(budget):,} | {100 * a['decided']:.0f} % | {100 * a['same']:.1f} % | {100 * a['flipped']:.1f} % |"
              for budget, a in found["agreement"].items()]  # fmt: skip
    fewest = ", ".join(f"{count} at n = {n}" for n, count in found["fewest outside"].items())
    lines += ["", f"Cells that no interval with fixed ends can have inside (independent replies): {fewest}."]
    return "\n".join(lines)


def _inside(rows: dict[int, list[float]]) -> str:
    shares = [share for row in rows.values() for share in row]
    inside = sum(0.94 <= share <= 0.97 for share in shares)
    return f"{inside} of {len(shares)} | {100 * min(shares):.1f} | {100 * max(shares):.1f}"


def _cell(share: float) -> str:
    text = f"{100 * share:.1f}"
    return text if 0.94 <= share <= 0.97 else f"**{text}**"


def ratios() -> list[Ratio]:
    """Calls of the sequential design beside the two fixed ones."""
    counted = calls()
    ours, plain, best = (counted[name] for name in ("ours", "fixed 25", "best fixed"))
    assert isinstance(ours, Decisions)
    assert isinstance(plain, Decisions)
    assert isinstance(best, Decisions)
    note = f"wrong passes {ours.wrong_pass:.2%}, wrong failures {ours.wrong_fail:.2%}"
    return [
        Ratio(what="calls to a decision", ours=ours.calls, peer=other.calls, peer_name=name, unit="calls", note=note)
        for name, other in (("25 for each clause", plain), ("the best fixed number", best))
    ]


def main() -> int:
    """Measure, print, and write the page's tables."""
    found = measure()
    tables = page(found)
    print(tables)
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if PAGE.exists():
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.split(START)[0], text.split(END)[1]
        PAGE.write_text(f"{before}{START}\n\n{tables}\n\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
