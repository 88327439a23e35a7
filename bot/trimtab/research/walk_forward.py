"""Models of target weights along prices that they have not seen: the same test for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.cardinality import genetic_search
from trimtab.models.constraints import Constraints
from trimtab.models.forecasts import with_learned_means
from trimtab.models.moments import Moments, ReturnHistory, estimate
from trimtab.models.optimise import mean_variance, minimum_variance
from trimtab.models.weights import (
    equal,
    hierarchical_risk_parity,
    inverse_volatility,
    risk_parity,
)

__all__ = ["MODELS", "Schedule", "Tried", "walk_forward"]

Vector = NDArray[np.float64]
WeightModel = Callable[[Moments, ReturnHistory], Vector]

FEW = 4
"""Assets that the genetic search may hold."""

RISK_AVERSION = 3.0
"""Of the mean-variance models."""


def _genetic(moments: Moments, _: ReturnHistory) -> Vector:
    count = min(FEW, len(moments.assets))
    return genetic_search(moments, count, np.random.default_rng(1)).weights


def _mean_variance(moments: Moments, _: ReturnHistory) -> Vector:
    return mean_variance(moments, Constraints(), risk_aversion=RISK_AVERSION)


def _learned(moments: Moments, history: ReturnHistory) -> Vector:
    return _mean_variance(with_learned_means(moments, history), history)


MODELS: dict[str, WeightModel] = {
    "equal": lambda moments, _: equal(moments.assets),
    "inverse_volatility": lambda moments, _: inverse_volatility(moments),
    "risk_parity": lambda moments, _: risk_parity(moments),
    "hierarchical_risk_parity": lambda moments, _: hierarchical_risk_parity(moments),
    "minimum_variance": lambda moments, _: minimum_variance(moments, Constraints()),
    "genetic_few": _genetic,
    "mean_variance": _mean_variance,
    "mean_variance_learned": _learned,
}
"""Models that are tried, by name; covariances are shrunk for all of them."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When weights are made anew, and from what.

    Attributes
    ----------
    window
        Returns that a model is given, the latest ones.
    every
        Steps between two runs.
    fee
        Cost of a unit of value that is traded.
    """

    window: int = 365
    every: int = 30
    fee: float = 0.003


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a model out of sample.

    Attributes
    ----------
    volatility, growth
        Annualised: standard deviation of returns, and mean logarithmic return after cost.
    drawdown
        Deepest fall.
    turnover
        Per year.
    returns
        Shape (t,). Of each step.
    """

    volatility: float
    growth: float
    drawdown: float
    turnover: float
    returns: Vector


def walk_forward(
    history: ReturnHistory,
    first: int,
    models: Mapping[str, WeightModel] = MODELS,
    schedule: Schedule | None = None,
) -> dict[str, Tried]:
    """Run models over the returns from `first` on, each run knowing only what came before it.

    Between two runs holdings are left alone.

    Raises
    ------
    BadInput
        If there are too few returns before `first`, or none after it.
    """
    plan = schedule or Schedule()
    if not plan.window <= first < len(history.returns):
        raise BadInput(
            f"the test begins after {first} of {len(history.returns)} returns, expected at least "
            f"{plan.window} before it and one after"
        )
    return {name: _tried(history, first, model, plan) for name, model in models.items()}


def _tried(history: ReturnHistory, first: int, model: WeightModel, plan: Schedule) -> Tried:
    weights = np.zeros(len(history.assets))
    found: list[float] = []
    traded = 0.0
    for step in range(first, len(history.returns)):
        cost = 0.0
        if (step - first) % plan.every == 0:
            past = ReturnHistory(
                history.assets, history.returns[step - plan.window : step], history.steps_a_year
            )
            wanted = model(estimate(past), past)
            moved = float(np.abs(wanted - weights).sum()) / 2 if found else 0.0
            weights, cost = wanted, plan.fee * moved
            traded += moved
        growth = weights * (1 + history.returns[step])
        total = float(growth.sum())
        found.append(total * (1 - cost) - 1)
        weights = growth / total
    returns = np.array(found)
    worth = np.cumprod(1 + returns)
    years = len(returns) / history.steps_a_year
    return Tried(
        volatility=float(returns.std(ddof=1) * np.sqrt(history.steps_a_year)),
        growth=float(np.log(worth[-1]) / years),
        drawdown=float((1 - worth / np.maximum.accumulate(np.append(1.0, worth))[1:]).max()),
        turnover=traded / years,
        returns=returns,
    )
