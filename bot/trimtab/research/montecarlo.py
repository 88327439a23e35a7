"""Many possible futures of a portfolio: how likely a goal is, and what the order of returns does.

A market model draws growth factors of the assets; a plan says how the portfolio is mixed, saved
into or spent from. Everything follows from a seed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.models.libraries import library
from trimtab.models.moments import Moments

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Growth = NDArray[np.float32] | NDArray[np.float64]
"""Shape (paths, steps, n). Growth factor of each asset over each step."""

CHUNK = 50
"""Paths that are drawn at once, so that what is in work fits the processor's cache and memory."""

WORKERS = 2
"""Threads that draw; numpy lets them run side by side."""


class MarketModel(Protocol):
    """Something that draws possible growth of assets."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names, in the order of the last axis."""

    @property
    def steps_a_year(self) -> float:
        """Steps in a year."""

    def draw(self, random: Generator, paths: int, steps: int) -> Growth:
        """Shape (paths, steps, n). Growth factors, above zero."""


@dataclass(frozen=True, slots=True)
class GeometricBrownian:
    """Lognormal growth with given yearly moments, independent from step to step."""

    moments: Moments
    steps_a_year: float

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets."""
        return self.moments.assets

    def draw(self, random: Generator, paths: int, steps: int) -> Growth:
        """Growth factors; the mean of each is that of the moments.

        Paths come in antithetic pairs, one with the shocks of the other turned round: each is as
        likely as any, and what is averaged over them is known better. Drawn in single precision:
        an error of 1e-7 in a return is far below that of any estimate.
        """
        covariance = self.moments.covariance / self.steps_a_year
        drift = (self.moments.mean / self.steps_a_year - np.diag(covariance) / 2).astype(np.float32)
        root, half = _root(covariance).astype(np.float32), -(-paths // 2)
        normal = random.standard_normal((half * steps, len(drift)), dtype=np.float32)
        shocks = normal @ root.T
        growth = np.empty((2, half * steps, len(drift)), dtype=np.float32)
        np.add(shocks, drift, out=growth[0])
        np.subtract(drift, shocks, out=growth[1])
        np.exp(growth, out=growth)
        return growth.reshape(2 * half, steps, -1)[:paths]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with the portfolio.

    Attributes
    ----------
    initial
        Worth at the beginning, in the unit of account.
    weights
        Shape (n,). The mixture, kept at every step.
    final_weights
        Shape (n,). Where a glide path leads in a straight line; None keeps `weights`.
    flow
        Paid in at the beginning of every step; below zero it is taken out.
    goal
        What the portfolio should be worth at the end.
    """

    initial: float
    weights: Vector
    final_weights: Vector | None = None
    flow: float = 0.0
    goal: float = 0.0

    def mixtures(self, steps: int) -> Matrix:
        """Shape (steps, n). The mixture during each step."""
        end = self.weights if self.final_weights is None else self.final_weights
        way = np.linspace(0.0, 1.0, steps)[:, None]
        mixtures: Matrix = (1 - way) * self.weights + way * end
        return mixtures

    def check(self, assets: tuple[str, ...]) -> None:
        """Refuse a plan that is none for these assets."""
        if not self.initial > 0:
            raise BadInput(f"a plan begins with {self.initial}, expected more than 0")
        for weights in (self.weights, self.final_weights):
            if weights is None:
                continue
            if weights.shape != (len(assets),) or abs(weights.sum() - 1) > 1e-9:
                raise BadInput(f"weights {weights.tolist()}: expected {len(assets)} that sum to 1")


