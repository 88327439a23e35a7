"""When to rebalance and how far, as scalar kernels.

The keeper runs these functions as they are; research compiles the same objects. They keep to the
part of Python and NumPy that numba compiles: arrays and numbers, no containers, no classes, no
calls of one another. Weights and distances are fractions of NAV in float64.

Symbols, as in the literature: `h` trigger and `d` destination, both distances from target;
`s**2` variance of an asset's weight per year; `k` gas cost of a trade as a fraction of NAV;
`lam` cost per unit of weight traded; `eta` price impact, so that trading `x` costs
`k + lam * x + eta * x**2`; `risk` the loss per year and squared distance, times two.
"""

import math

import numpy as np
import numpy.typing as npt

__all__ = ["destination", "fires", "optimal_band", "unit_cost", "yearly_loss"]

Vector = npt.NDArray[np.float64]

PROGRESS_SHARE = 0.21
"""Least fall of total drift as a share of it: the vault's fifth, and room for fees."""

PROGRESS_CAP = 0.0105
"""Least fall of total drift at most: the vault's 1 % of NAV, and room for fees."""


def fires(weights: Vector, targets: Vector, triggers: Vector) -> bool:
    """Whether some weight is at least its trigger away from its target.

    Parameters
    ----------
    weights, targets, triggers
        Shape (n,). Fractions of NAV.
    """
    return bool((np.abs(weights - targets) >= triggers).any())


def destination(  # noqa: PLR0917 (compiled functions take arguments by position)
    weights: Vector,
    targets: Vector,
    triggers: Vector,
    destinations: Vector,
    due: bool,
    out: Vector,
) -> bool:
    """Write the weights to trade to into `out`; return whether there is anything to trade.

    The one rule of all policies. It fires when `due`, or when a weight is at least its trigger
    away from its target. Then every asset outside its trigger (when due: every asset) that is
    farther than its destination is brought to that distance. What those sell and buy must
    balance, and the vault demands that total drift falls by a fifth or by 1 % of NAV: whatever is
    missing on either side is traded by the assets that are then farthest from their targets, so
    that few assets are touched. No asset is taken away from its target or past it.

    Parameters
    ----------
    weights, targets
        Shape (n,). Fractions of NAV; each sums to one.
    triggers, destinations
        Shape (n,). Distances from target, each destination at most its trigger.
    due
        Whether to trade regardless of triggers.
    out
        Shape (n,). The weights to trade to; `weights` if nothing fires.
    """
    gaps = weights - targets
    reach = np.abs(gaps)
    outside = reach >= triggers
    out[:] = weights
    if not due and not outside.any():
        return False

    moved = np.maximum(reach - destinations, 0.0)
    if not due:
        moved = np.where(outside, moved, 0.0)
    above = np.where(gaps > 0.0, moved, 0.0).sum()
    below = moved.sum() - above
    traded = max(above, below)
    if traded <= 0.0:
        return False
    traded = max(traded, min(PROGRESS_SHARE * reach.sum() / 2.0, PROGRESS_CAP))

    reach -= moved
    for side in (1.0, -1.0):
        missing = traded - (above if side > 0.0 else below)
        while missing > 0.0:
            candidates = np.where(side * gaps > 0.0, reach, 0.0)
            farthest = candidates.argmax()
            step = min(missing, candidates[farthest])
            if step <= 0.0:
                break
            reach[farthest] -= step
            missing -= step

    # Untouched weights are kept to the last digit; a full step lands on the target itself.
    untouched = reach == np.abs(gaps)
    out[:] = np.where(untouched, weights, targets + np.sign(gaps) * reach)
    return True


def unit_cost(size: float, fee: float, impact: float, gas: float) -> float:
    """Cost of a trade per unit of weight traded: `k / x + lam + eta * x`.

    Parameters
    ----------
    size
        Weight traded: `x`. It may be zero only if `gas` is.
    fee, impact, gas
        `lam`, `eta` and `k` above.
    """
    if gas <= 0.0:
        return fee + impact * size
    return gas / size + fee + impact * size


def yearly_loss(
    trigger: float, destination: float, variance: float, cost: float, risk: float
) -> float:
    """Expected yearly cost and tracking loss of a band: `J(h, d)`, as a fraction of NAV.

    The weight of one asset against the rest is taken as a driftless diffusion, which is traded
    from `h` to `d`. It trades every `(h**2 - d**2) / s**2` years, and its squared distance from
    target is `(h**2 + d**2) / 6` on average:

        J(h, d) = cost * s**2 / (h + d) + risk * (h**2 + d**2) / 12

    Parameters
    ----------
    trigger, destination
        Distances from target: `h` above zero and `d` from zero to `h`.
    variance
        Variance of the asset's weight per year: `s**2`.
    cost
        Cost per unit of weight traded, for trades of `h - d`: see `unit_cost`.
    risk
        Risk aversion times the variance of the asset against what funds it, per year.
    """
    turnover = variance / (trigger + destination)
    return cost * turnover + risk * (trigger**2 + destination**2) / 12.0


def optimal_band(
    variance: float, fee: float, impact: float, gas: float, risk: float
) -> tuple[float, float]:
    """Trigger and destination that minimise `J`, both as distances from target.

    In the sum `S = h + d` and the trade `x = h - d`,

        J = s**2 * (k / x + lam + eta * x) / S + risk * (S**2 + x**2) / 24,  x <= S,

    a sum of powers with positive coefficients, hence convex in the logarithms of `x` and `S`. The
    best `S` for an `x` is `(12 * s**2 * (k / x + lam + eta * x) / risk) ** (1 / 3)`, or `x` if
    that is larger: then the destination is the target, and `J` rises with `x`. The best `x` is
    where the slope of what remains changes sign, found by bisection. With `k = 0` trades are
    infinitely small and `h = d = (3 * lam * s**2 / (2 * risk)) ** (1 / 3)`; with
    `lam = eta = 0` the destination is the target and `h = (12 * k * s**2 / risk) ** (1 / 4)`.

    Parameters
    ----------
    variance
        Variance of the asset's weight per year: `s**2`.
    fee, impact, gas
        Cost of trading `x`: `gas + fee * x + impact * x**2`, as a fraction of NAV.
    risk
        Risk aversion times the variance of the asset against what funds it, per year.

    Returns
    -------
    tuple[float, float]
        `(h, d)`; infinite when deviations cost nothing, zero when trading costs nothing.

    References
    ----------
    H. Leland, "Optimal portfolio management with transaction costs and capital gains taxes"
    (1999); K. Janecek and S. Shreve, Finance and Stochastics 8 (2004).
    """
    if risk <= 0.0:
        return math.inf, math.inf
    scale = 12.0 * variance / risk
    if gas <= 0.0:
        edge = (scale * fee) ** (1.0 / 3.0) / 2.0
        return edge, edge
    if scale <= 0.0:
        return 0.0, 0.0

    high = math.log((2.0 * scale * gas) ** 0.25 + (scale * fee) ** (1.0 / 3.0))
    low = high - 60.0
    for _ in range(100):
        middle = (low + high) / 2.0
        x = math.exp(middle)
        best = (scale * (gas / x + fee + impact * x)) ** (1.0 / 3.0)
        slope = scale * (impact - gas / x**2) / best + x
        if slope < 0.0:
            low = middle
        else:
            high = middle

    x = math.exp((low + high) / 2.0)
    total = max(x, (scale * (gas / x + fee + impact * x)) ** (1.0 / 3.0))
    return (total + x) / 2.0, (total - x) / 2.0
