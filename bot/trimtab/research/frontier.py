"""What tracking costs: families of policies traced from tight to loose, with bootstrap intervals.

Families are compared where they track equally well, with shapes chosen on one window and judged on
another.
The comparison is paired: every family sees the same days, and a stationary bootstrap draws the same
days for all of them, so that a lucky or unlucky market cancels.

References
----------
D. Politis and J. Romano, "The stationary bootstrap", JASA 89 (1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from trimtab.policy.joint import COUPLING
from trimtab.research.engine import CLOSED_FORM, Joint, Rules
from trimtab.research.forecast import usual_covariance
from trimtab.research.price_table import PriceTable, from_bar
from trimtab.research.runs import (
    Runs,
    SwapCost,
    band_rules,
    make_world,
    run_bands,
    run_cost_optimal,
)

__all__ = [
    "Family",
    "Frontier",
    "Reading",
    "Study",
    "choose_shapes",
    "parameters",
    "reading_at",
    "resample",
    "trace",
]

Vector = NDArray[np.float64]

GRID = 80
"""Variants by which a family is traced."""

TRIGGERS = (0.002, 0.3)
"""Tightest and loosest trigger, as a fraction of NAV at equal weights."""

RISK_AVERSIONS = (0.01, 3000.0)
"""Loosest and tightest risk aversion."""

PERIODS = tuple(range(1, 46)) + tuple(range(50, 200, 10))
"""Calendar periods, in days."""

BANDWIDTH = 0.35
"""Distance in the logarithm of tracking error within which variants speak for a level."""

STARTS = 12
"""Portfolios that each variant begins before the window."""

BLOCK_DAYS = 30
"""Mean length of the stretches that the bootstrap draws, in days."""


class Family(StrEnum):
    """Kinds of policy that are compared."""

    CALENDAR = "calendar"
    BAND_TO_TARGET = "band_to_target"
    TO_EDGE = "to_edge"
    HALF_WAY = "half_way"
    COST_OPTIMAL = "cost_optimal"


DESTINATIONS = {Family.BAND_TO_TARGET: 0.0, Family.TO_EDGE: 1.0, Family.HALF_WAY: 0.5}
"""Where a band's trade ends, as a share of its trigger."""

SHAPES: dict[Family, tuple[float, ...]] = {
    Family.CALENDAR: (0.0,),
    Family.BAND_TO_TARGET: (0.0, 0.5, 1.0),
    Family.TO_EDGE: (0.0, 0.5, 1.0),
    Family.HALF_WAY: (0.0, 0.5, 1.0),
    Family.COST_OPTIMAL: (COUPLING,),
}
"""What is chosen on the training window. For bands, the power of an asset's target in its trigger:
0 is the same distance for all, 1 the same share of the target. The cost-optimal policy has nothing
left to choose: its bands follow from the costs, its coupling is that of the keeper."""