@dataclass(frozen=True, slots=True)
class Futures:
    """Simulated worth of a portfolio.

    Attributes
    ----------
    plan
        What was done.
    growth
        Shape (paths, steps). Growth factor of the mixture in each step.
    worth
        Shape (paths, steps + 1). Worth, from the beginning on; 0 once it is used up.
    """

    plan: Plan
    growth: Matrix
    worth: Matrix

    @property
    def goal_probability(self) -> float:
        """Share of the paths that end at the goal or above."""
        return float((self.worth[:, -1] >= self.plan.goal).mean())

    @property
    def ruin_probability(self) -> float:
        """Share of the paths on which the money runs out."""
        return float((self.worth[:, -1] <= 0).mean())

    def fan(self, quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> Matrix:
        """Shape (quantiles, steps + 1). Worth that a share of the paths stays below."""
        fan: Matrix = np.quantile(self.worth, quantiles, axis=0)
        return fan


@dataclass(frozen=True, slots=True)
class SequenceRisk:
    """What the order of one path's returns alone does to the end.

    Attributes
    ----------
    low, median, high
        Worth at the end in the 5 %, 50 % and 95 % case, over orders of the same returns.
    """

    low: float
    median: float
    high: float

    @property
    def spread(self) -> float:
        """High less low, as a part of the median; 0 where nothing is paid in or taken out."""
        return (self.high - self.low) / self.median if self.median else 0.0


def simulate(model: MarketModel, plan: Plan, *, paths: int, steps: int, seed: int) -> Futures:
    """Draw the futures of a plan in a market.

    Raises
    ------
    BadInput
        If a number is too small, or the plan does not fit the market.
    """
    if paths < 1 or steps < 1:
        raise BadInput(f"{paths} paths of {steps} steps: expected at least 1 of each")
    plan.check(model.assets)
    mixtures = plan.mixtures(steps)
    sizes = [min(CHUNK, paths - first) for first in range(0, paths, CHUNK)]
    seeds = SeedSequence(seed).spawn(len(sizes))

    def grow(size: int, own: SeedSequence) -> Matrix:
        growth = model.draw(default_rng(own), size, steps)
        return _mixed(growth, mixtures)

    # Threads of the linear algebra under threads of ours would only wait for one another.
    alone = library("threadpoolctl").threadpool_limits(limits=1, user_api="blas")
    with alone, ThreadPoolExecutor(WORKERS) as pool:
        growth = np.concatenate(list(pool.map(grow, sizes, seeds)))
    return Futures(plan, growth, accumulate(plan, growth))


def accumulate(plan: Plan, growth: Matrix) -> Matrix:
    """Worth along paths of growth: flows come first in each step, and nothing goes below zero."""
    paths, steps = growth.shape
    if not plan.flow:
        kept = np.empty((paths, steps + 1))
        kept[:, 0] = 1.0
        np.cumprod(growth, axis=1, out=kept[:, 1:])
        kept *= plan.initial
        return kept
    worth = np.empty((steps + 1, paths))
    worth[0] = plan.initial
    by_step = np.ascontiguousarray(growth.T)
    for step in range(steps):
        held = worth[step] + plan.flow
        if plan.flow < 0:
            held = np.where(worth[step] > 0, np.maximum(held, 0.0), 0.0)
        np.multiply(held, by_step[step], out=worth[step + 1])
    return worth.T


def sequence_risk(futures: Futures, *, orders: int, seed: int) -> SequenceRisk:
    """End values of the path with the median growth, over random orders of its returns."""
    total = np.log(futures.growth).sum(axis=1)
    median = int(np.argsort(total)[len(total) // 2])
    random = default_rng(seed)
    shuffled = random.permuted(np.tile(futures.growth[median], (orders, 1)), axis=1)
    ends = accumulate(futures.plan, shuffled)[:, -1]
    low, middle, high = (float(value) for value in np.quantile(ends, (0.05, 0.5, 0.95)))
    return SequenceRisk(low, middle, high)


def _mixed(growth: Growth, mixtures: Matrix) -> Matrix:
    """Shape (paths, steps). Growth of a mixture that is restored at every step."""
    if (mixtures == mixtures[0]).all():
        mixed: Matrix = (growth @ mixtures[0].astype(growth.dtype)).astype(np.float64)
        return mixed
    gliding: Matrix = np.einsum("psn,sn->ps", growth, mixtures, dtype=np.float64)
    return gliding


def _root(covariance: Matrix) -> Matrix:
    """A square root of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    root: Matrix = vectors * np.sqrt(np.maximum(values, 0.0))
    return root
