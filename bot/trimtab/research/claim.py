"""The claim on real prices: what the cost-optimal policy costs beside calendars and fixed bands.

Shapes are chosen on the training window alone. On the test window every family is traced, read at
the same tracking errors, and compared by a paired bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.research.frontier import (
    BLOCK_DAYS,
    Family,
    Frontier,
    Reading,
    Study,
    choose_shapes,
    reading_at,
    resample,
    trace,
)
from trimtab.research.price_table import Missing, PriceTable, between, read_frame, read_prices
from trimtab.research.runs import SwapCost
from trimtab.research.timing import learnt_numbers

__all__ = ["BOUND", "LEARNT", "Cell", "ClaimOptions", "asset_sets", "prove"]

Vector = NDArray[np.float64]

BP = 1e-4
PEGGED = ("USDC", "USDT", "DAI", "USD", "EURC", "PYUSD")
"""Assets whose price does not move against the unit of account: at most one is in a set."""

RIVALS = (Family.CALENDAR, Family.BAND_TO_TARGET, Family.TO_EDGE, Family.HALF_WAY)
LEARNT = "learnt_timing"
"""The cost-optimal policy with timing learnt on the training window: beside the claim, no part of
it."""

SET_SIZES = (4, 6, 8, 10)
"""Numbers of assets of the sets that are made of a file's columns; one without a peg is added."""

LEAST_SHARE = 0.5
"""Share of the training window for which an asset must have prices to be in a set."""

BOUND = 0.03
"""Largest upper bound of the excess over the best other family that still counts as no worse."""

DRAWS = 2000
"""Resamples of the bootstrap."""


@dataclass(frozen=True, slots=True)
class ClaimOptions:
    """What is compared.

    Attributes
    ----------
    prices
        The file.
    train, test
        First and last day of each window.
    sets
        Assets of each portfolio, in equal weights; made from the file's columns if empty.
    gas
        Costs of gas of one swap, as fractions of NAV.
    levels
        Tracking errors, as fractions a year.
    fee
        Fee of a swap.
    seed
        Of the bootstrap.
    timing
        Whether learnt timing is put to the same test.
    """

    prices: Path
    train: tuple[date, date]
    test: tuple[date, date]
    sets: tuple[tuple[str, ...], ...] = ()
    gas: tuple[float, ...] = (0.0, 0.2 * BP, 1.0 * BP)
    levels: tuple[float, ...] = (100 * BP, 200 * BP, 400 * BP)
    fee: float = 0.003
    seed: int = 1
    timing: bool = False

    def __post_init__(self) -> None:
        """Refuse windows that overlap: nothing could be learnt on one and judged on the other."""
        for name, (first, last) in (("train", self.train), ("test", self.test)):
            if last < first:
                raise BadInput(f"{name} from {first} to {last}: the last day is before the first")
        if self.test[0] <= self.train[1]:
            raise BadInput(
                f"test begins on {self.test[0]}, expected a day after the end of train, "
                f"{self.train[1]}"
            )


@dataclass(frozen=True, slots=True)
class Cell:
    """One portfolio at one gas and one tracking error.

    Attributes
    ----------
    assets
        The portfolio.
    gas, level
        Gas of a swap in NAV, and tracking error.
    cost
        Yearly cost by family, and of learnt timing, as a fraction; what does not reach the level is
        left out.
    draws
        The same in every resample, shape (b,).
    """

    assets: tuple[str, ...]
    gas: float
    level: float
    cost: dict[str, float]
    draws: dict[str, Vector]

    @property
    def best(self) -> Family | None:
        """The rival that costs least; None if the cell cannot be compared."""
        rivals = [family for family in RIVALS if family in self.cost]
        if not rivals or Family.COST_OPTIMAL not in self.cost:
            return None
        return min(rivals, key=lambda family: self.cost[family])

    def log_ratio(self, rival: str) -> tuple[float, Vector]:
        """Logarithm of the cost-optimal policy's cost over a rival's: measured, and resampled."""
        ours = Family.COST_OPTIMAL
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.log(self.draws[ours]) - np.log(self.draws[rival])
        return float(np.log(self.cost[ours] / self.cost[rival])), drawn

    def as_json(self) -> dict[str, Any]:
        """The cell under stable keys; costs in basis points a year, the excess as a fraction."""
        best = self.best
        answer: dict[str, Any] = {
            "assets": list(self.assets),
            "gas_bp": round(self.gas / BP, 6),
            "te_bp": round(self.level / BP, 6),
            "cost_bp": {str(f): round(cost / BP, 4) for f, cost in self.cost.items()},
            "best_rival": None if best is None else best.value,
            "excess": None,
            "ci_low": None,
            "ci_high": None,
            "upper_95": None,
        }
        if best is not None:
            measured, drawn = self.log_ratio(best)
            answer |= _interval(measured, drawn)
        return answer


