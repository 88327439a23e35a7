"""What trading costs and what it is worth: the one model of keeper, planner and backtest.

A swap of `x` costs `gas + fee * x + impact * x**2`, with `x` and the cost as fractions of NAV.
`swap_bill` keeps to the part of Python that numba compiles, and research compiles this object.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from trimtab.domain.units import wei_to_float

__all__ = [
    "SECONDS_PER_YEAR",
    "fitted_swap_cost",
    "gas_cost",
    "pool_impact",
    "swap_bill",
    "tracking_loss",
]

Vector = npt.NDArray[np.float64]

LEAST_TRADE = 1e-9
"""Trades below this, in NAV, are rounding."""

SECONDS_PER_YEAR = 31_557_600
"""A year of 365.25 days, in seconds."""


def gas_cost(gas: int, gas_price: int, native_price: float, l1_fee: int = 0) -> float:
    """Value of the gas of a transaction, in the unit of account.

    Parameters
    ----------
    gas
        Gas used.
    gas_price
        Price of one gas, in wei of the native coin.
    native_price
        Value of one native coin, in the unit of account.
    l1_fee
        What a rollup charges beside gas for publishing the transaction, in wei.
    """
    return wei_to_float(gas * gas_price + l1_fee) * native_price


def tracking_loss(
    deviations: Sequence[float], covariance: Sequence[Sequence[float]], risk_aversion: float
) -> float:
    """Yearly loss of being away from target, as a fraction of NAV: `risk_aversion / 2 * d' S d`.

    Parameters
    ----------
    deviations
        Weight minus target of each asset, as fractions: `d`.
    covariance
        Covariance of the assets' returns per year: `S`.
    risk_aversion
        Relative risk aversion, dimensionless.
    """
    variance = sum(
        first * second * entry
        for first, row in zip(deviations, covariance, strict=True)
        for second, entry in zip(deviations, row, strict=True)
    )
    return risk_aversion / 2 * variance


def pool_impact(nav: float, depth: float) -> float:
    """Impact of a pool on a swap: `nav / depth`, so that a swap of `x` loses `impact * x**2`.

    Parameters
    ----------
    nav
        Value of the portfolio, in any unit.
    depth
        Value of one side of a constant-product pool, in the same unit; what a concentrated pool
        of the same slope would hold.
    """
    return nav / depth


def fitted_swap_cost(sizes: Sequence[float], losses: Sequence[float]) -> tuple[float, float]:
    """Fee and impact of the curve `loss = fee * x + impact * x**2` through what a route quotes.

    Least squares of the loss per unit, so that small swaps count as much as large ones.

    Parameters
    ----------
    sizes
        Values sold, as fractions of NAV, each above zero.
    losses
        Value lost by each, likewise; below zero where the pool pays more than the oracle.

    Returns
    -------
    tuple[float, float]
        Fee and impact, each at least zero.
    """
    if len(sizes) == 1:
        return max(0.0, losses[0] / sizes[0]), 0.0
    x = np.asarray(sizes)
    units = np.asarray(losses) / x
    spread = x - x.mean()
    impact = max(0.0, float((spread * units).sum() / (spread**2).sum()))
    return max(0.0, float(units.mean() - impact * x.mean())), impact


def swap_bill(  # noqa: PLR0917 (compiled functions take arguments by position)
    weights: Vector, goal: Vector, fee: float, impact: float, gas: float, work: Vector
) -> tuple[float, float, int]:
    """Cost of the swaps from one portfolio to another, what they trade, and how many they are.

    The largest sale goes to the largest purchase until both are served: at most one swap fewer
    than assets that change.

    Parameters
    ----------
    weights, goal
        Shape (n,). Fractions of NAV; each sums to one.
    fee, impact, gas
        Cost of a swap of `x`: `gas + fee * x + impact * x**2`, as a fraction of NAV.
    work
        Shape (n,). Overwritten.

    Returns
    -------
    tuple[float, float, int]
        Cost and traded value as fractions of NAV, and the number of swaps.
    """
    work[:] = weights - goal
    cost, traded, swaps = 0.0, 0.0, 0
    for _ in range(2 * work.size):
        # Choices instead of branches: which asset is farthest is what a processor cannot guess.
        seller = buyer = 0
        most = least = work[0]
        for i in range(1, work.size):
            left = work[i]
            seller = i if left > most else seller
            buyer = i if left < least else buyer
            most, least = max(most, left), min(least, left)
        size = min(most, -least)
        if size <= LEAST_TRADE:
            break
        work[seller] -= size
        work[buyer] += size
        cost += gas + fee * size + impact * size**2
        traded += size
        swaps += 1
    return cost, traded, swaps
