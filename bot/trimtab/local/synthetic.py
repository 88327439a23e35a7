"""Made-up prices for when no file is at hand: correlated, with calm and stormy times, seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab.domain.units import DAY
from trimtab.errors import BadInput
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.prices import PriceHistory, require_assets

Matrix = NDArray[np.float64]

YEAR_DAYS = 365
"""Days of a year; crypto markets never close."""

CORRELATION = 0.7
"""Correlation of the daily returns of any two risky assets."""

CALM_DAYS, STORMY_DAYS = 40.0, 8.0
"""Mean lengths of the two regimes, in days."""

STORM_FACTOR = 2.2
"""How many times more volatile than usual a stormy day is; calm days make up for it."""

PEG_VOLATILITY, PEG_PULL = 0.0003, 0.4
"""Daily shock of a pegged price, and the share of its distance from 1 that a day takes away."""

DIGITS = 10
"""Significant digits of a price, so that no machine's last bit matters."""


@dataclass(frozen=True, slots=True)
class AssetModel:
    """How a made-up price behaves.

    Attributes
    ----------
    start
        First price, in the unit of account.
    volatility
        Standard deviation of the logarithmic return over a year.
    growth
        Mean of the logarithmic return over a year.
    """

    start: float
    volatility: float
    growth: float


MODELS = {
    "BTC": AssetModel(29_000.0, 0.65, 0.15),
    "ETH": AssetModel(1_800.0, 0.80, 0.15),
    "LINK": AssetModel(12.0, 1.00, 0.10),
    "UNI": AssetModel(6.0, 1.05, 0.05),
    "AAVE": AssetModel(90.0, 1.05, 0.05),
}
"""Models of the assets that can be made up, beside the pegged ones."""

PEGGED = ("USDC", "USDT", "DAI")
"""Assets whose price stays near 1."""


def synthetic_history(
    assets: tuple[str, ...], days: int, seed: int, *, correlation: float = CORRELATION
) -> PriceHistory:
    """Daily prices that look like a crypto market; the same for the same arguments.

    Risky assets follow geometric Brownian motions with a common correlation, whose volatility
    switches between a calm and a stormy regime; pegged ones revert to 1 on their own.

    Parameters
    ----------
    assets
        Symbols, the base asset first.
    days
        Number of rows, at least 2.
    seed
        Seed of all randomness, at least 0.
    correlation
        Of the daily returns of any two risky assets, from 0 to less than 1.

    Raises
    ------
    BadInput
        If there is no model for an asset, or a number is too small.
    """
    require_assets(assets)
    _check(assets, days, seed)
    random = np.random.default_rng(seed)
    stormy = _storms(days, random)
    shocks = random.standard_normal((days, len(assets)))
    risky = [i for i, asset in enumerate(assets) if asset not in PEGGED]
    shocks[:, risky] = _correlated(shocks[:, risky], correlation)
    columns = [
        _pegged(shocks[:, i]) if asset in PEGGED else _risky(MODELS[asset], shocks[:, i], stormy)
        for i, asset in enumerate(assets)
    ]
    rows = tuple(
        tuple(float(f"{price:.{DIGITS}g}") for price in row) for row in zip(*columns, strict=True)
    )
    times = tuple(GENESIS_TIMESTAMP + DAY * (day + 1) for day in range(days))
    return PriceHistory(times, assets, rows)


def _check(assets: tuple[str, ...], days: int, seed: int) -> None:
    if days < 2:
        raise BadInput(f"a history needs at least 2 days, got {days}")
    if seed < 0:
        raise BadInput(f"a seed must be at least 0, got {seed}")
    known = (*PEGGED, *MODELS)
    unknown = [asset for asset in assets if asset not in known]
    if unknown:
        raise BadInput(f"no made-up prices for {', '.join(unknown)}; there are {', '.join(known)}")


def _storms(days: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Which days are stormy: a Markov chain of two states that starts calm."""
    draws = random.random(days)
    stormy = np.zeros(days, dtype=np.bool_)
    for day in range(1, days):
        leave = 1 / (STORMY_DAYS if stormy[day - 1] else CALM_DAYS)
        stormy[day] = stormy[day - 1] ^ bool(draws[day] < leave)
    return stormy


def _correlated(independent: Matrix, common: float) -> Matrix:
    """Shape (days, assets). Standard normal shocks, any two with the common correlation."""
    size = independent.shape[1]
    correlation = np.full((size, size), common) + (1 - common) * np.eye(size)
    return independent @ np.linalg.cholesky(correlation).T


def _risky(model: AssetModel, shocks: Matrix, stormy: NDArray[np.bool_]) -> Matrix:
    """Shape (days,). Prices of one risky asset; `volatility` is its mean square over regimes."""
    share = STORMY_DAYS / (CALM_DAYS + STORMY_DAYS)
    calm_factor = np.sqrt((1 - share * STORM_FACTOR**2) / (1 - share))
    daily = model.volatility / np.sqrt(YEAR_DAYS) * np.where(stormy, STORM_FACTOR, calm_factor)
    returns = model.growth / YEAR_DAYS + daily * shocks
    returns[0] = 0.0
    return np.asarray(model.start * np.exp(np.cumsum(returns)))


def _pegged(shocks: Matrix) -> Matrix:
    """Shape (days,). Prices that shocks push away from 1 and that come back."""
    gap, prices = 0.0, np.empty(len(shocks))
    for day, shock in enumerate(shocks):
        gap = (1 - PEG_PULL) * gap + PEG_VOLATILITY * shock
        prices[day] = 1 + gap
    return prices
