"""Learnt timing, from prices to a model: fitted to some days and judged on later ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.policy.joint import COUPLING
from trimtab.policy.timing_model import Compared, Learnt, TimingModel
from trimtab.research.engine import Joint
from trimtab.research.forecast import usual_covariance
from trimtab.research.frontier import (
    BLOCK_DAYS,
    Family,
    Frontier,
    Study,
    reading_at,
    resample,
    trace,
)
from trimtab.research.price_table import PriceTable, between
from trimtab.research.runs import SwapCost, make_world
from trimtab.research.timing_fit import Fit, fit_timing
from trimtab.research.timing_samples import Samples, draw_samples

__all__ = ["TimingOptions", "learn_timing", "learnt_numbers", "samples_of"]

Vector = NDArray[np.float64]

BP = 1e-4
AVERSIONS = np.geomspace(0.1, 300.0, 16)
"""Risk aversions of the portfolios that are learnt from: those that a frontier is read at."""

DRAWS = 2000
"""Resamples of the bootstrap."""


@dataclass(frozen=True, slots=True)
class TimingOptions:
    """What is learnt, and how it is judged.

    Attributes
    ----------
    targets
        Shape (n,).
    cost
        Cost of a swap.
    train, test
        First and last day of each window.
    levels
        Tracking errors of the comparison, as fractions a year.
    seed
        Of the coins and of the bootstrap.
    """

    targets: Vector
    cost: SwapCost
    train: tuple[date, date]
    test: tuple[date, date]
    levels: tuple[float, ...] = (100 * BP, 200 * BP, 400 * BP)
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse windows that overlap: what was learnt on a day cannot be judged on it."""
        if not self.train[0] <= self.train[1] < self.test[0] <= self.test[1]:
            raise BadInput(
                f"train from {self.train[0]} to {self.train[1]}, test from {self.test[0]} to "
                f"{self.test[1]}: expected a test on later days"
            )


def learn_timing(table: PriceTable, options: TimingOptions) -> TimingModel:
    """A model fitted to the training window, with what it cost on the test window.

    Raises
    ------
    BadInput
        If a window has too few bars, or no tracking error can be compared.
    """
    whole = between(table, options.train[0], options.test[1])
    train = between(whole, None, options.train[1])
    fit = fit_timing(samples_of(train, options.targets, options.cost, options.seed))
    first = len(whole) - len(between(whole, options.test[0], None))
    study = Study.of(whole, options.targets, options.cost, first)
    return TimingModel(
        bar_seconds=train.interval,
        intercept=fit.intercept,
        means=fit.means,
        scales=fit.scales,
        coefficients=fit.coefficients,
        learnt=_learnt(train, options, fit),
        compared=_compared(study, options, numbers_of(fit, train)),
    )


def learnt_numbers(train: PriceTable, targets: Vector, cost: SwapCost, seed: int = 1) -> Vector:
    """The numbers of a model fitted to a table, as the engine takes them."""
    return numbers_of(fit_timing(samples_of(train, targets, cost, seed)), train)


def numbers_of(fit: Fit, train: PriceTable) -> Vector:
    """A fit as the engine takes it."""
    step = 1.0 / train.bars_per_year
    return np.array([step, fit.intercept, *fit.means, *fit.scales, *fit.coefficients])


def samples_of(table: PriceTable, targets: Vector, cost: SwapCost, seed: int) -> Samples:
    """Moments to learn from along a table; no price outside of it is known."""
    joint = Joint(
        covariance=usual_covariance(table.prices, table.bars_per_year),
        risk_aversion=AVERSIONS,
        coupling=np.full(AVERSIONS.size, COUPLING),
        costs=cost.rows(AVERSIONS.size),
    )
    return draw_samples(make_world(table, targets), joint, 1.0 / table.bars_per_year, seed)


def _compared(study: Study, options: TimingOptions, numbers: Vector) -> Compared:
    closed = trace(study, Family.COST_OPTIMAL, COUPLING)
    learnt = trace(study, Family.COST_OPTIMAL, COUPLING, numbers)
    block = BLOCK_DAYS * study.table.bars_per_year / 365.25
    counts = resample(closed.cost.shape[0], DRAWS, block, options.seed)
    ratios = {level: _log_ratio(closed, learnt, level, counts) for level in options.levels}
    read = {level: ratio for level, ratio in ratios.items() if ratio is not None}
    if not read:
        raise BadInput("no tracking error can be compared: state others, or longer windows")
    mean = np.mean(list(read.values()), axis=0)
    low, high = np.quantile(mean[1:][np.isfinite(mean[1:])], [0.025, 0.975])
    excess, low, high = (round(float(np.expm1(x)), 5) for x in (mean[0], low, high))
    return Compared(
        first=str(options.test[0]),
        last=str(options.test[1]),
        levels_bp=tuple(round(level / BP, 6) for level in read),
        excess=excess,
        ci_low=min(low, excess),
        ci_high=max(high, excess),
    )


def _log_ratio(closed: Frontier, learnt: Frontier, level: float, counts: Vector) -> Vector | None:
    """Logarithm of the learnt timing's cost over the closed form's: measured, then resampled."""
    costs = []
    for frontier in (learnt, closed):
        points = frontier.points()
        reading = reading_at(points, level)
        if reading is None:
            return None
        costs.append(np.append(reading.cost(points), reading.cost(frontier.points(counts))))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Vector = np.log(costs[0]) - np.log(costs[1])
    return ratio


def _learnt(train: PriceTable, options: TimingOptions, fit: Fit) -> Learnt:
    return Learnt(
        first=str(options.train[0]),
        last=str(options.train[1]),
        assets=train.assets,
        prices=hashlib.sha256(train.prices.tobytes() + train.timestamps.tobytes()).hexdigest(),
        fee_bp=round(options.cost.fee / BP, 6),
        impact=options.cost.impact,
        gas_bp=round(options.cost.gas / BP, 6),
        samples=fit.samples,
        penalty=fit.penalty,
        gain=round(fit.gain, 6),
    )
