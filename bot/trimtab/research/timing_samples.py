"""What waiting a bar would have cost: samples from which timing is learnt.

Portfolios are led along past prices. Wherever there is a choice, a coin makes it, so that moments
before and after the closed form's own are seen, and both roads are followed for `HORIZON` bars:
trade now, or wait a bar. From the next bar on the closed form decides on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from trimtab.policy.timing import FEATURES, LATEST
from trimtab.research.compiled import (
    farthest_pair,
    joint_bands,
    joint_destination,
    joint_metric,
    swap_bill,
    timed_candidate,
    timing_features,
)
from trimtab.research.engine import Joint, World

__all__ = ["HORIZON", "Samples", "draw_samples"]

HORIZON = 20
"""Bars for which both roads are followed."""

PATHS = 6
"""Portfolios that are led along the prices for each variant."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Moments at which to trade or to wait, in any order.

    Attributes
    ----------
    features
        Shape (m, 6). As `timing_features` writes them.
    label
        Shape (m,). What waiting a bar would have cost, less what trading now did, in units of the
        cost of the trade.
    bar
        Shape (m,). When it was; the label knows `HORIZON` bars more.
    """

    features: NDArray[np.float64]
    label: NDArray[np.float64]
    bar: NDArray[np.int64]

    def __len__(self) -> int:
        return self.label.size

    def where(self, kept: NDArray[np.bool_]) -> Samples:
        """Some of them."""
        return Samples(self.features[kept], self.label[kept], self.bar[kept])


def draw_samples(world: World, joint: Joint, step: float, seed: int) -> Samples:
    """The samples of every variant along prices; nothing outside of the table is known to any.

    Parameters
    ----------
    world
        With gas as a fraction of NAV.
    step
        Length of a bar in years.
    seed
        Of the coins.
    """
    bars, variants = world.prices.shape[0], joint.risk_aversion.size
    coins = np.random.default_rng(seed).random((PATHS, variants, bars)) < 0.5
    parts = []
    for path in range(PATHS):
        for v in range(variants):
            rows = np.empty((bars, len(FEATURES) + 2))
            count = _lead(world, joint, v, coins[path, v], (step, HORIZON), rows)
            parts.append(rows[:count])
    found = np.concatenate(parts)
    size = len(FEATURES)
    return Samples(found[:, :size], found[:, size], found[:, size + 1].astype(np.int64))


@njit(cache=True, error_model="numpy", nogil=True)
def _lead(world: World, joint: Joint, v: int, coins: Any, spans: Any, rows: Any) -> int:
    """Lead one portfolio along the prices and write its samples to `rows`; how many they are."""
    bars, assets = world.prices.shape
    step, horizon = spans
    region, goal, weights = np.empty((5, assets, assets)), np.empty(assets), world.targets[0].copy()
    features, count = np.empty(rows.shape[1] - 2), 0
    gas = joint.costs[v, 2]
    region[3], region[4] = joint.costs[v, 0], joint.costs[v, 1]
    for t in range(1, bars - horizon):
        targets, covariance = world.targets[t], joint.covariance[t]
        _drift(world, t, weights)
        aversion = joint.risk_aversion[v]
        if t == 1 or (targets != world.targets[t - 1]).any():
            joint_bands(targets, region[3], region[4], gas, aversion, region[1], region[2])
        joint_metric(targets, covariance, joint.coupling[v], region[0])
        reach = timing_features(
            weights - targets, targets, region, covariance * step, gas, features
        )
        if not world.tradable[t] or not timed_candidate(weights, targets, region, reach, goal):
            continue
        if reach < LATEST and features[2] > 0.0:
            rows[count, : features.size] = features
            label = _label(world, joint, region, (v, t), spans, weights, goal)
            rows[count, -2] = label
            rows[count, -1] = t
            count += 1
        if coins[t] or reach >= LATEST:
            weights[:] = goal
    return count


@njit(cache=True, error_model="numpy", nogil=True)
def _label(
    world: World, joint: Joint, region: Any, at: Any, spans: Any, weights: Any, goal: Any
) -> float:
    """What waiting a bar costs beside trading now, in units of the trade's cost."""
    v, t = at
    costs = joint.costs[v]
    bill, _, _ = swap_bill(weights, goal, costs[0], costs[1], costs[2], np.empty_like(goal))
    left = _price_of_distance(weights - world.targets[t], region, costs)
    waited = _road(world, joint, region, at, spans, weights, left)
    traded = _road(world, joint, region, at, spans, goal, left)
    return float((waited - traded - bill) / bill)


@njit(cache=True, error_model="numpy", nogil=True)
def _price_of_distance(gaps: Any, region: Any, costs: Any) -> float:
    """What the closed form pays for a unit of squared distance: the metric's, not the portfolio's.

    At its trigger a pair's trade from `h` to `d` costs `(k / (h - d) + lam + eta * (h - d)) / (h +
    d)` for each unit of `h**2 - d**2`, times the curvature of the pair.
    """
    i, j, _ = farthest_pair(gaps, region[0], region[1])
    high, low = region[1, i, j], region[2, i, j]
    size = high - low
    unit = costs[1] * size + costs[0] + (costs[2] / size if costs[2] > 0.0 else 0.0)
    curvature = region[0, i, i] + region[0, j, j] - 2.0 * region[0, i, j]
    return float(unit / (high + low) / curvature)


@njit(cache=True, error_model="numpy", nogil=True)
def _road(
    world: World, joint: Joint, region: Any, at: Any, spans: Any, start: Any, left: float
) -> float:
    """Cost of a road: swaps, deviations by the risk of the moment, and the distance at its end."""
    v, t = at
    step, horizon = spans
    weights, goal, work, cost = start.copy(), np.empty_like(start), np.empty_like(start), 0.0
    region, costs = region.copy(), joint.costs[v]
    for s in range(t, t + horizon):
        gaps = weights - world.targets[s]
        cost += joint.risk_aversion[v] / 2.0 * step * _square(gaps, joint.covariance[s])
        _drift(world, s + 1, weights)
        targets = world.targets[s + 1]
        joint_metric(targets, joint.covariance[s + 1], joint.coupling[v], region[0])
        if world.tradable[s + 1] and joint_destination(
            weights, targets, region[0], region[1], region[2], goal
        ):
            cost += swap_bill(weights, goal, costs[0], costs[1], costs[2], work)[0]
            weights[:] = goal
    return cost + left * _square(weights - world.targets[t + horizon], region[0])


@njit(cache=True, error_model="numpy", nogil=True)
def _square(gaps: Any, matrix: Any) -> float:
    total = 0.0
    for i in range(gaps.size):
        for j in range(gaps.size):
            total += gaps[i] * matrix[i, j] * gaps[j]
    return total


@njit(cache=True, error_model="numpy", nogil=True)
def _drift(world: World, t: int, weights: Any) -> None:
    """Weights at a bar from those at the bar before."""
    for i in range(weights.size):
        weights[i] *= world.prices[t, i] / world.prices[t - 1, i]
    weights /= weights.sum()
