"""Market models that are fitted to history: a bootstrap of it, and GARCH with Student's shocks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.libraries import library
from trimtab.models.moments import Matrix, ReturnHistory, Vector

Growth = NDArray[np.float64]

LEAST_FIT = 100
"""Fewest returns that a GARCH model is fitted to."""

PERSISTENCE = 0.995
"""Greatest `alpha + beta`. A fit above it has no lasting variance and its futures explode: then
both are scaled down to it, and `omega` is set so that the lasting variance is the history's."""

PERCENT = 100.0
"""Returns are given to the fit in per cent: it converges badly on small numbers."""


@dataclass(frozen=True, slots=True)
class StationaryBootstrap:
    """History's own rows in blocks of random length, so that days that belong together stay so.

    Attributes
    ----------
    history
        What is drawn from.
    block
        Mean length of a block, in steps.

    References
    ----------
    D. Politis and J. Romano, "The stationary bootstrap", Journal of the American Statistical
    Association 89 (1994).
    """

    history: ReturnHistory
    block: float

    def __post_init__(self) -> None:
        """Refuse blocks that are none."""
        if not 1 <= self.block <= len(self.history.returns):
            raise BadInput(
                f"blocks of {self.block} steps: expected 1 to {len(self.history.returns)}, the "
                "length of the history"
            )

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets."""
        return self.history.assets

    @property
    def steps_a_year(self) -> float:
        """Steps in a year."""
        return self.history.steps_a_year

    def draw(self, random: Generator, paths: int, steps: int) -> Growth:
        """Growth factors that occurred, in blocks; the history is a ring."""
        length = len(self.history.returns)
        begins = random.random((paths, steps)) < 1 / self.block
        begins[:, 0] = True
        starts = random.integers(0, length, (paths, steps))
        place = np.arange(steps)
        opened = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
        rows = (np.take_along_axis(starts, opened, axis=1) + place - opened) % length
        growth: Growth = 1 + self.history.returns[rows]
        return growth


def best_block(history: ReturnHistory) -> float:
    """Block length that suits the slowest-forgetting asset (Politis and White 2004).

    Squared returns are what is remembered in markets, so they are what is looked at.
    """
    moving = history.returns[:, history.returns.std(axis=0) > 0]
    if not moving.shape[1]:
        return 1.0
    lengths = library("arch.bootstrap").optimal_block_length(moving**2)["stationary"]
    return float(np.clip(lengths.max(), 1.0, ceil(len(moving) / 3)))


@dataclass(frozen=True, slots=True)
class GarchT:
    """GARCH(1,1) variances with correlated Student's shocks.

    `σ²ₜ₊₁ = ω + αε²ₜ + βσ²ₜ` for each asset; shocks are jointly Student with one number of degrees
    of freedom, scaled to unit variance.

    Attributes
    ----------
    assets, steps_a_year
        Names, and steps in a year.
    mean, omega, alpha, beta
        Shape (n,). Per step, of returns.
    last_variance
        Shape (n,). Variance of the first step.
    correlation
        Shape (n, n). Of the shocks.
    freedom
        Degrees of freedom, above 2.

    References
    ----------
    T. Bollerslev, "Modelling the coherence in short-run nominal exchange rates", Review of
    Economics and Statistics 72 (1990): constant conditional correlation.
    """

    assets: tuple[str, ...]
    steps_a_year: float
    mean: Vector
    omega: Vector
    alpha: Vector
    beta: Vector
    last_variance: Vector
    correlation: Matrix
    freedom: float

    def draw(self, random: Generator, paths: int, steps: int) -> Growth:
        """Growth factors; a loss of more than everything counts as everything but a millionth."""
        shocks = self._shocks(random, paths, steps)
        variance = np.broadcast_to(self.last_variance, (paths, len(self.mean))).copy()
        growth = np.empty(shocks.shape)
        for step in range(steps):
            surprise = np.sqrt(variance) * shocks[:, step]
            growth[:, step] = 1 + self.mean + surprise
            variance = self.omega + self.alpha * surprise**2 + self.beta * variance
        np.maximum(growth, 1e-6, out=growth)
        return growth

    def _shocks(self, random: Generator, paths: int, steps: int) -> Growth:
        size = len(self.mean)
        values, vectors = np.linalg.eigh(self.correlation)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        normal = random.standard_normal((paths * steps, size)) @ root.T
        chi = random.chisquare(self.freedom, (paths * steps, 1))
        student = normal * np.sqrt((self.freedom - 2) / chi)
        shocks: Growth = student.reshape(paths, steps, size)
        return shocks


def fit_garch(history: ReturnHistory) -> GarchT:
    """A GARCH-t market fitted to a history, asset by asset; an asset that never moves stays still.

    Raises
    ------
    BadInput
        If the history is too short, or the fit of an asset does not converge.
    """
    steps = len(history.returns)
    if steps < LEAST_FIT:
        raise BadInput(f"{steps} returns; a GARCH model is fitted to {LEAST_FIT} or more")
    fits = [
        _fit(asset, column) for asset, column in zip(history.assets, history.returns.T, strict=True)
    ]
    residuals = np.column_stack([fit.residuals for fit in fits])
    moving = residuals.std(axis=0) > 0
    correlation = np.eye(len(fits))
    if moving.any():
        correlation[np.ix_(moving, moving)] = np.corrcoef(residuals[:, moving], rowvar=False)
    freedoms = [fit.freedom for fit, moves in zip(fits, moving, strict=True) if moves]
    return GarchT(
        assets=history.assets,
        steps_a_year=history.steps_a_year,
        mean=np.array([fit.mean for fit in fits]),
        omega=np.array([fit.omega for fit in fits]),
        alpha=np.array([fit.alpha for fit in fits]),
        beta=np.array([fit.beta for fit in fits]),
        last_variance=np.array([fit.next_variance for fit in fits]),
        correlation=correlation,
        freedom=float(np.median(freedoms)) if freedoms else 10.0,
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """One asset's GARCH(1,1), per step, of returns; residuals are standardised."""

    mean: float
    omega: float
    alpha: float
    beta: float
    freedom: float
    next_variance: float
    residuals: Vector


def _fit(asset: str, returns: Vector) -> _Fit:
    if returns.std() == 0:
        return _Fit(float(returns[0]), 0.0, 0.0, 0.0, 10.0, 0.0, np.zeros(len(returns)))
    model = library("arch").arch_model(returns * PERCENT, p=1, q=1, dist="t", rescale=False)
    found = model.fit(disp="off", show_warning=False)
    if found.convergence_flag:
        raise BadInput(f"the GARCH fit of {asset} does not converge: take a longer history")
    parameters = found.params
    sigma = np.asarray(found.conditional_volatility)
    last = float(returns[-1] * PERCENT - parameters["mu"])
    omega, alpha, beta = (float(parameters[key]) for key in ("omega", "alpha[1]", "beta[1]"))
    if alpha + beta > PERSISTENCE:
        scale = PERSISTENCE / (alpha + beta)
        alpha, beta = alpha * scale, beta * scale
        omega = float(np.var(returns * PERCENT)) * (1 - PERSISTENCE)
    return _Fit(
        mean=float(parameters["mu"]) / PERCENT,
        omega=omega / PERCENT**2,
        alpha=alpha,
        beta=beta,
        freedom=float(parameters["nu"]),
        next_variance=(omega + alpha * last**2 + beta * sigma[-1] ** 2) / PERCENT**2,
        residuals=np.asarray(found.resid) / sigma,
    )
