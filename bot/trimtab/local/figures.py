"""Figures of a run: how close the vault stayed to its targets, and what that cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from trimtab.domain.costs import SECONDS_PER_YEAR
from trimtab.domain.units import BPS
from trimtab.errors import BadInput

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TradeCost:
    """What a rebalance cost, in the unit of account at the true prices of its step.

    `fee + impact + gap` is the value that was sold less the value that was received.

    Attributes
    ----------
    sold
        Value of everything sold.
    fee
        Pool fees: amount sold times fee of the pool, over all hops.
    impact
        What the trade's own size cost: proceeds at each pool's price before the trade, after its
        fee, less what was received.
    gap
        What it cost that the pools' prices differed from the true ones by up to their fee; below
        zero where the vault gained by it.
    gas
        Gas used, at the scenario's gas price and native price. The keeper pays it, not the vault.
    """

    sold: float
    fee: float
    impact: float
    gap: float
    gas: float


@dataclass(frozen=True, slots=True)
class CostBp:
    """Costs of a run, each in bp of the vault's value when it arose, summed over the rebalances.

    `fee`, `impact` and `gap` have lowered the vault's value. `gas` has not: the keeper pays it, and
    it stands in no other figure.
    """

    fee: float
    impact: float
    gap: float
    gas: float


def cost_in_bp(costs: Sequence[TradeCost], values: Sequence[float]) -> CostBp:
    """Costs of rebalances, in bp of the vault's value before each."""
    pairs = list(zip(costs, values, strict=True))
    return CostBp(
        fee=sum(cost.fee / value for cost, value in pairs) * BPS,
        impact=sum(cost.impact / value for cost, value in pairs) * BPS,
        gap=sum(cost.gap / value for cost, value in pairs) * BPS,
        gas=sum(cost.gas / value for cost, value in pairs) * BPS,
    )


def turnover(costs: Sequence[TradeCost], values: Sequence[float]) -> float:
    """Value sold over the run, each sale as a fraction of the vault's value before it."""
    return sum(cost.sold / value for cost, value in zip(costs, values, strict=True))


def mix_growth(weights: Sequence[float], before: Sequence[float], after: Sequence[float]) -> float:
    """Growth factor of a mix between two steps, `sum(w * p' / p)`.

    Chained over the steps it is the worth of a portfolio that is rebalanced to its targets at every
    step, at no cost.

    Parameters
    ----------
    weights
        Target weights at the earlier step, summing to one.
    before, after
        Prices at the two steps, in the same order.
    """
    return sum(w * new / old for w, old, new in zip(weights, before, after, strict=True))


def tracking_error_bp(values: Vector, reference: Vector, interval: int) -> float:
    """Standard deviation of the difference of returns, annualised, in bp.

    `std(r - f) * sqrt(steps in a year)` with simple returns `r` and `f` over each step, and n - 1
    in the variance.

    Parameters
    ----------
    values, reference
        Shape (t,), t at least 3. Worth of the two portfolios.
    interval
        Seconds from one step to the next.

    Raises
    ------
    BadInput
        If there are fewer than 3 steps.
    """
    if len(values) < 3:
        raise BadInput(f"a tracking error needs at least 3 steps, got {len(values)}")
    gap = values[1:] / values[:-1] - reference[1:] / reference[:-1]
    return float(gap.std(ddof=1) * sqrt(SECONDS_PER_YEAR / interval) * BPS)
