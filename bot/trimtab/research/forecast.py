"""Forecasts from past prices: covariance by exponential weights, never from what comes later."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "HALF_LIFE_DAYS",
    "LEAST_RETURNS",
    "covariance_path",
    "usual_covariance",
    "weight_volatility",
]

HALF_LIFE_DAYS = 90.0
"""Age at which a return counts half, in days."""

LEAST_RETURNS = 20
"""Returns before which no forecast is made: the covariance is zero, which means unknown."""


def covariance_path(
    prices: NDArray[np.float64], bars_per_year: float, half_life: float
) -> NDArray[np.float64]:
    """Covariance of log returns per year as known at each bar, that bar's return included.

    Parameters
    ----------
    prices
        Shape (t, n).
    bars_per_year
        Bars in a year.
    half_life
        Age in bars at which a return counts half.

    Returns
    -------
    NDArray
        Shape (t, n, n). Zero until `LEAST_RETURNS` returns are known.
    """
    path: NDArray[np.float64] = _weigh(np.diff(np.log(prices), axis=0), 0.5 ** (1.0 / half_life))
    return path * bars_per_year


def usual_covariance(prices: NDArray[np.float64], bars_per_year: float) -> NDArray[np.float64]:
    """The covariance path at the usual half-life, shape (t, n, n)."""
    return covariance_path(prices, bars_per_year, HALF_LIFE_DAYS * bars_per_year / 365.25)


def weight_volatility(
    covariance: NDArray[np.float64], targets: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Standard deviation per year of each weight near its target: `w * sd(R - R_p)`.

    Parameters
    ----------
    covariance
        Shape (t, n, n).
    targets
        Shape (n,).

    Returns
    -------
    NDArray
        Shape (t, n).
    """
    with_portfolio = covariance @ targets
    variance = (
        np.diagonal(covariance, axis1=1, axis2=2)
        - 2 * with_portfolio
        + (with_portfolio @ targets)[:, None]
    )
    return targets * np.sqrt(np.maximum(variance, 0.0))


@njit(cache=True)
def _weigh(returns: Any, decay: float) -> Any:
    bars, assets = returns.shape
    path = np.zeros((bars + 1, assets, assets))
    total, weight = np.zeros((assets, assets)), 0.0
    for t in range(bars):
        weight = weight * decay + 1.0
        for i in range(assets):
            for j in range(assets):
                total[i, j] = total[i, j] * decay + returns[t, i] * returns[t, j]
                if t + 1 >= LEAST_RETURNS:
                    path[t + 1, i, j] = total[i, j] / weight
    return path
