"""Mean and covariance of returns, estimated from history in several ways."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.libraries import library

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

DECAY = 0.94
"""Weight of yesterday's estimate in an exponentially weighted one (RiskMetrics 1996, daily)."""

REGIME_RATIO = 1.25
"""How far the mean correlation of late must lie above the usual one to count as another regime."""

LARGEST_CONDITION = 1e12
"""Ratio of the largest to the smallest eigenvalue from which a covariance counts as singular."""


class Estimator(StrEnum):
    """How a covariance is estimated."""

    SAMPLE = "sample"
    """Of all returns alike."""
    SHRUNK = "shrunk"
    """Drawn towards equal variances (Ledoit and Wolf 2004)."""
    EWMA = "ewma"
    """Late returns count most."""


@dataclass(frozen=True, slots=True)
class ReturnHistory:
    """Simple returns of assets, step by step.

    Attributes
    ----------
    assets
        Names, in the order of the columns; the first is the base asset.
    returns
        Shape (t, n).
    steps_a_year
        Steps in a year.
    """

    assets: tuple[str, ...]
    returns: Matrix
    steps_a_year: float

    def __post_init__(self) -> None:
        """Refuse what nothing can be estimated from."""
        steps, columns = self.returns.shape
        if columns != len(self.assets):
            raise BadInput(f"{columns} columns of returns for {len(self.assets)} assets")
        if steps < 2:
            raise BadInput(f"{steps} returns of each asset; an estimate needs at least 2")
        bad = np.argwhere(~np.isfinite(self.returns))
        if len(bad):
            step, column = bad[0]
            raise BadInput(
                f"return {step} of {self.assets[column]} is {self.returns[step, column]}"
            )


@dataclass(frozen=True, slots=True)
class Moments:
    """What a model is given to believe about the assets, per year.

    Attributes
    ----------
    assets
        Names.
    mean
        Shape (n,). Expected simple returns.
    covariance
        Shape (n, n).
    """

    assets: tuple[str, ...]
    mean: Vector
    covariance: Matrix

    @property
    def volatility(self) -> Vector:
        """Shape (n,). Standard deviations per year."""
        deviations: Vector = np.sqrt(np.diag(self.covariance))
        return deviations

    @property
    def correlation(self) -> Matrix:
        """Shape (n, n)."""
        scale = np.where(self.volatility > 0, self.volatility, 1.0)
        correlation: Matrix = self.covariance / np.outer(scale, scale)
        return correlation

    def require_invertible(self) -> None:
        """Refuse a covariance of which some mixture has no risk at all.

        Raises
        ------
        BadInput
            Naming the assets of that mixture.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        if values[0] > 0 and values[-1] / values[0] < LARGEST_CONDITION:
            return
        riskless = np.abs(vectors[:, 0])
        names = [name for name, w in zip(self.assets, riskless, strict=True) if w > 0.1]
        raise BadInput(
            f"the covariance is singular: a mixture of {', '.join(names)} has no risk (smallest "
            f"eigenvalue {values[0]:.3g}); leave one out, take a longer history, or shrink it"
        )


def estimate(history: ReturnHistory, estimator: Estimator = Estimator.SHRUNK) -> Moments:
    """Yearly mean and covariance of a history."""
    means = history.returns.mean(axis=0) * history.steps_a_year
    covariance = _ESTIMATORS[estimator](history.returns) * history.steps_a_year
    return Moments(history.assets, means, covariance)


def ewma_covariance(returns: Matrix, decay: float = DECAY) -> Matrix:
    """Exponentially weighted covariance around zero, per step, weights summing to one."""
    weights = decay ** np.arange(len(returns) - 1, -1, -1.0)
    covariance: Matrix = (returns.T * (weights / weights.sum())) @ returns
    return covariance


def correlation_has_risen(history: ReturnHistory, recent: int, ratio: float = REGIME_RATIO) -> bool:
    """Whether the assets have moved together much more of late than they do as a rule.

    Compares the mean correlation of the last `recent` returns with that of all. Assets that never
    move are left out.
    """
    moving = history.returns[:, history.returns.std(axis=0) > 0]
    if moving.shape[1] < 2 or not 2 < recent <= len(moving):
        return False
    return bool(_mean_correlation(moving[-recent:]) > ratio * abs(_mean_correlation(moving)))


def _mean_correlation(returns: Matrix) -> float:
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.atleast_2d(np.nan_to_num(np.corrcoef(returns, rowvar=False)))
    pairs = np.triu_indices(len(correlation), 1)
    return float(correlation[pairs].mean())


def _sample(returns: Matrix) -> Matrix:
    covariance: Matrix = np.atleast_2d(np.cov(returns, rowvar=False, ddof=1))
    return covariance


def _shrunk(returns: Matrix) -> Matrix:
    covariance: Matrix = library("sklearn.covariance").ledoit_wolf(returns)[0]
    return covariance


_ESTIMATORS = {
    Estimator.SAMPLE: _sample,
    Estimator.SHRUNK: _shrunk,
    Estimator.EWMA: ewma_covariance,
}
