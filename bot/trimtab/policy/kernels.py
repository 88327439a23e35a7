"""When to rebalance and how far, as scalar kernels.

The keeper runs these functions as they are; research compiles the same objects. They keep to the
part of Python and NumPy that numba compiles: arrays and numbers, no containers, no classes, loops
where an array expression would allocate. Weights and distances are fractions of NAV in float64.

Symbols, as in the literature: `h` trigger and `d` destination, both distances from target;
`s**2` variance of an asset's weight per year; `k` gas cost of a trade as a fraction of NAV;
`lam` cost per unit of weight traded; `eta` price impact, so that trading `x` costs
`k + lam * x + eta * x**2`; `risk` the loss per year and squared distance, times two.
"""

import math

import numpy as np
import numpy.typing as npt

__all__ = [
    "base_only",
    "cash_first",
    "destination",
    "fires",
    "optimal_band",
    "unit_cost",
    "yearly_loss",
]

Vector = npt.NDArray[np.float64]

PROGRESS_SHARE = 0.21
"""Least fall of total drift as a share of it: the vault's fifth, and room for fees."""

PROGRESS_CAP = 0.0105
"""Least fall of total drift at most: the vault's 1 % of NAV, and room for fees."""

STEPS = 50
"""Halvings of the logarithm of a trade's size: from 60 to less than 1e-13."""


def fires(weights: Vector, targets: Vector, triggers: Vector) -> bool:
    """Whether some weight is at least its trigger away from its target.

    Parameters
    ----------
    weights, targets, triggers
        Shape (n,). Fractions of NAV.
    """
    found = False
    for i in range(weights.size):
        found = found or abs(weights[i] - targets[i]) >= triggers[i]
    return found


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
    out[:] = weights
    if not due and not fires(weights, targets, triggers):
        return False
    above = below = drift = 0.0
    for i in range(weights.size):
        gap = weights[i] - targets[i]
        reach = abs(gap)
        drift += reach / 2.0
        moved = max(reach - destinations[i], 0.0) if due or reach >= triggers[i] else 0.0
        if moved > 0.0:
            out[i] = targets[i] + math.copysign(reach - moved, gap)
        if gap > 0.0:
            above += moved
        else:
            below += moved
    traded = max(above, below)
    if traded <= 0.0:
        return False
    traded = max(traded, min(PROGRESS_SHARE * drift, PROGRESS_CAP))

    lower_drift(targets, 1.0, traded - above, out)
    lower_drift(targets, -1.0, traded - below, out)
    return True


def lower_drift(targets: Vector, side: float, missing: float, out: Vector) -> None:
    """Bring the assets farthest from target on one side nearer to it, by `missing` in all.

    Parameters
    ----------
    targets
        Shape (n,).
    side
        1 for the assets above target, -1 for those below.
    missing
        What they are to trade, as a fraction of NAV.
    out
        Shape (n,). Weights; changed. A full step lands on the target itself, to the last digit.
    """
    while missing > 0.0:
        farthest = 0
        for i in range(1, out.size):
            if side * (out[i] - targets[i]) > side * (out[farthest] - targets[farthest]):
                farthest = i
        reach = side * (out[farthest] - targets[farthest])
        step = min(missing, reach)
        if step <= 0.0:
            break
        out[farthest] = targets[farthest] + side * (reach - step)
        missing -= step


def cash_first(weights: Vector, targets: Vector, out: Vector) -> float:
    """Write the weights after idle base asset has bought what is short; return what it buys.

    The base asset is the first. What it has above its target goes to the asset farthest below,
    then to the next: nothing is sold, so that a deposit corrects drift at half the usual cost.

    Parameters
    ----------
    weights, targets
        Shape (n,). Fractions of NAV; each sums to one.
    out
        Shape (n,). The weights afterwards; `weights` if no base asset is idle.
    """
    out[:] = weights
    idle = weights[0] - targets[0]
    spent = 0.0
    while spent < idle:
        shortest = 0
        for i in range(1, out.size):
            if targets[i] - out[i] > targets[shortest] - out[shortest]:
                shortest = i
        size = min(idle - spent, targets[shortest] - out[shortest])
        if size <= 0.0:
            break
        out[shortest] += size
        out[0] -= size
        spent += size
    return spent


def base_only(weights: Vector, targets: Vector, out: Vector) -> bool:
    """Keep of what a policy wants only sales into the base asset; return whether any are left.

    The base asset is the first. After a drawdown nothing else may be bought, and the base asset no
    further than to its target. The assets farthest above their targets are sold, as much as the
    policy would have sold, or as the vault's least progress needs if that is more.

    Parameters
    ----------
    weights, targets
        Shape (n,). Fractions of NAV; each sums to one.
    out
        Shape (n,). What the policy wants; changed. `weights` if nothing may be traded.
    """
    wanted = above = drift = 0.0
    for i in range(weights.size):
        drift += abs(weights[i] - targets[i]) / 2.0
        if i > 0:
            wanted += max(weights[i] - out[i], 0.0)
            above += max(weights[i] - targets[i], 0.0)
    least = min(PROGRESS_SHARE * drift, PROGRESS_CAP)
    room = min(targets[0] - weights[0], above)
    size = min(max(wanted, least), room)
    out[:] = weights
    if wanted <= 0.0 or size <= 0.0 or size < least:
        return False
    lower_drift(targets, 1.0, size, out)
    out[0] = weights[0] + size
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
    for _ in range(STEPS):
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
