"""The no-trade region of several assets, as kernels in the subset of Python that numba compiles.

A portfolio of `n` assets can leave its target in `n - 1` directions, and a swap moves it along one
line: from an asset above its target to one below. Each such pair has a trigger and a destination
of its own; a portfolio inside all of them is left alone.

The curvature of the value that waiting has is not the covariance. Along every principal direction
the weights' own variance and the loss from a deviation are both proportional to that direction's
variance, which cancels from `h = (3 * lam * s**2 / (2 * q))**(1/3)`: in fractions of target the
region is nearly a ball. That is why a region shaped by the covariance alone trades too much.
"""

import math

import numpy as np

from trimtab.policy.kernels import PROGRESS_CAP, PROGRESS_SHARE, Vector, optimal_band

__all__ = ["COUPLING", "best_pair", "joint_bands", "joint_destination", "joint_metric"]

COUPLING = 0.2
"""Share of the covariance in the metric of the region; chosen on prices of 2020 and 2021."""

LEAST_TARGET = 1e-3
"""Targets below this count as this much in the width of a pair's band: an asset with none is sold
off once that is worth its gas."""

LEAST_TRADE = 1e-9
"""Trades below this, in NAV, are rounding."""


def joint_bands(  # noqa: PLR0917 (compiled functions take arguments by position)
    targets: Vector,
    fees: Vector,
    impacts: Vector,
    gas: float,
    risk_aversion: float,
    triggers: Vector,
    destinations: Vector,
) -> None:
    """Write trigger and destination of every pair.

    What one asset has too much of, another has too little of, and a swap corrects both. Along the
    pair `(i, j)` the weight that is out of place moves with `r_i - r_j`: its variance per year is
    `m**2 * q` with `m = w_i * w_j / (w_i + w_j)` and `q` the variance of `r_i - r_j`, and a
    deviation costs `risk_aversion * q`. Both are in proportion to `q`, and `J` is smallest where it
    is at `q = 1`: these bands hold at any volatility, however it is forecast.

    Parameters
    ----------
    targets
        Shape (n,). Target weights.
    fees, impacts
        Shape (n, n). Cost of a swap of `x` from row to column: `gas + fee * x + impact * x**2`.
    gas
        Cost of one swap as a fraction of NAV.
    risk_aversion
        Relative risk aversion.
    triggers, destinations
        Shape (n, n). Written to.
    """
    for i in range(targets.size):
        for j in range(targets.size):
            first, second = max(targets[i], LEAST_TARGET), max(targets[j], LEAST_TARGET)
            joint = first * second / (first + second)
            triggers[i, j], destinations[i, j] = optimal_band(
                joint**2, fees[i, j], impacts[i, j], gas, risk_aversion
            )


def joint_metric(targets: Vector, covariance: Vector, coupling: float, metric: Vector) -> None:
    """Write by how much a deviation of one asset weighs on a swap of another.

    `diag(1 / w)`, in which every direction's speed and its cost are in one ratio, blended with
    the covariance, which knows that assets that move together stand in for one another.

    Parameters
    ----------
    targets
        Shape (n,). Target weights.
    covariance
        Shape (n, n). Forecast covariance of returns per year; zero if unknown.
    coupling
        Share of the covariance in the metric, from 0 to 1; its scale does not matter.
    metric
        Shape (n, n). Written to.
    """
    size = targets.size
    ratios = 0.0
    for i in range(size):
        for j in range(size):
            first, second = max(targets[i], LEAST_TARGET), max(targets[j], LEAST_TARGET)
            risk = covariance[i, i] + covariance[j, j] - 2.0 * covariance[i, j]
            ratios += risk * first * second / (first + second) / (size * (size - 1))
    share = coupling / ratios if ratios > 0.0 else 0.0
    for i in range(size):
        for j in range(size):
            metric[i, j] = share * covariance[i, j]
        metric[i, i] += (1.0 - coupling) / max(targets[i], LEAST_TARGET)


def best_pair(
    gaps: Vector,
    metric: Vector,
    triggers: Vector,
    destinations: Vector,
    any_trade: bool,
) -> tuple[int, int, float]:
    """The pair that is farthest outside its band: who sells, who buys, and how much.

    The distance `z` of a pair is what a swap between the two must move to bring them nearest to
    target. A swap of `x` pays if it takes as much off `z**2` as one from trigger to destination
    would: less, cut short because one of the two is on target before, is not worth its gas.

    Parameters
    ----------
    gaps
        Shape (n,). Weight minus target.
    metric, triggers, destinations
        Shape (n, n). As `joint_metric` and `joint_bands` write them.
    any_trade
        Whether a pair may trade within its band as well.

    Returns
    -------
    tuple[int, int, float]
        Seller, buyer, size; the size is zero if no pair is to trade.
    """
    seller, buyer, size, highest = 0, 0, 0.0, 0.0
    pull = np.zeros(gaps.size)
    for i in range(gaps.size):
        for j in range(gaps.size):
            pull[i] += metric[i, j] * gaps[j]
    for i in range(gaps.size):
        for j in range(gaps.size):
            trigger, inside = triggers[i, j], destinations[i, j]
            if not (gaps[i] > LEAST_TRADE and gaps[j] < -LEAST_TRADE and trigger < math.inf):
                continue
            curvature = metric[i, i] + metric[j, j] - 2.0 * metric[i, j]
            distance = (pull[i] - pull[j]) / curvature
            moved = min(distance - inside, gaps[i], -gaps[j])
            taken = distance**2 - (distance - moved) ** 2
            if any_trade:
                moved, taken = min(gaps[i], -gaps[j]), math.inf
            score = distance / max(trigger, LEAST_TRADE)
            if (
                moved > LEAST_TRADE
                and taken >= (trigger**2 - inside**2) * (1.0 - 1e-9)
                and (size == 0.0 or score > highest)
            ):
                seller, buyer, size, highest = i, j, moved, score
    return seller, buyer, size


def joint_destination(  # noqa: PLR0917 (compiled functions take arguments by position)
    weights: Vector,
    targets: Vector,
    metric: Vector,
    triggers: Vector,
    destinations: Vector,
    out: Vector,
) -> bool:
    """Write the weights to trade to into `out`; return whether there is anything to trade.

    Swaps the pair farthest outside its band, then the next, until none is left. If total drift
    has then not fallen by what the vault demands, the farthest pairs go on, so far as that needs.
    No asset is taken away from its target or past it.

    Parameters
    ----------
    weights, targets
        Shape (n,). Fractions of NAV; each sums to one.
    metric, triggers, destinations
        Shape (n, n). As `joint_metric` and `joint_bands` write them.
    out
        Shape (n,). The weights to trade to; `weights` if nothing fires.
    """
    out[:] = weights
    drift = np.abs(weights - targets).sum() / 2.0
    enough = min(PROGRESS_SHARE * drift, PROGRESS_CAP)
    traded = 0.0
    for _ in range(4 * weights.size):
        seller, buyer, size = best_pair(out - targets, metric, triggers, destinations, False)
        if size <= 0.0 and 0.0 < traded < enough:
            seller, buyer, size = best_pair(out - targets, metric, triggers, destinations, True)
            size = min(size, enough - traded)
        if size <= 0.0:
            break
        traded += size
        out[seller] -= size
        out[buyer] += size
    return traded > 0.0
