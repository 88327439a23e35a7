"""Where a change in value came from: parts that sum to the whole.

Everything is told of one share, or of a portfolio without deposits: quantities change only by the
moves that are listed, and a move's worth at the prices of its moment is what it cost or brought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from trimtab.domain.costs import SECONDS_PER_YEAR
from trimtab.errors import BadInput
from trimtab.research.metrics import ValueSeries, relative

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

TOLERANCE = 1e-9
"""Largest change of a quantity that no move explains, as a fraction of the value it is worth."""

TRADE = "trade"
"""Kind of the moves that are swaps."""


@dataclass(frozen=True, slots=True)
class Move:
    """Something that changed the quantities at one of the path's times.

    Attributes
    ----------
    step
        Position of the time, from 1: nothing moves before the path begins.
    kind
        What it was, in a word: `trade`, `fee`, `doors`.
    change
        Shape (n,). What it added to each quantity.
    """

    step: int
    kind: str
    change: Vector


@dataclass(frozen=True, slots=True)
class HoldingPath:
    """Quantities held along prices.

    Attributes
    ----------
    timestamps
        Rising, in seconds.
    assets
        Names, in the order of the columns.
    prices
        Shape (t, n). Worth of one unit of each asset.
    quantities
        Shape (t, n). Units held from each time to the next, after the moves of that time.
    moves
        Everything that changed the quantities.
    """

    timestamps: tuple[int, ...]
    assets: tuple[str, ...]
    prices: Matrix
    quantities: Matrix
    moves: tuple[Move, ...] = ()

    def __post_init__(self) -> None:
        """Refuse quantities that the moves do not explain.

        Raises
        ------
        BadInput
            Naming the asset and the time.
        """
        shape = (len(self.timestamps), len(self.assets))
        for name, matrix in (("prices", self.prices), ("quantities", self.quantities)):
            if matrix.shape != shape:
                raise BadInput(f"{name} of shape {matrix.shape}, expected {shape}")
        explained = np.zeros(shape)
        for move in self.moves:
            explained[move.step] += move.change
        gap = np.abs(np.diff(self.quantities, axis=0) - explained[1:]) * self.prices[1:]
        loose = np.argwhere(gap > TOLERANCE * self.worth[1:, None])
        if len(loose):
            step, asset = loose[0]
            raise BadInput(
                f"the quantity of {self.assets[asset]} changed at {self.timestamps[step + 1]} by "
                "what no move explains: events are missing"
            )

    @property
    def worth(self) -> Vector:
        """Shape (t,). Worth after the moves of each time."""
        worth: Vector = (self.prices * self.quantities).sum(axis=1)
        return worth

    def series(self) -> ValueSeries:
        """The same as a series of values."""
        return ValueSeries(self.timestamps, tuple(float(value) for value in self.worth))


@dataclass(frozen=True, slots=True)
class CostEntry:
    """What one move was worth at the prices of its moment; below zero if it cost something."""

    timestamp: int
    kind: str
    value: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Parts of a change in value; they sum to `change`.

    Attributes
    ----------
    change
        Worth at the end less worth at the beginning.
    buy_and_hold
        By asset: what the first quantities gained.
    rebalancing
        By asset: what holding other quantities than the first gained.
    moves
        By kind: what the moves themselves brought; costs are below zero.
    """

    change: float
    buy_and_hold: dict[str, float]
    rebalancing: dict[str, float]
    moves: dict[str, float]

    @property
    def parts(self) -> tuple[float, ...]:
        """All parts."""
        groups = (self.buy_and_hold, self.rebalancing, self.moves)
        return tuple(value for group in groups for value in group.values())

    @property
    def rebalancing_effect(self) -> float:
        """What became of the portfolio, less what would have become of the first quantities."""
        return fsum((*self.rebalancing.values(), *self.moves.values()))


@dataclass(frozen=True, slots=True)
class GrowthParts:
    """Yearly logarithmic growth in parts; they sum to `growth`.

    Attributes
    ----------
    growth
        Logarithm of the growth factor, per year.
    assets
        Growth of the assets alone, each by its mean weight.
    diversification
        What holding them together added: growth of the whole before moves, less `assets`. For a
        fixed mix it is about half of (mean variance less variance of the mix).
    moves
        What the moves took or brought.

    References
    ----------
    D. Booth and E. Fama, "Diversification returns and asset contributions", Financial Analysts
    Journal 48 (1992).
    """

    growth: float
    assets: float
    diversification: float
    moves: float