def prove(options: ClaimOptions, tell: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Every cell, the pooled comparisons, and whether the claim holds, ready for JSON.

    Raises
    ------
    BadInput
        If the prices do not cover the windows.
    """
    cells, shapes = [], []
    for assets in options.sets or asset_sets(options):
        table = _table(options, assets)
        for gas in options.gas:
            found, chosen = _cells(options, table, gas)
            cells += found
            shapes.append({"assets": list(assets), "gas_bp": round(gas / BP, 6), "shape": chosen})
            tell(f"{len(assets)} assets, gas {gas / BP:g} bp: done")
    pooled = [
        pooled_cell
        for gas in options.gas
        for pooled_cell in _pooled([c for c in cells if c.gas == gas], gas)
    ]
    listed = [cell.as_json() for cell in cells]
    return {
        "train": [str(day) for day in options.train],
        "test": [str(day) for day in options.test],
        "fee_bp": options.fee / BP,
        "cells": listed,
        "pooled": pooled,
        "shapes": shapes,
        "above_bound": [
            {key: cell[key] for key in ("assets", "gas_bp", "te_bp", "excess", "upper_95")}
            for cell in listed
            if cell["upper_95"] is not None and cell["upper_95"] > BOUND
        ],
    }


def asset_sets(options: ClaimOptions) -> tuple[tuple[str, ...], ...]:
    """Portfolios made of a file's columns: one pegged asset with the first others, and without.

    Raises
    ------
    BadInput
        If the file has fewer than three assets with prices over both windows.
    """
    frame_assets = _covered(options)
    pegs = [asset for asset in frame_assets if asset in PEGGED][:1]
    others = [asset for asset in frame_assets if asset not in PEGGED]
    if len(others) + len(pegs) < 3:
        raise BadInput(
            f"{options.prices}: only {', '.join(frame_assets) or 'no asset'} has prices over both "
            "windows, expected at least 3 assets"
        )
    whole = len(pegs) + len(others)
    sizes = sorted({min(size, whole) for size in SET_SIZES})
    sets = [tuple(pegs + others[: size - len(pegs)]) for size in sizes]
    without = tuple(others[:5])
    return tuple(dict.fromkeys([*sets, without] if len(without) > 2 else sets))


def _covered(options: ClaimOptions) -> list[str]:
    """Columns with prices on every row of the test window and enough of the training window."""
    frame = read_frame(options.prices)
    days = pd.to_datetime(frame.iloc[:, 0], errors="coerce").dt.date
    values = frame.iloc[:, 1:].apply(pd.to_numeric, errors="coerce").notna()
    train = values[(days >= options.train[0]) & (days <= options.train[1])]
    test = values[(days >= options.test[0]) & (days <= options.test[1])]
    if train.empty or test.empty:
        raise BadInput(
            f"{options.prices} has {len(train)} rows in the training and {len(test)} in the test "
            "window; name days that it covers"
        )
    known = test.all() & train.iloc[-1] & (train.mean() >= LEAST_SHARE)
    return [str(asset) for asset in known.index[known]]


def _table(options: ClaimOptions, assets: tuple[str, ...]) -> PriceTable:
    table = read_prices(options.prices, assets, Missing.CARRY)
    return between(table, options.train[0], options.test[1])


def _cells(
    options: ClaimOptions, table: PriceTable, gas: float
) -> tuple[list[Cell], dict[str, float]]:
    """The cells of one portfolio at one gas, and the shapes that training chose."""
    cost, size = SwapCost(options.fee, 0.0, gas), len(table.assets)
    targets = np.full(size, 1.0 / size)
    train = between(table, None, options.train[1])
    shapes = choose_shapes(Study.of(train, targets, cost, len(train) // 4), options.levels)
    first = len(table) - len(between(table, options.test[0], None))
    study = Study.of(table, targets, cost, first)
    frontiers: dict[str, Frontier] = {f: trace(study, f, shapes[f]) for f in Family}
    if options.timing:
        numbers = learnt_numbers(train, targets, cost)
        ours = Family.COST_OPTIMAL
        frontiers[LEARNT] = trace(study, ours, shapes[ours], numbers)
    block = BLOCK_DAYS * table.bars_per_year / 365.25
    bars = len(table) - 1 - first
    counts = resample(bars, DRAWS, block, options.seed)
    cells = [_cell(table.assets, gas, level, frontiers, counts) for level in options.levels]
    return cells, {family.value: shape for family, shape in shapes.items()}


def _cell(
    assets: tuple[str, ...],
    gas: float,
    level: float,
    frontiers: dict[str, Frontier],
    counts: Vector,
) -> Cell:
    cost, draws = {}, {}
    for family, frontier in frontiers.items():
        points = frontier.points()
        reading: Reading | None = reading_at(points, level)
        if reading is not None:
            cost[family] = float(reading.cost(points)[0])
            draws[family] = reading.cost(frontier.points(counts))
    return Cell(assets, gas, level, cost, draws)


def _pooled(cells: Sequence[Cell], gas: float) -> list[dict[str, Any]]:
    """The mean excess over each rival across portfolios and levels, drawn on the same days."""
    answers = []
    for rival in (*RIVALS, LEARNT):
        ratios = [
            cell.log_ratio(rival)
            for cell in cells
            if rival in cell.cost and Family.COST_OPTIMAL in cell.cost
        ]
        if not ratios:
            continue
        measured = float(np.mean([ratio for ratio, _ in ratios]))
        drawn = np.mean([draws for _, draws in ratios], axis=0)
        answer: dict[str, Any] = {"gas_bp": round(gas / BP, 6), "against": str(rival)}
        answers.append(answer | {"cells": len(ratios)} | _interval(measured, drawn))
    return answers


def _interval(measured: float, drawn: Vector) -> dict[str, float]:
    """Excess, its two-sided 95 % interval and its one-sided upper bound, as fractions."""
    low, upper, high = np.quantile(drawn[np.isfinite(drawn)], [0.025, 0.95, 0.975])
    return {
        "excess": round(float(np.expm1(measured)), 5),
        "ci_low": round(float(np.expm1(low)), 5),
        "ci_high": round(float(np.expm1(high)), 5),
        "upper_95": round(float(np.expm1(upper)), 5),
    }
