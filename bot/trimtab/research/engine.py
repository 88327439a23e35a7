"""The backtest engine: many variants of a policy along one price history, compiled.

Holdings stay as they are between trades, so a bar costs one multiplication per asset to value and
one comparison per asset to see that nothing fires; variants lie side by side in memory, and the
processor takes several at once. Only where something fires, the keeper's own kernels decide.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trimtab.research.compiled import (
    base_only,
    cash_first,
    destination,
    fires,
    joint_bands,
    joint_destination,
    joint_metric,
    swap_bill,
    timed_destination,
)

__all__ = ["CLOSED_FORM", "Joint", "Records", "Rules", "World", "run_joint", "run_rules"]

BLOCK = 64
"""Variants that one thread takes at a time at most: their holdings stay in its nearest cache."""

NEAR = 1e-12
"""Distance from a trigger, in NAV, within which the kernel itself is asked."""

GAS_MOVE = 0.05
"""Relative change of gas in NAV after which the joint region is solved anew."""


CLOSED_FORM = np.empty(0)
"""No model of learnt timing."""


class World(NamedTuple):
    """What happens: `t` bars, `n` assets, the base asset first.

    Attributes
    ----------
    prices
        Shape (t, n). All positive.
    targets
        Shape (t, n). Target weights.
    tradable
        Shape (t,). Whether every price of the bar is fresh.
    scale
        Shape (t, n). Factors on the distances of variants that follow volatility.
    flow
        Shape (t,). Base asset that comes in, as a fraction of NAV; below zero, it leaves.
    gas
        Shape (t,). Factor on the gas of every variant.
    gas_in_value
        Whether gas is a fraction of the first NAV, or of the NAV of the moment.
    breaker
        Fall of NAV from its highest at which only the base asset may be bought; 0 for never.
    """

    prices: Any
    targets: Any
    tradable: Any
    scale: Any
    flow: Any
    gas: Any
    gas_in_value: bool
    breaker: float = 0.0


class Rules(NamedTuple):
    """Variants of the band rule, `v` of them.

    Attributes
    ----------
    triggers, destinations
        Shape (n, v). Distances from target, as fractions of NAV.
    scaled
        Shape (v,). Whether `scale` multiplies them.
    period
        Shape (v,). Bars from one calendar date to the next; 0 has no calendar.
    floor
        Shape (v,). Least total drift on a calendar date.
    whole
        Shape (v,). Whether everything trades once anything does.
    cash
        Shape (v,). Whether idle base asset buys at once.
    costs
        Shape (v, 3). Fee, impact and gas of a swap.
    """

    triggers: Any
    destinations: Any
    scaled: Any
    period: Any
    floor: Any
    whole: Any
    cash: Any
    costs: Any


class Joint(NamedTuple):
    """Variants of the cost-optimal policy, `v` of them.

    Attributes
    ----------
    covariance
        Shape (t, n, n). Forecast of each bar, per year, from what was known before it.
    risk_aversion
        Shape (v,).
    coupling
        Shape (v,). Share of the covariance in the metric.
    costs
        Shape (v, 3). Fee, impact and gas of a swap.
    timing
        A model of learnt timing, as `timed_destination` takes it; empty for the closed form.
    """

    covariance: Any
    risk_aversion: Any
    coupling: Any
    costs: Any
    timing: Any = CLOSED_FORM


class Records(NamedTuple):
    """What came of it.

    Attributes
    ----------
    nav
        Shape (t, v). After the bar's trades; 1 at the first bar.
    cost, traded
        Shape (t, v). Of the bar's swaps, as fractions of NAV before them.
    swaps
        Shape (t, v). How many.
    weights
        Shape (t, n, v), after the bar's trades; no rows if they are not wanted.
    """

    nav: Any
    cost: Any
    traded: Any
    swaps: Any
    weights: Any


def run_rules(world: World, rules: Rules, records: Records) -> None:
    """Run variants of the band rule along prices; results are written to `records`."""
    _share_out(_run_block, (world, rules, records), rules.costs.shape[0], BLOCK)


def run_joint(world: World, joint: Joint, records: Records) -> None:
    """Run variants of the cost-optimal policy along prices; results are written to `records`."""
    _share_out(_run_joint_block, (world, joint, records), joint.risk_aversion.size, 1)


def _share_out(
    run: Callable[..., None], arguments: tuple[Any, ...], variants: int, block: int
) -> None:
    """Give each thread variants from all over the range; compiled code runs without the lock.

    Neighbours are alike, and the tightest trade the most: who got a stretch of those would be the
    last to end.
    """
    cores = min(os.cpu_count() or 1, variants)
    parts = cores * -(-variants // (cores * block))
    if parts == 1:
        run(*arguments, 0, 1)
        return
    with ThreadPoolExecutor(cores) as pool:
        for job in [pool.submit(partial(run, *arguments, first, parts)) for first in range(parts)]:
            job.result()


@njit(cache=True, error_model="numpy", inline="always")
def _scan(world: World, t: int, held: Any, limits: Any, nav: Any, room: Any) -> None:
    """Write NAV and the distance to the nearest trigger, below zero if passed, by variant."""
    assets, variants = held.shape
    for v in range(variants):
        nav[v] = 0.0
        room[v] = np.inf
    for i in range(assets):
        price = world.prices[t, i]
        for v in range(variants):
            nav[v] += held[i, v] * price
    for i in range(assets):
        price, target = world.prices[t, i], world.targets[t, i]
        for v in range(variants):
            gap = abs(held[i, v] * price - target * nav[v])
            room[v] = min(room[v], limits[i, v] * nav[v] - gap)


@njit(cache=True, error_model="numpy", nogil=True)
def _run_block(world: World, rules: Rules, records: Records, first: int, step: int) -> None:
    """Run every `step`-th variant from `first` on."""
    bars, assets = world.prices.shape
    triggers = rules.triggers[:, first::step].copy()
    limits, held = triggers.copy(), np.empty_like(triggers)
    for i in range(assets):
        held[i, :] = world.targets[0, i] / world.prices[0, i]
    nav, room = np.ones(held.shape[1]), np.empty(held.shape[1])
    at = np.empty((6, assets))
    factors = rules.scaled[first::step]
    timed = (rules.period[first::step] > 0).any() or rules.cash[first::step].any()
    records.nav[0, first::step] = 1.0
    _keep_weights(world, records, 0, held, first, step)
    for t in range(1, bars):
        if factors.any():
            for i in range(assets):
                limits[i] = triggers[i] * np.where(factors, world.scale[t, i], 1.0)
        if world.flow[t] != 0.0:
            _scan(world, t, held, limits, nav, room)
            held[0, :] += world.flow[t] * nav / world.prices[t, 0]
        _scan(world, t, held, limits, nav, room)
        records.nav[t, first::step] = nav
        if world.tradable[t]:
            for c in range(nav.size):
                v = first + c * step
                if room[c] <= NEAR * nav[c] or (timed and _called(rules, t, v)):
                    _trade(world, rules, records, t, v, held[:, c], at)
        _keep_weights(world, records, t, held, first, step)


@njit(cache=True)
def _called(rules: Rules, t: int, v: int) -> bool:
    """Whether a variant is to be asked although none of its triggers is reached."""
    period = rules.period[v]
    return bool(rules.cash[v] or (period > 0 and t % period == 0))


@njit(cache=True, inline="always")
def _keep_weights(world: World, records: Records, t: int, held: Any, first: int, step: int) -> None:
    if records.weights.shape[0] == 0:
        return
    for c in range(held.shape[1]):
        v = first + c * step
        for i in range(held.shape[0]):
            records.weights[t, i, v] = held[i, c] * world.prices[t, i] / records.nav[t, v]


@njit(cache=True, inline="always")
def _trade(
    world: World, rules: Rules, records: Records, t: int, v: int, held: Any, at: Any
) -> None:
    """Let the kernels decide about one variant at one bar, and settle what they decide."""
    weights, start, goal, triggers, inside, targets = at
    nav = records.nav[t, v]
    for i in range(held.size):
        factor = world.scale[t, i] if rules.scaled[v] else 1.0
        weights[i] = held[i] * world.prices[t, i] / nav
        triggers[i] = rules.triggers[i, v] * factor
        inside[i] = min(rules.destinations[i, v] * factor, triggers[i])
        targets[i] = world.targets[t, i]
    start[:] = weights
    spent = cash_first(weights, targets, start) if rules.cash[v] else 0.0
    due = rules.period[v] > 0 and t % rules.period[v] == 0
    due = due and np.abs(start - targets).sum() / 2.0 >= rules.floor[v]
    goal[:] = start
    if due or fires(start, targets, triggers):
        destination(start, targets, triggers, inside, due or rules.whole[v], goal)
    elif spent <= 0.0:
        return
    _settle(world, rules.costs[v], records, t, v, held, at)


@njit(cache=True, inline="always")
def _settle(world: World, costs: Any, records: Records, t: int, v: int, held: Any, at: Any) -> None:
    """Charge the swaps from row 0 of `at` to row 2, and hold what row 2 says."""
    if world.breaker > 0.0 and not _allowed(world, records, t, v, at):
        return
    nav = records.nav[t, v]
    gas = _gas(world, costs[2], t, nav)
    bill, traded, swaps = swap_bill(at[0], at[2], costs[0], costs[1], gas, at[3])
    if swaps == 0:
        return
    after = nav * (1.0 - bill)
    for i in range(held.size):
        held[i] = at[2, i] * after / world.prices[t, i]
    records.nav[t, v] = after
    records.cost[t, v] = bill
    records.traded[t, v] = traded
    records.swaps[t, v] = swaps


@njit(cache=True)
def _allowed(world: World, records: Records, t: int, v: int, at: Any) -> bool:
    """Whether a trade to row 2 of `at` is left once the breaker has cut it to sales for base."""
    highest = 0.0
    for earlier in range(t):
        highest = max(highest, records.nav[earlier, v])
    if records.nav[t, v] > (1.0 - world.breaker) * highest:
        return True
    return bool(base_only(at[0], world.targets[t], at[2]))


@njit(cache=True)
def _gas(world: World, gas: float, t: int, nav: float) -> float:
    return float(gas * world.gas[t] / (nav if world.gas_in_value else 1.0))


@njit(cache=True, nogil=True)
def _run_joint_block(world: World, joint: Joint, records: Records, first: int, step: int) -> None:
    for v in range(first, joint.risk_aversion.size, step):
        _run_one(world, joint, records, v)


@njit(cache=True)
def _run_one(world: World, joint: Joint, records: Records, v: int) -> None:
    bars, assets = world.prices.shape
    held = world.targets[0] / world.prices[0]
    region, at = np.empty((5, assets, assets)), np.empty((4, assets))
    records.nav[0, v] = 1.0
    solved = -1.0
    for t in range(bars):
        row = world.prices[t]
        nav = (held * row).sum()
        if t > 0:
            held[0] += world.flow[t] * nav / row[0]
            nav = (held * row).sum()
            records.nav[t, v] = nav
        gas = _gas(world, joint.costs[v, 2], t, nav)
        moved = t > 0 and (world.targets[t] != world.targets[t - 1]).any()
        if moved or abs(gas - solved) > GAS_MOVE * solved:
            _solve(world, joint, region, t, v, gas)
            solved = gas
        joint_metric(world.targets[t], joint.covariance[t], joint.coupling[v], region[0])
        if t > 0 and world.tradable[t]:
            at[0] = held * row / nav
            if _timed(world, joint, region, t, gas, at):
                _settle(world, joint.costs[v], records, t, v, held, at)
        _keep_weights(world, records, t, held.reshape(-1, 1), v, 1)


@njit(cache=True)
def _timed(world: World, joint: Joint, region: Any, t: int, gas: float, at: Any) -> bool:
    """Write to row 2 of `at` what to trade to from row 0; return whether to trade now."""
    targets = world.targets[t]
    if joint.timing.size == 0:
        return bool(joint_destination(at[0], targets, region[0], region[1], region[2], at[2]))
    covariance = joint.covariance[t]
    return bool(timed_destination(at[0], targets, region, covariance, gas, joint.timing, at[2]))


@njit(cache=True)
def _solve(world: World, joint: Joint, region: Any, t: int, v: int, gas: float) -> None:
    """Write triggers and destinations of one variant's region at one bar."""
    region[3], region[4] = joint.costs[v, 0], joint.costs[v, 1]
    risk_aversion = joint.risk_aversion[v]
    joint_bands(world.targets[t], region[3], region[4], gas, risk_aversion, region[1], region[2])