@dataclass(frozen=True, slots=True)
class MarketSplit:
    """Mean yearly return in parts; `market + alpha` is `mean`."""

    mean: float
    beta: float
    market: float
    alpha: float


def traded_path(
    timestamps: tuple[int, ...], assets: tuple[str, ...], prices: Matrix, quantities: Matrix
) -> HoldingPath:
    """The path of a backtest without deposits: whatever changed the quantities was a trade.

    Parameters
    ----------
    prices, quantities
        As of `HoldingPath`.
    """
    changes = np.diff(quantities, axis=0)
    moves = tuple(
        Move(step, TRADE, change) for step, change in enumerate(changes, start=1) if change.any()
    )
    return HoldingPath(timestamps, assets, prices, quantities, moves)


def attribute(path: HoldingPath) -> Attribution:
    """The change in value along a path, by its sources."""
    steps = np.diff(path.prices, axis=0)
    first = path.quantities[0]
    held = first * (path.prices[-1] - path.prices[0])
    departed = [_exact_sum(column) for column in ((path.quantities[:-1] - first) * steps).T]
    entries = cost_ledger(path)
    kinds = dict.fromkeys(entry.kind for entry in entries)
    return Attribution(
        change=float(path.worth[-1] - path.worth[0]),
        buy_and_hold=dict(zip(path.assets, map(float, held), strict=True)),
        rebalancing=dict(zip(path.assets, departed, strict=True)),
        moves={kind: total(entries, kind) for kind in kinds},
    )


def cost_ledger(path: HoldingPath) -> tuple[CostEntry, ...]:
    """Every move with what it was worth, in the order of the path."""
    return tuple(
        CostEntry(
            timestamp=path.timestamps[move.step],
            kind=move.kind,
            value=_exact_sum(move.change * path.prices[move.step]),
        )
        for move in path.moves
    )


def total(entries: Sequence[CostEntry], kind: str) -> float:
    """Sum of the entries of one kind."""
    return fsum(entry.value for entry in entries if entry.kind == kind)


def turnover(path: HoldingPath) -> float:
    """Value sold by trades, each as a fraction of the worth before it, per year."""
    years = (path.timestamps[-1] - path.timestamps[0]) / SECONDS_PER_YEAR
    sold = (
        -np.minimum(move.change, 0)
        @ path.prices[move.step]
        / (path.quantities[move.step - 1] @ path.prices[move.step])
        for move in path.moves
        if move.kind == TRADE
    )
    return fsum(sold) / years


def growth_parts(path: HoldingPath) -> GrowthParts:
    """Logarithmic growth along a path: of the assets, of their mixture, and of the moves."""
    years = (path.timestamps[-1] - path.timestamps[0]) / SECONDS_PER_YEAR
    before = (path.prices[1:] * path.quantities[:-1]).sum(axis=1)
    worth = path.worth
    mixed = _exact_sum(np.log(before / worth[:-1])) / years
    weights = (path.prices * path.quantities)[:-1] / worth[:-1, None]
    alone = weights.mean(axis=0) @ np.log(path.prices[-1] / path.prices[0]) / years
    return GrowthParts(
        growth=float(np.log(worth[-1] / worth[0]) / years),
        assets=float(alone),
        diversification=float(mixed - alone),
        moves=_exact_sum(np.log(worth[1:] / before)) / years,
    )


def market_split(series: ValueSeries, benchmark: ValueSeries) -> MarketSplit:
    """Mean yearly return of a series: what its beta explains, and the rest."""
    beta, steps = relative(series, benchmark).beta, series.steps_a_year
    mean = float(series.returns.mean() * steps)
    market = float(beta * benchmark.returns.mean() * steps)
    return MarketSplit(mean=mean, beta=beta, market=market, alpha=mean - market)


def _exact_sum(numbers: Vector) -> float:
    return fsum(float(number) for number in numbers)