@dataclass(frozen=True, slots=True)
class Study:
    """One portfolio on one window, started several times before it.

    A wide band trades a few times a year, and when depends on where it began: with one start a
    frontier is mostly luck. All starts run through the same window and are averaged there.

    Attributes
    ----------
    table
        Prices, from the first start to the end of the window.
    targets
        Shape (n,).
    covariance
        Shape (t, n, n). Forecasts.
    cost
        Cost of a swap.
    starts
        Bars at which a portfolio begins on target.
    judged
        First bar of the window.
    """

    table: PriceTable
    targets: Vector
    covariance: Vector
    cost: SwapCost
    starts: tuple[int, ...]
    judged: int

    @classmethod
    def of(cls, table: PriceTable, targets: Vector, cost: SwapCost, judged: int) -> Study:
        """A study of the bars of a table from `judged` on, with starts spread before it."""
        covariance = usual_covariance(table.prices, table.bars_per_year)
        starts = tuple(sorted({judged * k // STARTS for k in range(STARTS)}))
        return cls(table, targets, covariance, cost, starts, judged)


@dataclass(frozen=True, slots=True)
class Frontier:
    """Series of the variants of one family on the window, averaged over starts.

    Attributes
    ----------
    cost, active, active_square
        Shape (t, v). Cost of each bar; return less the frictionless mix's, and its square.
    bars_per_year
        Bars in a year.
    """

    cost: Vector
    active: Vector
    active_square: Vector
    bars_per_year: float

    def points(self, counts: Vector | None = None) -> tuple[Vector, Vector]:
        """Yearly cost and tracking error, by how often each bar was drawn.

        Parameters
        ----------
        counts
            Shape (b, t). Draws of each bar; None takes each once.

        Returns
        -------
        tuple
            Each of shape (b, v).
        """
        bars = self.cost.shape[0]
        drawn = np.ones((1, bars)) if counts is None else counts
        mean, square = drawn @ self.active / bars, drawn @ self.active_square / bars
        deviation = np.sqrt(np.maximum(square - mean**2, 0.0) * self.bars_per_year)
        return drawn @ self.cost / bars * self.bars_per_year, deviation


def trace(study: Study, family: Family, shape: float, timing: Vector = CLOSED_FORM) -> Frontier:
    """The variants of one family with one shape, from tight to loose.

    Parameters
    ----------
    timing
        Numbers of a model of learnt timing, for the cost-optimal policy.
    """
    sums: list[Vector] = []
    for start in study.starts:
        runs = _run(study, family, shape, start, timing)
        active = runs.active[study.judged - start :]
        series = (runs.records.cost[1:][study.judged - start :], active, active**2)
        sums = [a + b for a, b in zip(sums, series, strict=True)] if sums else list(series)
    cost, active, square = (total / len(study.starts) for total in sums)
    return Frontier(cost, active, square, study.table.bars_per_year)


def parameters(family: Family) -> Vector:
    """What the variants of a family differ in: days, risk aversion, or trigger at equal weights."""
    if family is Family.CALENDAR:
        return np.array(PERIODS, float)
    if family is Family.COST_OPTIMAL:
        return np.geomspace(*RISK_AVERSIONS, GRID)
    return np.geomspace(*TRIGGERS, GRID)


def choose_shapes(study: Study, levels: Sequence[float]) -> dict[Family, float]:
    """The shape of each family that costs least on a training window, over all levels."""
    return {
        family: min(shapes, key=lambda shape: _mean_cost(trace(study, family, shape), levels))
        for family, shapes in SHAPES.items()
    }


@dataclass(frozen=True, slots=True)
class Reading:
    """How a family's cost at one level is read off its variants.

    The variants near the level speak for it, by nearness: a power law of the slope that they show
    carries the cost of each over the small distance to the level. The same weights and slope read
    every resample, so that a resample changes what was paid and how well it tracked, and nothing
    else.

    Attributes
    ----------
    weights
        Shape (v,), summing to one.
    slope
        Of the logarithm of cost by that of tracking error.
    level
        Tracking error.
    """

    weights: Vector
    slope: float
    level: float

    def cost(self, points: tuple[Vector, Vector]) -> Vector:
        """Yearly cost at the level, shape (b,), from costs and tracking errors, each (b, v)."""
        near = self.weights > 0
        cost, tracking = points[0][:, near], points[1][:, near]
        found: Vector = cost * (self.level / tracking) ** self.slope @ self.weights[near]
        return found


def reading_at(points: tuple[Vector, Vector], level: float) -> Reading | None:
    """How to read a frontier at a level; None where no variant is on one side of it.

    Parameters
    ----------
    points
        Costs and tracking errors, each of shape (1, v).
    level
        Tracking error.
    """
    cost, tracking = points[0][0], points[1][0]
    used = (cost > 0) & (tracking > 0)
    x = np.log(np.where(used, tracking, 1.0) / level)
    if not (used & (x >= 0)).any() or not (used & (x <= 0)).any():
        return None
    reach = max(x[used & (x >= 0)].min(), -x[used & (x <= 0)].max())
    width = max(BANDWIDTH, 1.5 * reach)
    weights = np.where(used, np.maximum(1.0 - np.abs(x) / width, 0.0), 0.0)
    weights /= weights.sum()
    spread = x - weights @ x
    scatter = weights @ spread**2
    slope = weights @ (spread * np.log(np.where(used, cost, 1.0))) / scatter if scatter else 0.0
    return Reading(weights, float(slope), level)


def resample(bars: int, draws: int, block: float, seed: int) -> Vector:
    """How often each bar is drawn by each of `draws` stationary bootstraps, shape (draws, bars)."""
    random = np.random.default_rng(seed)
    counts = np.zeros((draws, bars))
    rows = np.arange(draws)
    place = random.integers(0, bars, draws)
    for _ in range(bars):
        counts[rows, place] += 1
        fresh = random.random(draws) < 1.0 / block
        place = np.where(fresh, random.integers(0, bars, draws), (place + 1) % bars)
    return counts


def _mean_cost(frontier: Frontier, levels: Sequence[float]) -> float:
    points = frontier.points()
    readings = [reading_at(points, level) for level in levels]
    costs = [float(reading.cost(points)[0]) for reading in readings if reading]
    return float(np.mean(np.log(costs))) if costs else np.inf


def _run(study: Study, family: Family, shape: float, start: int, timing: Vector) -> Runs:
    world = make_world(from_bar(study.table, start), study.targets)
    per_year = study.table.bars_per_year
    if family is Family.COST_OPTIMAL:
        joint = Joint(
            covariance=study.covariance[start:],
            risk_aversion=np.geomspace(*RISK_AVERSIONS, GRID),
            coupling=np.full(GRID, shape),
            costs=study.cost.rows(GRID),
            timing=timing,
        )
        return run_cost_optimal(world, joint, per_year)
    if family is Family.CALENDAR:
        return run_bands(world, _calendar(study), per_year)
    return run_bands(world, _bands(study, DESTINATIONS[family], shape), per_year)


def _calendar(study: Study) -> Rules:
    day = max(1, round(study.table.bars_per_year / 365.25))
    periods = np.array([period * day for period in PERIODS])
    never = np.full((study.targets.size, periods.size), np.inf)
    rules = band_rules(never, np.zeros_like(never), study.cost, whole=True)
    return rules._replace(period=periods)


def _bands(study: Study, share: float, power: float) -> Rules:
    form = (study.targets * study.targets.size) ** power
    triggers = np.geomspace(*TRIGGERS, GRID) * form[:, None]
    return band_rules(triggers, triggers * share, study.cost, whole=share == 0.0)
